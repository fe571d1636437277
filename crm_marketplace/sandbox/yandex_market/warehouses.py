"""The seller's warehouses, in a cabinet without groups of warehouses or with them.

https://yandex.ru/dev/market/partner-api/doc/ru/reference/warehouses/getPartnerWarehouses,
…/reference/warehouses/getPagedWarehouses. Each of the two methods is for one kind of cabinets; how the other
kind is refused is not documented.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.state import marks
from crm_marketplace.sandbox.yandex_market.checks import Asked, page_token, refused
from crm_marketplace.sandbox.yandex_market.credentials import AVAILABLE
from crm_marketplace.sandbox.yandex_market.statuses import DBS, EXPRESS, FBS

if TYPE_CHECKING:
	from crm_marketplace.sandbox.yandex_market.shop import YandexMarketShop

MOST = 30
SWITCHED_OFF = "MANUALLY_DISABLED"
MARKET_WAREHOUSE = 147  # of FBY goods
RETURN_WAREHOUSE = 300  # the vendor's own; goods nobody fetched


@dataclass(frozen=True, slots=True)
class _Place:
	name: str
	city: str
	models: tuple[tuple[str, str], ...]  # program, whether it is open
	campaign: str  # program of the shop it belongs to in a cabinet with groups


_PLACES = (
	_Place("Основной склад", "Софьино", ((FBS, AVAILABLE),), FBS),
	_Place("Доставка магазина", "Москва", ((DBS, AVAILABLE),), DBS),
	_Place("Экспресс Бутырская", "Москва", ((EXPRESS, AVAILABLE),), EXPRESS),
	_Place("Склад в Твери", "Тверь", ((FBS, AVAILABLE), (DBS, AVAILABLE)), FBS),
	_Place("Старый склад", "Ногинск", ((FBS, SWITCHED_OFF), (DBS, SWITCHED_OFF)), FBS),
)


def fill(shop: YandexMarketShop) -> None:
	campaigns = {
		row["program"]: row["id"]
		for row in shop.state.all("SELECT * FROM campaign WHERE availability = ?", (AVAILABLE,))
	}
	for place, made in enumerate(_PLACES):
		warehouse_id = 500_000 + shop.number * 1_000 + place * 11
		shop.state.insert(
			"warehouse",
			id=warehouse_id,
			name=made.name,
			address=made.city,
			campaign_id=campaigns[made.campaign],
			is_on=any(availability == AVAILABLE for _program, availability in made.models),
		)
		for number, (program, availability) in enumerate(made.models):
			shop.state.insert(
				"model",
				warehouse_id=warehouse_id,
				place=number,
				program=program,
				availability=availability,
			)


def group(shop: YandexMarketShop) -> None:
	"""Make it a cabinet with groups: the first two warehouses that are on hold one number of each product."""
	rows = shop.state.all("SELECT id FROM warehouse WHERE is_on = 1 ORDER BY id LIMIT 2")
	first, second = (row["id"] for row in rows)
	shop.state.run("UPDATE warehouse SET group_id = 77 WHERE id IN (?, ?)", (first, second))
	shop.state.run("DELETE FROM stock WHERE warehouse_id = ?", (second,))
	shop.state.remember(grouped=True)


def must_be_grouped(shop: YandexMarketShop, wanted: bool) -> None:
	if shop.state.meta("grouped") != wanted:
		kind = "with" if wanted else "without"
		raise refused(400, f"Method is available only for businesses {kind} warehouse groups")


def stock_place(shop: YandexMarketShop, warehouse_id: int) -> int:
	"""The warehouse the goods of this one are counted in: the first one of its group."""
	return (
		shop.state.value(
			"""SELECT min(other.id) FROM warehouse own JOIN warehouse other ON other.group_id = own.group_id
			WHERE own.id = ?""",
			(warehouse_id,),
		)
		or warehouse_id
	)


def of_campaign(shop: YandexMarketShop, campaign_id: int) -> Any:
	"""The warehouse a shop has in a cabinet with groups."""
	row = shop.state.one(
		"SELECT * FROM warehouse WHERE campaign_id = ? AND is_on = 1 ORDER BY id", (campaign_id,)
	)
	if row is None:
		raise refused(400, "Campaign type is not allowed")
	return row


# --- answering -------------------------------------------------------------------------------------


def partner_warehouses(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v3/businesses/{businessId}/warehouses"""
	must_be_grouped(shop, False)
	limit = asked.limit(15, MOST, cuts=False)
	wanted = asked.numbers("warehouseIds", 1000)
	asked.words("components", ("ADDRESS",))
	(after,) = asked.after(0)
	chosen = f"AND id IN ({marks(wanted)})" if wanted else ""
	rows = shop.state.all(
		f"SELECT * FROM warehouse WHERE id > ? {chosen} ORDER BY id LIMIT ?", (after, *wanted, limit + 1)
	)
	return _page([_with_models(shop, row) for row in rows[:limit]], rows, limit)


def paged_warehouses(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v2/businesses/{businessId}/warehouses"""
	must_be_grouped(shop, True)
	limit = asked.limit(15, MOST, cuts=False)
	campaigns = asked.numbers("campaignIds", 25)
	components = asked.words("components", ("ADDRESS", "STATUS"))
	(after,) = asked.after(0)
	chosen = f"AND campaign_id IN ({marks(campaigns)})" if campaigns else ""
	rows = shop.state.all(
		f"SELECT * FROM warehouse WHERE id > ? {chosen} ORDER BY id LIMIT ?", (after, *campaigns, limit + 1)
	)
	return _page([_with_campaign(shop, row, components) for row in rows[:limit]], rows, limit)


def _page(warehouses: list[dict[str, Any]], rows: list[Any], limit: int) -> dict[str, Any]:
	paging = page_token(rows[limit - 1]["id"]) if len(rows) > limit else {}
	return {"status": "OK", "result": {"warehouses": warehouses, "paging": paging}}


def _with_models(shop: YandexMarketShop, row: Any) -> dict[str, Any]:
	models = shop.state.all("SELECT * FROM model WHERE warehouse_id = ? ORDER BY place", (row["id"],))
	return {
		"id": row["id"],
		"name": row["name"],
		"models": [
			{"placementType": model["program"], "apiAvailability": model["availability"]} for model in models
		],
	}


def _with_campaign(shop: YandexMarketShop, row: Any, components: list[str]) -> dict[str, Any]:
	express = shop.state.value("SELECT program = 'EXPRESS' FROM model WHERE warehouse_id = ?", (row["id"],))
	found = {
		"id": row["id"],
		"name": row["name"],
		"campaignId": row["campaign_id"],
		"express": bool(express),
	}
	if row["group_id"]:
		found["groupInfo"] = {"id": row["group_id"], "name": "Общие остатки"}
	if "STATUS" in components:
		found["status"] = {"status": "OTHER" if row["is_on"] else "DISABLED_MANUALLY"}
	return found
