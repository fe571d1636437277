"""The list of returns and orders that were not redeemed.

https://yandex.ru/dev/market/partner-api/doc/ru/reference/returns/getReturns
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.state import marks
from crm_marketplace.sandbox.yandex_market.checks import Asked, bad, day, midnight, page_token, whole
from crm_marketplace.sandbox.yandex_market.coming_back import (
	ASKED_FOR,
	KINDS,
	READY,
	REFUNDS,
	RETURN,
	SHIPMENTS,
)
from crm_marketplace.sandbox.yandex_market.money import value
from crm_marketplace.sandbox.yandex_market.purchases import moscow
from crm_marketplace.sandbox.yandex_market.statuses import FBY

if TYPE_CHECKING:
	from crm_marketplace.sandbox.yandex_market.shop import YandexMarketShop

MOST_ROWS = 100
_POINT = {
	"id": 10_001_700_279,
	"name": "Пункт вывоза «Софьино»",
	"address": {
		"country": "Россия",
		"city": "Софьино",
		"street": "Логистическая улица",
		"house": "1к2",
		"postcode": "140126",
	},
	"instruction": "Назовите код возврата",
	"type": "WAREHOUSE",
	"logisticPartnerId": 1005,
}


def return_list(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""GET /v2/campaigns/{campaignId}/returns"""
	limit = asked.limit(50, MOST_ROWS)
	conditions, values = ["r.campaign_id = ?"], [asked.campaign_id]

	def among(column: str, choices: list[Any]) -> None:
		if choices:
			conditions.append(f"{column} IN ({marks(choices)})")
			values.extend(choices)

	ids = _several(asked, "orderIds")
	if len(ids) > 50:
		raise bad(f"Length of orderIds ({len(ids)}) must be less than or equal to 50")
	among("r.purchase_id", [whole(each, "orderIds") for each in ids])
	among("r.refund", _words(asked, "statuses", REFUNDS))
	among("r.shipment", _words(asked, "shipmentStatuses", SHIPMENTS))
	among("r.kind", _words(asked, "type", tuple(KINDS)))
	first, last = day(asked.query, "fromDate"), day(asked.query, "toDate")
	if first:
		conditions.append("r.changed_at >= ?")
		values.append(midnight(first))
	if last:
		conditions.append("r.changed_at < ?")
		values.append(midnight(last + timedelta(days=1)))
	(after,) = asked.after(0)
	rows = shop.state.all(
		f"""SELECT r.*, p.program, p.firm FROM goods_return r JOIN purchase p ON p.id = r.purchase_id
		WHERE {" AND ".join(conditions)} AND r.id > ? ORDER BY r.id LIMIT ?""",
		(*values, after, limit + 1),
	)
	return {
		"status": "OK",
		"result": {
			"returns": [_told(shop, row) for row in rows[:limit]],
			"paging": page_token(rows[limit - 1]["id"]) if len(rows) > limit else {},
		},
	}


def _several(asked: Asked, name: str) -> list[str]:
	given = asked.query.get(name)
	return given.split(",") if given else []


def _words(asked: Asked, name: str, known: tuple[str, ...]) -> list[str]:
	found = _several(asked, name)
	for each in found:
		if each not in known:
			raise bad(f"Unexpected character '{each}': expected a valid value {list(known)}")
	return found


def _told(shop: YandexMarketShop, row: Any) -> dict[str, Any]:
	items = shop.state.all(
		"""SELECT i.*, o.market_sku FROM return_item i JOIN offer o ON o.offer_id = i.offer_id
		WHERE i.return_id = ? ORDER BY i.item_id""",
		(row["id"],),
	)
	found = {
		"id": row["id"],
		"orderId": row["purchase_id"],
		"creationDate": moscow(row["created_at"]),
		"updateDate": moscow(row["changed_at"]),
		"amount": value(sum(item["amount"] for item in items)),
		"items": [_item(row, item) for item in items],
		"returnType": row["kind"],
	}
	if row["kind"] == RETURN:
		found.update(refundStatus=row["refund"], fastReturn=False)
	# Of what a company returns nothing is said of the goods until it hands them over.
	if not (row["firm"] and row["kind"] == RETURN and row["shipment"] == ASKED_FOR):
		found.update(shipmentRecipientType="SHOP", shipmentStatus=row["shipment"])
		if row["program"] != FBY:
			found["logisticPickupPoint"] = _POINT
	if row["shipment"] == READY:
		found["pickupTillDate"] = moscow(row["pickup_till"])
	return found


def _item(row: Any, item: Any) -> dict[str, Any]:
	found = {"shopSku": item["offer_id"], "marketSku": item["market_sku"], "count": item["count"]}
	if row["kind"] == RETURN:
		found["decisions"] = [
			{
				"returnItemId": item["item_id"],
				"count": item["count"],
				"comment": row["comment"],
				"reasonType": row["reason"],
				"subreasonType": row["subreason"],
				"decisionType": "UNKNOWN",
				"amount": value(item["amount"]),
			}
		]
	return found
