"""The board at 100, 1,000 and 10,000 deals, and a timeline of 10, 500 and 5,000 events. Rows are written straight
into the tables, inside the transaction the benchmark rolls back.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import frappe
from frappe.utils import now_datetime

from crm_marketplace.deals import stages
from crm_marketplace.deals.api import board
from crm_marketplace.deals.story.page import story_page
from crm_marketplace.permissions.deals import forget_scopes
from tests.benchmarks.measuring import timed
from tests.harness.users import make_user

DEALS = (100, 1_000, 10_000)
EVENTS = (10, 500, 5_000)
WORDS = "Ромашка Север Меркурий Вектор Алмаз Планета Гранд Лига Старт Орион Феникс Кедр Маяк Радуга".split()


def measure(figure: Callable[..., None]) -> None:
	random.seed(7)
	user = make_user(["Deals User"], email="benchmark-deals@example.com")
	measure_board(figure, user)
	frappe.db.rollback()
	measure_story(figure)
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
		times[number], queries[number] = timed(lambda customer=customer: story_page("Customer", customer))
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


# --- the clock --------------------------------------------------------------------------------------


def _as_user(user: str, act: Callable[[], object]) -> tuple[float, int]:
	frappe.set_user(user)
	try:
		return timed(lambda: (forget_scopes(), act()))
	finally:
		frappe.set_user("Administrator")
