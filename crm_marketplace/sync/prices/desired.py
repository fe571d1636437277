"""What each listing should cost: computed for a whole shop in one pass over one query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

import frappe
from frappe.query_builder.functions import Coalesce, NullIf, Sum
from pypika import Case

from crm_marketplace.rules.prices import (
	ChannelPrice,
	PriceDecision,
	PricedItem,
	PricePolicy,
	Rounding,
	decide_price,
)
from crm_marketplace.sync import announce, bulk, clock, exchange, reader
from crm_marketplace.sync.messages import pack
from crm_marketplace.sync.prices import rows
from crm_marketplace.sync.shops import Shop

# Columns of `_query`, in its order.
LISTING, ITEM, SHOWN, FIXED = slice(0, 4), slice(4, 10), slice(10, 16), slice(16, 18)
ALLOWED, STATE = 18, slice(19, 24)


@dataclass(frozen=True, slots=True)
class Shown:
	"""What the marketplace showed when it was last read; 0 and None: not known, or none."""

	price: float | None
	old_price: float | None
	minimum_price: float | None
	currency: str | None
	fees: float | None
	fee_rate: float | None


@dataclass(frozen=True, slots=True)
class Current:
	"""The row of a listing as it is."""

	desired: float | None
	desired_old: float | None
	desired_minimum: float | None
	hold_code: str | None
	hold_reason: str | None


@dataclass(frozen=True, slots=True)
class Desired:
	"""What one listing should cost."""

	listing: str
	external_id: str
	offer_id: str
	title: str
	decision: PriceDecision
	shown: Shown
	current: Current

	@property
	def differs(self) -> bool:
		"""Whether it would be sent. A sum of 0 means: leave what the marketplace has."""
		wanted = (self.decision.price, self.decision.old_price, self.decision.minimum_price)
		shown = (self.shown.price, self.shown.old_price, self.shown.minimum_price)
		return any(sum_ and _float(sum_) != (there or 0.0) for sum_, there in zip(wanted, shown, strict=True))


def price_policy(shop: Shop) -> PricePolicy:
	"""The shop's rules about prices."""
	doc = shop.doc
	own = frappe.get_cached_value("Company", shop.company, "default_currency")
	currency = doc.account_currency or shop.info.currency or own
	return PricePolicy(
		currency=currency,
		cost_currency=own,
		cost_rate=_cost_rate(currency, own),
		markup=_decimal(doc.price_markup),
		rounding=Rounding(doc.price_rounding or Rounding.NONE.value),
		old_price_markup=_decimal(doc.old_price_markup),
		minimum_price_share=_decimal(doc.minimum_price_share),
		minimum_margin=_decimal(doc.minimum_margin) if doc.margin_guard else None,
		fee_share=_decimal(doc.fee_share),
		maximum_change=_decimal(doc.maximum_price_change),
		step=shop.info.price_step,
		old_price_by_percent=shop.info.old_price_by_percent,
		keeps_minimum_price=shop.info.keeps_minimum_price,
	)


def refresh(shop: Shop) -> tuple[int, int]:
	"""Bring the desired prices of a shop up to date. Returns how many changed, and how many are held."""
	writer = rows.writer(rows.DESIRED_FIELDS, frappe.db.count("Marketplace Listing", {"shop": shop.name}))
	policy = price_policy(shop)
	changed = held = 0
	news: list[announce.Happening] = []
	frappe.db.commit()  # the reader sees what is committed only
	with reader.reading() as connection:
		for desired in compute(shop, policy, connection):
			held += desired.decision.hold is not None
			if is_news(desired):
				changed += 1
				writer.add(row_values(shop, policy, desired))
				news += _news_of_hold(desired)
			else:
				writer.skip()
	announce.tell(news)
	writer.flush()
	return changed, held


def compute(
	shop: Shop, policy: PricePolicy, connection: Any, listings: Sequence[str] | None = None
) -> Iterator[Desired]:
	"""Every priced listing of a shop with what it should cost. Memory does not grow with their number."""
	stream = reader.stream(connection, _query(shop, listings))
	for _name, group in groupby(stream, key=itemgetter(0)):
		yield _decide(list(group), policy)


def is_news(desired: Desired) -> bool:
	"""Whether the row has to be written."""
	decision, current = desired.decision, desired.current
	hold = decision.hold
	return (
		_float(decision.price) != (current.desired or 0.0)
		or _float(decision.old_price) != (current.desired_old or 0.0)
		or _float(decision.minimum_price) != (current.desired_minimum or 0.0)
		or (hold.code if hold else None) != current.hold_code
		or (pack(hold.values) if hold else None) != current.hold_reason
	)


def row_values(shop: Shop, policy: PricePolicy, desired: Desired) -> tuple:
	"""A row of `rows.DESIRED_FIELDS`."""
	decision = desired.decision
	return (
		*bulk.standard_values(),
		desired.listing,
		shop.name,
		desired.offer_id,
		desired.external_id,
		# The one the card is kept in: the published sums are in it, and another one is held.
		desired.shown.currency or policy.currency,
		_float(decision.price),
		_float(decision.old_price),
		_float(decision.minimum_price),
		_float(decision.cost),
		_float(decision.fees),
		_float(decision.margin),
		decision.hold.code if decision.hold else None,
		pack(decision.hold.values) if decision.hold else None,
	)


# --- inside ----------------------------------------------------------------------------------------


def _cost_rate(currency: str, own: str) -> Decimal | None:
	"""Units of the shop's currency for one of the company's: at the rate the shop's orders are booked at."""
	if currency == own:
		return Decimal(1)
	rate = exchange.selling_rate(currency, own, clock.site_now().date())
	return 1 / _decimal(rate) if rate else None


def _news_of_hold(desired: Desired) -> list[announce.Happening]:
	"""What others hear of a price that is held back from now on."""
	hold = desired.decision.hold
	if hold is None or hold.code == desired.current.hold_code:
		return []
	given = {"reason": hold.code, "price": _float(desired.decision.price), "now": desired.shown.price}
	return [
		announce.Happening(
			"price_held",
			"Marketplace Listing",
			desired.listing,
			given=given,
			id=f"{clock.site_now()} {hold.code}",
		)
	]


def _query(shop: Shop, listings: Sequence[str] | None):
	listing = frappe.qb.DocType("Marketplace Listing")
	part = frappe.qb.DocType("Marketplace Listing Component")
	item = frappe.qb.DocType("Item")
	price = frappe.qb.DocType("Item Price")
	row = frappe.qb.DocType(rows.DOCTYPE)
	worth = _stock_worth(shop.company)
	code = Case().when(listing.is_kit == 1, part.item).else_(listing.item)
	query = (
		frappe.qb.from_(listing)
		.left_join(part)
		.on(
			(part.parent == listing.name) & (part.parenttype == "Marketplace Listing") & (listing.is_kit == 1)
		)
		.left_join(item)
		.on(item.name == code)
		.left_join(price)
		.on((price.item_code == code) & _applies(price, shop, item))
		.left_join(worth)
		.on(worth.item_code == code)
		.left_join(row)
		.on(row.listing == listing.name)
		.select(
			listing.name,
			listing.external_id,
			listing.offer_id,
			listing.title,
			code,
			Coalesce(part.qty, 1),
			price.price_list_rate,
			price.currency,
			price.valid_from,
			# The site keeps 0 where nobody knows.
			Coalesce(
				NullIf(worth.rate, 0), NullIf(item.valuation_rate, 0), NullIf(item.last_purchase_rate, 0)
			),
			# Before the first price run: what the card says.
			Case().when(row.confirmed > 0, row.confirmed).else_(listing.price),
			Case().when(row.confirmed > 0, row.confirmed_old).else_(listing.old_price),
			Case().when(row.confirmed > 0, row.confirmed_minimum).else_(listing.minimum_price),
			Case().when(row.confirmed > 0, row.currency).else_(listing.currency),
			row.channel_fees,
			row.channel_fee_rate,
			row.old_price_fixed,
			row.minimum_price_fixed,
			row.allowed_price,
			row.desired,
			row.desired_old,
			row.desired_minimum,
			row.hold_code,
			row.hold_reason,
		)
		.where(listing.shop == shop.name)
		.where(listing.match_status == "Matched")
		.where(listing.state != "Archived")
		.orderby(listing.name)
	)
	return query.where(listing.name.isin(list(listings))) if listings is not None else query


def _applies(price: Any, shop: Shop, item: Any) -> Any:
	"""Prices of the shop's list that hold today for everybody, per stock unit."""
	today = clock.site_now().date()
	return (
		(price.price_list == shop.doc.selling_price_list)
		& ((price.uom == item.stock_uom) | (Coalesce(price.uom, "") == ""))
		& (Coalesce(price.customer, "") == "")
		& (Coalesce(price.batch_no, "") == "")
		& (Coalesce(price.valid_from, "2000-01-01") <= today)
		& (Coalesce(price.valid_upto, "2500-12-31") >= today)
	)


def _stock_worth(company: str):
	"""Item → what a unit on hand is worth to the company, from ERPNext's Bins."""
	bin_ = frappe.qb.DocType("Bin")
	warehouse = frappe.qb.DocType("Warehouse")
	return (
		frappe.qb.from_(bin_)
		.inner_join(warehouse)
		.on(warehouse.name == bin_.warehouse)
		.select(bin_.item_code, (Sum(bin_.stock_value) / Sum(bin_.actual_qty)).as_("rate"))
		.where(warehouse.company == company)
		.where(bin_.actual_qty > 0)
		.groupby(bin_.item_code)
	).as_("worth")


def _decide(group: list[tuple], policy: PricePolicy) -> Desired:
	name, external_id, offer_id, title = group[0][LISTING]
	items = _items(group)
	shown = Shown(*group[0][SHOWN])
	allowed = group[0][ALLOWED]
	channel = ChannelPrice(_known(shown.price), shown.currency, _known(shown.fees), _known(shown.fee_rate))
	old_fixed, minimum_fixed = group[0][FIXED]
	if old_fixed:
		policy = replace(policy, keeps_old_price=False)
	if minimum_fixed:
		policy = replace(policy, keeps_minimum_price=False)
	decision = decide_price(items, channel, policy)
	if decision.hold and allowed and _float(decision.price) == float(allowed):
		decision = decide_price(items, channel, policy, is_confirmed=True)
	current = Current(*group[0][STATE])
	return Desired(name, external_id, offer_id, title or offer_id, decision, shown, current)


def _items(group: list[tuple]) -> list[PricedItem]:
	"""Items of a listing; of several prices of one item the one that began last (ERPNext: get_item_price)."""
	best: dict[str, tuple] = {}
	for row in group:
		code, qty, rate, currency, valid_from, cost = row[ITEM]
		if code and (code not in best or str(valid_from or "") > best[code][0]):
			best[code] = (str(valid_from or ""), qty, rate, currency, cost)
	return [
		PricedItem(
			item_code=code,
			qty=_decimal(qty),
			rate=None if rate is None else _decimal(rate),
			currency=currency,
			cost=_known(cost),
		)
		for code, (_valid_from, qty, rate, currency, cost) in best.items()
	]


def _known(value: Any) -> Decimal | None:
	"""A sum, or None where the table says 0 for "not known"."""
	return _decimal(value) if value else None


def _decimal(value: Any) -> Decimal:
	return Decimal(str(value or 0))


def _float(value: Decimal | None) -> float:
	return float(value or 0)
