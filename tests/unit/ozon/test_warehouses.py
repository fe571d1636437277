from __future__ import annotations

from typing import Any

import pytest

from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.marketplaces.ozon import endpoints
from crm_marketplace.integrations.marketplaces.ozon.warehouses import read_delivery_method, read_warehouse
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import DeliveryMethod, Scheme
from tests.unit.ozon.shop import AS_OF


def warehouse(id_: int, **changes: Any) -> dict[str, Any]:
	base = {
		"warehouse_id": id_,
		"name": f"Склад {id_}",
		"status": "created",
		"is_rfbs": False,
		"pause_at": None,
	}
	return {**base, **changes}


def method(id_: int, warehouse_id: int, **changes: Any) -> dict[str, Any]:
	base = {"id": id_, "name": f"Курьер {id_}", "warehouse_id": warehouse_id, "status": "ACTIVE"}
	return {**base, "tpl_integration_type": "non_integrated", **changes}


def page(key: str, *rows: Any, cursor: str = "") -> dict[str, Any]:
	return {key: list(rows), "cursor": cursor, "has_next": bool(cursor)}


def test_warehouses_with_their_methods(shop):
	shop.answer(
		endpoints.WAREHOUSES,
		page("warehouses", warehouse(1), warehouse(2, is_rfbs=True), cursor="c"),
		page("warehouses", warehouse(3)),
	)
	shop.answer(
		endpoints.DELIVERY_METHODS,
		page("delivery_methods", method(21, 2), method(11, 1), cursor="m"),
		page("delivery_methods", method(22, 2, status="DISABLED")),
		page("delivery_methods"),
	)
	pages = list(walk(lambda token, _limit: shop.connector.warehouses(token)))
	found = {item.record.external_id: item.record for one in pages for item in one.items}
	assert list(found) == ["1", "2", "3"]
	assert [entry.external_id for entry in found["1"].delivery_methods] == ["11"]
	assert [(entry.external_id, entry.is_active) for entry in found["2"].delivery_methods] == [
		("21", True),
		("22", False),
	]
	assert found["3"].delivery_methods == ()
	assert pages[0].as_of == AS_OF
	assert shop.bodies == [
		{"limit": 200, "cursor": ""},
		{"filter": {"warehouse_ids": ["1", "2"]}, "limit": 100, "cursor": "", "sort_dir": "ASC"},
		{"filter": {"warehouse_ids": ["1", "2"]}, "limit": 100, "cursor": "m", "sort_dir": "ASC"},
		{"limit": 200, "cursor": "c"},
		{"filter": {"warehouse_ids": ["3"]}, "limit": 100, "cursor": "", "sort_dir": "ASC"},
	]


def test_methods_are_asked_for_a_hundred_warehouses_at_a_time(shop):
	shop.answer(endpoints.WAREHOUSES, page("warehouses", *(warehouse(id_) for id_ in range(1, 151))))
	shop.answer(endpoints.DELIVERY_METHODS, page("delivery_methods"), page("delivery_methods"))
	assert len(shop.connector.warehouses().items) == 150
	assert [len(body["filter"]["warehouse_ids"]) for body in shop.bodies[1:]] == [100, 50]


def test_no_warehouses_no_methods(shop):
	shop.answer(endpoints.WAREHOUSES, page("warehouses"))
	assert shop.connector.warehouses().items == ()


def test_methods_that_repeat_for_ever(shop):
	shop.answer(endpoints.WAREHOUSES, page("warehouses", warehouse(1)))
	same = page("delivery_methods", method(11, 1), cursor="m")
	shop.answer(endpoints.DELIVERY_METHODS, same, same)
	with pytest.raises(ContractError, match="same page"):
		shop.connector.warehouses()


def test_a_bad_warehouse_does_not_cost_the_others(shop):
	shop.answer(endpoints.WAREHOUSES, page("warehouses", {"name": "?"}, warehouse(2)))
	shop.answer(endpoints.DELIVERY_METHODS, page("delivery_methods", None))
	bad, good = shop.connector.warehouses().items
	assert isinstance(bad.error, ContractError) and good.record


@pytest.mark.parametrize(
	("changes", "scheme", "active"),
	[
		({}, Scheme.FBS, True),
		({"is_rfbs": True}, Scheme.DBS, True),
		({"is_rfbs": True, "is_express": True}, Scheme.EXPRESS, True),
		({"status": "new"}, Scheme.FBS, False),
		({"status": "disabled"}, Scheme.FBS, False),
		({"status": "disabled_due_to_limit"}, Scheme.FBS, False),
		({"status": None}, Scheme.FBS, False),
		({"is_rfbs": True, "pause_at": "2026-09-19T08:00:00Z"}, Scheme.DBS, False),
	],
)
def test_schemes_and_states(changes, scheme, active):
	record = read_warehouse(warehouse(1, **changes)).record
	assert (record.scheme, record.is_active) == (scheme, active)


def test_a_nameless_warehouse_is_called_by_its_number():
	assert read_warehouse(warehouse(1, name="")).record.name == "1"


def test_a_delivery_method():
	assert read_delivery_method(method(21, 2)).record == DeliveryMethod(
		external_id="21", name="Курьер 21", warehouse_id="2", provider="non_integrated", is_active=True
	)
