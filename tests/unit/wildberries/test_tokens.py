"""What a token says of itself, and what it lacks."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from crm_marketplace.integrations.errors import AuthenticationError, PermissionMissing
from crm_marketplace.integrations.marketplaces.wildberries import endpoints
from crm_marketplace.integrations.marketplaces.wildberries.tokens import TokenType, read_token
from tests.unit.wildberries.shop import EVERYTHING, EXPIRES, SELLER, encoded, make_token

NAME = {"name": "ИП Кружинин В. Р.", "sid": SELLER, "tin": "7743013902", "tradeMark": "Кружинин"}


def test_what_a_token_says():
	token = read_token(make_token())
	assert (token.seller_id, token.expires_at, token.type) == (SELLER, EXPIRES, TokenType.PERSONAL)
	assert not token.is_read_only
	assert token.text not in repr(token)


@pytest.mark.parametrize(
	("claims", "type_"),
	[
		({"acc": 1, "for": ...}, TokenType.BASE),
		({"acc": 2, "for": ..., "t": True}, TokenType.TEST),
		({"acc": 3}, TokenType.PERSONAL),
		({"acc": 4, "for": "asid:e3a1"}, TokenType.SERVICE),
		({"acc": ..., "t": ...}, TokenType.UNKNOWN),
		({"acc": 99}, TokenType.UNKNOWN),
		({"acc": ..., "t": True}, TokenType.TEST),
	],
)
def test_types(claims, type_):
	assert read_token(make_token(**claims)).type is type_


@pytest.mark.parametrize(
	("rights", "endpoint", "missing"),
	[
		(1 << 1, endpoints.CARDS, ()),
		(1 << 4, endpoints.CARDS, ("Контент",)),
		(1 << 4, endpoints.FBS_LIST, ()),
		(1 << 3, endpoints.FBS_LIST, ("Маркетплейс",)),
		(1 << 3, endpoints.PRICE_PUSH, ()),
		(1 << 2, endpoints.ORDER_FEED, ()),
		(EVERYTHING & ~(1 << 2), endpoints.ORDER_FEED, ("Аналитика",)),
		(0, endpoints.SELLER, ()),
		(1 << 4 | 1 << 30, endpoints.STOCK_PUSH, ("Только на чтение",)),
		(1 << 30, endpoints.STOCK_PUSH, ("Маркетплейс", "Только на чтение")),
		(1 << 4 | 1 << 30, endpoints.STOCK, ()),
	],
)
def test_what_is_missing_for_a_method(rights, endpoint, missing):
	assert read_token(make_token(s=rights)).missing_for(endpoint) == missing


def test_a_mask_seen_in_the_wild():
	"""1073757950: everything there was before documents and finance got bits of their own, to read only."""
	token = read_token(make_token(s=1073757950))
	assert token.is_read_only
	assert not token.missing_for(endpoints.CARDS) and not token.missing_for(endpoints.FBS_LIST)


@pytest.mark.parametrize(
	"text",
	[
		"00000000-0000-0000-0000-000000000000",
		"",
		"a.b",
		"a.b.c",
		f"{encoded({})}.{encoded({})}.x",
		f"{encoded({})}.{encoded([1])}.x",
		f"{encoded({})}.{encoded({'exp': 'soon', 's': 1, 'sid': 'x'})}.x",
		f"{encoded({})}.{encoded({'exp': 10**30, 's': 1, 'sid': 'x'})}.x",
		f"{encoded({})}.{encoded({'exp': -1, 's': 1, 'sid': 'x'})}.x",
		f"{encoded({})}.{encoded({'exp': 1, 's': -1, 'sid': 'x'})}.x",
		make_token()[:-40].rpartition(".")[0],
		"....",
	],
)
def test_what_is_no_token(shop_with, text):
	with pytest.raises(AuthenticationError, match="no token of the marketplace") as caught:
		read_token(text)
	assert not isinstance(caught.value, PermissionMissing)
	assert caught.value.next_step
	if text:
		shop = shop_with(token=text)
		with pytest.raises(AuthenticationError):
			shop.connector.warehouses()
		assert shop.requests == []


# --- the check -------------------------------------------------------------------------------------


def test_a_good_token(shop):
	shop.answer(endpoints.SELLER, NAME)
	report = shop.connector.check_credentials()
	assert (report.account_id, report.account_name) == (SELLER, "Кружинин")
	assert (report.legal_name, report.tax_id) == ("ИП Кружинин В. Р.", "7743013902")
	assert report.expires_at == EXPIRES
	assert all(right.granted and not right.missing for right in report.rights)
	assert report.notes == ()
	assert shop.addresses == ["GET /api/v1/seller-info"]


def test_a_seller_without_a_trade_mark(shop):
	shop.answer(endpoints.SELLER, {**NAME, "tradeMark": ""})
	assert shop.connector.check_credentials().account_name == "ИП Кружинин В. Р."


def test_a_seller_who_says_nothing(shop):
	shop.answer(endpoints.SELLER, {})
	report = shop.connector.check_credentials()
	assert (report.account_id, report.account_name) == (SELLER, "")


def test_a_base_token_is_warned_of(shop_with):
	shop = shop_with(token=make_token(acc=1, **{"for": ...}))
	shop.answer(endpoints.SELLER, NAME)
	(note,) = shop.connector.check_credentials().notes
	assert "base token" in note and "Personal" in note


def test_a_test_token_opens_no_shop(shop_with):
	shop = shop_with(token=make_token(acc=2, t=True, **{"for": ...}))
	with pytest.raises(AuthenticationError, match="test token"):
		shop.connector.check_credentials()
	assert shop.requests == []


def test_expiry_is_told_even_of_a_token_that_is_over(shop_with):
	"""Whether it still works, the marketplace says: our clock may be wrong."""
	shop = shop_with(token=make_token(exp=1))
	shop.answer(endpoints.SELLER, NAME)
	assert shop.connector.check_credentials().expires_at == datetime(1970, 1, 1, 0, 0, 1, tzinfo=timezone.utc)
