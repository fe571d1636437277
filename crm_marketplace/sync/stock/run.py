"""The stock stream: orders first, then what should be promised, then send what differs."""

from __future__ import annotations

from datetime import timedelta

import frappe

from crm_marketplace.integrations.errors import IntegrationError
from crm_marketplace.sync import changes, clock, locks
from crm_marketplace.sync.orders import run as orders
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.stock import desired, levels, push
from crm_marketplace.sync.streams import Stream

FRESH = timedelta(seconds=45)


def work(shop: Shop, run: Run, state: Stream) -> bool:
	"""One job of the stock stream. Returns whether the run is finished."""
	orders_known = _orders_first(shop, run)
	items = changes.take_for(shop.name)
	if state.is_partial:
		changed = desired.refresh(shop, changes.listings_of(shop.name, items)) if items else 0
	else:
		changed = desired.refresh(shop)
		levels.follow_published(shop.name, desired.channel_warehouses(shop))
	run.count(updated_count=changed)
	connector = shop.connect(observer=run.observe)
	try:
		finished = push.push(shop, connector, run, only_less=not orders_known)
	finally:
		levels.summarise(shop.name)
	if finished and push.is_unfinished(shop, only_less=not orders_known):
		changes.send_later(shop.name)
	if not orders_known:
		run.summary = frappe._("New orders could not be read, so only decreases were sent.")
	# What moved meanwhile is this run's business too.
	return finished and not changes.has_more(shop.name)


def _orders_first(shop: Shop, run: Run) -> bool:
	"""Read new orders, so that nothing sold already is promised again. Returns whether we know them all."""
	if not any(row.stream == "orders" and row.enabled for row in shop.doc.streams):
		return True  # the shop's owner imports no orders here, and stock follows ERPNext alone
	if run.started_by == changes.STARTED_BY and _orders_are_fresh(shop.name):
		return True  # an order run of this very minute is what started us
	with locks.held(shop.name, "orders") as free:
		if not free:
			return False  # another worker is at it; what it finds is sent by the next run
		inner = Run(shop.name, "orders", run.started_by, minutes=run.minutes, secrets=run.secrets)
		inner.start()
		state = Stream.load(shop.name, "orders")
		state.begin()
		try:
			finished = orders.work(shop, inner, state)
		except IntegrationError as error:
			frappe.db.rollback()
			inner.stop(error)
			state.fail(inner.log, error.text)
			finished = False
		else:
			if finished:
				state.succeed(inner.log)
		inner.finish()
		frappe.db.commit()  # the orders stand, whatever becomes of the stock
		return finished


def _orders_are_fresh(shop: str) -> bool:
	last = frappe.db.get_value("Marketplace Stream", {"shop": shop, "stream": "orders"}, "last_success_at")
	return bool(last and clock.site_now() - last < FRESH)
