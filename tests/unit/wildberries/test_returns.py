"""Returns: what is asked, what rows and claims become, and what nobody documents."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from crm_marketplace.integrations.errors import ContractError, PermissionMissing
from crm_marketplace.integrations.marketplaces.wildberries import endpoints
from crm_marketplace.integrations.marketplaces.wildberries.returns import (
	LONGEST_PERIOD,
	Days,
	days,
	read_claim,
	read_item_return,
)
from crm_marketplace.integrations.marketplaces.wildberries.statuses import (
	CLAIM_STATES,
	ITEM_RETURN_STATES,
	return_kind,
)
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import Return, ReturnKind, ReturnState, Scheme
from tests.unit.wildberries.shop import AS_OF, EVERYTHING, NOW, golden, make_token
from tests.unit.wildberries.specification import needs_specification, operation, resolved

HOUR = timedelta(hours=1)
NONE = {"claims": [], "total": 0}


def row(srid: str = "mp.1.r", **changes: Any) -> dict[str, Any]:
	return {**golden("item_return_on_its_way")["payload"]["row"], "srid": srid, "orderId": 0, **changes}


def claim(id_: str = "c1", **changes: Any) -> dict[str, Any]:
	return {**golden("claim_back_on_sale")["payload"], "id": id_, **changes}


def report(*rows: dict[str, Any]) -> dict[str, Any]:
	return {"count": len(rows), "report": list(rows)}


def statuses(*ids: int, wb: str = "sold", key: str = "id") -> dict[str, Any]:
	return {"orders": [{key: id_, "supplierStatus": "complete", "wbStatus": wb} for id_ in ids]}


def item(
	is_active: bool | None = True, task: Any = None, scheme: str | None = None, **changes: Any
) -> Return:
	fetched = read_item_return({"row": row(**changes), "isActive": is_active, "scheme": scheme, "task": task})
	assert fetched.error is None, fetched.error
	return fetched.record


def claimed(**changes: Any) -> Return:
	fetched = read_claim(claim(**changes))
	assert fetched.error is None, fetched.error
	return fetched.record


def walked(shop: Any, since: datetime = NOW - HOUR, until: datetime = NOW, limit: int = 1000) -> list[Any]:
	pages = walk(lambda token, size: shop.connector.returns(since, until, token, size), limit=limit)
	return [item for page in pages for item in page.items]


# --- walks -----------------------------------------------------------------------------------------


def test_a_walk_reads_all_ways_back_that_may_have_changed_and_then_the_claims(shop):
	periods = ("2026-06-30", "2026-07-30"), ("2026-07-31", "2026-08-30"), ("2026-08-31", "2026-09-28")
	shop.answer(endpoints.ITEM_RETURNS, b"", status=204)
	shop.answer(endpoints.ITEM_RETURNS, report(row("a")), report(), report(row("b", returnStatus="Выдано")))
	shop.answer(endpoints.ITEM_RETURNS, b"", b"", status=204)
	shop.answer(endpoints.CLAIMS, {"claims": [claim("c", status=0, status_ex=0)], "total": 1}, NONE)
	found = walked(shop)
	assert [each.external_id for each in found] == ["a", "b", "c"]
	assert [each.record.state for each in found] == ["On The Way", "Received", "Requested"]
	assert shop.addresses == [
		*(
			f"GET /api/analytics/v1/item-returns?dateFrom={first}&dateTo={last}&status={status}&limit=1000&offset=0"
			for status in ("active", "archive")
			for first, last in periods
		),
		"GET /api/v1/claims?is_archive=false&limit=200&offset=0",
		"GET /api/v1/claims?is_archive=true&limit=200&offset=0",
	]


def test_full_pages_go_on(shop):
	shop.answer(endpoints.ITEM_RETURNS, report(row("a"), row("b")), report(row("c")), *[report()] * 5)
	shop.answer(
		endpoints.CLAIMS, {"claims": [claim("d"), claim("e")], "total": 3}, NONE, {"claims": [claim("f")]}
	)
	assert [each.external_id for each in walked(shop, limit=2)] == list("abcdef")
	assert [address.rpartition("offset=")[2] for address in shop.addresses] == [
		*("0", "2", "0", "0"),
		*("0", "0", "0"),
		*("0", "2", "0"),
	]


def test_the_tasks_of_goods_are_asked_about_once(shop):
	shop.answer(
		endpoints.ITEM_RETURNS, report(row("a", orderId=11), row("b", orderId=22), row("c", orderId=0))
	)
	shop.answer(endpoints.FBS_STATUS, statuses(11))
	shop.answer(endpoints.DBS_STATUS, statuses(22, wb="canceled_by_client", key="orderId"))
	page = shop.connector.returns(NOW - HOUR, NOW)
	assert page.as_of == AS_OF
	assert [(each.record.order_id, each.record.kind, each.record.scheme) for each in page.items] == [
		("11", ReturnKind.RETURNED, Scheme.FBS),
		("22", ReturnKind.NOT_REDEEMED, None),
		(None, ReturnKind.NOT_REDEEMED, None),
	]
	assert shop.bodies[1:] == [{"orders": [11, 22]}, {"ordersIds": [22]}]


def test_without_the_category_of_tasks_goods_are_told_all_the_same(shop_with):
	shop = shop_with(token=make_token(s=1 << 2))
	shop.answer(endpoints.ITEM_RETURNS, report(row("a", orderId=11, returnType="Возврат брака")))
	(found,) = shop.connector.returns(NOW - HOUR, NOW).items
	assert (found.record.order_id, found.record.kind) == ("11", ReturnKind.RETURNED)


def test_without_analytics_nothing_is_asked(shop_with):
	shop = shop_with(token=make_token(s=EVERYTHING & ~(1 << 2)))
	with pytest.raises(PermissionMissing, match="Аналитика"):
		shop.connector.returns(NOW - HOUR, NOW)
	assert shop.requests == []


@pytest.mark.parametrize("phase", ["requests", "decided"])
def test_without_the_category_of_claims_there_are_none(shop_with, phase):
	shop = shop_with(token=make_token(s=EVERYTHING & ~(1 << 11)))
	page = shop.connector.returns(NOW - HOUR, NOW, f'{{"phase":"{phase}"}}')
	assert page.items == () and shop.requests == []


@pytest.mark.parametrize(
	"token",
	[
		'{"phase":"elsewhere"}',
		'{"phase":"active","period":9}',
		'{"phase":"active","period":"0"}',
		'{"phase":"decided","offset":-1}',
		'{"phase":"decided","offset":"2"}',
		"[]",
	],
)
def test_a_token_that_leads_nowhere(shop, token):
	with pytest.raises(ContractError, match="saved position"):
		shop.connector.returns(NOW - HOUR, NOW, token)
	assert shop.requests == []


def test_an_empty_window_is_not_asked_for(shop):
	assert shop.connector.returns(NOW, NOW).items == ()
	assert shop.requests == []


def test_an_answer_without_its_list_is_told(shop):
	shop.answer(endpoints.ITEM_RETURNS, {"count": 0})
	with pytest.raises(ContractError):
		shop.connector.returns(NOW - HOUR, NOW)


def test_days_are_of_moscow_and_in_periods_the_vendor_takes():
	late = datetime(2026, 9, 27, 22, 0, tzinfo=timezone.utc)
	assert days(late, late) == [Days(late.date() + timedelta(days=1), late.date() + timedelta(days=1))]
	found = days(NOW - timedelta(days=400), NOW)
	assert all((period.last - period.first) < LONGEST_PERIOD for period in found)
	assert sum((period.last - period.first).days + 1 for period in found) == 401
	assert days(NOW, NOW - timedelta(days=2)) == []
	with pytest.raises(ValueError):
		days(NOW.replace(tzinfo=None), NOW)


# --- goods -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "state"), ITEM_RETURN_STATES.items())
def test_the_words_sellers_see(word, state):
	found = item(returnStatus=word.capitalize(), completedDt=None, readyToReturnDt=None)
	assert (found.state, found.vendor_status) == (state, word.capitalize())


def test_words_are_told_apart_however_they_are_written():
	assert item(returnStatus="Истёк  срок хранения на ПВЗ").state is ReturnState.DISPOSED


@pytest.mark.parametrize(
	("is_active", "times", "state"),
	[
		(True, {}, ReturnState.ON_THE_WAY),
		(True, {"readyToReturnDt": "2026-09-01T10:00:00"}, ReturnState.READY),
		(False, {"completedDt": "2026-09-01T10:00:00"}, ReturnState.RECEIVED),
		(False, {}, ReturnState.AT_MARKETPLACE),
		(None, {}, ReturnState.ON_THE_WAY),
	],
)
@pytest.mark.parametrize("word", ["Статус не определен", "телепортирован", "", None])
def test_an_unknown_word_is_kept_and_the_times_tell(word, is_active, times, state):
	found = item(is_active, returnStatus=word, **{"completedDt": None, "readyToReturnDt": None, **times})
	assert (found.state, found.vendor_status) == (state, word or "")
	assert (found.received_at is not None) is (state is ReturnState.RECEIVED)


@pytest.mark.parametrize(
	("return_type", "word", "kind"),
	[
		("Возврат заблокированного товара", "sold", ReturnKind.RETURNED),
		("Возврат заблокированного товара", "receive", ReturnKind.RETURNED),
		("Возврат брака", "canceled_by_client", ReturnKind.NOT_REDEEMED),
		("Возврат брака", "sorted", ReturnKind.NOT_REDEEMED),
		("Возврат брака", None, ReturnKind.RETURNED),
		("Возврат брака", "teleported", ReturnKind.RETURNED),
		("Возврат товара продавцу по отзыву", None, ReturnKind.RETURNED),
		("Возврат по инициативе продавца", None, ReturnKind.NOT_REDEEMED),
		("", None, ReturnKind.NOT_REDEEMED),
	],
)
def test_whether_a_buyer_had_it(return_type, word, kind):
	assert return_kind(return_type, word) is kind


def test_times_are_of_moscow_and_may_be_written_in_three_ways():
	found = item(
		returnStatus="Выдано",
		orderDt="2026-09-01",
		readyToReturnDt="0001-01-01T00:00:00",
		expiredDt="",
		completedDt="2026-09-03 11:30:00",
	)
	assert found.created_at == datetime(2026, 8, 31, 21, tzinfo=timezone.utc)
	assert found.received_at == found.changed_at == datetime(2026, 9, 3, 8, 30, tzinfo=timezone.utc)
	assert found.pickup_until is None
	assert item(completedDt="2026-09-03T11:30:00Z").changed_at.hour == 11


@pytest.mark.parametrize("changes", [{"srid": None}, {"nmId": None}, {"completedDt": 5}, {"orderDt": "soon"}])
def test_a_row_that_cannot_be_read_costs_no_other(shop, changes):
	shop.answer(endpoints.ITEM_RETURNS, report(row("a"), row("b") | changes, row("c")))
	first, bad, last = shop.connector.returns(NOW - HOUR, NOW).items
	assert first.record and last.record
	assert isinstance(bad.error, ContractError) and bad.error.record_id == bad.external_id
	assert bad.raw["row"] == row("b") | changes


@pytest.mark.parametrize("task", [0, "", None, "x", "²", True])
def test_goods_without_a_task(shop, task):
	shop.answer(endpoints.ITEM_RETURNS, report(row("a", orderId=task)))
	assert len(shop.connector.returns(NOW - HOUR, NOW).items) == 1
	assert len(shop.requests) == 1


def test_a_stored_scheme_we_do_not_know_costs_nothing():
	assert item(scheme="C&C").scheme is None


# --- claims ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "state"), CLAIM_STATES.items())
def test_where_the_goods_of_a_claim_are(code, state):
	found = claimed(status=2, status_ex=code)
	assert (found.state, found.vendor_status) == (state, f"2/{code}")


@pytest.mark.parametrize(
	("status", "status_ex", "state", "words"),
	[
		(2, 77, ReturnState.ON_THE_WAY, "2/77"),
		(1, None, ReturnState.REFUSED, "1"),
		(0, 99, ReturnState.REQUESTED, "0/99"),
		(9, 99, ReturnState.REQUESTED, "9/99"),
		(None, None, ReturnState.REQUESTED, ""),
	],
)
def test_an_unknown_code_is_kept_and_the_decision_tells(status, status_ex, state, words):
	found = claimed(status=status, status_ex=status_ex)
	assert (found.state, found.vendor_status) == (state, words)


@needs_specification
def test_every_code_of_the_specification_is_known():
	document, found = operation("GET", endpoints.CLAIMS.path)
	schema = resolved(document, found["responses"]["200"])["content"]["application/json"]["schema"]
	fields = schema["properties"]["claims"]["items"]["properties"]
	codes = {int(code) for code in re.findall(r"\* `(\d+)`", fields["status_ex"]["description"])}
	assert codes == set(CLAIM_STATES)


@pytest.mark.parametrize(("status", "is_paid_back"), [(0, False), (1, False), (2, True)])
def test_the_buyer_gets_his_money_back_when_the_claim_is_approved(status, is_paid_back):
	found = claimed(status=status)
	assert str(found.lines[0].price) == "157.00 RUB"
	assert found.refund == (found.lines[0].price if is_paid_back else None)


@pytest.mark.parametrize("changes", [{"currency_code": "000"}, {"currency_code": None}, {"price": None}])
def test_a_sum_nobody_can_read_is_none(changes):
	found = claimed(**changes)
	assert found.lines[0].price is None and found.refund is None


def test_a_claim_nobody_decided_yet():
	found = claimed(status=0, status_ex=0, dt_update=None, srid=None)
	assert found.changed_at == found.created_at
	assert found.order_id is None and "srid" not in found.lines[0].marketplace_ids


def test_a_claim_that_cannot_be_read_costs_no_other(shop):
	shop.answer(endpoints.CLAIMS, {"claims": [claim("a"), {**claim("b"), "nm_id": None}, "c"]})
	page = shop.connector.returns(NOW - HOUR, NOW, '{"phase":"requests"}')
	assert [each.error is None for each in page.items] == [True, False, False]
	assert [each.external_id for each in page.items][:2] == ["a", "b"]
