"""The board at 100, 1,000 and 10,000 deals, a timeline of 10, 500 and 5,000 events, and duplicates among 100,000
customers. Rows are written straight into the tables, inside the transaction the benchmark rolls back.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from datetime import timedelta

import frappe
from frappe.utils import now_datetime

from crm_marketplace.deals import stages
from crm_marketplace.deals.api import board
from crm_marketplace.deals.duplicates import search
from crm_marketplace.deals.story.page import story_page
from crm_marketplace.permissions.deals import forget_scopes
from crm_marketplace.rules.duplicates import Party, keys_of
from tests.benchmarks.measuring import measured
from tests.harness.users import make_user

DEALS = (100, 1_000, 10_000)
EVENTS = (10, 500, 5_000)
CUSTOMERS = 100_000
LABELLED = 200
ROUNDS = 7
FAMILIES = (
	"Иванов Петров Сидоров Кузнецов Смирнов Попов Васильев Соколов Михайлов Новиков Фёдоров Морозов".split()
)
FIRST = "Анна Ольга Пётр Сергей Мария Иван Дмитрий Елена Наталья Артём Юлия Никита Вера Глеб Лидия".split()
WORDS = "Ромашка Север Меркурий Вектор Алмаз Планета Гранд Лига Старт Орион Феникс Кедр Маяк Радуга".split()


def measure(figure: Callable[..., None]) -> None:
	random.seed(7)
	user = make_user(["Deals User"], email="benchmark-deals@example.com")
	measure_board(figure, user)
	frappe.db.rollback()
	measure_story(figure)
	frappe.db.rollback()
	measure_duplicates(figure)
	frappe.db.rollback()


# --- the board --------------------------------------------------------------------------------------


def measure_board(figure: Callable[..., None], user: str) -> None:
	pipeline = stages.make_from_template("wholesale")
	times, queries, there = {}, {}, 0
	for number in DEALS:
		_deals(pipeline, user, there, number)
		there = number
		times[number], queries[number] = _as_user(user, lambda: board.board_page(pipeline))
	figure(
		"board_first_page_ms",
		times[DEALS[-1]],
		budget=100,
		detail=", ".join(f"{number:,} deals: {times[number]:.0f} ms" for number in DEALS),
	)
	figure(
		"board_first_page_queries",
		max(queries.values()),
		budget=15,
		detail=", ".join(f"{number:,} deals: {queries[number]}" for number in DEALS),
	)


def _deals(pipeline: str, user: str, first: int, last: int) -> None:
	"""Deals as they lie after a year of work: in every stage, most with a next step, some stuck."""
	rows = stages.rows_of(pipeline)
	now = now_datetime()
	fields = [
		"name",
		"creation",
		"modified",
		"owner",
		"modified_by",
		"title",
		"pipeline",
		"stage",
		"stage_kind",
		"responsible",
		"party_name",
		"amount",
		"currency",
		"base_amount",
		"weighted_amount",
		"probability",
		"stage_since",
		"next_step",
		"next_step_on",
		"closed_at",
	]
	values = []
	for number in range(first, last):
		stage = random.choice(rows)
		moment = now - timedelta(days=random.randint(0, 300))
		step = now + timedelta(hours=random.randint(-200, 200)) if random.random() < 0.8 else None
		amount = random.randint(1, 500) * 1000
		values.append(
			(
				f"BENCH-{number}",
				moment,
				moment,
				user,
				user,
				f"Сделка {number}",
				pipeline,
				stage.name,
				stage.kind,
				user if number % 3 else None,
				random.choice(WORDS),
				amount,
				"RUB",
				amount,
				amount * stage.probability / 100,
				stage.probability,
				moment,
				"Позвонить" if step else None,
				step,
				moment if stage.kind in ("Won", "Lost") else None,
			)
		)
	frappe.db.bulk_insert("Deal", fields, values)


# --- the timeline -----------------------------------------------------------------------------------


def measure_story(figure: Callable[..., None]) -> None:
	times, queries = {}, {}
	for number in EVENTS:
		customer = _customer(f"Benchmark {number}")
		_events(customer, number)
		times[number], queries[number] = _timed(lambda customer=customer: story_page("Customer", customer))
	figure(
		"timeline_first_page_ms",
		times[EVENTS[-1]],
		budget=300,
		detail=", ".join(
			f"{number:,} events: {times[number]:.0f} ms, {queries[number]} queries" for number in EVENTS
		),
	)


def _customer(title: str) -> str:
	return (
		frappe.get_doc(
			doctype="Customer", customer_name=title, customer_group="Commercial", territory="All Territories"
		)
		.insert()
		.name
	)


def _events(customer: str, number: int) -> None:
	"""Half letters, the rest comments and tasks."""
	now = now_datetime()
	moments = [now - timedelta(minutes=index) for index in range(number)]
	head = ["name", "creation", "modified", "owner", "modified_by"]

	def rows(kind: str, part: list, *values: object) -> list[tuple]:
		return [
			(
				f"bench-{kind}-{number}-{index}",
				moment,
				moment,
				"Administrator",
				"Administrator",
				*values,
				moment,
			)
			for index, moment in enumerate(part)
		]

	letters, comments, tasks = moments[::2], moments[1::4], moments[3::4]
	frappe.db.bulk_insert(
		"Communication",
		[*head, "communication_type", "reference_doctype", "reference_name", "subject", "communication_date"],
		rows("letter", letters, "Communication", "Customer", customer, "Письмо"),
	)
	frappe.db.bulk_insert(
		"Comment",
		[*head, "comment_type", "reference_doctype", "reference_name", "content"],
		[row[:-1] for row in rows("comment", comments, "Comment", "Customer", customer, "Заметка")],
	)
	frappe.db.bulk_insert(
		"ToDo",
		[*head, "status", "reference_type", "reference_name", "description", "due_at"],
		rows("task", tasks, "Closed", "Customer", customer, "Позвонить"),
	)


# --- duplicates -------------------------------------------------------------------------------------


def measure_duplicates(figure: Callable[..., None]) -> None:
	names = _customers(CUSTOMERS)
	labelled = random.sample(sorted(names), LABELLED)
	found, took = 0, []
	for customer in labelled:
		typed = Party(_mistyped(names[customer]))
		started = time.perf_counter()
		rows = search.similar(typed)
		took.append((time.perf_counter() - started) * 1000)
		found += customer in [row["party"] for row in rows]
	by_phone = _phone_search()
	figure(
		"duplicate_search_ms",
		statistics.median(took),
		detail=f"{CUSTOMERS:,} customers: 95 % under {sorted(took)[int(LABELLED * 0.95)]:.0f} ms, by phone "
		f"{by_phone:.0f} ms, found {found} of {LABELLED} mistyped names, {_plan()}",
	)


def _customers(number: int) -> dict[str, str]:
	"""Customers with their keys. Names repeat words, as names do."""
	now, names, customers, rows = now_datetime(), {}, [], []
	for index in range(number):
		if index % 2:
			title = f"ООО {random.choice(WORDS)} {random.choice(WORDS)} {_word()}"
		else:
			title = f"{random.choice(FAMILIES)} {random.choice(FIRST)} {_word()}"
		name = f"BENCH-CUST-{index}"
		names[name] = title
		customers.append((name, now, now, "Administrator", "Administrator", title, f"+7903{index:07}"))
		for kind, values in keys_of(Party(title, (f"+7903{index:07}",)), "RU").items():
			rows += [
				(f"b{index}-{kind}-{value[:8]}", now, now, "a", "a", "Customer", name, str(kind), value)
				for value in values
			]
	head = ["name", "creation", "modified", "owner", "modified_by"]
	frappe.db.bulk_insert("Customer", [*head, "customer_name", "mobile_no"], customers, chunk_size=5000)
	frappe.db.bulk_insert(
		"Party Key",
		[*head, "party_type", "party", "kind", "value"],
		rows,
		chunk_size=5000,
		ignore_duplicates=True,
	)
	return names


def _word() -> str:
	return "".join(random.choice("бвгдклмнпрст") + random.choice("аеиоу") for _pair in range(4)).title()


def _mistyped(name: str) -> str:
	"""One letter of the longest word is wrong, and the form of the company is left out."""
	words = [word for word in name.split() if word != "ООО"]
	longest = max(range(len(words)), key=lambda index: len(words[index]))
	word = words[longest]
	at = random.randrange(1, len(word))
	words[longest] = word[:at] + random.choice("аеиолнст") + word[at + 1 :]
	return " ".join(words)


def _phone_search() -> float:
	milliseconds, _queries = _timed(lambda: search.similar(Party(phones=(f"8903{CUSTOMERS // 2:07}",))))
	return milliseconds


def _plan() -> str:
	key = frappe.qb.DocType("Party Key")
	query = frappe.qb.from_(key).select(key.party).where((key.kind == "name") & key.value.isin(["x", "y"]))
	(plan,) = frappe.db.sql(f"explain {query}", as_dict=True)
	return f"index {plan['key']}, {plan['type']}"


# --- the clock --------------------------------------------------------------------------------------


def _as_user(user: str, act: Callable[[], object]) -> tuple[float, int]:
	frappe.set_user(user)
	try:
		return _timed(lambda: (forget_scopes(), act()))
	finally:
		frappe.set_user("Administrator")


def _timed(act: Callable[[], object]) -> tuple[float, int]:
	"""Median milliseconds of a few rounds, and queries of one, after one to warm the caches."""
	act()
	took = []
	for _round in range(ROUNDS):
		started = time.perf_counter()
		act()
		took.append((time.perf_counter() - started) * 1000)
	with measured() as effort:
		act()
	return statistics.median(took), int(effort.queries)
