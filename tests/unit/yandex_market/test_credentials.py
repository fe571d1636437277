from __future__ import annotations

from typing import Any

import pytest

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import (
	AuthenticationError,
	ConfigurationError,
	ContractError,
	PermissionMissing,
	RateLimited,
	TemporaryError,
)
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints
from crm_marketplace.integrations.marketplaces.yandex_market.credentials import SOME_ARE_OFF, is_granted
from crm_marketplace.integrations.marketplaces.yandex_market.endpoints import (
	OFFERS_ACCESS,
	ORDERS_ACCESS,
	PRICES_ACCESS,
	TALK_ACCESS,
	Access,
)
from crm_marketplace.integrations.marketplaces.yandex_market.statuses import (
	ONLY_DELIVERY,
	SWITCHED_OFF,
	WHY_SWITCHED_OFF,
)
from crm_marketplace.integrations.records import Account, Scheme
from tests.unit.yandex_market.shop import BUSINESS, CAMPAIGN, KEY, campaign

OFF = "DISABLED_BY_INACTIVITY"
ORDERS, OFFERS, PRICES = "INVENTORY_AND_ORDER_PROCESSING", "OFFERS_AND_CARDS_MANAGEMENT", "PRICING"
TALKS = "COMMUNICATION"


def check(shop, *campaigns: Any, scopes: Any = ("ALL_METHODS",)) -> Any:
	key = {"name": "ERP", "authScopes": None if scopes is None else list(scopes)}
	shop.answer(endpoints.TOKEN, {"status": "OK", "result": {"apiKey": key}})
	shop.campaigns(*campaigns)
	shop.settings()
	return shop.connector.check_credentials()


def refused(report: Any) -> dict[str, tuple[str, ...]]:
	return {right.capability: right.missing for right in report.rights if not right.granted}


# --- which shops it opens --------------------------------------------------------------------------


def test_one_shop_of_a_cabinet(shop):
	report = check(shop)
	assert (report.account_id, report.account_name, report.currency) == (
		CAMPAIGN,
		f"Магазин {CAMPAIGN}",
		"RUB",
	)
	assert (report.notes, refused(report)) == ((), {})
	assert {right.capability for right in report.rights} == {item.value for item in endpoints.NEEDED}
	assert [path for path in shop.paths if "settings" in path] == [f"/v2/businesses/{BUSINESS}/settings"]
	assert shop._mock.calls[0].request.headers["Api-Key"] == KEY["api_key"]


def test_a_key_alone_tells_all_shops_of_its_cabinet(shop):
	shop.connect(KEY)
	report = check(
		shop,
		campaign(1, domain="Ветер"),
		campaign(2, placementType="DBS"),
		campaign(3, placementType="FBY"),
		campaign(4, domain=""),
	)
	assert (report.account_id, report.account_name) == (BUSINESS, "Домовёнок")
	assert report.accounts[0] == Account(
		external_id="1",
		title="Ветер",
		schemes=(Scheme.FBS, Scheme.EXPRESS),
		credentials={"business_id": BUSINESS, "campaign_id": "1"},
	)
	assert [account.schemes for account in report.accounts[1:3]] == [(Scheme.DBS,), (Scheme.FBO,)]
	assert report.accounts[3].title == "4"


def test_the_shop_that_is_chosen_does_not_hide_the_others(shop):
	report = check(shop, campaign(1), campaign(CAMPAIGN))
	assert [account.external_id for account in report.accounts] == ["1", CAMPAIGN]


def test_more_shops_than_a_page(cabinet):
	cabinet.answer(endpoints.TOKEN, {"status": "OK", "result": {"apiKey": {"authScopes": ["ALL_METHODS"]}}})
	first = {"campaigns": [campaign(number) for number in range(1, 101)], "paging": {"nextPageToken": "p2"}}
	cabinet.answer(endpoints.CAMPAIGNS, first, {"campaigns": [campaign(101)], "paging": {}})
	cabinet.settings()
	report = cabinet.connector.check_credentials()
	assert [account.external_id for account in report.accounts] == [str(number) for number in range(1, 102)]
	asked = [query for _m, path, query, _b in cabinet.requests if path == "/v2/campaigns"]
	assert asked == [{"limit": "100"}, {"limit": "100", "pageToken": "p2"}]


def test_a_key_of_several_cabinets_stays_in_one(shop):
	other = {"id": 5, "name": "Другой"}
	shop.connect({**KEY, "business_id": BUSINESS})
	report = check(shop, campaign(1, business=other), campaign(2))
	assert [account.external_id for account in report.accounts] == ["2"]
	assert report.account_name == "Домовёнок"


def test_the_cabinet_of_a_shop_is_found_out(shop):
	shop.connect({**KEY, "campaign_id": "1"})
	shop.answer(endpoints.TOKEN, {"status": "OK", "result": {"apiKey": {"authScopes": ["ALL_METHODS"]}}})
	shop.campaigns(campaign(2), campaign(1, business={"id": 5, "name": None}))
	shop.answer(
		endpoints.SETTINGS, {"status": "OK", "result": {"settings": {"currency": "UZS"}}}, businessId="5"
	)
	report = shop.connector.check_credentials()
	assert (report.account_id, report.currency) == ("1", "UZS")
	assert report.accounts[0].credentials["business_id"] == "5"


@pytest.mark.parametrize(
	("credentials", "campaigns", "kind", "said"),
	[
		({"campaign_id": "9"}, [campaign(1)], AuthenticationError, "does not open the shop 9"),
		({"business_id": "9"}, [campaign(1)], AuthenticationError, "does not open the shop 9"),
		(
			{"business_id": "5", "campaign_id": "1"},
			[campaign(1), campaign(2, business={"id": 5})],
			AuthenticationError,
			"does not open the shop 1",
		),
	],
)
def test_a_shop_the_key_does_not_open(shop, credentials, campaigns, kind, said):
	shop.connect({**KEY, **credentials})
	shop.answer(endpoints.TOKEN, {"status": "OK", "result": {"apiKey": {}}})
	shop.campaigns(*campaigns)
	with pytest.raises(kind, match=said):
		shop.connector.check_credentials()


def test_a_cabinet_without_shops(shop):
	shop.connect(KEY)
	shop.answer(endpoints.TOKEN, {"status": "OK", "result": {"apiKey": {}}})
	shop.answer(endpoints.CAMPAIGNS, {"campaigns": [], "paging": {}})
	with pytest.raises(ConfigurationError, match="no shop yet"):
		shop.connector.check_credentials()


# --- shops that are switched off -------------------------------------------------------------------


@pytest.mark.parametrize(("word", "sentence"), [*WHY_SWITCHED_OFF.items(), ("SOMETHING_NEW", SWITCHED_OFF)])
def test_a_shop_that_is_switched_off_says_why(shop, word, sentence):
	report = check(shop, campaign(apiAvailability=word))
	(account,) = report.accounts
	assert (account.available, account.reason) == (False, sentence)
	assert report.notes == (sentence,)
	assert set(refused(report)) == {
		item.value for item in endpoints.NEEDED if item not in (Capability.CREDENTIALS, Capability.WEBHOOKS)
	}
	assert set(refused(report).values()) == {("apiAvailability",)}


def test_another_shop_that_is_off_is_no_concern_of_this_one(shop):
	report = check(shop, campaign(), campaign(2, apiAvailability=OFF))
	assert (report.notes, refused(report)) == ((), {})
	assert [account.available for account in report.accounts] == [True, False]


def test_a_cabinet_with_one_shop_off_works_and_says_so(cabinet):
	report = check(cabinet, campaign(1), campaign(2, apiAvailability=OFF))
	assert (report.notes, refused(report)) == ((SOME_ARE_OFF,), {})


def test_a_cabinet_with_all_shops_off_does_not(cabinet):
	report = check(cabinet, campaign(1, apiAvailability=OFF), campaign(2, apiAvailability=OFF))
	assert "orders" in refused(report) and report.notes == (SOME_ARE_OFF,)


def test_a_shop_that_only_orders_delivery(shop):
	report = check(shop, campaign(placementType="LAAS"))
	assert (report.accounts[0].available, report.notes) == (False, (ONLY_DELIVERY,))


def test_a_shop_that_does_not_say_how_it_is_is_taken_as_it_is(shop):
	(account,) = check(shop, campaign(placementType=None, apiAvailability=None)).accounts
	assert (account.available, account.schemes) == (True, ())


# --- what it may do --------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("scopes", "missing"),
	[
		(["ALL_METHODS"], {}),
		([ORDERS, OFFERS, PRICES, TALKS], {}),
		(
			["ALL_METHODS_READ_ONLY"],
			{
				"stock": (OFFERS_ACCESS,),
				"prices": (PRICES_ACCESS,),
				"cancellation": (ORDERS_ACCESS,),
				"labels": (ORDERS_ACCESS,),
				"feedback": (TALK_ACCESS,),
			},
		),
		(
			[ORDERS],
			{
				"listings": (OFFERS_ACCESS,),
				"stock": (OFFERS_ACCESS,),
				"prices": (PRICES_ACCESS,),
				"feedback": (TALK_ACCESS,),
			},
		),
		(
			[f"{ORDERS}_READ_ONLY", OFFERS, PRICES, TALKS],
			{"cancellation": (ORDERS_ACCESS,), "labels": (ORDERS_ACCESS,)},
		),
		([ORDERS, OFFERS, PRICES], {"feedback": (TALK_ACCESS,)}),
		(
			[OFFERS, PRICES, TALKS],
			{
				"warehouses": (ORDERS_ACCESS,),
				"orders": (ORDERS_ACCESS,),
				"stock": (ORDERS_ACCESS,),
				"cancellation": (ORDERS_ACCESS,),
				"labels": (ORDERS_ACCESS,),
				"returns": (ORDERS_ACCESS,),
			},
		),
	],
)
def test_what_a_key_may_do(shop, scopes, missing):
	assert refused(check(shop, scopes=scopes)) == missing


@pytest.mark.parametrize("scopes", [[], None, ["FINANCE_AND_ACCOUNTING"]])
def test_a_key_that_may_do_nothing_of_ours(shop, scopes):
	report = check(shop, scopes=scopes)
	assert set(refused(report)) == {
		item.value for item in endpoints.NEEDED if item not in (Capability.CREDENTIALS, Capability.WEBHOOKS)
	}


@pytest.mark.parametrize(
	("access", "scopes", "granted"),
	[
		(Access(), [], True),
		(Access(PRICES_ACCESS), ["PRICING_READ_ONLY"], True),
		(Access(PRICES_ACCESS, writes=True), ["PRICING_READ_ONLY"], False),
		(Access(PRICES_ACCESS, writes=True), ["ALL_METHODS_READ_ONLY"], False),
		(Access(PRICES_ACCESS, writes=True), ["PRICING"], True),
		(Access(PRICES_ACCESS), ["PRICING_OF_THE_FUTURE"], False),
	],
)
def test_reading_and_writing(access, scopes, granted):
	assert is_granted(access, scopes) is granted


# --- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("status", "message", "kind", "said"),
	[
		(401, "API-key token is not valid", AuthenticationError, "does not know this API key"),
		(401, "API-key token is revoked", AuthenticationError, "was deleted"),
		(401, "something new", AuthenticationError, "does not accept the key"),
		(403, "something new", PermissionMissing, "no right for /v2/auth/token"),
		(420, "Hit rate limit of 100 requests per 1 hour", RateLimited, "slow down"),
		(500, "Internal error", TemporaryError, "does not answer"),
	],
)
def test_refusals_are_told_apart(shop, status, message, kind, said):
	shop.refuse(endpoints.TOKEN, status, message)
	with pytest.raises(kind) as caught:
		shop.connector.check_credentials()
	assert type(caught.value) is kind
	assert said in caught.value.text
	assert KEY["api_key"] not in str(caught.value)


@pytest.mark.parametrize("body", [[], {"result": None}, {"result": {"apiKey": {"authScopes": "all"}}}])
def test_answers_that_cannot_be_read(shop, body):
	shop.answer(endpoints.TOKEN, body)
	with pytest.raises(ContractError):
		shop.connector.check_credentials()


@pytest.mark.parametrize("raw", [{}, {"id": 1}, {"id": 1, "business": {"id": None}}, None])
def test_shops_that_cannot_be_read(shop, raw):
	shop.answer(endpoints.TOKEN, {"status": "OK", "result": {"apiKey": {}}})
	shop.answer(endpoints.CAMPAIGNS, {"campaigns": [raw], "paging": {}})
	with pytest.raises(ContractError):
		shop.connector.check_credentials()
