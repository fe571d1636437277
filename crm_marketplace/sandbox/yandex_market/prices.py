"""What things cost, changing it, and prices held back until somebody confirms them.

https://yandex.ru/dev/market/partner-api/doc/ru/reference/prices/getDefaultPrices, …/updateBusinessPrices,
…/getPricesByOfferIds, …/updatePrices, …/price-quarantine/getBusinessQuarantineOffers
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.clock import rfc3339
from crm_marketplace.sandbox.state import marks
from crm_marketplace.sandbox.yandex_market.checks import Asked, bad, page_token, refused
from crm_marketplace.sandbox.yandex_market.listings import price_of
from crm_marketplace.sandbox.yandex_market.money import VENDOR_CURRENCY, number, parse

if TYPE_CHECKING:
	from crm_marketplace.sandbox.yandex_market.shop import YandexMarketShop

MOST_BASE, MOST_SHOP = 500, 2000
_CARDS = ("cardStatuses", "categoryIds", "vendorNames", "tags")


# --- telling ---------------------------------------------------------------------------------------


def base_prices(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v2/businesses/{businessId}/offer-prices"""
	offer_ids = asked.ids("offerIds", 200)
	limit = len(offer_ids) or asked.limit(250, 500)
	(after,) = asked.after(0)
	archived = asked.flag("archived")
	condition = f"offer_id IN ({marks(offer_ids)})" if offer_ids else "(? IS NULL OR archived = ?)"
	values = offer_ids or [archived, int(bool(archived))]
	rows = shop.state.all(
		f"SELECT * FROM offer WHERE {condition} AND id > ? ORDER BY id LIMIT ?", (*values, after, limit + 1)
	)
	return {
		"status": "OK",
		"result": {
			"offers": [_base(row) for row in rows[:limit]],
			"paging": page_token(rows[limit - 1]["id"]) if len(rows) > limit else {},
		},
	}


def _base(row: Any) -> dict[str, Any]:
	price = price_of(row)
	if row["minimum"]:
		price["minimumForBestseller"] = number(row["minimum"])
	return {"offerId": row["offer_id"], "price": price}


def shop_prices(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v2/campaigns/{campaignId}/offer-prices: only those the shop has of its own."""
	offer_ids = asked.ids("offerIds", 500)
	limit = len(offer_ids) or asked.limit(250, 500)
	(after,) = asked.after("")
	condition = f"offer_id IN ({marks(offer_ids)})" if offer_ids else "1"
	rows = shop.state.all(
		f"""SELECT * FROM shop_price WHERE campaign_id = ? AND {condition} AND offer_id > ?
		ORDER BY offer_id LIMIT ?""",
		(asked.campaign_id, *offer_ids, after, limit + 1),
	)
	return {
		"status": "OK",
		"result": {
			"offers": [_own(row) for row in rows[:limit]],
			"paging": page_token(rows[limit - 1]["offer_id"]) if len(rows) > limit else {},
		},
	}


def _own(row: Any) -> dict[str, Any]:
	price = {"value": number(row["price"]), "currencyId": VENDOR_CURRENCY}
	if row["discount_base"]:
		price["discountBase"] = row["discount_base"] // 100
	return {"offerId": row["offer_id"], "price": price, "updatedAt": rfc3339(row["updated_at"])}


def quarantine(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v2/businesses/{businessId}/price-quarantine"""
	offer_ids = asked.ids("offerIds", 200)
	if offer_ids and any(name in asked.body for name in _CARDS):
		raise bad("offerIds must not be used together with other filters")
	limit = asked.limit(100, 200, cuts=False)
	limit = max(limit, len(offer_ids))
	(after,) = asked.after(0)
	condition = f"offer_id IN ({marks(offer_ids)})" if offer_ids else "1"
	rows = shop.state.all(
		f"""SELECT * FROM offer WHERE price != valid_price AND {condition} AND id > ?
		ORDER BY id LIMIT ?""",
		(*offer_ids, after, limit + 1),
	)
	return {
		"status": "OK",
		"result": {
			"offers": [_held(row) for row in rows[:limit]],
			"paging": page_token(rows[limit - 1]["id"]) if len(rows) > limit else {},
		},
	}


def shop_quarantine(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v2/campaigns/{campaignId}/price-quarantine: prices of single shops are never held back here."""
	asked.ids("offerIds", 200)
	return {"status": "OK", "result": {"offers": [], "paging": {}}}


def _held(row: Any) -> dict[str, Any]:
	params = {
		"CURRENT_PRICE": str(number(row["price"])),
		"LAST_VALID_PRICE": str(number(row["valid_price"])),
		"CURRENCY": VENDOR_CURRENCY,
	}
	return {
		"offerId": row["offer_id"],
		"verdicts": [
			{
				"type": "PRICE_CHANGE",
				"params": [{"name": name, "value": value} for name, value in params.items()],
			}
		],
	}


# --- setting ---------------------------------------------------------------------------------------


def push_base(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v2/businesses/{businessId}/offer-prices/updates: all of it or nothing. What is not given is
	forgotten.
	"""
	wanted = _wanted(asked, MOST_BASE)
	_check_known(shop, list(wanted))
	leap = shop.state.meta("largest_leap")
	for offer_id, price in wanted.items():
		row = shop.state.one("SELECT * FROM offer WHERE offer_id = ?", (offer_id,))
		is_leap = leap and abs(price["value"] - row["valid_price"]) * 100 > leap * row["valid_price"]
		shop.state.run(
			"""UPDATE offer SET price = :price, valid_price = :valid, discount_base = :old, minimum = :minimum,
			updated_at = :now WHERE offer_id = :offer_id""",
			{
				"price": price["value"],
				"valid": row["valid_price"] if is_leap else price["value"],
				"old": price.get("discountBase", 0),
				"minimum": price.get("minimumForBestseller", 0),
				"now": shop.clock.micros(),
				"offer_id": offer_id,
			},
		)
	return {"status": "OK"}


def push_shop(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v2/campaigns/{campaignId}/offer-prices/updates"""
	if shop.state.meta("only_default_price"):
		raise refused(423, "Partner use only default price")
	wanted = _wanted(asked, MOST_SHOP)
	_check_known(shop, list(wanted))
	for offer_id, price in wanted.items():
		shop.state.run(
			"""INSERT OR REPLACE INTO shop_price (offer_id, campaign_id, price, discount_base, updated_at)
			VALUES (?, ?, ?, ?, ?)""",
			(
				offer_id,
				asked.campaign_id,
				price["value"],
				price.get("discountBase", 0),
				shop.clock.micros(),
			),
		)
	return {"status": "OK"}


def _wanted(asked: Asked, most: int) -> dict[str, dict[str, int]]:
	found: dict[str, dict[str, int]] = {}
	for row in asked.listed("offers", most, required=True):
		offer_id = row.get("offerId") if isinstance(row, dict) else None
		price = row.get("price") if isinstance(row, dict) else None
		if not isinstance(offer_id, str) or not isinstance(price, dict):
			raise bad("Missing offerId or price")
		if offer_id in found:
			raise bad("Values of offerId must be unique")
		found[offer_id] = _sums(offer_id, price)
	return found


def _sums(offer_id: str, price: dict[str, Any]) -> dict[str, int]:
	if price.get("currencyId") != VENDOR_CURRENCY:
		raise bad(f"Invalid currency for offer {offer_id}")
	sums: dict[str, int] = {}
	for name in ("value", "discountBase", "minimumForBestseller"):
		if price.get(name) is None:
			continue
		kopecks = parse(price[name])
		if kopecks is None:
			raise bad(f"Value of {name} has too high scale: '{price[name]}'")
		if kopecks <= 0:
			raise bad(f"Value of {name} ({price[name]}) must be greater than 0")
		sums[name] = kopecks
	if "value" not in sums:
		raise bad(f"Missing value for offer {offer_id}")
	old = sums.get("discountBase")
	if old and (old % 100 or not 5 <= (old - sums["value"]) * 100 / old <= 99):
		raise bad(f"Value of discountBase ({price['discountBase']}) for offer {offer_id} is not allowed")
	return sums


def _check_known(shop: YandexMarketShop, offer_ids: list[str]) -> None:
	known: set[str] = set()
	for start in range(0, len(offer_ids), 500):
		some = offer_ids[start : start + 500]
		rows = shop.state.all(f"SELECT offer_id FROM offer WHERE offer_id IN ({marks(some)})", some)
		known.update(row["offer_id"] for row in rows)
	unknown = [offer_id for offer_id in offer_ids if offer_id not in known]
	if unknown:
		raise bad(f"Offers not found: {', '.join(unknown[:10])}")
