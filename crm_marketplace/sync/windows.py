"""Walk what changed since the cursor, page by page; stored and committed before the place moves on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

import frappe

from crm_marketplace.integrations.paging import walk_on
from crm_marketplace.integrations.records import Page, Record
from crm_marketplace.sync import clock
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.streams import Stream

RecordT = TypeVar("RecordT", bound=Record)
# since, until, token, limit, position → page
Fetch = Callable[[datetime, datetime, "str | None", int, Mapping[str, Any]], Page[RecordT]]


def new_window(shop: Shop, state: Stream, look_back: timedelta = timedelta(0)) -> dict[str, Any]:
	"""From the cursor, or from as far back as a first run looks, to the end of time as the shop sees it.

	Args:
		look_back: further than the connector's overlap, where changes may come without a stamp of their own.
	"""
	now = clock.utc_now()
	if state.cursor:
		since = clock.from_text(state.cursor) - max(shop.info.cursor_overlap, look_back)
	else:
		since = now - shop.info.first_orders_window
	# Ahead of us, in case our clock is behind the marketplace's.
	return {"since": clock.to_text(since), "until": clock.to_text(now + timedelta(days=1))}


def walk_changes(
	run: Run,
	state: Stream,
	window: Callable[[], dict[str, Any]],
	fetch: Fetch[RecordT],
	store: Callable[[Page[RecordT]], None],
	limit: int,
) -> bool:
	"""Store what changed since the cursor. Returns whether the window is complete.

	A window that does not fit into one job keeps its place (`state.position`) and goes on in the next. The
	cursor then becomes the time of the window's first page: by the marketplace's clock or ours, whichever is
	behind. A wrong clock, on either side, makes us read some changes twice, and miss none. A place the
	marketplace does not take any more costs the window's first pages once more.

	Args:
		window: makes a new position: `since`, `until`, and whatever `fetch` wants to be told again.
		store: writes a page; this function commits it.
	"""
	position = state.position or window()
	run.cursor_before = run.cursor_before or state.cursor
	since, until = clock.from_text(position["since"]), clock.from_text(position["until"])

	def page_of(token: str | None, limit: int) -> Page[RecordT]:
		return fetch(since, until, token, limit, position)

	for page in walk_on(page_of, position.get("token"), limit=limit, begun_anew=run.begin_list_anew):
		if not position.get("as_of"):
			now = clock.utc_now()
			position["as_of"] = clock.to_text(min(page.as_of or now, now, until))
		store(page)
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
