from __future__ import annotations

from typing import Any

import pytest

from crm_marketplace.integrations.errors import (
	AuthenticationError,
	ContractError,
	PermissionMissing,
	RateLimited,
	TemporaryError,
)
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints
from crm_marketplace.integrations.marketplaces.yandex_market.stock import (
	MAXIMUM_STOCK,
	STOCK_BATCH,
	read_stock_level,
)
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import PushResult, StockLevel
from tests.unit.yandex_market.shop import AS_OF, BUSINESS, CAMPAIGN, campaign

PUSH = endpoints.STOCK_PUSH.at(businessId=BUSINESS).path
NOT_HERE = "Method is not available for business with warehouse groups"
# Two shops of one cabinet, each with a warehouse of group 9; the second has one more on its own.
FIRST, SECOND = "111", "222"


def level(
	offer_id: str = "A-1", warehouse: str = "10", quantity: int = 5, group: str | None = None
) -> StockLevel:
	return StockLevel(
		listing_id=offer_id,
		offer_id=offer_id,
		warehouse_id=warehouse,
		quantity=quantity,
		stock_group=group,
	)


def row(offer_id: str = "A-1", free: int = 5, frozen: int = 1) -> dict[str, Any]:
	counts = {"FIT": free + frozen, "FREEZE": frozen, "AVAILABLE": free}
	return {"offerId": offer_id, "stocks": [{"type": word, "count": count} for word, count in counts.items()]}


def stock(*rows: Any, token: str | None = None) -> dict[str, Any]:
	paging = {"nextPageToken": token} if token else {}
	return {"status": "OK", "result": {"offers": list(rows), "paging": paging}}


def grouped_stock(token: str | None = None, **warehouses: list[Any]) -> dict[str, Any]:
	places = [{"warehouseId": int(id_[1:]), "offers": rows} for id_, rows in warehouses.items()]
	return {
		"status": "OK",
		"result": {"warehouses": places, "paging": {"nextPageToken": token} if token else {}},
	}


def warehouses(*ids: int) -> dict[str, Any]:
	models = [{"placementType": "FBS", "apiAvailability": "AVAILABLE"}]
	rows = [{"id": id_, "name": f"Склад {id_}", "models": models} for id_ in ids]
	return {"status": "OK", "result": {"warehouses": rows, "paging": {}}}


def with_groups(cabinet, *, is_known: bool = False) -> None:
	"""Answer what finds out that the cabinet has groups, and its warehouses."""
	if not is_known:
		cabinet.refuse(endpoints.WAREHOUSES, 400, NOT_HERE)
	cabinet.campaigns(campaign(FIRST), campaign(SECOND))
	group = {"groupInfo": {"id": 9, "name": "Все"}}
	rows = [
		{"id": 10, "name": "Первый", "campaignId": int(FIRST), **group},
		{"id": 20, "name": "Второй", "campaignId": int(SECOND), **group},
		{"id": 30, "name": "Третий", "campaignId": int(SECOND)},
	]
	cabinet.answer(
		endpoints.GROUPED_WAREHOUSES, {"status": "OK", "result": {"warehouses": rows, "paging": {}}}
	)


def found(pages: Any) -> list[tuple[str, str, int]]:
	return [
		(item.record.warehouse_id, item.record.listing_id, item.record.quantity)
		for one in pages
		for item in one.items
	]


def sent(shop, path: str = PUSH) -> list[Any]:
	"""The rows of each request."""
	bodies = [body for _method, asked, _query, body in shop.requests if asked == path]
	return [rows for body in bodies if (rows := body.get("skuItems") or body.get("skus"))]


# --- reading ---------------------------------------------------------------------------------------


def test_one_warehouse_after_the_other_page_by_page(cabinet):
	cabinet.answer(endpoints.WAREHOUSES, warehouses(20, 10, 9))
	cabinet.answer(
		endpoints.STOCK, stock(row("A-1"), token="p2"), stock(row("A-2", 0)), stock(), stock(row("A-1", 7))
	)
	pages = list(walk(lambda token, limit: cabinet.connector.stock_levels(token, None, limit)))
	assert [found([one]) for one in pages] == [[("9", "A-1", 5)], [("9", "A-2", 0)], [], [("20", "A-1", 7)]]
	assert pages[0].as_of == AS_OF
	asked = [(body, query) for _m, path, query, body in cabinet.requests if path.endswith("offers/stocks")]
	assert asked == [
		({"partnerWarehouseId": 9}, {"limit": "100"}),
		({"partnerWarehouseId": 9}, {"limit": "100", "pageToken": "p2"}),
		({"partnerWarehouseId": 10}, {"limit": "100"}),
		({"partnerWarehouseId": 20}, {"limit": "100"}),
	]
	# Warehouses are asked for once, however many pages there are.
	assert len(cabinet.requests) == 5


def test_some_stock(cabinet):
	cabinet.answer(endpoints.WAREHOUSES, warehouses(9, 10))
	cabinet.answer(endpoints.STOCK, stock(row("A-1")), stock(row("A-3")), stock(row("A-2")), stock())
	wanted = ["A-1", "A-2", "A-3"]
	pages = walk(lambda token, limit: cabinet.connector.stock_levels(token, wanted, limit), limit=2)
	assert found(pages) == [("9", "A-1", 5), ("9", "A-3", 5), ("10", "A-2", 5)]
	asked = [(body, query) for _m, path, query, body in cabinet.requests if path.endswith("offers/stocks")]
	assert asked == [
		({"partnerWarehouseId": place, "offerIds": ids}, {})
		for place in (9, 10)
		for ids in (["A-1", "A-2"], ["A-3"])
	]


def test_a_walk_goes_on_after_a_restart(cabinet):
	cabinet.answer(endpoints.WAREHOUSES, warehouses(9, 10), warehouses(9, 10))
	cabinet.answer(endpoints.STOCK, stock(row("A-1")), stock(row("A-2")))
	token = cabinet.connector.stock_levels().token
	again = cabinet.connect({"api_key": "x", "business_id": BUSINESS})
	assert found([again.stock_levels(token)]) == [("10", "A-2", 5)]


def test_stock_of_nothing(cabinet):
	cabinet.answer(endpoints.WAREHOUSES, warehouses())
	assert cabinet.connector.stock_levels().token is None
	assert cabinet.connector.stock_levels(listing_ids=[]).items == ()


@pytest.mark.parametrize(
	"token",
	["nonsense", '{"place":"77"}', '{"place":9}', '{"place":"9","page":5}', '{"place":"9","start":8}'],
)
def test_tokens_that_lead_nowhere(cabinet, token):
	cabinet.answer(endpoints.WAREHOUSES, warehouses(9))
	assert list(cabinet.connector.all_warehouses) == ["9"]
	with pytest.raises(ContractError, match="saved position"):
		cabinet.connector.stock_levels(token, ["A-1"] if "start" in token else None)
	assert len(cabinet.requests) == 1


def test_stock_in_a_cabinet_with_groups_is_asked_by_shop(cabinet):
	with_groups(cabinet)
	# 900 is the marketplace's own, where returns lie.
	cabinet.answer(
		endpoints.GROUPED_STOCK,
		grouped_stock(w10=[row("A-1"), row("A-2")], w900=[row("A-1", 3)], token="p2"),
		grouped_stock(w10=[row("A-3")]),
		campaignId=FIRST,
	)
	cabinet.answer(
		endpoints.GROUPED_STOCK, grouped_stock(w20=[row("A-1")], w30=[row("A-1", 8)]), campaignId=SECOND
	)
	pages = walk(lambda token, limit: cabinet.connector.stock_levels(token, None, limit))
	assert [found([one]) for one in pages] == [
		[("10", "A-1", 5), ("10", "A-2", 5)],
		[("10", "A-3", 5)],
		[("20", "A-1", 5), ("30", "A-1", 8)],
	]


def counts(**numbers: int | None) -> dict[str, Any]:
	stocks = [{"type": word, "count": count} for word, count in numbers.items()]
	return {"offerId": "A-1", "warehouseId": "9", "stocks": stocks}


@pytest.mark.parametrize(
	("raw", "quantity", "reserved"),
	[
		(counts(FIT=7, FREEZE=2, AVAILABLE=5), 5, 2),
		(counts(FIT=7, AVAILABLE=5), 5, 2),
		(counts(AVAILABLE=5), 5, 0),
		(counts(FIT=7, FREEZE=2), 5, 2),
		(counts(FIT=1, FREEZE=3), 0, 3),
		(counts(FIT=1, FREEZE=3, AVAILABLE=-2), 0, 3),
		(counts(DEFECT=4), 0, 0),
		(counts(AVAILABLE=None, FIT=4), 4, 0),
		({"offerId": "A-1", "warehouseId": "9", "stocks": None}, 0, 0),
	],
)
def test_what_can_be_sold_has_no_reserved_units_in_it(raw, quantity, reserved):
	record = read_stock_level(raw).record
	assert (record.quantity, record.reserved) == (quantity, reserved)


def test_a_bad_row_does_not_cost_the_others(cabinet):
	cabinet.answer(endpoints.WAREHOUSES, warehouses(9))
	cabinet.answer(endpoints.STOCK, stock({"offerId": "A-1", "stocks": 5}, "row", row("A-2")))
	bad, nothing, good = cabinet.connector.stock_levels().items
	assert isinstance(bad.error, ContractError) and nothing.error and good.record


# --- sending, without groups -----------------------------------------------------------------------


def test_a_batch_is_one_request(shop):
	shop.answer(endpoints.STOCK_PUSH, {"status": "OK"})
	results = shop.connector.push_stock([level("A-1", "10", 0), level("A-1", "20", 7)])
	assert results == (
		PushResult(listing_id="A-1", warehouse_id="10", ok=True),
		PushResult(listing_id="A-1", warehouse_id="20", ok=True),
	)
	assert sent(shop) == [
		[
			{"sku": "A-1", "partnerWarehouseId": 10, "count": 0},
			{"sku": "A-1", "partnerWarehouseId": 20, "count": 7},
		]
	]
	assert (len(shop.requests), shop.log[0].group) == (1, "stock_push")


def test_nothing_to_send_needs_no_request(shop):
	assert shop.connector.push_stock([]) == ()
	assert shop.requests == []


@pytest.mark.parametrize(
	("bad", "code"),
	[
		(level(warehouse="main"), "WAREHOUSE_NOT_FOUND"),
		(level(warehouse="²"), "WAREHOUSE_NOT_FOUND"),
		(level(warehouse="9" * 19), "WAREHOUSE_NOT_FOUND"),
		(level(quantity=MAXIMUM_STOCK + 1), "COUNT_TOO_LARGE"),
	],
)
def test_a_row_that_cannot_be_one_does_not_stop_the_others(shop, bad, code):
	shop.answer(endpoints.STOCK_PUSH, {"status": "OK"})
	refused, taken = shop.connector.push_stock([bad, level("A-2", quantity=MAXIMUM_STOCK)])
	assert (refused.ok, refused.code, refused.retry_after) == (False, code, None)
	assert refused.message and taken.ok
	assert sent(shop) == [[{"sku": "A-2", "partnerWarehouseId": 10, "count": MAXIMUM_STOCK}]]


def test_a_full_batch_and_one_more(shop):
	rows = [level(f"A-{number}") for number in range(STOCK_BATCH)]
	shop.answer(endpoints.STOCK_PUSH, {"status": "OK"})
	assert all(result.ok for result in shop.connector.push_stock(rows))
	with pytest.raises(ValueError, match="2001 rows"):
		shop.connector.push_stock([*rows, level("A-X")])


def test_a_refused_row_does_not_cost_the_others(cabinet):
	cabinet.refuse(endpoints.STOCK_PUSH, 400, "Offers not found: A-2")
	cabinet.answer(endpoints.WAREHOUSES, warehouses(10))
	cabinet.refuse(endpoints.STOCK_PUSH, 400, "Offers not found: A-2")
	cabinet.answer(endpoints.STOCK_PUSH, {"status": "OK"})
	results = cabinet.connector.push_stock([level("A-1"), level("A-2"), level("A-3")])
	assert [result.ok for result in results] == [True, False, True]
	assert (results[1].code, results[1].message) == ("REFUSED", "Offers not found: A-2")
	assert [item["sku"] for item in sent(cabinet)[-1]] == ["A-1", "A-3"]


def test_rows_of_a_warehouse_the_vendor_names(cabinet):
	cabinet.answer(endpoints.WAREHOUSES, warehouses(100, 200))
	assert cabinet.connector.all_warehouses
	cabinet.refuse(endpoints.STOCK_PUSH, 400, "Warehouse 200 not found")
	cabinet.answer(endpoints.STOCK_PUSH, {"status": "OK"})
	results = cabinet.connector.push_stock([level("A-1", "100"), level("A-1", "200"), level("A-2", "200")])
	assert [result.ok for result in results] == [True, False, False]


@pytest.mark.parametrize(
	("status", "message", "kind"),
	[
		(401, "API-key token is not valid", AuthenticationError),
		(403, "Token does not have any of the scopes: [offers-and-cards-management]", PermissionMissing),
		(420, "Hit rate limit of 50 requests per 1 minute", RateLimited),
		(500, "Internal error", TemporaryError),
	],
)
def test_what_no_row_is_to_blame_for(shop, status, message, kind):
	shop.refuse(endpoints.STOCK_PUSH, status, message)
	with pytest.raises(kind):
		shop.connector.push_stock([level()])
	assert len(shop.requests) == 1


# --- sending, with groups --------------------------------------------------------------------------


def campaign_path(campaign_id: str) -> str:
	return endpoints.GROUPED_STOCK_PUSH.at(campaignId=campaign_id).path


def sku(offer_id: str, count: int) -> dict[str, Any]:
	return {"sku": offer_id, "items": [{"count": count}]}


def test_a_cabinet_with_groups_is_found_out_and_sent_to_by_shop(cabinet):
	cabinet.refuse(endpoints.STOCK_PUSH, 400, NOT_HERE)
	with_groups(cabinet)
	cabinet.answer(endpoints.GROUPED_STOCK_PUSH, {"status": "OK"}, campaignId=FIRST)
	cabinet.answer(endpoints.GROUPED_STOCK_PUSH, {"status": "OK"}, {"status": "OK"}, campaignId=SECOND)
	results = cabinet.connector.push_stock([level("A-1", "10", 5), level("A-2", "30", 7)])
	assert all(result.ok for result in results)
	assert sent(cabinet, campaign_path(FIRST)) == [[sku("A-1", 5)]]
	assert sent(cabinet, campaign_path(SECOND)) == [[sku("A-2", 7)]]
	# Found out once.
	assert cabinet.connector.push_stock([level("A-1", "30", 6)])[0].ok
	assert cabinet.paths.count(PUSH) == 1


@pytest.mark.parametrize("group", ["group:9", f"shop:{CAMPAIGN}"])
def test_a_shop_whose_group_is_known_is_sent_to_at_once(shop, group):
	"""The lists of warehouses may be asked for a hundred times an hour, by all shops of a key together."""
	shop.answer(endpoints.GROUPED_STOCK_PUSH, {"status": "OK"}, campaignId=CAMPAIGN)
	results = shop.connector.push_stock(
		[level("A-1", "10", 5, group), level("A-2", "10", 7, group), level("A-1", "11", 8, group)]
	)
	assert [(result.ok, result.code) for result in results] == [
		(True, None),
		(True, None),
		(False, "WAREHOUSE_GROUP"),
	]
	assert shop.paths == [campaign_path(CAMPAIGN)]
	assert sent(shop, campaign_path(CAMPAIGN)) == [[sku("A-1", 5), sku("A-2", 7)]]


def test_a_cabinet_whose_groups_are_known_is_asked_for_its_warehouses_only(cabinet):
	with_groups(cabinet, is_known=True)
	cabinet.answer(endpoints.GROUPED_STOCK_PUSH, {"status": "OK"}, campaignId=FIRST)
	cabinet.answer(endpoints.GROUPED_STOCK_PUSH, {"status": "OK"}, campaignId=SECOND)
	rows = [level("A-1", "10", 5, "group:9"), level("A-2", "30", 7, f"shop:{SECOND}")]
	assert all(result.ok for result in cabinet.connector.push_stock(rows))
	assert cabinet.paths.count(endpoints.GROUPED_WAREHOUSES.at(businessId=BUSINESS).path) == 1
	assert PUSH not in cabinet.paths


def test_a_cabinet_that_has_no_groups_any_more_is_found_out(shop):
	shop.refuse(endpoints.GROUPED_STOCK_PUSH, 400, NOT_HERE, campaignId=CAMPAIGN)
	shop.answer(endpoints.STOCK_PUSH, {"status": "OK"})
	assert shop.connector.push_stock([level(group="group:9")])[0].ok
	assert shop.paths == [campaign_path(CAMPAIGN), PUSH]


def test_a_bad_row_of_a_known_group_does_not_cost_the_others(shop):
	shop.refuse(endpoints.GROUPED_STOCK_PUSH, 400, "Offers not found: A-2", campaignId=CAMPAIGN)
	shop.refuse(endpoints.STOCK_PUSH, 400, NOT_HERE)
	shop.refuse(endpoints.WAREHOUSES, 400, NOT_HERE)
	shop.campaigns(campaign(CAMPAIGN))
	rows = [{"id": 10, "name": "Первый", "campaignId": int(CAMPAIGN), "groupInfo": {"id": 9, "name": "Все"}}]
	shop.answer(endpoints.GROUPED_WAREHOUSES, {"status": "OK", "result": {"warehouses": rows, "paging": {}}})
	shop.refuse(endpoints.GROUPED_STOCK_PUSH, 400, "Offers not found: A-2", campaignId=CAMPAIGN)
	shop.answer(endpoints.GROUPED_STOCK_PUSH, {"status": "OK"}, campaignId=CAMPAIGN)
	results = shop.connector.push_stock([level("A-1", group="group:9"), level("A-2", group="group:9")])
	assert [result.ok for result in results] == [True, False]


def test_a_group_has_one_number_the_smallest(cabinet):
	with_groups(cabinet)
	assert cabinet.connector.grouped_campaigns
	cabinet.answer(endpoints.GROUPED_STOCK_PUSH, {"status": "OK"}, campaignId=FIRST)
	cabinet.answer(endpoints.GROUPED_STOCK_PUSH, {"status": "OK"}, campaignId=SECOND)
	results = cabinet.connector.push_stock(
		[
			level("A-1", "10", 5),
			level("A-1", "20", 8),
			level("A-2", "20", 3),
			level("A-3", "10", 4),
			level("A-3", "20", 4),
		]
	)
	assert [(result.ok, result.code) for result in results] == [
		(True, None),
		(False, "WAREHOUSE_GROUP"),
		(True, None),
		(True, None),
		(True, None),
	]
	assert sent(cabinet, campaign_path(FIRST)) == [[sku("A-1", 5), sku("A-3", 4)]]
	assert sent(cabinet, campaign_path(SECOND)) == [[sku("A-2", 3)]]


def test_a_warehouse_of_another_shop_is_not_sent_to(cabinet):
	with_groups(cabinet)
	assert cabinet.connector.grouped_campaigns
	cabinet.answer(endpoints.GROUPED_STOCK_PUSH, {"status": "OK"}, campaignId=FIRST)
	taken, refused = cabinet.connector.push_stock([level("A-1", "10"), level("A-1", "77")])
	assert taken.ok and (refused.ok, refused.code) == (False, "WAREHOUSE_NOT_FOUND")


def test_a_refused_row_in_one_shop(cabinet):
	with_groups(cabinet)
	assert cabinet.connector.grouped_campaigns
	cabinet.refuse(endpoints.GROUPED_STOCK_PUSH, 400, "Offers not found: A-2", campaignId=FIRST)
	cabinet.answer(endpoints.GROUPED_STOCK_PUSH, {"status": "OK"}, campaignId=FIRST)
	cabinet.answer(endpoints.GROUPED_STOCK_PUSH, {"status": "OK"}, campaignId=SECOND)
	rows = [level("A-1", "10"), level("A-2", "10"), level("A-2", "30")]
	assert [result.ok for result in cabinet.connector.push_stock(rows)] == [True, False, True]
