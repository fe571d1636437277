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
from crm_marketplace.integrations.marketplaces.ozon import endpoints
from crm_marketplace.integrations.marketplaces.ozon.credentials import (
	NO_FBO,
	NO_REVIEWS,
	NO_RFBS_RETURNS,
	NO_SELLER_INFO,
	REVIEW_SUBSCRIPTION,
)
from tests.unit.ozon.shop import CREDENTIALS, Shop

SELLER = {
	"company": {
		"name": "Чайная лавка",
		"legal_name": "ООО «Чайная лавка»",
		"inn": "7700000001",
		"country": "Россия",
		"currency": "RUB",
		"ogrn": "1027700000001",
	},
	"subscription": {"is_premium": True, "type": "PREMIUM_PRO"},
}
EVERYTHING = sorted({method.path for methods in endpoints.NEEDED.values() for method in methods})
FBO = [method.path for method in (*endpoints.FBO, *endpoints.RFBS)]


def check(shop: Shop, *roles: tuple[str, list[str] | None]) -> Any:
	shop.answer(
		endpoints.ROLES,
		{
			"expires_at": "2026-12-28T00:00:00Z",
			"roles": [{"name": name, "methods": methods} for name, methods in roles],
		},
	)
	shop.answer(endpoints.SELLER, SELLER)
	return shop.connector.check_credentials()


def refused(report: Any) -> dict[str, tuple[str, ...]]:
	return {right.capability: right.missing for right in report.rights if not right.granted}


def test_whose_key_it_is(shop):
	report = check(shop, ("Admin", []))
	assert report.account_id == CREDENTIALS["client_id"]
	assert (report.account_name, report.legal_name) == ("Чайная лавка", "ООО «Чайная лавка»")
	assert (report.tax_id, report.currency, report.country) == ("7700000001", "RUB", "Россия")
	assert report.expires_at.isoformat() == "2026-12-28T00:00:00+00:00"
	assert shop.bodies == [{}, {}]
	headers = shop._mock.calls[0].request.headers
	assert (headers["Client-Id"], headers["Api-Key"]) == tuple(CREDENTIALS.values())


@pytest.mark.parametrize(
	"roles",
	[
		[("Admin", ["/v1/actions"])],
		[("admin", None)],
		[("Custom", ["*"])],
		[("Custom", ["All"])],
		[("Custom", ["/*"])],
		[("Custom", [*EVERYTHING, *FBO])],
		[("Goods", EVERYTHING[:5]), ("Rest", [*EVERYTHING[5:], *FBO])],
		[("By version", ["/v1", "/v2", "/v3/", "/v4/*", "/v5"])],
	],
)
def test_keys_that_may_do_everything(shop, roles):
	report = check(shop, *roles)
	assert refused(report) == {}
	assert {right.capability for right in report.rights} == {item.value for item in endpoints.NEEDED}
	assert report.notes == ()


def test_a_key_for_postings_only(shop):
	methods = ["/v4/posting", "/v3/posting", "/v2/posting", "/v1/posting"]
	report = check(shop, ("Posting FBS", methods), ("Empty", None))
	assert refused(report) == {
		"warehouses": ("/v2/warehouse/list", "/v2/delivery-method/list"),
		"listings": ("/v3/product/list", "/v3/product/info/list"),
		"stock": ("/v3/product/list", "/v2/product/info/stocks-by-warehouse/fbs", "/v2/products/stocks"),
		"prices": ("/v5/product/info/prices", "/v1/product/import/prices"),
		"returns": ("/v1/returns/list",),
		"feedback": (
			"/v2/review/list",
			"/v2/review/info",
			"/v2/review/count",
			"/v1/review/comment/list",
			"/v1/review/comment/create",
		),
	}


def test_a_key_that_reads_and_does_not_write(shop):
	writes = {
		endpoints.STOCK_PUSH.path,
		endpoints.PRICE_PUSH.path,
		endpoints.CANCEL.path,
		endpoints.CANCEL_LINES.path,
		endpoints.REVIEW_ANSWER.path,
		endpoints.LABELS_CREATE.path,
	}
	report = check(shop, ("Admin read only", [path for path in [*EVERYTHING, *FBO] if path not in writes]))
	assert refused(report) == {
		"stock": (endpoints.STOCK_PUSH.path,),
		"prices": (endpoints.PRICE_PUSH.path,),
		"cancellation": (endpoints.CANCEL.path, endpoints.CANCEL_LINES.path),
		"labels": (endpoints.LABELS_CREATE.path,),
		"feedback": (endpoints.REVIEW_ANSWER.path,),
	}


def test_a_beginning_is_whole_words(shop):
	report = check(shop, ("Odd", ["/v3/product/li", "/v3/prod", "", "/v3/product/list/more"]))
	assert endpoints.PRODUCTS.path in refused(report)["listings"]


def test_without_fbo_orders_still_come_and_a_note_says_so(shop):
	report = check(shop, ("FBS", EVERYTHING))
	assert Capability.ORDERS.value not in refused(report)
	assert report.notes == (NO_FBO, NO_RFBS_RETURNS)


def test_a_key_without_any_right(shop):
	report = check(shop)
	assert set(refused(report)) == {item.value for item, needed in endpoints.NEEDED.items() if needed}


def test_a_key_that_may_not_know_its_owner(shop):
	shop.answer(endpoints.ROLES, {"roles": [{"name": "Admin", "methods": []}]})
	shop.refuse(endpoints.SELLER, 403, "Api-Key is missing a required role for a method", 7)
	shop.answer(endpoints.REVIEW_COUNTS, {"total": 0})
	report = shop.connector.check_credentials()
	assert report.notes == (NO_SELLER_INFO,)
	assert report.account_name == "" and report.expires_at is None
	assert refused(report) == {}


# --- reviews take a subscription ---------------------------------------------------------------------


def test_a_seller_without_the_subscription_has_no_right_to_reviews(shop):
	shop.answer(endpoints.ROLES, {"roles": [{"name": "Admin", "methods": []}]})
	shop.answer(endpoints.SELLER, {**SELLER, "subscription": {"is_premium": True, "type": "PREMIUM"}})
	shop.refuse(endpoints.REVIEW_COUNTS, 403, "The method is not available with existing subscription", 7)
	report = shop.connector.check_credentials()
	assert refused(report) == {"feedback": (REVIEW_SUBSCRIPTION,)}
	assert report.notes == (NO_REVIEWS,)


@pytest.mark.parametrize("subscription", [None, {"type": None}, {"type": "UNSPECIFIED"}])
def test_the_smaller_subscription_is_found_by_asking(shop, subscription):
	shop.answer(endpoints.ROLES, {"roles": [{"name": "Admin", "methods": []}]})
	shop.answer(endpoints.SELLER, {**SELLER, "subscription": subscription})
	shop.answer(endpoints.REVIEW_COUNTS, {"total": 3, "processed": 1, "new": 1, "viewed": 1})
	assert refused(shop.connector.check_credentials()) == {}


def test_what_a_key_may_not_ask_is_not_asked(shop):
	"""Without the role the subscription does not matter."""
	shop.answer(endpoints.ROLES, {"roles": [{"name": "Goods", "methods": [endpoints.PRODUCTS.path]}]})
	shop.answer(endpoints.SELLER, {**SELLER, "subscription": None})
	assert "feedback" in refused(shop.connector.check_credentials())


@pytest.mark.parametrize(
	("status", "message", "kind", "said"),
	[
		(
			403,
			"Invalid Api-Key, please check the key and try again",
			AuthenticationError,
			"does not know this API key",
		),
		(
			401,
			"Invalid Api-Key, please check the key and try again",
			AuthenticationError,
			"does not know this API key",
		),
		(
			404,
			"Invalid Api-Key, please check the key and try again",
			AuthenticationError,
			"does not know this API key",
		),
		(
			403,
			"Api-key is deactivated, use another one or generate a new one",
			AuthenticationError,
			"switched off",
		),
		(403, "Api-Key is restricted to specific IP addresses", AuthenticationError, "certain IP addresses"),
		(403, "Api-Key is missing a required role for a method", PermissionMissing, "no right for /v1/roles"),
		(403, "Offer not signed", ConfigurationError, "new contract"),
		(400, "token must be issued for seller, not oauth-client", AuthenticationError, "application"),
		(401, "something new", AuthenticationError, "does not accept the key"),
		(403, "something new", PermissionMissing, "no right for /v1/roles"),
		(429, "You have reached request rate limit per second", RateLimited, "slow down"),
		(500, "Internal error", TemporaryError, "does not answer"),
	],
)
def test_refusals_are_told_apart(shop, status, message, kind, said):
	shop.refuse(endpoints.ROLES, status, message)
	with pytest.raises(kind) as caught:
		shop.connector.check_credentials()
	assert type(caught.value) is kind
	assert said in caught.value.text
	assert CREDENTIALS["api_key"] not in str(caught.value)


@pytest.mark.parametrize("body", [[], {"roles": "all"}, {"roles": [{"methods": 5}]}, {"expires_at": "soon"}])
def test_answers_that_cannot_be_read(shop, body):
	shop.answer(endpoints.ROLES, body)
	with pytest.raises(ContractError):
		shop.connector.check_credentials()
