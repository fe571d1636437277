"""Lists of returns.

https://docs.ozon.ru/api/seller/#operation/returnsList, #operation/RFBSReturnsAPI_ReturnsRfbsListV2
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.clock import DAY, rfc3339
from crm_marketplace.sandbox.ozon.checks import INVALID_ARGUMENT, Body, refused
from crm_marketplace.sandbox.ozon.money import CURRENCY, number
from crm_marketplace.sandbox.ozon.return_statuses import STATUSES
from crm_marketplace.sandbox.ozon.statuses import FBO, FBS
from crm_marketplace.sandbox.state import marks

if TYPE_CHECKING:
	from crm_marketplace.sandbox.ozon.shop import OzonShop

MOST_ROWS = 500
MOST_REQUESTS = 1000
KEPT = 30 * DAY  # at the point of return; then it is destroyed
_PERIODS = {
	"logistic_return_date": "r.created_at",
	"storage_tariffication_start_date": "r.arrived_at",
	"visual_status_change_moment": "r.changed_at",
}
_SCHEMES = {"FBS": FBS, "FBO": FBO}
_COLUMNS = (
	"""r.*, p.posting_number, p.order_id, p.order_number, l.sku, l.offer_id, l.name, l.price, l.commission"""
)
_POINT = {
	"id": 23_869_688_194_000,
	"name": "СЦ_Львовский_Возвраты",
	"address": "Россия, обл. Московская, г. Подольск, ул. Московская, д. 69, стр. 5",
}


def return_list(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v1/returns/list: FBS and FBO."""
	body = Body(data, "GetReturnsListRequest")
	wanted = body.child("filter")
	limit = body.integer("limit", least=1, most=MOST_ROWS)
	conditions, values = ["r.id > ?"], [body.integer("last_id", least=0)]
	periods = [name for name in _PERIODS if wanted.has(name)]
	if len(periods) > 1:
		raise refused(INVALID_ARGUMENT, "only one of the date filters can be used")
	for name in periods:
		period = wanted.child(name)
		conditions.append(f"{_PERIODS[name]} BETWEEN ? AND ?")
		values += [period.moment("time_from", required=True), period.moment("time_to", required=True)]
	if numbers := wanted.texts("posting_numbers", most=50):
		conditions.append(f"p.posting_number IN ({marks(numbers)})")
		values += numbers
	if offer_id := wanted.text("offer_id"):
		conditions.append("l.offer_id = ?")
		values.append(offer_id)
	if word := wanted.text("visual_status_name"):
		conditions.append("r.status = ?")
		values.append(word)
	schema = wanted.text("return_schema")
	schemes = [_SCHEMES.get(schema.upper(), "")] if schema else list(_SCHEMES.values())
	rows = _rows(shop, conditions, values, schemes, limit)
	return {"returns": [_listed(shop, row) for row in rows[:limit]], "has_next": len(rows) > limit}


def rfbs_list(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v2/returns/rfbs/list: requests of buyers the seller delivers to."""
	body = Body(data, "ReturnsRfbsListV2Request")
	wanted = body.child("filter")
	limit = body.integer("limit", least=1, most=MOST_REQUESTS)
	conditions, values = ["r.id > ?"], [body.integer("last_id", least=0)]
	created = wanted.child("created_at")
	for name, sign in (("from", ">="), ("to", "<=")):
		if (moment := created.moment(name)) is not None:
			conditions.append(f"r.created_at {sign} ?")
			values.append(moment)
	groups = [group for group in wanted.texts("group_state") if group != "All"]
	if groups:
		words = [status.word for status in STATUSES.values() if status.group in groups]
		conditions.append(f"r.status IN ({marks(words)})")
		values += words
	rows = _rows(shop, conditions, values, ["rfbs", "express"], limit)
	return {"returns": [_request(row) for row in rows[:limit]]}


def _rows(
	shop: OzonShop, conditions: list[str], values: list[Any], schemes: list[str], limit: int
) -> list[Any]:
	return shop.state.all(
		f"""SELECT {_COLUMNS} FROM goods_return r JOIN posting p ON p.id = r.posting_id
		JOIN posting_line l ON l.posting_id = r.posting_id AND l.place = r.place
		WHERE {" AND ".join(conditions)} AND r.scheme IN ({marks(schemes)}) ORDER BY r.id LIMIT ?""",
		(*values, *schemes, limit + 1),
	)


def _listed(shop: OzonShop, row: Any) -> dict[str, Any]:
	status = STATUSES[row["status"]]
	arrived = row["arrived_at"]
	days = (shop.clock.micros() - arrived) // DAY if arrived else 0
	return {
		"exemplars": [{"id": row["id"] * 1000 + unit} for unit in range(row["quantity"])],
		"id": row["id"],
		"company_id": int(shop.account["client_id"]),
		"return_reason_name": row["reason"],
		"type": row["type"],
		"schema": row["scheme"].capitalize(),
		"order_id": row["order_id"],
		"order_number": row["order_number"],
		"place": _POINT,
		"target_place": _POINT,
		"storage": {
			"sum": {"currency_code": CURRENCY, "price": 0},
			"tariffication_first_date": None,
			"tariffication_start_date": None,
			"arrived_moment": rfc3339(arrived, "microseconds"),
			"days": days,
			"utilization_sum": {"currency_code": CURRENCY, "price": 0},
			"utilization_forecast_date": rfc3339(arrived + KEPT, "microseconds") if arrived else "",
		},
		"product": {
			"sku": row["sku"],
			"offer_id": row["offer_id"],
			"name": row["name"],
			"price": {"currency_code": CURRENCY, "price": number(row["price"])},
			"price_without_commission": {"currency_code": CURRENCY, "price": number(row["price"])},
			"commission_percent": row["commission"],
			"commission": {
				"currency_code": CURRENCY,
				"price": number(row["price"] * row["commission"] // 100),
			},
			"quantity": row["quantity"],
		},
		"logistic": {
			"technical_return_moment": None,
			"final_moment": rfc3339(row["final_at"], "microseconds"),
			"cancelled_with_compensation_moment": None,
			"return_date": rfc3339(row["created_at"], "microseconds"),
			"barcode": f"ii{row['id']:010d}",
		},
		"visual": {
			"status": {"id": status.number, "display_name": status.title, "sys_name": status.word},
			"change_moment": rfc3339(row["changed_at"], "microseconds"),
		},
		"additional_info": {"is_opened": False, "is_super_econom": False},
		"source_id": 0,
		"posting_number": row["posting_number"],
		"clearing_id": row["posting_id"],
		"return_clearing_id": None,
		"compensation_status": None,
	}


def _request(row: Any) -> dict[str, Any]:
	status = STATUSES[row["status"]]
	return {
		"client_name": "",
		"created_at": rfc3339(row["created_at"], "milliseconds"),
		"order_number": row["order_number"],
		"posting_number": row["posting_number"],
		"product": {
			"name": row["name"],
			"offer_id": row["offer_id"],
			"currency_code": CURRENCY,
			"price": row["price"] // 100,
			"sku": row["sku"],
		},
		"return_id": row["id"],
		"return_number": f"{row['posting_number']}-R{row['place']}",
		"state": {
			"group_state": status.group,
			"money_return_state_name": "",
			"state": status.word,
			"state_name": status.title,
		},
	}
