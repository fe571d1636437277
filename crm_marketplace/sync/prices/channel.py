"""What the marketplace shows: read page by page before prices are decided."""

from __future__ import annotations

import frappe

from crm_marketplace.integrations.connector import Connector
from crm_marketplace.integrations.paging import walk_on
from crm_marketplace.integrations.records import Money, Page, Price
from crm_marketplace.sync import bulk, clock
from crm_marketplace.sync.prices import rows
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.streams import Stream

PAGE = 1000


def read(shop: Shop, connector: Connector, run: Run, state: Stream) -> bool:
	"""Take over the live prices and fees. Returns whether the list is complete; goes on where it stopped.

	One read and one write per page; memory does not grow with the number of listings.
	"""

	def fetch(token: str | None, limit: int) -> Page[Price]:
		return connector.prices(token, limit=limit)

	for page in walk_on(fetch, state.position.get("token"), limit=PAGE, begun_anew=run.begin_list_anew):
		_store(shop, [item.record for item in page.items if item.record])
		for item in page.items:
			if item.error is not None:
				run.add_error(item.error, item.external_id)
		run.count(fetched=len(page.items))
		run.progress()
		state.save_position({"token": page.token} if page.token else {})
		frappe.db.commit()  # the place in the list, with what was read
		if page.token is not None and run.is_out_of_time:
			return False
	return True


def _store(shop: Shop, prices: list[Price]) -> None:
	listings = _listings(shop.name, [price.listing_id for price in prices])
	writer = rows.writer(rows.CHANNEL_FIELDS, len(prices))
	now = clock.site_now()
	for price in prices:
		listing = listings.get(price.listing_id)
		if listing is None or price.price is None:
			continue
		writer.add(
			(
				*bulk.standard_values(),
				listing.name,
				shop.name,
				listing.offer_id,
				price.listing_id,
				price.price.currency,
				_sum(price.price),
				_sum(price.old_price),
				_sum(price.minimum_price),
				int(price.old_price_fixed),
				int(price.minimum_price_fixed),
				_sum(price.expected_fees),
				float(price.fee_rate or 0),
				now,
				int(price.held is not None),
				price.held_reason or None,
			)
		)
	writer.flush()


def _listings(shop: str, external_ids: list[str]) -> dict[str, frappe._dict]:
	found = frappe.get_all(
		"Marketplace Listing",
		filters={"shop": shop, "external_id": ("in", external_ids or [""])},
		fields=["name", "external_id", "offer_id"],
	)
	return {row.external_id: row for row in found}


def _sum(money: Money | None) -> float:
	return float(money.amount) if money else 0.0
