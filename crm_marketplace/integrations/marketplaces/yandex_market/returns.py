"""Returns and orders that were not redeemed, of every shop the key may see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from crm_marketplace.integrations.marketplaces.yandex_market import aftersales_payloads, endpoints
from crm_marketplace.integrations.marketplaces.yandex_market.return_statuses import (
	NO_REFUND,
	RETURN_KINDS,
	UNREDEEMED,
	return_reason,
	return_state,
)
from crm_marketplace.integrations.marketplaces.yandex_market.session import (
	MOSCOW,
	YandexMarketSession,
	day,
	is_id,
	money,
	next_page,
	page_of,
	page_size,
)
from crm_marketplace.integrations.marketplaces.yandex_market.statuses import AVAILABLE, PLACEMENTS
from crm_marketplace.integrations.paging import bad_token, pack_token, unpack_token
from crm_marketplace.integrations.records import Fetched, Page, Return, ReturnKind, ReturnLine, Scheme
from crm_marketplace.integrations.translation import identity, rows, translate, unexpected

RETURN_PAGE = 100


class ListsYandexMarketReturns(YandexMarketSession):
	def returns(
		self, since: datetime, until: datetime, token: str | None = None, limit: int | None = None
	) -> Page[Return]:
		"""Returns of a shop, or of every shop of the cabinet that is switched on, one shop after the other. One
		request a page, and one to know the shops.

		The method filters by the day of the last change, so that whole days come. In which zone days begin,
		and whether the last one is among them, is not said: the widest reading of both is asked for.

		The list names a shop but not how the order was delivered: `scheme` is told where the shop has but one
		way (FBY, DBS), and left out where it has two (FBS and Express). See `ListsReturns`.
		"""
		if since >= until:
			return Page(())
		position = unpack_token(token)
		shops = self._selling_shops()
		if not shops:
			return Page(())
		shop = position.get("shop", shops[0])
		if shop not in shops:
			raise bad_token()
		params = {
			"fromDate": day(since, timezone.utc),
			"toDate": day(until + timedelta(days=1), MOSCOW),
			"limit": page_size(limit, RETURN_PAGE),
			"pageToken": page_of(position),
		}
		answer = self.call(endpoints.RETURNS, params=params, campaignId=shop)
		raws = rows(answer.data, "result", "returns")
		scheme = self._only_scheme(shop) if raws else None
		items = tuple(read_return(raw, scheme) for raw in raws)
		page = next_page(answer.data, "result")
		if page is not None:
			return Page(items, pack_token(shop=shop, page=page), answer.date)
		following = shops[shops.index(shop) + 1 :][:1]
		return Page(items, pack_token(shop=following[0]) if following else None, answer.date)

	def _selling_shops(self) -> list[str]:
		"""The shop, or those of the cabinet that sell and are switched on."""
		if self.own_campaign:
			return [self.own_campaign]
		return [
			campaign.id
			for campaign in self.cabinet.campaigns.values()
			if is_id(campaign.id)
			and campaign.api_availability in (AVAILABLE, None)
			and (not campaign.placement_type or campaign.placement_type in PLACEMENTS)
		]

	def _only_scheme(self, campaign_id: str) -> Scheme | None:
		campaign = self.cabinet.campaigns.get(campaign_id)
		schemes = PLACEMENTS.get((campaign.placement_type if campaign else None) or "", ())
		return schemes[0] if len(schemes) == 1 else None


def read_return(raw: Any, scheme: Scheme | None = None) -> Fetched[Return]:
	"""The return in a row of /v2/campaigns/…/returns. Makes no request.

	Args:
		scheme: the one the shop has, where it has but one.
	"""
	return translate(
		raw, aftersales_payloads.Return, lambda payload: _return(payload, scheme), identity(raw, "id")
	)


def _return(payload: aftersales_payloads.Return, scheme: Scheme | None) -> Return:
	refund = payload.refund_status if payload.return_type != UNREDEEMED else None
	amount = payload.amount if payload.amount and refund not in NO_REFUND else None
	decisions = [decision for item in payload.items for decision in item.decisions or ()]
	reasons = [return_reason(decision.reason_type, decision.subreason_type) for decision in decisions]
	# UNCONFIRMED: that the comment is the buyer's. It stands beside his reason and his photographs; the
	# seller's own, which he may send with a decision, is not known to come back.
	comments = dict.fromkeys(decision.comment.strip() for decision in decisions if decision.comment)
	return Return(
		external_id=payload.id,
		order_id=payload.order_id,
		order_number=payload.order_id,
		kind=RETURN_KINDS.get(payload.return_type or "", ReturnKind.RETURNED),
		state=return_state(
			payload.return_type, payload.shipment_status, refund, is_kept=bool(payload.fast_return)
		),
		vendor_status="/".join(word for word in (payload.shipment_status, refund) if word),
		scheme=scheme,
		lines=tuple(_lines(payload.items)),
		refund=money(amount.value, amount.currency_id) if amount else None,
		reason=next((reason for reason in reasons if reason), ""),
		comment="\n".join(comment for comment in comments if comment),
		place=_place(payload.logistic_pickup_point),
		pickup_until=payload.pickup_till_date,
		created_at=payload.creation_date,
		changed_at=payload.update_date,
	)


def _lines(items: tuple[aftersales_payloads.ReturnItem, ...]) -> Iterator[ReturnLine]:
	"""Items have no ids: a line is known by its article, and by its number where that comes again."""
	seen: Counter[str] = Counter()
	for item in items:
		if item.count is None or item.count < 0:
			raise unexpected("items.count", "nothing" if item.count is None else "number below zero")
		seen[item.shop_sku] += 1
		again = seen[item.shop_sku]
		yield ReturnLine(
			line_id=item.shop_sku if again == 1 else f"{item.shop_sku}~{again}",
			offer_id=item.shop_sku,
			marketplace_ids={"marketSku": item.market_sku} if item.market_sku else {},
			quantity=item.count,
		)


def _place(point: aftersales_payloads.LogisticPoint | None) -> str:
	"""Where the seller fetches the goods: the point's name and its address."""
	if point is None:
		return ""
	address = point.address or aftersales_payloads.PickupAddress()
	parts = (point.name, address.postcode, address.city, address.street, address.house)
	return ", ".join(part.strip() for part in parts if part and part.strip())
