"""The listings stream: pull the shop's cards page by page, and match new ones to Items."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import frappe

from crm_marketplace.integrations.paging import walk_on
from crm_marketplace.integrations.records import Fetched, Listing, ListingState, Page
from crm_marketplace.rules.triggers_values import changes_between
from crm_marketplace.sync import announce, clock, matching, told
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.streams import Stream
from crm_marketplace.sync.text import plain

PAGE = 1000


def work(shop: Shop, run: Run, state: Stream) -> bool:
	"""One job of the listings stream. Returns whether the run is finished."""
	connector = shop.connect(observer=run.observe)
	position = state.position or {"started": clock.to_text(clock.utc_now())}
	started = clock.from_text(position["started"])
	# Every card of this walk gets the same mark, whatever the clock does meanwhile.
	mark = clock.to_site(started)

	def fetch(token: str | None, limit: int) -> Page[Listing]:
		return connector.listings(token, limit)

	for page in walk_on(fetch, position.get("token"), limit=PAGE, begun_anew=run.begin_list_anew):
		store_page(shop, page.items, run, mark)
		position["token"] = page.token
		state.save_position(position)
		frappe.db.commit()  # page and place stand or fall together
		run.progress()
		if page.token is not None and run.is_out_of_time:
			return False
	retire_unseen(shop, mark)
	counts = matching.match_shop(shop.name)
	run.summary = frappe._("{0} matched, {1} with a suggestion, {2} without an item.").format(
		counts["matched"], counts["suggested"], counts["unmatched"]
	)
	state.move_cursor(started)
	run.cursor_after = state.cursor
	return True


def store_page(shop: Shop, items: Sequence[Fetched[Listing]], run: Run, seen_at: datetime) -> None:
	"""Write a page of cards. Queries: one read, one insert with its check, one update per changed card, one for
	the rest.
	"""
	readable = {item.record.external_id: item.record for item in items if item.record}
	for item in items:
		if item.error is not None:
			run.add_error(item.error, item.external_id)
			run.count(failed=1)
	known = _known(shop.name, list(readable))
	fresh = [record for key, record in readable.items() if key not in known]
	changed = [
		record for key, record in readable.items() if key in known and known[key].digest != record.digest
	]
	announce.created("Marketplace Listing", _insert(shop, fresh, seen_at))
	changes = {}
	for record in changed:
		row, values = known[record.external_id], _values(record, seen_at)
		frappe.db.set_value("Marketplace Listing", row.name, values, update_modified=True)
		changes[row.name] = changes_between(row, values, told.LISTING)
	announce.changed("Marketplace Listing", changes)
	_seen([row.name for row in known.values()], seen_at)
	run.count(
		fetched=len(items),
		created_count=len(fresh),
		updated_count=len(changed),
		unchanged=len(readable) - len(fresh) - len(changed),
		stored=len(fresh) + len(changed),
	)


def retire_unseen(shop: Shop, seen_at: datetime) -> None:
	"""Cards the walk did not bring are archived here: the marketplace no longer lists them. Their links to
	items stay."""
	unseen = {
		"shop": shop.name,
		"last_seen_at": ("!=", seen_at),
		"state": ("!=", ListingState.ARCHIVED.value),
	}
	rows = frappe.get_all("Marketplace Listing", filters=unseen, fields=["name", "state", "state_reason"])
	if not rows:
		return
	values = {
		"state": ListingState.ARCHIVED.value,
		"state_reason": frappe._("The marketplace no longer lists this card."),
	}
	frappe.db.set_value("Marketplace Listing", unseen, {**values, "digest": None})
	announce.changed("Marketplace Listing", {row.name: changes_between(row, values, values) for row in rows})


# --- inside ----------------------------------------------------------------------------------------


def _known(shop: str, external_ids: list[str]) -> dict[str, frappe._dict]:
	if not external_ids:
		return {}
	rows = frappe.get_all(
		"Marketplace Listing",
		filters={"shop": shop, "external_id": ("in", external_ids)},
		fields=["name", "external_id", "digest", *told.LISTING],
	)
	return {row.external_id: row for row in rows}


def _values(record: Listing, seen_at: datetime) -> dict[str, Any]:
	return {
		"offer_id": record.offer_id[:140],
		"title": plain((record.title or record.offer_id)[:140]),
		"state": record.state.value,
		"state_reason": plain(record.state_reason or "") or None,
		"image": record.image_url,
		"url": record.url if len(record.url or "") <= 140 else None,
		"barcodes": "\n".join(record.barcodes),
		"marketplace_ids": json.dumps(dict(record.marketplace_ids), ensure_ascii=False),
		"currency": record.price.currency if record.price else None,
		"price": float(record.price.amount) if record.price else 0,
		"old_price": float(record.old_price.amount) if record.old_price else 0,
		"minimum_price": float(record.minimum_price.amount) if record.minimum_price else 0,
		"tax_rate": float(record.tax_rate or 0),
		"last_seen_at": seen_at,
		"digest": record.digest,
	}


def _insert(shop: Shop, records: Sequence[Listing], seen_at: datetime) -> list[str]:
	"""One insert; a card another worker stored in the meantime is left to it (unique by shop and id).

	Returns the names of those that were stored.
	"""
	if not records:
		return []
	now = clock.site_now()
	rows = [
		{
			"name": frappe.generate_hash(length=16),
			"creation": now,
			"modified": now,
			"owner": frappe.session.user,
			"modified_by": frappe.session.user,
			"shop": shop.name,
			"marketplace": shop.doc.marketplace,
			"external_id": record.external_id,
			"match_status": "Unmatched",
			"publish_stock": 1,
			"stock_share": 100,
			**_values(record, seen_at),
		}
		for record in records
	]
	fields = list(rows[0])
	frappe.db.bulk_insert(
		"Marketplace Listing", fields, [tuple(row[field] for field in fields) for row in rows], True
	)
	return frappe.get_all(
		"Marketplace Listing", filters={"name": ("in", [row["name"] for row in rows])}, pluck="name"
	)


def _seen(names: list[str], seen_at: datetime) -> None:
	if names:
		frappe.db.set_value(
			"Marketplace Listing", {"name": ("in", names)}, {"last_seen_at": seen_at}, update_modified=False
		)
