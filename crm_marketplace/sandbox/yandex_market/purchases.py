"""An order as the vendor tells it.

https://yandex.ru/dev/market/partner-api/doc/ru/reference/orders/getBusinessOrders
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.clock import from_micros
from crm_marketplace.sandbox.state import marks
from crm_marketplace.sandbox.yandex_market.checks import MOSCOW
from crm_marketplace.sandbox.yandex_market.money import value
from crm_marketplace.sandbox.yandex_market.statuses import DBS, EXPRESS, FBY

if TYPE_CHECKING:
	from crm_marketplace.sandbox.yandex_market.shop import YandexMarketShop

_SERVICES = {DBS: (99, "Собственная служба доставки")}
_MARKET_DELIVERY = (1005, "Маркет Доставка")


def told(shop: YandexMarketShop, rows: Iterable[Any]) -> list[dict[str, Any]]:
	"""Some rows of `purchase` with their items, in one more query."""
	rows = list(rows)
	items: dict[int, list[Any]] = {row["id"]: [] for row in rows}
	for item in shop.state.all(
		f"SELECT * FROM item WHERE purchase_id IN ({marks(rows)}) ORDER BY id", [row["id"] for row in rows]
	):
		items[item["purchase_id"]].append(item)
	return [_order(row, items[row["id"]]) for row in rows]


def moscow(micros: int) -> str:
	"""ISO 8601 with Moscow's offset."""
	return from_micros(micros).astimezone(MOSCOW).isoformat(timespec="milliseconds")


def _order(row: Any, items: list[Any]) -> dict[str, Any]:
	by_shop = row["program"] == DBS
	goods = {name: sum(item[name] for item in items) for name in ("payment", "subsidy", "cashback")}
	prices = {name: value(kopecks) for name, kopecks in goods.items()}
	if by_shop:
		prices["delivery"] = {
			"payment": value(row["delivery_price"]),
			"subsidy": value(row["delivery_subsidy"]),
			"vat": "NO_VAT",
		}
	found = {
		"orderId": row["id"],
		"campaignId": row["campaign_id"],
		"programType": row["program"],
		"status": row["status"],
		"substatus": row["substatus"],
		"creationDate": moscow(row["created_at"]),
		"updateDate": moscow(row["changed_at"]),
		"paymentType": "POSTPAID" if row["payment"].endswith("DELIVERY") else "PREPAID",
		"paymentMethod": row["payment"],
		"fake": bool(row["fake"]),
		"items": [_item(row, item) for item in items],
		"prices": prices,
		"delivery": _delivery(row, items),
		"sourcePlatform": "MARKET",
	}
	if row["program"] in ("FBS", FBY):
		found["buyerType"] = "BUSINESS" if row["firm"] else "PERSON"
	if by_shop:
		found["cancelRequested"] = bool(row["cancel_requested"])
		if comment := json.loads(row["buyer"])["comment"]:
			found["notes"] = comment
	return found


def _item(row: Any, item: Any) -> dict[str, Any]:
	found = {
		"id": item["id"],
		"offerId": item["offer_id"],
		"offerName": item["name"],
		"count": item["count"],
		"prices": {
			"payment": value(item["payment"]),
			"subsidy": value(item["subsidy"]),
			"cashback": value(item["cashback"]),
			"vat": item["vat"],
		},
	}
	if item["is_marked"]:
		found["requiredInstanceTypes"] = ["CIS"]
	if item["count"] and (row["was_shipped"] or row["status"] == "CANCELLED"):
		found["itemStatuses"] = [{"status": _unit_status(row), "count": item["count"]}]
	return found


def _unit_status(row: Any) -> str:
	if row["status"] == "CANCELLED":
		return "REJECTED" if row["was_shipped"] else "CANCELLED"
	return {"DELIVERED": "DELIVERED_TO_BUYER", "RETURNED": "RETURNED"}.get(row["status"], "SHIPPED")


def _delivery(row: Any, items: list[Any]) -> dict[str, Any]:
	service_id, service = _SERVICES.get(row["program"], _MARKET_DELIVERY)
	by_shop = row["program"] == DBS
	is_courier = by_shop or row["program"] == EXPRESS
	first = from_micros(row["created_at"]).astimezone(MOSCOW).date()
	dates = {
		"fromDate": (first + timedelta(days=2)).isoformat(),
		"toDate": (first + timedelta(days=5)).isoformat(),
	}
	if is_courier:
		dates.update(fromTime="10:00", toTime="18:00")
	if row["delivered_at"]:
		dates["realDeliveryDate"] = from_micros(row["delivered_at"]).astimezone(MOSCOW).date().isoformat()
	found = {
		"type": "DELIVERY" if is_courier else "PICKUP",
		"serviceName": service,
		"deliveryServiceId": service_id,
		"warehouseId": str(row["warehouse_id"]),
		"deliveryPartnerType": "SHOP" if by_shop else "YANDEX_MARKET",
		"dispatchType": "BUYER" if is_courier else "MARKET_BRANDED_OUTLET",
		"dates": dates,
	}
	if row["program"] != FBY:
		ship_at = from_micros(row["ship_at"]).astimezone(MOSCOW)
		found["shipment"] = {
			"shipmentDate": ship_at.date().isoformat(),
			"shipmentTime": ship_at.strftime("%H:%M"),
		}
	found["courier" if is_courier else "pickup"] = _place(row, by_shop=by_shop)
	if row["boxes"]:
		found["boxesLayout"] = json.loads(row["boxes"])
	if row["track"]:
		found["tracks"] = [{"trackCode": row["track"], "deliveryServiceId": service_id}]
	return found


def _place(row: Any, *, by_shop: bool) -> dict[str, Any]:
	"""The vendor tells the address only to a seller who delivers himself; to others where it goes."""
	buyer = json.loads(row["buyer"])
	region = {
		"id": 200 + len(buyer["city"]),
		"name": buyer["city"],
		"type": "CITY",
		"parent": {
			"id": 100 + len(buyer["region"]),
			"name": buyer["region"],
			"type": "REPUBLIC",
			"parent": {"id": 225, "name": "Россия", "type": "COUNTRY"},
		},
	}
	found: dict[str, Any] = {"region": region}
	if by_shop:
		found["address"] = {
			"country": "Россия",
			"postcode": buyer["postcode"],
			"city": buyer["city"],
			"street": buyer["street"],
			"house": buyer["house"],
			"apartment": buyer["apartment"],
			"gps": {"latitude": buyer["latitude"], "longitude": buyer["longitude"]},
		}
	elif row["program"] != EXPRESS:
		found["logisticPointId"] = 10_000 + row["id"] % 900
	return found
