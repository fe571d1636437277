from __future__ import annotations

from typing import Any

import pytest

from crm_marketplace.integrations.errors import (
	ConfigurationError,
	ContractError,
	PermissionMissing,
	RejectedError,
	TemporaryError,
)
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints
from crm_marketplace.integrations.marketplaces.yandex_market.warehouses import (
	read_grouped_warehouse,
	read_warehouse,
)
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import Scheme
from tests.unit.yandex_market.shop import AS_OF, CAMPAIGN, campaign

NOT_HERE = "Method is not available for business with warehouse groups"


def model(word: str = "FBS", availability: str = "AVAILABLE") -> dict[str, str]:
	return {"placementType": word, "apiAvailability": availability}


def warehouse(id_: int, *models: dict[str, str], **facts: Any) -> dict[str, Any]:
	return {"id": id_, "name": f"Склад {id_}", "models": list(models or (model(),)), **facts}


def grouped(id_: int, campaign_id: str = CAMPAIGN, group: int | None = None, **facts: Any) -> dict[str, Any]:
	info = {"groupInfo": {"id": group, "name": "Группа"}} if group else {}
	return {
		"id": id_,
		"name": f"Склад {id_}",
		"campaignId": int(campaign_id),
		"express": False,
		**info,
		**facts,
	}


def page(*rows: Any, token: str | None = None) -> dict[str, Any]:
	paging = {"nextPageToken": token} if token else {}
	return {"status": "OK", "result": {"warehouses": list(rows), "paging": paging}}


def found(shop) -> dict[str, Any]:
	pages = walk(lambda token, _limit: shop.connector.warehouses(token))
	return {item.record.external_id: item.record for one in pages for item in one.items}


# --- without groups --------------------------------------------------------------------------------


def test_warehouses_of_the_shops_kind(shop):
	shop.campaigns()
	shop.answer(
		endpoints.WAREHOUSES,
		page(warehouse(1), warehouse(2, model("DBS")), token="p2"),
		page(warehouse(3, model("EXPRESS")), warehouse(4, model("DBS"), model("FBS"))),
	)
	assert {id_: record.scheme for id_, record in found(shop).items()} == {
		"1": Scheme.FBS,
		"3": Scheme.EXPRESS,
		"4": Scheme.FBS,
	}
	asked = [query for _method, path, query, _body in shop.requests if path.endswith("warehouses")]
	assert asked == [{"limit": "30"}, {"limit": "30", "pageToken": "p2"}]


def test_a_cabinet_has_all_of_them(cabinet):
	cabinet.answer(endpoints.WAREHOUSES, page(warehouse(1), warehouse(2, model("DBS"))))
	assert {id_: record.scheme for id_, record in found(cabinet).items()} == {
		"1": Scheme.FBS,
		"2": Scheme.DBS,
	}
	assert len(cabinet.requests) == 1


def test_one_warehouse_in_two_shops_says_so(cabinet):
	cabinet.answer(endpoints.WAREHOUSES, page(warehouse(1)))
	assert found(cabinet)["1"].stock_group == "warehouse:1"


@pytest.mark.parametrize(
	("models", "is_active", "status"),
	[
		([model()], True, "AVAILABLE"),
		([model(availability="DISABLED_BY_INACTIVITY")], False, "DISABLED_BY_INACTIVITY"),
		([model(availability="DISABLED_BY_INACTIVITY"), model("EXPRESS")], True, "AVAILABLE"),
		([{"placementType": "FBS"}], False, None),
	],
)
def test_a_warehouse_that_is_switched_off(models, is_active, status):
	record = read_warehouse(warehouse(1, *models), (Scheme.FBS, Scheme.EXPRESS)).record
	assert (record.is_active, record.vendor_status) == (is_active, status)


def test_a_warehouse_without_a_name_or_a_model():
	record = read_warehouse({"id": 5, "models": None}).record
	assert (record.name, record.scheme, record.is_active) == ("5", Scheme.FBS, False)
	assert read_warehouse(warehouse(5, model("HYPERLOOP"))).record.is_active is False


@pytest.mark.parametrize("raw", [None, {}, {"id": None}, warehouse(1, {"placementType": None})])
def test_what_is_no_warehouse(raw):
	assert isinstance(read_warehouse(raw).error, ContractError)


def test_a_page_says_when_it_was_made(cabinet):
	cabinet.answer(endpoints.WAREHOUSES, page())
	assert cabinet.connector.warehouses().as_of == AS_OF


# --- with groups -----------------------------------------------------------------------------------


def test_a_cabinet_with_groups_is_found_out_and_asked_again(shop):
	shop.refuse(endpoints.WAREHOUSES, 400, NOT_HERE)
	shop.campaigns()
	shop.answer(
		endpoints.GROUPED_WAREHOUSES,
		page(grouped(1, group=9), grouped(2, "777", group=9), token="p2"),
		page(grouped(3, express=True), grouped(4, status={"status": "DISABLED_MANUALLY"})),
	)
	records = found(shop)
	assert list(records) == ["1", "3", "4"]
	assert [record.scheme for record in records.values()] == [Scheme.FBS, Scheme.EXPRESS, Scheme.FBS]
	assert [record.stock_group for record in records.values()] == [
		"group:9",
		f"shop:{CAMPAIGN}",
		f"shop:{CAMPAIGN}",
	]
	assert [record.is_active for record in records.values()] == [True, True, False]
	asked = [body for _m, path, _q, body in shop.requests if path == "/v2/businesses/1043217/warehouses"]
	assert asked == [{"components": ["STATUS"], "campaignIds": [int(CAMPAIGN)]}] * 2


def test_its_second_page_is_asked_for_at_once(shop):
	shop.campaigns()
	shop.answer(endpoints.GROUPED_WAREHOUSES, page(grouped(3)))
	shop.connector.warehouses('{"page":"p2","grouped":true}')
	assert endpoints.WAREHOUSES.at(businessId="1043217").path not in shop.paths


def test_a_whole_cabinet_with_groups(cabinet):
	cabinet.refuse(endpoints.WAREHOUSES, 403, "Access denied")
	cabinet.campaigns(campaign("1"), campaign("2", placementType="DBS"))
	cabinet.answer(endpoints.GROUPED_WAREHOUSES, page(grouped(10, "1"), grouped(20, "2")))
	assert {id_: record.scheme for id_, record in found(cabinet).items()} == {
		"10": Scheme.FBS,
		"20": Scheme.DBS,
	}
	assert [body for body in cabinet.bodies if body and "components" in body] == [{"components": ["STATUS"]}]


def test_where_both_are_refused_the_last_word_is_told(shop):
	shop.refuse(endpoints.WAREHOUSES, 400, NOT_HERE)
	shop.refuse(endpoints.GROUPED_WAREHOUSES, 403, "Access to API denied for the campaign 1")
	with pytest.raises(ConfigurationError, match="no program"):
		shop.connector.warehouses()


@pytest.mark.parametrize(
	("status", "message", "kind"),
	[
		(403, "Token does not have any of the scopes: [inventory-and-order-processing]", PermissionMissing),
		(500, "Internal error", TemporaryError),
	],
)
def test_what_says_nothing_about_groups(shop, status, message, kind):
	shop.refuse(endpoints.WAREHOUSES, status, message)
	with pytest.raises(kind):
		shop.connector.warehouses()
	assert len(shop.requests) == 1


def test_a_refusal_in_the_middle_of_a_walk_is_told(shop):
	shop.refuse(endpoints.WAREHOUSES, 400, "pageToken is too old")
	with pytest.raises(RejectedError, match="pageToken is too old"):
		shop.connector.warehouses('{"page":"p2","grouped":false}')
	assert len(shop.requests) == 1


@pytest.mark.parametrize("raw", [None, {}, {"id": 1}, grouped(1, status=5)])
def test_what_is_no_warehouse_of_a_group(raw):
	assert isinstance(read_grouped_warehouse(raw, (Scheme.FBS,)).error, ContractError)
