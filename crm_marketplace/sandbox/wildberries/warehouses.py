"""The seller's warehouses.

https://dev.wildberries.ru/openapi/work-with-products#tag/Sklady-prodavca (GET /api/v3/warehouses)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.wildberries.checks import Call
from crm_marketplace.sandbox.wildberries.statuses import DBS, EDBS, FBS

if TYPE_CHECKING:
	from crm_marketplace.sandbox.wildberries.shop import WildberriesShop

SMALL, OVERSIZE = 1, 2  # cargo types: МГТ, СГТ
DELIVERY_TYPES = {FBS: 1, DBS: 2, EDBS: 6}
_DBW, _PICKUP = 3, 5

# Name, way of delivery, cargo, whether it is being deleted.
_PLACES = (
	("Основной склад, Софьино", 1, SMALL, False),
	("Склад крупногабарита, Ногинск", 1, OVERSIZE, False),
	("Доставка магазина, Складочная", 2, SMALL, False),
	("Экспресс Бутырская", 6, SMALL, False),
	("Курьер Wildberries, Софьино", _DBW, SMALL, False),
	("Магазин на Садовой", _PICKUP, SMALL, False),
	("Старый склад в Твери", 1, SMALL, True),
)


def fill(shop: WildberriesShop) -> None:
	for place, (name, delivery_type, cargo_type, is_deleting) in enumerate(_PLACES):
		shop.state.insert(
			"warehouse",
			id=650_000 + shop.number * 1000 + place,
			name=name,
			office_id=15 + place,
			cargo_type=cargo_type,
			delivery_type=delivery_type,
			is_deleting=is_deleting,
			is_processing=0,
		)


def of_model(shop: WildberriesShop, model: str, cargo_type: int = SMALL) -> int:
	"""The warehouse goods of a model and size go from."""
	return shop.state.value(
		"""SELECT id FROM warehouse WHERE delivery_type = ? AND NOT is_deleting
		ORDER BY cargo_type != ?, id LIMIT 1""",
		(DELIVERY_TYPES[model], cargo_type),
	)


def warehouse_list(shop: WildberriesShop, call: Call) -> list[dict[str, Any]]:
	"""GET /api/v3/warehouses"""
	return [
		{
			"id": row["id"],
			"name": row["name"],
			"officeId": row["office_id"],
			"cargoType": row["cargo_type"],
			"deliveryType": row["delivery_type"],
			"isDeleting": bool(row["is_deleting"]),
			"isProcessing": bool(row["is_processing"]),
		}
		for row in shop.state.all("SELECT * FROM warehouse ORDER BY id")
	]
