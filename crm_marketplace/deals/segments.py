"""Segments of customers, computed every night from their orders of a year and written onto the Customer.

ABC and RFM compare customers whose orders are booked in one currency. A customer with books in several has the
segments of the currency most was ordered in.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce, Count, Max, Sum
from frappe.utils import add_days, flt, getdate, now_datetime, nowdate

from crm_marketplace.deals.languages import language_of
from crm_marketplace.integrations import registry
from crm_marketplace.rules import segments as rules
from crm_marketplace.rules.segments import Buyer
from crm_marketplace.sync.shops import connector_hooks

DAYS = 365
CHUNK = 1000
DIRECT = "direct"
# Kind of segment → the field of Customer that holds it.
FIELDS = {"ABC": "segment_abc", "RFM": "segment_rfm", "Channel": "segment_channel"}


def nightly() -> None:
	"""Scheduler, daily. A handful of queries, and one update per segment and thousand customers that changed."""
	first = getdate(add_days(nowdate(), -DAYS))
	by_currency = _buyers(first)
	main = _main_currencies(by_currency)
	found: dict[str, dict[str, str]] = {"ABC": {}, "RFM": {}, "Channel": {}}
	for currency, buyers in by_currency.items():
		at_home = [buyer for buyer in buyers if main[buyer.name] == currency]
		found["ABC"].update(rules.abc(at_home))
		found["RFM"].update(rules.rfm(at_home))
	found["Channel"] = _channels(first)
	amounts = {
		buyer.name: (currency, buyer.amount)
		for currency, buyers in by_currency.items()
		for buyer in buyers
		if main[buyer.name] == currency
	}
	with language_of():
		for kind, segments in found.items():
			_write(kind, segments, amounts)


def _buyers(first: date) -> dict[str, list[Buyer]]:
	"""Currency → what each customer ordered in it since a day. One query."""
	order, company = frappe.qb.DocType("Sales Order"), frappe.qb.DocType("Company")
	found: dict[str, list[Buyer]] = defaultdict(list)
	for currency, customer, number, amount, last in (
		frappe.qb.from_(order)
		.join(company)
		.on(company.name == order.company)
		.select(
			company.default_currency,
			order.customer,
			Count("*"),
			Sum(order.base_grand_total),
			Max(order.transaction_date),
		)
		.where((order.docstatus == 1) & (order.transaction_date >= first))
		.groupby(company.default_currency, order.customer)
	).run():
		found[currency].append(Buyer(customer, number, flt(amount), last))
	return found


def _main_currencies(by_currency: Mapping[str, Iterable[Buyer]]) -> dict[str, str]:
	"""Customer → the currency of most of their orders."""
	most: dict[str, tuple[int, str]] = {}
	for currency, buyers in sorted(by_currency.items()):
		for buyer in buyers:
			if buyer.name not in most or buyer.orders > most[buyer.name][0]:
				most[buyer.name] = (buyer.orders, currency)
	return {name: currency for name, (_orders, currency) in most.items()}


def _channels(first: date) -> dict[str, str]:
	"""Customer → the marketplace they order on, or `DIRECT`. One query."""
	order, shop = frappe.qb.DocType("Sales Order"), frappe.qb.DocType("Marketplace Shop")
	orders: dict[str, Counter[str]] = defaultdict(Counter)
	for customer, marketplace, number in (
		frappe.qb.from_(order)
		.left_join(shop)
		.on(shop.name == order.marketplace_shop)
		.select(order.customer, Coalesce(shop.marketplace, DIRECT), Count("*"))
		.where((order.docstatus == 1) & (order.transaction_date >= first))
		.groupby(order.customer, shop.marketplace)
	).run():
		orders[customer][marketplace] += number
	return {customer: rules.main_channel(counts) for customer, counts in orders.items()}


def _write(kind: str, segments: Mapping[str, str], amounts: Mapping[str, tuple[str, float]]) -> None:
	"""Bring the records of a kind and the field of the customers up to date; only what changed is touched."""
	field = FIELDS[kind]
	members: dict[str, list[str]] = defaultdict(list)
	for customer, code in segments.items():
		members[f"{kind}-{code}"].append(customer)
	before = {
		row.name: row[field]
		for row in frappe.get_all("Customer", filters={field: ("is", "set")}, fields=["name", field])
	}
	for record, customers in members.items():
		_keep_record(kind, record, customers, amounts)
		_set(field, record, [name for name in customers if before.get(name) != record])
	_set(field, None, [name for name in before if name not in segments])
	for record in frappe.get_all("Customer Segment", filters={"kind": kind}, pluck="name"):
		if record not in members:
			empty = {"customers": 0, "turnover": 0, "computed_at": now_datetime()}
			frappe.db.set_value("Customer Segment", record, empty, update_modified=False)


def _set(field: str, value: str | None, customers: list[str]) -> None:
	"""Without touching `modified`: nobody changed the customer, and open forms stay savable."""
	for start in range(0, len(customers), CHUNK):
		chunk = customers[start : start + CHUNK]
		frappe.db.set_value("Customer", {"name": ("in", chunk)}, field, value, update_modified=False)


def _keep_record(
	kind: str, record: str, customers: list[str], amounts: Mapping[str, tuple[str, float]]
) -> None:
	"""The segment with its numbers, made with a title in the site's language; a title a person gave stays."""
	if not frappe.db.exists("Customer Segment", record):
		title, meaning = described(kind, record.removeprefix(f"{kind}-"))
		frappe.get_doc(
			doctype="Customer Segment", name=record, kind=kind, segment_name=title, meaning=meaning
		).insert(ignore_permissions=True, set_name=record)  # the system's own record
	sums: Counter[str] = Counter()
	for name in customers:
		currency, amount = amounts[name]
		sums[currency] += amount
	currency = max(sums, key=lambda one: sums[one])
	values = {
		"customers": len(customers),
		"turnover": sums[currency],
		"currency": currency,
		"computed_at": now_datetime(),
	}
	frappe.db.set_value("Customer Segment", record, values, update_modified=False)


def described(kind: str, code: str) -> tuple[str, str]:
	"""What people call a segment, and what it means."""
	if kind == "Channel":
		if code == DIRECT:
			return _("Direct"), _("Orders mostly outside of marketplaces.")
		connector = registry.connectors(connector_hooks()).get(code)
		return (connector.info.title if connector else code), _("Orders mostly there.")
	texts: dict[tuple[str, str], Callable[[], tuple[str, str]]] = {
		("ABC", "A"): lambda: (
			_("A: the most turnover"),
			_("They bring the first 80 % of a year's turnover."),
		),
		("ABC", "B"): lambda: (_("B: the middle"), _("They bring the next 15 % of a year's turnover.")),
		("ABC", "C"): lambda: (_("C: the rest"), _("They bring the last 5 % of a year's turnover.")),
		("RFM", "best"): lambda: (_("Best"), _("Ordered lately, often and for much.")),
		("RFM", "loyal"): lambda: (_("Loyal"), _("Order again and again.")),
		("RFM", "new"): lambda: (_("Newcomers"), _("Ordered lately, and not yet often.")),
		("RFM", "regular"): lambda: (_("Regular"), _("In the middle of everything.")),
		("RFM", "occasional"): lambda: (_("Occasional"), _("Order seldom and for little.")),
		("RFM", "leaving"): lambda: (
			_("Leaving"),
			_("Were good customers, and have not ordered for long: call them."),
		),
		("RFM", "asleep"): lambda: (_("Asleep"), _("Ordered little, long ago.")),
	}
	return texts[kind, code]()
