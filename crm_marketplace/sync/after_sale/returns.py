"""The returns stream: what comes back, page by page, linked to its order and goods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import frappe

from crm_marketplace.integrations.records import Fetched, Page, Return
from crm_marketplace.sync import clock, told
from crm_marketplace.sync.after_sale.links import Cards, cards_of, link_orders
from crm_marketplace.sync.after_sale.mirror import store_page
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.streams import Stream
from crm_marketplace.sync.text import plain
from crm_marketplace.sync.windows import new_window, walk_changes

DOCTYPE = "Marketplace Return"
PAGE = 500
LOOK_BACK = timedelta(hours=6)  # vendors' reports of returns are late by hours
LINE_COLUMNS = (
	"name",
	"parent",
	"parenttype",
	"parentfield",
	"idx",
	"creation",
	"modified",
	"owner",
	"line_id",
	"offer_id",
	"title",
	"quantity",
	"price",
	"currency",
	"listing",
	"item",
)


def work(shop: Shop, run: Run, state: Stream) -> bool:
	"""One job of the returns stream. Returns whether the run is finished."""
	connector = shop.connect(observer=run.observe)

	def fetch(
		since: datetime, until: datetime, token: str | None, limit: int, _position: Mapping[str, Any]
	) -> Page[Return]:
		return connector.returns(since, until, token, limit)

	finished = walk_changes(
		run,
		state,
		lambda: new_window(shop, state, LOOK_BACK),
		fetch,
		lambda page: store(shop, page.items, run),
		PAGE,
	)
	link_orders(
		DOCTYPE,
		shop.name,
		{"marketplace_order": "name", "sales_order": "sales_order", "customer": "customer"},
	)
	frappe.db.commit()  # the links stand, whatever the next job does
	return finished


def store(shop: Shop, items: Sequence[Fetched[Return]], run: Run) -> None:
	"""Write a page of returns with their lines. The caller commits."""
	cards = cards_of(shop.name, (line for item in items if item.record for line in item.record.lines))
	written = store_page(DOCTYPE, shop, items, run, _values, told.RETURN)
	if written.changed:
		frappe.db.delete(
			"Marketplace Return Line",
			{"parent": ("in", list(written.changed.values())), "parenttype": DOCTYPE},
		)
	names = {**written.created, **written.changed}
	records = {item.external_id: item.record for item in items if item.record}
	rows = [row for key, name in names.items() for row in _line_rows(name, records[key], cards)]
	if rows:
		frappe.db.bulk_insert("Marketplace Return Line", list(LINE_COLUMNS), rows)


def _values(record: Return) -> dict[str, Any]:
	money = record.refund or next((line.price for line in record.lines if line.price), None)
	return {
		"order_external_id": record.order_id,
		"order_number": record.order_number,
		"kind": record.kind.value,
		"state": record.state.value,
		"vendor_status": record.vendor_status,
		"scheme": record.scheme.value if record.scheme else None,
		"goods": goods(record),
		"refund": float(record.refund.amount) if record.refund else 0,
		"currency": money.currency if money else None,
		"reason": record.reason,
		"comment": record.comment,
		"place": record.place,
		"barcode": record.barcode,
		"pickup_until": clock.to_site(record.pickup_until),
		"opened_at": clock.to_site(record.created_at),
		"changed_at": clock.to_site(record.changed_at),
		"received_at": clock.to_site(record.received_at),
	}


def goods(record: Return) -> str:
	"""The goods on one line, as lists and messages show them. The number first: long names are cut."""
	return ", ".join(f"{line.quantity:f} × {line.title or line.offer_id}" for line in record.lines)


def _line_rows(parent: str, record: Return, cards: Cards):
	now = clock.site_now()
	for index, line in enumerate(record.lines, start=1):
		card = cards.of(line)
		yield (
			frappe.generate_hash(length=16),
			parent,
			DOCTYPE,
			"lines",
			index,
			now,
			now,
			frappe.session.user,
			line.line_id[:140],
			(line.offer_id or card.offer_id or "")[:140],
			plain((line.title or card.title or "")[:140]),
			float(line.quantity),
			float(line.price.amount) if line.price else 0,
			line.price.currency if line.price else None,
			card.name,
			card.item,
		)
