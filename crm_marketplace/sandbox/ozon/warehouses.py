"""The seller's warehouses and how goods leave them.

https://docs.ozon.ru/api/seller/#operation/WarehouseListV2, #operation/WarehouseAPI_DeliveryMethodListV2;
statuses of a warehouse: #operation/WarehouseAPI_WarehouseList
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.clock import DAY, rfc3339
from crm_marketplace.sandbox.ozon import cursors
from crm_marketplace.sandbox.ozon.checks import Body
from crm_marketplace.sandbox.ozon.statuses import EXPRESS, FBS, RFBS
from crm_marketplace.sandbox.state import marks

if TYPE_CHECKING:
	from crm_marketplace.sandbox.ozon.shop import OzonShop

ACTIVE = "created"  # "Активный" in the cabinet
OZON_DELIVERY = (24, "Доставка Ozon")
METHOD_STATUSES = ("NEW", "EDITED", "ACTIVE", "DISABLED", "WAITING", "BROKEN")
FBO_WAREHOUSE = (1020001835658000, "ХОРУГВИНО_РФЦ")
_MONDAY_TO_FRIDAY = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]


@dataclass(frozen=True, slots=True)
class _Place:
	name: str
	scheme: str
	first_mile: str
	address: str
	method: str
	provider: tuple[int, str] = OZON_DELIVERY
	flow: str = "ozon"
	status: str = ACTIVE
	is_kgt: bool = False


_PLACES = (
	_Place("Основной склад", FBS, "PICK_UP", "Россия, Московская область, Софьино, 2",
		"Доставка Ozon, курьер, Софьино"),
	_Place("Склад крупногабарита", FBS, "DROP_OFF", "Россия, Московская область, Ногинск, 17",
		"Доставка Ozon самостоятельно, Ногинск", is_kgt=True),
	_Place("Доставка магазина", RFBS, "UNSPECIFIED", "Россия, Москва, ул. Складочная, 1с5",
		"Своя курьерская служба, Москва", (1001, "Своими силами"), "non_integrated"),
	_Place("Экспресс Бутырская", EXPRESS, "UNSPECIFIED", "Россия, Москва, ул. Бутырская, 62",
		"Ozon Express, до 60 минут", OZON_DELIVERY, "aggregator"),
	_Place("Старый склад в Твери", FBS, "DROP_OFF", "Россия, Тверь, наб. Волги, 8",
		"Доставка Ozon самостоятельно, Тверь", status="disabled"),
)  # fmt: skip


def fill(shop: OzonShop) -> None:
	now = shop.clock.micros()
	for place, made in enumerate(_PLACES):
		warehouse_id = 1_020_005_000_000_000 + shop.number * 1_000_000 + place * 1_000
		created = now - (400 - 30 * place) * DAY
		shop.state.insert(
			"warehouse",
			warehouse_id=warehouse_id,
			name=made.name,
			status=made.status,
			scheme=made.scheme,
			is_kgt=made.is_kgt,
			first_mile=made.first_mile,
			address=made.address,
			created_at=created,
		)
		shop.state.insert(
			"delivery_method",
			id=warehouse_id + 7,
			warehouse_id=warehouse_id,
			name=made.method,
			status="ACTIVE" if made.status == ACTIVE else "DISABLED",
			provider_id=made.provider[0],
			provider=made.provider[1],
			flow=made.flow,
			cutoff="18:00",
			created_at=created,
		)


def warehouse_list(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v2/warehouse/list"""
	body = Body(data, "WarehouseListV2Request")
	limit = body.integer("limit", least=1, most=200)
	wanted = body.integers("warehouse_ids", most=200)
	(after,) = cursors.read(body, "cursor", (0,))
	chosen = f"AND warehouse_id IN ({marks(wanted)})" if wanted else ""
	rows = shop.state.all(
		f"SELECT * FROM warehouse WHERE warehouse_id > ? {chosen} ORDER BY warehouse_id LIMIT ?",
		(after, *wanted, limit + 1),
	)
	return {
		"warehouses": [_warehouse(row) for row in rows[:limit]],
		"has_next": len(rows) > limit,
		"cursor": cursors.write(rows[limit - 1]["warehouse_id"]) if len(rows) > limit else "",
	}


def delivery_methods(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v2/delivery-method/list"""
	body = Body(data, "DeliveryMethodListV2Request")
	limit = body.integer("limit", least=1, most=100)
	direction = body.choice("sort_dir", ("ASC", "DESC"), "ASC")
	wanted = body.child("filter")
	conditions, values = ["1"], []
	for field, column in (
		("warehouse_ids", "warehouse_id"),
		("provider_ids", "provider_id"),
		("delivery_method_ids", "id"),
	):
		if ids := wanted.integers(field, most=100):
			conditions.append(f"{column} IN ({marks(ids)})")
			values += ids
	if statuses := wanted.texts("status"):
		conditions.append(f"status IN ({marks(statuses)})")
		values += statuses
	if body.text("cursor"):
		conditions.append("id > ?" if direction == "ASC" else "id < ?")
		values += cursors.read(body, "cursor", (0,))
	rows = shop.state.all(
		f"SELECT * FROM delivery_method WHERE {' AND '.join(conditions)} ORDER BY id {direction} LIMIT ?",
		(*values, limit + 1),
	)
	return {
		"delivery_methods": [_method(row) for row in rows[:limit]],
		"has_next": len(rows) > limit,
		"cursor": cursors.write(rows[limit - 1]["id"]) if len(rows) > limit else "",
	}


def _warehouse(row: Any) -> dict[str, Any]:
	return {
		"warehouse_id": row["warehouse_id"],
		"name": row["name"],
		"status": row["status"],
		"is_rfbs": row["scheme"] != FBS,
		"is_express": row["scheme"] == EXPRESS,
		"is_comfort": False,
		"is_kgt": bool(row["is_kgt"]),
		"warehouse_type": "rfbs" if row["scheme"] != FBS else "fbs",
		"address_info": {
			"address": row["address"],
			"latitude": 55.495093,
			"longitude": 38.172731,
			"utc": "UTC+03:00",
		},
		"carriage_label_type": "SMALL" if row["is_kgt"] else "BIG",
		"courier_comment": "",
		"courier_phones": [],
		"phone": "+7(495)000-00-00",
		"created_at": rfc3339(row["created_at"], "milliseconds"),
		"updated_at": rfc3339(row["created_at"] + 20 * DAY, "milliseconds"),
		"pause_at": None,
		"first_mile": {
			"type": row["first_mile"],
			"dropoff_point_id": "1020002075314000" if row["first_mile"] == "DROP_OFF" else "",
			"timeslot_from": "10:00",
			"timeslot_id": 287231,
			"timeslot_to": "12:00",
			"first_mile_is_changing": False,
		},
		"cut_in_time": 120,
		"sla_cut_in": 60,
		"has_entrusted_acceptance": False,
		"has_postings_limit": False,
		"postings_limit": -1,
		"min_postings_limit": 10,
		"is_auto_assembly": False,
		"is_waybill_enabled": False,
		"with_item_list": True,
		"timetable": {
			"timetable_from": rfc3339(row["created_at"]),
			"timetable_to": rfc3339(row["created_at"] + 3650 * DAY),
			"working_hours": [],
		},
		"working_days": [*_MONDAY_TO_FRIDAY, "SATURDAY", "SUNDAY"]
		if row["scheme"] == EXPRESS
		else _MONDAY_TO_FRIDAY,
	}


def _method(row: Any) -> dict[str, Any]:
	return {
		"id": row["id"],
		"name": row["name"],
		"status": row["status"],
		"warehouse_id": row["warehouse_id"],
		"provider_id": row["provider_id"],
		"template_id": 1,
		"tpl_integration_type": row["flow"],
		"tpl_dropoff_point": None,
		"is_express": "Express" in row["name"],
		"cutoff": row["cutoff"],
		"sla_cut_in": 60,
		"created_at": rfc3339(row["created_at"]),
		"updated_at": rfc3339(row["created_at"]),
	}
