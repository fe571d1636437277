"""The prices stream: read what is shown, decide what should be, send what differs and is not held."""

from __future__ import annotations

from datetime import timedelta

import frappe

from crm_marketplace.sync import clock
from crm_marketplace.sync.prices import channel, desired, push
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.streams import Stream

READ_LASTS = timedelta(hours=1)  # a run that goes on in another job does not read everything again


def work(shop: Shop, run: Run, state: Stream) -> bool:
	"""One job of the prices stream. Returns whether the run is finished."""
	connector = shop.connect(observer=run.observe)
	if not _was_read(state):
		if not channel.read(shop, connector, run, state):
			return False
		state.save_position({"read_at": clock.to_text(clock.utc_now())})
	changed, held = desired.refresh(shop)
	run.count(updated_count=changed, held=held)
	if held:
		run.summary = frappe._("{0} prices are held back; see them in the list of prices.").format(held)
	finished = push.push(shop, connector, run)
	if finished:
		state.move_cursor(clock.utc_now())
	return finished


def _was_read(state: Stream) -> bool:
	read_at = clock.from_text(state.position.get("read_at"))
	return read_at is not None and clock.utc_now() - read_at < READ_LASTS
