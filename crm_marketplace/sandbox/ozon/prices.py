"""What things cost, and changing it.

https://docs.ozon.ru/api/seller/#operation/ProductAPI_GetProductInfoPrices,
#operation/ProductAPI_ImportProductsPrices
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.clock import HOUR
from crm_marketplace.sandbox.ozon import cursors
from crm_marketplace.sandbox.ozon.checks import Body
from crm_marketplace.sandbox.ozon.listings import chosen
from crm_marketplace.sandbox.ozon.money import CURRENCY, number, parse
from crm_marketplace.sandbox.ozon.stock import find

if TYPE_CHECKING:
	from crm_marketplace.sandbox.ozon.shop import OzonShop

MOST_ROWS = 1000
CHANGES_PER_HOUR = 10
HOUR_SECONDS = 3600
_SWITCHES = ("UNKNOWN", "ENABLED", "DISABLED")
_RATES = ("0", "0.05", "0.07", "0.1", "0.2", "0.22")
_SUMS = ("price", "old_price", "min_price", "net_price")


def price_list(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v5/product/info/prices"""
	body = Body(data, "GetProductInfoPricesV5Request")
	limit = body.integer("limit", least=1, most=MOST_ROWS)
	condition, values = chosen(body.child("filter", required=True), ("offer_id", "product_id"))
	(after,) = cursors.read(body, "cursor", (0,))
	rows = shop.state.all(
		f"SELECT * FROM listing WHERE {condition} AND product_id > ? ORDER BY product_id LIMIT ?",
		(*values, after, limit + 1),
	)
	return {
		"items": [_item(row) for row in rows[:limit]],
		"cursor": cursors.write(rows[limit - 1]["product_id"]) if len(rows) > limit else "",
		"total_items": shop.state.value(f"SELECT count(*) FROM listing WHERE {condition}", values),
	}


def push(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v1/product/import/prices: each row has its own fate."""
	body = Body(data, "ImportProductsPricesRequest")
	return {"result": [_push_row(shop, row) for row in body.children("prices", least=1, most=MOST_ROWS)]}


def _push_row(shop: OzonShop, row: Body) -> dict[str, Any]:
	offer_id, product_id = row.text("offer_id"), row.integer("product_id")
	texts = {field: row.text(field) for field in _SUMS}
	for field in ("auto_action_enabled", "auto_add_to_ozon_actions_list_enabled", "price_strategy_enabled"):
		row.choice(field, _SWITCHES, "UNKNOWN")
	currency, rate = row.text("currency_code") or CURRENCY, row.text("vat")
	listing = find(shop, offer_id, product_id)
	sums = {field: parse(text) for field, text in texts.items() if text}
	error = _why_not(shop, listing, sums, currency, rate)
	if not error:
		_change(shop, listing, sums, rate)
	return {
		"offer_id": listing["offer_id"] if listing else offer_id,
		"product_id": listing["product_id"] if listing else product_id,
		"updated": not error,
		"errors": [{"code": error[0], "message": error[1]}] if error else [],
	}


def _why_not(
	shop: OzonShop, listing: Any, sums: dict[str, int | None], currency: str, rate: str
) -> tuple[str, str] | None:
	"""Code and sentence of the first thing that is wrong with a row (section "Errors"), or None."""
	if listing is None:
		return "NOT_FOUND_ERROR", "product is not found"
	if currency != CURRENCY:
		return "invalid_currency", f"currency {currency} differs from the currency of the account"
	if rate and rate not in _RATES:
		return "invalid_vat", f"vat {rate} is unknown"
	for field, kopecks in sums.items():
		if kopecks is None:
			return "invalid_price", f"{field} is not a valid price"
		if kopecks < 0:
			return "price_negative", f"{field} is negative"
	price = sums.get("price", listing["price"])
	old_price = sums.get("old_price", listing["old_price"])
	if price == 0:
		return "price_negative", "price must be positive"
	if sums.get("min_price") and sums["min_price"] * 2 < price:
		return "min_auto_price_too_small", "min_price must be at least 50% of price"
	if old_price and (error := _discount_error(price, old_price)):
		return error
	if _changes(shop, listing) >= CHANGES_PER_HOUR and shop.limits.enforced:
		message = "error limiting: acquire limit per item: items limit: limit exceeded"
		return message, message
	return None


def _discount_error(price: int, old_price: int) -> tuple[str, str] | None:
	"""The difference between the price before and after the discount must be neither small nor huge."""
	difference = old_price - price
	if price < 400_00 and difference <= 20_00:
		return "discount_for_low_price_is_too_small", "difference must be over 20 roubles"
	if 400_00 <= price <= 10_000_00 and difference * 100 <= 5 * old_price:
		return "discount_for_average_price_is_too_small", "difference must be over 5%"
	if price > 10_000_00 and difference <= 500_00:
		return "discount_for_top_price_is_too_small", "difference must be over 500 roubles"
	if difference * 100 >= 90 * old_price:
		return "discount_too_big", "difference must be under 90%"
	return None


def _hour(shop: OzonShop) -> int:
	return shop.clock.micros() // (shop.limits.micros(HOUR_SECONDS) or HOUR)


def _changes(shop: OzonShop, listing: Any) -> int:
	return listing["price_changes"] if listing["price_hour"] == _hour(shop) else 0


def _change(shop: OzonShop, listing: Any, sums: dict[str, int | None], rate: str) -> None:
	values: dict[str, Any] = {**sums, "updated_at": shop.clock.micros()}
	if rate:
		values["vat"] = rate
	values["price_changes"] = _changes(shop, listing) + 1
	values["price_hour"] = _hour(shop)
	shop.state.update("listing", {"product_id": listing["product_id"]}, **values)


def _item(row: Any) -> dict[str, Any]:
	share = row["commission"]
	return {
		"product_id": row["product_id"],
		"offer_id": row["offer_id"],
		"price": {
			"price": number(row["price"]),
			"old_price": number(row["old_price"]),
			"min_price": number(row["min_price"]),
			"net_price": number(row["net_price"]),
			"marketing_seller_price": number(row["price"]),
			"retail_price": 0,
			"vat": float(row["vat"]),
			"currency_code": CURRENCY,
			"auto_action_enabled": False,
			"auto_add_to_ozon_actions_list_enabled": False,
		},
		"commissions": {
			"sales_percent_fbo": share,
			"sales_percent_fbs": share + 2,
			"sales_percent_rfbs": share + 1,
			"sales_percent_fbp": share,
			"fbo_deliv_to_customer_amount": 25.5,
			"fbo_direct_flow_trans_min_amount": 38,
			"fbo_direct_flow_trans_max_amount": 58.5,
			"fbo_return_flow_amount": 50,
			"fbs_deliv_to_customer_amount": 60,
			"fbs_direct_flow_trans_min_amount": 76,
			"fbs_direct_flow_trans_max_amount": 117,
			"fbs_first_mile_min_amount": 15,
			"fbs_first_mile_max_amount": 25,
			"fbs_return_flow_amount": 40,
		},
		"price_indexes": _NO_INDEXES,
		"marketing_actions": {
			"actions": [],
			"current_period_from": None,
			"current_period_to": None,
			"ozon_actions_exist": False,
		},
		"acquiring": 1.5,
		"volume_weight": round(row["height"] * row["width"] * row["depth"] / 5_000_000, 2),
	}


_NO_INDEX = {"min_price": 0, "min_price_currency": "", "price_index_value": 0}
_NO_INDEXES = {
	"color_index": "WITHOUT_INDEX",
	"external_index_data": _NO_INDEX,
	"ozon_index_data": _NO_INDEX,
	"self_marketplaces_index_data": _NO_INDEX,
}
