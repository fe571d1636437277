"""The search for duplicates among 100,000 customers: time, how many of a labelled set are found (recall), how many
of what is shown are duplicates indeed (precision), and whether an index is read. Rows are written straight into the
tables, inside the transaction the benchmark rolls back.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

import frappe
from frappe.utils import now_datetime

from crm_marketplace.deals.duplicates import search
from crm_marketplace.rules.duplicates import Party, keys_of
from tests.benchmarks.measuring import timed

CUSTOMERS = 100_000
LABELLED = 200  # of each way to write a name
FAMILIES = (
	"Иванов Петров Сидоров Кузнецов Смирнов Попов Васильев Соколов Михайлов Новиков Фёдоров Морозов".split()
)
FIRST = "Анна Ольга Пётр Сергей Мария Иван Дмитрий Елена Наталья Артём Юлия Никита Вера Глеб Лидия".split()
WORDS = "Ромашка Север Меркурий Вектор Алмаз Планета Гранд Лига Старт Орион Феникс Кедр Маяк Радуга".split()
LATIN = dict(
	zip(
		"абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
		"a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya".split(" "),
		strict=True,
	)
)


def measure(figure: Callable[..., None]) -> None:
	random.seed(7)
	names = _customers(CUSTOMERS)
	took: list[float] = []
	found, others = {}, 0
	for way, written in WAYS.items():
		found[way], wrong = _search(names, written, took)
		others += wrong
	_found, alike = _search(names, None, took)
	right = sum(found.values())
	recall, precision = right / (LABELLED * len(WAYS)), right / (right + others + alike)
	phone, _queries = timed(lambda: search.similar(Party(phones=(f"8903{CUSTOMERS // 2:07}",))))
	figure(
		"duplicate_search_ms",
		statistics.median(took),
		detail=f"{CUSTOMERS:,} customers: 95 % under {sorted(took)[int(len(took) * 0.95)]:.0f} ms, by phone "
		f"{phone:.0f} ms; recall {recall:.1%} ("
		+ ", ".join(f"{way} {number} of {LABELLED}" for way, number in found.items())
		+ f"), precision {precision:.1%} ({alike} of {LABELLED} look-alikes shown, {others} others); {_plan()}",
	)
	frappe.db.rollback()


def _search(names: dict[str, str], written: Callable | None, took: list[float]) -> tuple[int, int]:
	"""Search for customers written in one way; None: for others that look like them.

	Returns:
		Right rows and wrong ones; of look-alikes all rows are wrong.
	"""
	right = wrong = 0
	for customer in random.sample(sorted(names), LABELLED):
		typed = Party((written or _look_alike)(names[customer]))
		started = time.perf_counter()
		rows = search.similar(typed)
		took.append((time.perf_counter() - started) * 1000)
		hits = written is not None and customer in [row["party"] for row in rows]
		right += hits
		wrong += len(rows) - hits
	return (right, wrong) if written else (0, wrong)


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
				(f"b{index}-{kind}-{value[:10]}", now, now, "a", "a", "Customer", name, str(kind), value)
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


# --- ways to write a name ---------------------------------------------------------------------------


def _mistyped(name: str) -> str:
	"""One letter of the longest word is wrong, and the form of the company is left out."""
	return _changed(name, lambda word, at: word[:at] + random.choice("аеиолнст") + word[at + 1 :])


def _left_out(name: str) -> str:
	return _changed(name, lambda word, at: word[:at] + word[at + 1 :])


def _swapped(name: str) -> str:
	return _changed(name, lambda word, at: word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :])


def _turned(name: str) -> str:
	"""The words stand the other way round."""
	return " ".join(reversed([word for word in name.split() if word != "ООО"]))


def _latin(name: str) -> str:
	return "".join(LATIN.get(letter, letter) for letter in name.replace("ООО", "").lower()).title() + " LLC"


def _look_alike(name: str) -> str:
	"""Another party: a person of the same family and another first name, a company of another trade."""
	words = [word for word in name.split() if word != "ООО"]
	place, choice = (0, WORDS) if words[0] in WORDS else (1, FIRST)
	words[place] = random.choice([word for word in choice if word != words[place]])
	return " ".join(words)


def _changed(name: str, change: Callable[[str, int], str]) -> str:
	words = [word for word in name.split() if word != "ООО"]
	longest = max(range(len(words)), key=lambda index: len(words[index]))
	word = words[longest]
	words[longest] = change(word, random.randrange(1, len(word)))
	return " ".join(words)


WAYS: dict[str, Callable[[str], str]] = {
	"mistyped": _mistyped,
	"a letter left out": _left_out,
	"two letters swapped": _swapped,
	"words turned round": _turned,
	"in Latin letters": _latin,
}


def _plan() -> str:
	key = frappe.qb.DocType("Party Key")
	query = frappe.qb.from_(key).select(key.party).where((key.kind == "name") & key.value.isin(["x", "y"]))
	(plan,) = frappe.db.sql(f"explain {query}", as_dict=True)
	return f"index {plan['key']}, {plan['type']}"
