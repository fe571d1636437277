"""What sources of deals cost: figures that were entered, and expenses in the books that are named for a source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any

import frappe
from frappe.query_builder.functions import Sum
from frappe.utils import flt
from pypika.terms import Criterion, ValueWrapper

from crm_marketplace.deals.board import union
from crm_marketplace.deals.doctype.advertising_cost.advertising_cost import FIELDS
from crm_marketplace.deals.money import rates_to
from crm_marketplace.rules.advertising import share_of_cost

# Closing a year empties the expense accounts: nobody was paid by that.
NOT_SPENT = ("Period Closing Voucher",)


@dataclass(slots=True)
class Costs:
	"""What was spent, by source, in the currency of the pipeline.

	Args:
		entered: by Advertising Cost.
		booked: by Advertising Expense: net debit of expense accounts.
		ledger: source → places in the books, rows of company, account, cost_center, project.
		unconverted: currencies of companies without an exchange rate; their expenses are in no sum.
	"""

	entered: dict[str, float] = field(default_factory=dict)
	booked: dict[str, float] = field(default_factory=dict)
	ledger: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
	unconverted: list[str] = field(default_factory=list)

	@property
	def sources(self) -> set[str]:
		return self.entered.keys() | self.booked.keys()

	def of(self, source: str) -> float:
		return round(self.entered.get(source, 0.0) + self.booked.get(source, 0.0), 2)


def costs_of(
	pipeline: str | None,
	by: str,
	first: datetime,
	last: datetime,
	currency: str | None,
	company: str | None = None,
) -> Costs:
	"""What was spent in a period, as far as the reader may know. At most four queries.

	Args:
		by: "Source", "Campaign" or "UTM Source".
		first, last: moments; the first one after the period is `last`.
		currency: of the pipeline.
		company: whose books alone are read; None: all that are named.
	"""
	found = Costs()
	days = first.date(), last.date() - timedelta(days=1)
	if frappe.has_permission("Advertising Cost", "read"):
		found.entered = _entered(pipeline, by, *days)
	if frappe.has_permission("Advertising Expense", "read"):
		_book(found, _places(pipeline, by, company), *days, currency)
	return found


def _entered(pipeline: str | None, by: str, first: date, last: date) -> dict[str, float]:
	"""Of a cost that lasts longer than the period: the part of its days."""
	rows = frappe.get_all(
		"Advertising Cost",
		filters={"pipeline": pipeline, "by": by, "from_date": ("<=", last), "to_date": (">=", first)},
		fields=[f"{FIELDS.get(by, 'source')} as subject", "from_date", "to_date", "amount"],
	)
	costs: dict[str, float] = defaultdict(float)
	for row in rows:
		costs[row.subject] += share_of_cost(flt(row.amount), row.from_date, row.to_date, first, last)
	return costs


# --- the books --------------------------------------------------------------------------------------


def _places(pipeline: str | None, by: str, company: str | None) -> list[frappe._dict]:
	"""Rows of Advertising Expense with the bounds of their accounts and cost centres in the trees. One query."""
	named, account = frappe.qb.DocType("Advertising Expense"), frappe.qb.DocType("Account")
	center, firm = frappe.qb.DocType("Cost Center"), frappe.qb.DocType("Company")
	query = (
		frappe.qb.from_(named)
		.join(firm)
		.on(firm.name == named.company)
		.left_join(account)
		.on(account.name == named.account)
		.left_join(center)
		.on(center.name == named.cost_center)
		.select(
			named[FIELDS.get(by, "source")].as_("subject"),
			named.company,
			named.account,
			named.cost_center,
			named.project,
			firm.default_currency.as_("currency"),
			account.lft.as_("account_lft"),
			account.rgt.as_("account_rgt"),
			center.lft.as_("center_lft"),
			center.rgt.as_("center_rgt"),
		)
		.where((named.pipeline == (pipeline or "")) & (named.by == by))
		.orderby(named.creation)
	)
	if company:
		query = query.where(named.company == company)
	return query.run(as_dict=True)


def _book(
	found: Costs, places: Sequence[frappe._dict], first: date, last: date, currency: str | None
) -> None:
	"""Add up the ledger for all sources in one query. Of one source an entry counts once, however often it is named."""
	by_source: dict[str, dict[str, list[frappe._dict]]] = defaultdict(lambda: defaultdict(list))
	for row in places:
		by_source[row.subject][row.currency].append(row)
		found.ledger.setdefault(row.subject, []).append(
			{key: row[key] for key in ("company", "account", "cost_center", "project")}
		)
	rates = rates_to({row.currency for row in places}, currency, last) if places else {}
	found.unconverted = sorted({row.currency for row in places} - rates.keys())
	keys = [(source, money) for source, by_currency in by_source.items() for money in by_currency]
	queries = [
		_spent(number, by_source[source][money], first, last) for number, (source, money) in enumerate(keys)
	]
	for row in union(queries):
		source, money = keys[int(row.number)]
		if money in rates:
			found.booked[source] = round(found.booked.get(source, 0.0) + flt(row.spent) * rates[money], 2)


def _spent(number: int, places: Sequence[frappe._dict], first: date, last: date):
	"""A query: what the places together were charged with, returns and corrections taken off."""
	entry, account = frappe.qb.DocType("GL Entry"), frappe.qb.DocType("Account")
	center = frappe.qb.DocType("Cost Center")

	def at(place: frappe._dict) -> Criterion:
		criterion = entry.company == place.company
		if place.account:
			criterion &= (account.lft >= place.account_lft) & (account.rgt <= place.account_rgt)
		if place.cost_center:
			criterion &= (center.lft >= place.center_lft) & (center.rgt <= place.center_rgt)
		if place.project:
			criterion &= entry.project == place.project
		return criterion

	return (
		frappe.qb.from_(entry)
		.join(account)
		.on(account.name == entry.account)
		.left_join(center)
		.on(center.name == entry.cost_center)
		.select(ValueWrapper(number).as_("number"), Sum(entry.debit - entry.credit).as_("spent"))
		.where((account.root_type == "Expense") & (entry.is_cancelled == 0))
		.where((entry.posting_date >= first) & (entry.posting_date <= last))
		.where(entry.voucher_type.notin(NOT_SPENT))
		.where(reduce(lambda one, other: one | other, (at(place) for place in places)))
	)
