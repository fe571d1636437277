"""Fetch orders: everything changed since the cursor, page by page, stored and committed before moving on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import frappe

from crm_marketplace.integrations.connector import Connector
from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import Order, Page
from crm_marketplace.sync import clock
from crm_marketplace.sync.orders.store import store_page
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.streams import Stream


def fetch_changes(shop: Shop, connector: Connector, run: Run, state: Stream) -> bool:
	"""Store what changed since the cursor. Returns whether the window is complete.

	A window that does not fit into one job keeps its place (`state.position`) and goes on in the next. The
	cursor then becomes the marketplace's own time at the window's first page: never our clock.
	"""
	position = state.position or new_window(shop, state)
	run.cursor_before = run.cursor_before or state.cursor
	since, until = clock.from_text(position["since"]), clock.from_text(position["until"])

	def fetch(token: str | None, limit: int) -> Page[Order]:
		return connector.order_changes(since, until, token, limit)

	for page in walk(fetch, token=position.get("token"), limit=shop.info.order_page_size):
		if not position.get("as_of"):
			position["as_of"] = clock.to_text(min(page.as_of or clock.utc_now(), until))
		_store(shop, page, run)
		position["token"] = page.token
		if page.token is None:
			state.move_cursor(clock.from_text(position["as_of"]))
			run.cursor_after = state.cursor
		else:
			state.save_position(position)
		# Stored before anything can fail on it; page and position stand or fall together.
		frappe.db.commit()
		run.progress(done=run.counts["fetched"])
		if page.token is not None and run.is_out_of_time:
			return False
	return True


def fetch_open(shop: Shop, connector: Connector, run: Run) -> None:
	"""Refresh orders that wait for the seller: deadlines move without a change of status."""
	_fetch_all(shop, run, lambda token, limit: connector.open_orders(token, limit))


def fetch_created(shop: Shop, connector: Connector, run: Run, since: datetime, until: datetime) -> set[str]:
	"""Store every order placed in [since, until) and return their ids."""
	return _fetch_all(shop, run, lambda token, limit: connector.orders_created(since, until, token, limit))


def fetch_one(shop: Shop, connector: Connector, run: Run, external_id: str) -> None:
	"""Fetch one order now: a webhook's hint, or a person's wish."""
	page = Page(items=(connector.order(external_id),))
	_store(shop, page, run)
	frappe.db.commit()  # stored before anything can fail on it


def _fetch_all(shop: Shop, run: Run, fetch: Callable[[str | None, int], Page[Order]]) -> set[str]:
	seen: set[str] = set()
	for page in walk(fetch, limit=shop.info.order_page_size):
		_store(shop, page, run)
		frappe.db.commit()  # stored before anything can fail on it
		seen.update(item.external_id for item in page.items)
		run.progress(done=run.counts["fetched"])
	return seen


def new_window(shop: Shop, state: Stream) -> dict:
	now = clock.utc_now()
	if state.cursor:
		since = clock.from_text(state.cursor) - shop.info.cursor_overlap
	else:
		since = now - shop.info.first_orders_window
	# A little ahead of us, in case our clock is behind; the cursor follows the marketplace's clock.
	return {"since": clock.to_text(since), "until": clock.to_text(now + timedelta(hours=1))}


def _store(shop: Shop, page: Page[Order], run: Run) -> None:
	stored = store_page(shop, page.items, run.log)
	run.count(
		fetched=len(page.items),
		stored=stored.created + stored.updated,
		unchanged=stored.unchanged,
		held=stored.unreadable,
	)
	for item in page.items:
		if item.error is not None:
			error = (
				item.error
				if isinstance(item.error, ContractError)
				else ContractError(detail=repr(item.error))
			)
			run.add_error(error, item.external_id)
