"""The orders stream: fetch what changed, refresh what is open, process what waits."""

from __future__ import annotations

import frappe

from crm_marketplace.integrations.errors import IntegrationError
from crm_marketplace.sync import changes
from crm_marketplace.sync.orders import process
from crm_marketplace.sync.orders.fetch import fetch_changes, fetch_open, refresh_known
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.streams import Stream


def work(shop: Shop, run: Run, state: Stream) -> bool:
	"""One job of the orders stream. Returns whether the run is finished.

	Raises:
		IntegrationError: the marketplace did not answer. What is stored already was processed all the same.
	"""
	try:
		complete = _fetch(shop, run, state)
	except IntegrationError:
		frappe.db.rollback()
		_process(shop, run)
		raise
	return _process(shop, run) and complete


def _fetch(shop: Shop, run: Run, state: Stream) -> bool:
	connector = shop.connect(observer=run.observe)
	if not fetch_changes(shop, connector, run, state):
		return False
	fetch_open(shop, connector, run)
	refresh_known(shop, connector, run)
	return True


def _process(shop: Shop, run: Run) -> bool:
	process.retry_old_holds(shop.name)
	frappe.db.commit()  # what was fetched stands, whatever happens to the documents
	finished = process.process_pending(shop, run)
	changes.dispatch()  # what was sold here is lowered in the other shops now, not with the next minute
	return finished
