"""Cards of the shop.

https://docs.ozon.ru/api/seller/#operation/ProductAPI_GetProductList, #operation/ProductAPI_GetProductInfoList
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.catalogue import Goods, goods
from crm_marketplace.sandbox.clock import DAY, rfc3339
from crm_marketplace.sandbox.ozon import cursors
from crm_marketplace.sandbox.ozon.checks import INVALID_ARGUMENT, Body, invalid, refused
from crm_marketplace.sandbox.ozon.money import CURRENCY, fixed
from crm_marketplace.sandbox.state import marks

if TYPE_CHECKING:
	from crm_marketplace.sandbox.ozon.shop import OzonShop

MOST_IDS = 1000
SELLABLE = "price_sent"  # the first status in which stock can be set
FAILED_MODERATION = "failed_moderation"
FAILED_VALIDATION = "failed_validation"
IN_MODERATION = "moderating"
BY_HAND, BY_ITSELF = 1, 2  # how a card came into the archive

_FREE = "EXISTS (SELECT 1 FROM stock s WHERE s.product_id = listing.product_id AND s.present > s.reserved)"
_EXISTS = f"archived = 0 AND state = '{SELLABLE}'"
# Visibility → condition. Those the sandbox has no cards for are empty.
VISIBILITIES = {
	"ALL": "archived = 0",
	"VISIBLE": f"{_EXISTS} AND {_FREE}",
	"INVISIBLE": f"archived = 0 AND NOT (state = '{SELLABLE}' AND {_FREE})",
	"EMPTY_STOCK": f"{_EXISTS} AND NOT {_FREE}",
	"NOT_MODERATED": f"archived = 0 AND state IN ('{FAILED_MODERATION}', '{IN_MODERATION}')",
	"MODERATED": _EXISTS,
	"DISABLED": "0",
	"STATE_FAILED": f"archived = 0 AND state IN ('{FAILED_MODERATION}', '{FAILED_VALIDATION}')",
	"READY_TO_SUPPLY": _EXISTS,
	"VALIDATION_STATE_PENDING": "0",
	"VALIDATION_STATE_FAIL": f"archived = 0 AND state = '{FAILED_VALIDATION}'",
	"VALIDATION_STATE_SUCCESS": f"archived = 0 AND state != '{FAILED_VALIDATION}'",
	"TO_SUPPLY": _EXISTS,
	"IN_SALE": f"{_EXISTS} AND {_FREE}",
	"REMOVED_FROM_SALE": "0",
	"BANNED": "0",
	"OVERPRICED": "0",
	"CRITICALLY_OVERPRICED": "0",
	"EMPTY_BARCODE": "archived = 0 AND barcodes = '[]'",
	"BARCODE_EXISTS": "archived = 0 AND barcodes != '[]'",
	"QUARANTINE": "0",
	"ARCHIVED": "archived != 0",
	"OVERPRICED_WITH_STOCK": "0",
	"PARTIAL_APPROVED": "0",
	"AUTO_ARCHIVED": f"archived = {BY_ITSELF}",
	"MANUAL_ARCHIVED": f"archived = {BY_HAND}",
	"SEASONAL_AUTO_ARCHIVED": "0",
	"VISIBLE_WITH_FBO_STOCK": f"{_EXISTS} AND fbo_present > 0",
}
_COLUMNS = (
	"product_id", "offer_id", "sku", "name", "barcodes", "colour", "price", "old_price", "min_price",
	"net_price", "vat", "state", "archived", "is_kgt", "is_marked", "weight", "height", "width", "depth",
	"model_id", "model_count", "category_id", "type_id", "commission", "fbo_present", "fbo_reserved",
	"created_at", "updated_at",
)  # fmt: skip


# --- making them -----------------------------------------------------------------------------------


def fill(shop: OzonShop) -> None:
	shop.state.insert_many("listing", _COLUMNS, _rows(shop))


def _rows(shop: OzonShop) -> Iterator[tuple[Any, ...]]:
	# Shops of one sandbox sell the same goods, each under its own ids and a little dearer.
	chance = random.Random(f"listings {shop.plan.seed}/{shop.number}")
	markup = 100 + 3 * (shop.number - 1)
	product_id = 1_000_000_000 + shop.number * 200_000_000
	sku = 3_000_000_000 + shop.number * 200_000_000
	now = shop.clock.micros()
	for item in goods(shop.plan.listings, shop.plan.seed):
		product_id += chance.randint(1, 900)
		sku += chance.randint(1, 900)
		state, archived = _state(item)
		created = now - chance.randint(30, 900) * DAY - chance.randint(0, DAY)
		price = item.price * markup // 100
		yield (
			product_id, item.offer_id, 0 if state == FAILED_VALIDATION else sku, item.name,
			json.dumps(_barcodes(item, sku)), item.colour, price, item.old_price * markup // 100,
			price * 7 // 1000 * 100 if chance.random() < 0.3 else 0, item.cost, item.tax_rate, state, archived,
			item.is_oversize, item.is_marked, item.weight, *item.size,
			400_000_000 + item.family, item.family_size, 17_000_000 + item.family % 40, 90_000 + item.family % 90,
			chance.choice((8, 10, 12, 15, 18)),
			chance.randint(1, 80) if state == SELLABLE and not archived and chance.random() < 0.2 else 0, 0,
			created, created + chance.randint(0, 29) * DAY,
		)  # fmt: skip


def _state(item: Goods) -> tuple[str, int]:
	"""Every kind of card comes up in any sixty; the first twenty are for sale."""
	if item.number % 50 == 33:
		return FAILED_VALIDATION, 0
	if item.number % 50 == 27:
		return FAILED_MODERATION, 0
	if item.number % 67 == 40:
		return IN_MODERATION, 0
	if item.number % 29 == 21:
		return SELLABLE, BY_HAND
	if item.number % 58 == 45:
		return SELLABLE, BY_ITSELF
	return SELLABLE, 0


def _barcodes(item: Goods, sku: int) -> list[str]:
	# The marketplace makes a barcode of its own where the seller gave none.
	return [f"OZN{sku}"] if not item.barcodes and item.number % 2 else list(item.barcodes)


# --- answering -------------------------------------------------------------------------------------


def product_list(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v3/product/list

	`total` is given no longer: it is switched off on 2026-11-23 and `total_items` takes its place.
	"""
	body = Body(data, "GetProductListRequest")
	wanted = body.child("filter", required=True)
	condition, values = chosen(wanted, ("offer_id", "product_id", "skus"))
	limit = body.integer("limit") or (MOST_IDS if values else 0)
	if not 1 <= limit <= MOST_IDS:
		raise body.invalid("limit", f"value must be inside range [1, {MOST_IDS}]")
	after, _same = cursors.read(body, "last_id", (0, 0))
	rows = shop.state.all(
		f"""SELECT *, {_FREE} AS has_fbs FROM listing
		WHERE {condition} AND product_id > ? ORDER BY product_id LIMIT ?""",
		(*values, after, limit),
	)
	return {
		"result": {
			"items": [_short(row) for row in rows],
			"last_id": cursors.write(rows[-1]["product_id"], rows[-1]["product_id"]) if rows else "",
			"total_items": shop.state.value(f"SELECT count(*) FROM listing WHERE {condition}", values),
		}
	}


def product_info(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v3/product/info/list: what is unknown is left out."""
	body = Body(data, "GetProductInfoListRequest")
	offers, products, skus = body.texts("offer_id"), body.integers("product_id"), body.integers("sku")
	total = len(offers) + len(products) + len(skus)
	if not 1 <= total <= MOST_IDS:
		raise invalid(body.message, f"identifiers must contain between 1 and {MOST_IDS} items, inclusive")
	rows = shop.state.all(
		f"""SELECT * FROM listing WHERE offer_id IN ({marks(offers)}) OR product_id IN ({marks(products)})
		OR (sku IN ({marks(skus)}) AND sku != 0) ORDER BY product_id""",
		(*offers, *products, *skus),
	)
	stock = _stock_of(shop, [row["product_id"] for row in rows])
	return {"items": [_full(row, stock.get(row["product_id"], (0, 0))) for row in rows]}


def chosen(wanted: Body, groups: tuple[str, ...]) -> tuple[str, list[Any]]:
	"""Condition and values of a product filter: one group of ids, or a visibility."""
	given = [name for name in groups if wanted.has(name)]
	if len(given) > 1:
		raise refused(INVALID_ARGUMENT, "only one group of identifiers can be used")
	visibility = wanted.choice("visibility", tuple(VISIBILITIES), "ALL")
	if not given:
		return VISIBILITIES[visibility], []
	column = {"skus": "sku"}.get(given[0], given[0])
	read = wanted.texts if column == "offer_id" else wanted.integers
	values = read(given[0], most=MOST_IDS)
	return f"{column} IN ({marks(values)})", list(values)


def _stock_of(shop: OzonShop, product_ids: list[int]) -> dict[int, tuple[int, int]]:
	rows = shop.state.all(
		f"""SELECT product_id, sum(present), sum(reserved) FROM stock
		WHERE product_id IN ({marks(product_ids)}) GROUP BY product_id""",
		product_ids,
	)
	return {row[0]: (row[1], row[2]) for row in rows}


def _short(row: Any) -> dict[str, Any]:
	return {
		"product_id": row["product_id"],
		"offer_id": row["offer_id"],
		"sku": row["sku"],
		"has_fbo_stocks": row["fbo_present"] > 0,
		"has_fbs_stocks": bool(row["has_fbs"]),
		"archived": row["archived"] != 0,
		"is_discounted": False,
		"quants": [],
	}


def _full(row: Any, stock: tuple[int, int]) -> dict[str, Any]:
	present, reserved = stock
	pictures = [
		f"https://cdn1.ozone.ru/s3/multimedia-sandbox/{row['product_id']}-{place}.jpg" for place in range(3)
	]
	stocks = [{"present": present, "reserved": reserved, "sku": row["sku"], "source": "fbs"}]
	if row["fbo_present"]:
		amounts = {"present": row["fbo_present"], "reserved": row["fbo_reserved"]}
		stocks.append({**amounts, "sku": row["sku"], "source": "fbo"})
	return {
		"id": row["product_id"],
		"offer_id": row["offer_id"],
		"sku": row["sku"],
		"name": row["name"],
		"barcodes": json.loads(row["barcodes"]),
		"primary_image": pictures[:1],
		"images": pictures[1:],
		"color_image": [],
		"currency_code": CURRENCY,
		"price": fixed(row["price"]),
		"old_price": fixed(row["old_price"]) if row["old_price"] else "",
		"min_price": fixed(row["min_price"]) if row["min_price"] else "",
		"vat": row["vat"],
		"price_indexes": _NO_INDEXES,
		"commissions": [
			{
				"percent": row["commission"],
				"value": row["price"] * row["commission"] // 100 / 100,
				"delivery_amount": 60 if schema == "FBS" else 0,
				"return_amount": 40,
				"sale_schema": schema,
			}
			for schema in ("FBO", "FBS", "RFBS")
		],
		"description_category_id": row["category_id"],
		"type_id": row["type_id"],
		"model_info": {"model_id": row["model_id"], "count": row["model_count"]},
		"is_archived": row["archived"] == BY_HAND,
		"is_autoarchived": row["archived"] == BY_ITSELF,
		"is_discounted": False,
		"has_discounted_fbo_item": False,
		"discounted_fbo_stocks": 0,
		"is_kgt": bool(row["is_kgt"]),
		"is_prepayment_allowed": True,
		"is_super": False,
		"promotions": [{"is_enabled": False, "type": "REVIEWS_PROMO"}],
		"sources": _sources(row),
		"availabilities": [
			{"availability": "AVAILABLE" if present > reserved else "HIDDEN", "reasons": [], "sku": row["sku"],
				"source": "fbs"}
		],
		"statuses": _statuses(row, present > reserved),
		"errors": _errors(row),
		"stocks": {"has_stock": present > reserved or row["fbo_present"] > 0, "stocks": stocks},
		"visibility_details": {"has_price": row["price"] > 0, "has_stock": present > reserved},
		"volume_weight": round(row["height"] * row["width"] * row["depth"] / 5_000_000, 2),
		"created_at": rfc3339(row["created_at"], "microseconds"),
		"updated_at": rfc3339(row["updated_at"], "microseconds"),
	}  # fmt: skip


_NO_INDEX = {"minimal_price": "", "minimal_price_currency": CURRENCY, "price_index_value": 0}
_NO_INDEXES = {
	"color_index": "COLOR_INDEX_WITHOUT_INDEX",
	"external_index_data": _NO_INDEX,
	"ozon_index_data": _NO_INDEX,
	"self_marketplaces_index_data": _NO_INDEX,
}


def _sources(row: Any) -> list[dict[str, Any]]:
	if not row["sku"]:
		return []
	return [
		{
			"created_at": rfc3339(row["created_at"], "microseconds"),
			"quant_code": "",
			"shipment_type": "SHIPMENT_TYPE_GENERAL",
			"sku": row["sku"],
			"source": "SDS",
		}
	]


def _statuses(row: Any, has_stock: bool) -> dict[str, Any]:
	state = row["state"]
	name = {
		SELLABLE: "Продается" if has_stock else "Готов к продаже",
		IN_MODERATION: "На модерации",
	}.get(state, "Не продается")
	return {
		"is_created": state != FAILED_VALIDATION,
		"moderate_status": {
			SELLABLE: "approved", FAILED_MODERATION: "declined", IN_MODERATION: "in-moderating",
		}.get(state, ""),
		"status": state,
		"status_name": "Архив" if row["archived"] else name,
		"status_description": "",
		"status_failed": state if state in (FAILED_MODERATION, FAILED_VALIDATION) else "",
		"status_tooltip": "",
		"status_updated_at": rfc3339(row["updated_at"], "microseconds"),
		"validation_status": "fail" if state == FAILED_VALIDATION else "success",
	}  # fmt: skip


def _errors(row: Any) -> list[dict[str, Any]]:
	code, field, message = {
		FAILED_MODERATION: ("BRAND_FORBIDDEN", "brand", "Нет документов на бренд"),
		FAILED_VALIDATION: ("error_attribute_values_empty", "attributes", "Не указаны характеристики товара"),
	}.get(row["state"], ("", "", ""))
	if not code:
		return []
	return [
		{
			"attribute_id": 85,
			"code": code,
			"field": field,
			"level": "ERROR_LEVEL_ERROR",
			"state": row["state"],
			"texts": {
				"attribute_name": "Бренд",
				"description": message,
				"hint_code": code,
				"message": message,
				"params": [],
				"short_description": message,
			},
		}
	]
