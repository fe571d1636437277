"""The orders stream: fetch what changed, refresh what is open, process what waits."""

from __future__ import annotations

import frappe

from crm_marketplace.sync import changes
from crm_marketplace.sync.orders import process
from crm_marketplace.sync.orders.fetch import fetch_changes, fetch_open, refresh_known
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.streams import Stream


def work(shop: Shop, run: Run, state: Stream) -> bool:
	"""One job of the orders stream. Returns whether the run is finished."""
	connector = shop.connect(observer=run.observe)
	complete = fetch_changes(shop, connector, run, state)
	if complete:
		fetch_open(shop, connector, run)
		refresh_known(shop, connector, run)
	process.retry_old_holds(shop.name)
	frappe.db.commit()  # what was fetched stands, whatever happens to the documents
	finished = process.process_pending(shop, run) and complete
	changes.dispatch()  # what was sold here is lowered in the other shops now, not with the next minute
	return finished
