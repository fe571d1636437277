"""Cards of the cabinet.

https://yandex.ru/dev/market/partner-api/doc/ru/reference/business-offer-mappings/getOfferMappings
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.catalogue import Goods, goods
from crm_marketplace.sandbox.clock import DAY, rfc3339
from crm_marketplace.sandbox.state import marks
from crm_marketplace.sandbox.yandex_market.checks import Asked, bad, page_token
from crm_marketplace.sandbox.yandex_market.money import VENDOR_CURRENCY, number
from crm_marketplace.sandbox.yandex_market.statuses import FBY

if TYPE_CHECKING:
	from crm_marketplace.sandbox.yandex_market.shop import YandexMarketShop

SELLABLE = "PUBLISHED"  # or NO_STOCKS, when nothing is there
REJECTED, ERRORS, CHECKING, HIDDEN = (
	"REJECTED_BY_MARKET",
	"DISABLED_AUTOMATICALLY",
	"CHECKING",
	"DISABLED_BY_PARTNER",
)
ON_SALE = f"archived = 0 AND state = '{SELLABLE}'"
VATS = {"0.22": "VAT_22", "0.1": "VAT_10", "0.05": "VAT_05", "0": "NO_VAT"}
_COLUMNS = (
	"offer_id", "market_sku", "name", "barcodes", "vendor", "price", "valid_price", "discount_base", "minimum",
	"vat", "state", "archived", "is_marked", "weight", "length", "width", "height", "family", "fby_present",
	"fby_reserved", "updated_at",
)  # fmt: skip
_CARD_STATUSES = {ERRORS: "NO_CARD_ERRORS", CHECKING: "NO_CARD_PROCESSING"}


# --- making them -----------------------------------------------------------------------------------


def fill(shop: YandexMarketShop) -> None:
	shop.state.insert_many("offer", _COLUMNS, _rows(shop))


def _rows(shop: YandexMarketShop) -> Iterator[tuple[Any, ...]]:
	# Cabinets of one sandbox sell the same goods, each a little dearer.
	chance = random.Random(f"offers {shop.plan.seed}/{shop.number}")
	markup = 100 + 3 * (shop.number - 1)
	sku = 100_000_000_000 + shop.number * 1_000_000_000
	now = shop.clock.micros()
	for item in goods(shop.plan.listings, shop.plan.seed):
		sku += chance.randint(1, 900)
		state, archived = _state(item)
		price = item.price * markup // 100
		has_fby = state == SELLABLE and not archived and chance.random() < 0.2
		yield (
			item.offer_id, sku, item.name, json.dumps(item.barcodes), item.brand, price, price,
			_discount_base(item.old_price * markup // 100, price),
			price * 7 // 1000 * 100 if chance.random() < 0.3 else 0, VATS[item.tax_rate], state, archived,
			item.is_marked, item.weight, *item.size, item.family, chance.randint(1, 80) if has_fby else 0, 0,
			now - chance.randint(0, 29) * DAY - chance.randint(0, DAY),
		)  # fmt: skip


def _discount_base(old_price: int, price: int) -> int:
	"""A struck-through price in whole roubles (as kopecks); 0: none."""
	whole = -(-old_price // 100) * 100
	return whole if whole and (whole - price) * 100 >= 5 * whole else 0


def _state(item: Goods) -> tuple[str, int]:
	"""Every kind of card comes up in any sixty; the first twenty are for sale."""
	if item.number % 50 == 33:
		return ERRORS, 0
	if item.number % 50 == 27:
		return REJECTED, 0
	if item.number % 67 == 40:
		return CHECKING, 0
	if item.number % 53 == 37:
		return HIDDEN, 0
	return SELLABLE, int(item.number % 29 == 21)


# --- answering -------------------------------------------------------------------------------------


def offer_mappings(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v2/businesses/{businessId}/offer-mappings"""
	offer_ids = asked.ids("offerIds", 100)
	if offer_ids and (asked.query or asked.flag("archived") is not None):
		raise bad("offerIds must not be used together with other filters")
	limit = asked.limit(50, 100)
	(after,) = asked.after(0)
	if offer_ids:
		condition, values, limit = f"offer_id IN ({marks(offer_ids)})", offer_ids, len(offer_ids)
	else:
		condition, values = "archived = ?", [int(bool(asked.flag("archived")))]
	rows = shop.state.all(
		f"SELECT * FROM offer WHERE {condition} AND id > ? ORDER BY id LIMIT ?", (*values, after, limit + 1)
	)
	campaigns = shop.state.all("SELECT * FROM campaign ORDER BY id")
	free = _free(shop, [row["id"] for row in rows])
	return {
		"status": "OK",
		"result": {
			"paging": page_token(rows[limit - 1]["id"]) if len(rows) > limit else {},
			"offerMappings": [_mapping(row, campaigns, free.get(row["id"], 0)) for row in rows[:limit]],
		},
	}


def price_of(row: Any) -> dict[str, Any]:
	"""`basicPrice` of an offer."""
	found = {
		"value": number(row["price"]),
		"currencyId": VENDOR_CURRENCY,
		"updatedAt": rfc3339(row["updated_at"]),
	}
	if row["discount_base"]:
		found["discountBase"] = row["discount_base"] // 100
	return found


def _free(shop: YandexMarketShop, offers: list[int]) -> dict[int, int]:
	rows = shop.state.all(
		f"SELECT offer, sum(present - reserved) FROM stock WHERE offer IN ({marks(offers)}) GROUP BY offer",
		offers,
	)
	return {row[0]: row[1] for row in rows}


def _mapping(row: Any, campaigns: list[Any], free: int) -> dict[str, Any]:
	pictures = [f"https://avatars.example/get-sandbox/{row['market_sku']}/{place}.jpg" for place in range(2)]
	offer = {
		"offerId": row["offer_id"],
		"name": row["name"],
		"marketCategoryId": 90_000 + row["family"] % 90,
		"pictures": pictures,
		"vendor": row["vendor"],
		"description": row["name"],
		"weightDimensions": {
			"length": row["length"] / 10,
			"width": row["width"] / 10,
			"height": row["height"] / 10,
			"weight": row["weight"] / 1000,
		},
		"basicPrice": price_of(row),
		"cardStatus": _CARD_STATUSES.get(row["state"], "HAS_CARD_CAN_UPDATE"),
		"campaigns": [
			{"campaignId": campaign["id"], "status": _status_in(row, campaign, free)}
			for campaign in campaigns
			if campaign["program"] != FBY or row["fby_present"]
		],
		"sellingPrograms": [{"sellingProgram": "FBS", "status": "FINE"}],
		"archived": bool(row["archived"]),
	}
	if barcodes := json.loads(row["barcodes"]):
		offer["barcodes"] = barcodes
	found: dict[str, Any] = {"offer": offer, "mapping": {}}
	if row["state"] != ERRORS:
		found["mapping"] = {
			"marketSku": row["market_sku"],
			"marketSkuName": row["name"],
			"marketCategoryId": 90_000 + row["family"] % 90,
			"marketCategoryName": "Товары для дома",
		}
		found["showcaseUrls"] = [
			{"showcaseType": kind, "showcaseUrl": f"https://{host}/product/{row['market_sku']}"}
			for kind, host in (("B2B", "business.market.yandex.ru"), ("B2C", "market.yandex.ru"))
		]
	return found


def _status_in(row: Any, campaign: Any, free: int) -> str:
	if row["archived"]:
		return "ARCHIVED"
	if row["state"] != SELLABLE:
		return row["state"]
	there = row["fby_present"] - row["fby_reserved"] if campaign["program"] == FBY else free
	return SELLABLE if there > 0 else "NO_STOCKS"
