"""Fetch orders: everything changed since the cursor, page by page, stored and committed before moving on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import frappe

from crm_marketplace.integrations.connector import Connector
from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import Fetched, Order, OrderStatus, Page
from crm_marketplace.sync import clock
from crm_marketplace.sync.orders.store import store_page
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.streams import Stream
from crm_marketplace.sync.windows import new_window, walk_changes

SELLERS_TURN = (
	OrderStatus.PENDING.value,
	OrderStatus.AWAITING_PACKING.value,
	OrderStatus.AWAITING_SHIPMENT.value,
)
UNDER_WAY = (OrderStatus.SHIPPED.value, OrderStatus.DISPUTED.value)
SLOW_REFRESH = 15 * 60  # seconds
LONGEST_LIFE = timedelta(days=90)  # older orders do not change any more


def fetch_changes(shop: Shop, connector: Connector, run: Run, state: Stream) -> bool:
	"""Store what changed since the cursor. Returns whether the window is complete: see `walk_changes`."""

	def fetch(
		since: datetime, until: datetime, token: str | None, limit: int, position: Mapping[str, Any]
	) -> Page[Order]:
		return connector.order_changes(since, until, token, limit, with_fbo=position.get("with_fbo", True))

	return walk_changes(
		run,
		state,
		lambda: {**new_window(shop, state), "with_fbo": is_time_for_fbo(state)},
		fetch,
		lambda page: _store(shop, page, run),
		shop.info.order_page_size,
	)


def fetch_open(shop: Shop, connector: Connector, run: Run) -> None:
	"""Refresh orders that wait for the seller: deadlines move without a change of status."""
	_fetch_all(shop, run, lambda token, limit: connector.open_orders(token, limit))


def refresh_known(shop: Shop, connector: Connector, run: Run) -> None:
	"""Ask for the orders we know, where the marketplace does not tell which of them changed.

	Orders the seller still has are asked for each time, those under way every quarter of an hour.
	"""
	size = shop.info.refresh_batch
	if not size:
		return
	statuses = _statuses_due(shop.name)
	last = ""
	while rows := _open_rows(shop.name, statuses, last, size):
		last = rows[-1].name
		known = {row.name: Order.model_validate_json(row.record) for row in rows}
		digests = {row.external_id: row.digest for row in rows}
		page = connector.refresh_orders(list(known.values()))
		# What cannot be read keeps what was understood of it before, and waits for a person.
		news = [
			item
			for item in page.items
			if item.record is None or item.record.digest != digests.get(item.external_id)
		]
		stored = store_page(shop, _with_stored_payload(shop.name, news), run.log)
		written = stored.created + stored.updated
		run.count(
			fetched=len(page.items),
			stored=written,
			unchanged=len(page.items) - written,
			held=stored.unreadable,
		)
		_tell_errors(page, run)
		frappe.db.commit()  # stored before anything can fail on it
		run.progress(done=run.counts["fetched"])


def fetch_created(shop: Shop, connector: Connector, run: Run, since: datetime, until: datetime) -> set[str]:
	"""Store every order placed in [since, until) and return their ids."""
	return _fetch_all(shop, run, lambda token, limit: connector.orders_created(since, until, token, limit))


def fetch_one(shop: Shop, connector: Connector, run: Run, external_id: str) -> None:
	"""Fetch one order now: a webhook's hint, or a person's wish."""
	page = Page(items=(connector.order(external_id),))
	_store(shop, page, run)
	frappe.db.commit()  # stored before anything can fail on it


def _statuses_due(shop: str) -> list[str]:
	"""Statuses to refresh in this run."""
	return (
		[*SELLERS_TURN, *UNDER_WAY] if _once_in_a_while(f"marketplace_refreshed:{shop}") else [*SELLERS_TURN]
	)


def is_time_for_fbo(state: Stream) -> bool:
	"""Whether the next walk reads orders the marketplace ships by itself: nobody packs them, so they can wait,
	but not longer than walks with them look back.
	"""
	is_time = _once_in_a_while(f"marketplace_fbo_read:{state.shop}")
	if not state.cursor:
		return True
	return is_time or clock.utc_now() - clock.from_text(state.cursor) > timedelta(seconds=SLOW_REFRESH)


def _once_in_a_while(mark: str) -> bool:
	"""True once in a quarter of an hour. The mark in Redis is a convenience: lost, we ask once too often."""
	if frappe.cache.get_value(mark, expires=True):
		return False
	frappe.cache.set_value(mark, 1, expires_in_sec=SLOW_REFRESH)
	return True


def _open_rows(shop: str, statuses: list[str], after: str, limit: int) -> list[frappe._dict]:
	return frappe.get_all(
		"Marketplace Order",
		filters={
			"shop": shop,
			"status": ("in", statuses),
			"name": (">", after),
			"record": ("is", "set"),
			"ordered_at": (">", clock.to_site(clock.utc_now() - LONGEST_LIFE)),
		},
		fields=["name", "external_id", "digest", "record"],
		order_by="name asc",
		limit=limit,
	)


def _with_stored_payload(shop: str, items: list[Fetched[Order]]) -> list[Fetched[Order]]:
	"""A refresh brings part of a payload only: lay it over the one kept."""
	payloads = dict(
		frappe.get_all(
			"Marketplace Order",
			filters={"shop": shop, "external_id": ("in", [item.external_id for item in items] or [""])},
			fields=["external_id", "payload"],
			as_list=True,
		)
	)
	return [
		replace(item, raw={**json.loads(payloads.get(item.external_id) or "{}"), **item.raw})
		for item in items
	]


def _fetch_all(shop: Shop, run: Run, fetch: Callable[[str | None, int], Page[Order]]) -> set[str]:
	seen: set[str] = set()
	for page in walk(fetch, limit=shop.info.order_page_size):
		_store(shop, page, run)
		frappe.db.commit()  # stored before anything can fail on it
		seen.update(item.external_id for item in page.items)
		run.progress(done=run.counts["fetched"])
	return seen


def _store(shop: Shop, page: Page[Order], run: Run) -> None:
	stored = store_page(shop, page.items, run.log)
	run.count(
		fetched=len(page.items),
		stored=stored.created + stored.updated,
		unchanged=stored.unchanged,
		held=stored.unreadable,
	)
	_tell_errors(page, run)


def _tell_errors(page: Page[Order], run: Run) -> None:
	for item in page.items:
		if item.error is not None:
			error = (
				item.error
				if isinstance(item.error, ContractError)
				else ContractError(detail=repr(item.error))
			)
			run.add_error(error, item.external_id)
	if page.left_out is not None:
		run.add_error(page.left_out)
