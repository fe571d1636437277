"""The prices stream: read what is shown, decide what should be, send what differs and is not held."""

from __future__ import annotations

import frappe

from crm_marketplace.sync import clock
from crm_marketplace.sync.prices import channel, desired, push
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.streams import Stream


def work(shop: Shop, run: Run, state: Stream) -> bool:
	"""One job of the prices stream. Returns whether the run is finished."""
	connector = shop.connect(observer=run.observe)
	if not channel.read(shop, connector, run, state):
		return False
	changed, held = desired.refresh(shop)
	run.count(updated_count=changed, held=held)
	if held:
		run.summary = frappe._("{0} prices are held back; see them in the list of prices.").format(held)
	finished = push.push(shop, connector, run)
	if finished:
		state.move_cursor(clock.utc_now())
	return finished
