"""One key that opens several shops: each becomes a shop of its own, once, and the key is shown to nobody."""

from __future__ import annotations

import json
from datetime import timedelta

import frappe
import pytest

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.records import Right
from crm_marketplace.marketplace import api
from crm_marketplace.sync import accounts, clock, keys
from tests.harness.committing import commit
from tests.site import bazaar, builders
from tests.site.bazaar import KEY, BazaarConnector, account


@pytest.fixture(autouse=True)
def market(monkeypatch, site) -> type[BazaarConnector]:
	"""The marketplace is there, with three shops of which one is switched off."""
	get_hooks = frappe.get_hooks

	def with_bazaar(hook=None, *args, **kwargs):
		return [bazaar.PATH] if hook == "marketplace_connectors" else get_hooks(hook, *args, **kwargs)

	monkeypatch.setattr(frappe, "get_hooks", with_bazaar)
	monkeypatch.setattr(
		BazaarConnector, "accounts", (account("11"), account("12"), account("13", available=False))
	)
	return BazaarConnector


@pytest.fixture(autouse=True)
def jobs(monkeypatch) -> list[str]:
	"""Shops to be prepared in the background."""
	found: list[str] = []

	def remember(method, **options) -> None:
		if "shop" in options:  # Frappe queues things of its own, where a user is made
			found.append(options["shop"])

	monkeypatch.setattr(frappe, "enqueue", remember)
	return found


@pytest.fixture
def open_stall(books):
	"""A function that makes a shop of the marketplace; all of them are taken away after the test."""

	def make(stall: str | None = "11", **fields) -> str:
		doc = frappe.get_doc(
			doctype="Marketplace Shop",
			shop_name=builders.unique("Stall"),
			marketplace="Bazaar",
			company=books.company,
			selling_price_list=books.price_list,
			public_credential_1=stall,
			public_credential_2="7" if stall else None,
			secret_credential_1=KEY,
			**fields,
		)
		doc.insert()
		commit()
		return doc.name

	yield make
	for name in stalls():
		builders.remove_shop(name)


def stalls() -> list[str]:
	return frappe.get_all(
		"Marketplace Shop", filters={"marketplace": "Bazaar"}, pluck="name", order_by="creation, name"
	)


# --- what is offered -------------------------------------------------------------------------------


def test_a_tested_key_tells_which_shops_it_opens(open_stall):
	shop = open_stall("11")
	other = open_stall("12")

	offered = api.test_connection(shop)["accounts"]

	assert [(row["account"], row["shop"], row["is_this"], row["available"]) for row in offered] == [
		("11", shop, True, True),
		("12", other, False, True),
		("13", None, False, False),
	]
	assert offered[2]["reason"] == bazaar.SWITCHED_OFF
	assert offered[0]["schemes"] == ["FBS"]


def test_a_key_of_one_shop_offers_nothing(open_shop, sandbox):
	assert api.test_connection(open_shop(sandbox))["accounts"] == []


def test_a_refused_key_offers_nothing(open_stall):
	shop = open_stall()
	builders.change_shop(shop, secret_credential_1="wrong")

	assert api.test_connection(shop)["accounts"] == []


# --- connecting ------------------------------------------------------------------------------------


def test_each_chosen_shop_gets_key_company_and_settings(open_stall, books, jobs):
	shop = open_stall("11", stock_buffer=3, price_markup=12, order_start_date="2026-01-01", enabled=1)

	result = api.connect_accounts(shop, ["12"])

	(row,) = result["shops"]
	assert (row["account"], row["created"]) == ("12", True)
	doc = frappe.get_doc("Marketplace Shop", row["shop"])
	assert (doc.company, doc.selling_price_list) == (books.company, books.price_list)
	assert (doc.stock_buffer, doc.price_markup, str(doc.order_start_date)) == (3, 12, "2026-01-01")
	assert (doc.public_credential_1, doc.public_credential_2) == ("12", "7")
	assert doc.get_password("secret_credential_1") == KEY
	assert (doc.enabled, doc.warehouses, doc.connection_status) == (0, [], "Not Checked")
	assert {line.order_status for line in doc.status_policy}
	assert jobs == [doc.name]


def test_connecting_again_makes_nothing_twice(open_stall, jobs):
	shop = open_stall("11")
	first = api.connect_accounts(shop, ["11", "12"])["shops"]
	jobs.clear()

	again = api.connect_accounts(shop, ["11", "12"])["shops"]

	assert [(row["account"], row["shop"]) for row in again] == [
		(row["account"], row["shop"]) for row in first
	]
	assert [row["created"] for row in again] == [False, False]
	assert first[0]["shop"] == shop
	assert len(stalls()) == 2 and jobs == []


def test_a_shop_that_stood_for_the_whole_account_becomes_the_first(open_stall):
	shop = open_stall(None)

	made = api.connect_accounts(shop, ["11", "12"])["shops"]

	assert [row["shop"] == shop for row in made] == [True, False]
	assert frappe.db.get_value("Marketplace Shop", shop, "public_credential_1") == "11"
	assert frappe.get_doc("Marketplace Shop", shop).get_password("secret_credential_1") == KEY


def test_a_shop_with_orders_of_the_whole_account_is_not_cut_down(open_stall):
	shop = open_stall(None)
	builders.make_listing(shop, "red-cup")
	commit()

	with pytest.raises(frappe.ValidationError, match="whole account"):
		api.connect_accounts(shop, ["11"])
	assert stalls() == [shop]


@pytest.mark.parametrize("wanted", [["13"], ["99"], ["12", "99"], []])
def test_what_cannot_be_connected_is_refused_before_anything_is_made(open_stall, wanted):
	shop = open_stall("11")

	with pytest.raises(frappe.ValidationError):
		api.connect_accounts(shop, wanted)
	frappe.db.rollback()
	assert stalls() == [shop]


def test_a_name_that_is_taken_gets_the_number_of_the_shop(open_stall, market, monkeypatch):
	shop = open_stall("11")
	monkeypatch.setattr(market, "accounts", (account("11"), account("12", title=shop)))

	(row,) = api.connect_accounts(shop, ["12"])["shops"]

	assert row["shop"] == f"{shop} 12"


def test_the_key_leaves_the_server_in_no_answer(open_stall):
	shop = open_stall("11")

	told = [api.test_connection(shop), api.connect_accounts(shop, ["12"]), api.connectors()]
	told += [frappe.get_doc("Marketplace Shop", name).as_dict() for name in stalls()]

	assert KEY not in json.dumps(told, default=str)


def test_only_who_may_make_shops_connects_them(open_stall, user_with_role, as_user):
	shop = open_stall("11")
	for role in ("Marketplace Operator", "Marketplace Viewer"):
		with as_user(user_with_role(role)), pytest.raises(frappe.PermissionError):
			api.connect_accounts(shop, ["12"])
	assert stalls() == [shop]

	with as_user(user_with_role("Marketplace Manager")):
		api.connect_accounts(shop, ["12"])
	assert len(stalls()) == 2


def test_a_new_shop_is_tested_and_knows_its_warehouses(open_stall):
	shop = open_stall("11")
	(row,) = api.connect_accounts(shop, ["12"])["shops"]

	accounts.prepare(row["shop"])

	doc = frappe.get_doc("Marketplace Shop", row["shop"])
	assert (doc.connection_status, doc.account_id) == ("Working", "12")
	assert [line.channel_warehouse_id for line in doc.warehouses] == ["W12"]


def test_preparing_with_a_key_that_was_revoked_does_no_harm(open_stall):
	shop = open_stall("11")
	builders.change_shop(shop, secret_credential_1="revoked")

	accounts.prepare(shop)

	assert frappe.db.get_value("Marketplace Shop", shop, "connection_status") == "Refused"


# --- keys ------------------------------------------------------------------------------------------


def test_a_missing_right_names_the_streams_it_blocks(open_stall, market, monkeypatch):
	shop = open_stall("11")
	missing = (
		Right(capability=Capability.ORDERS.value, granted=False, missing=("Trading",)),
		Right(capability=Capability.STOCK.value, granted=False, missing=("Goods", "Trading")),
	)
	monkeypatch.setattr(market, "missing", missing)
	api.test_connection(shop)

	(row,) = [row for row in api.shop_checklist(shop) if row["key"] == "connection"]

	assert row["ok"] is None
	for word in ("Orders", "Stock", "Trading", "Goods"):
		assert word in row["message"]
	monkeypatch.setattr(market, "missing", ())
	api.test_connection(shop)
	(row,) = [row for row in api.shop_checklist(shop) if row["key"] == "connection"]
	assert row["ok"] is True


@pytest.mark.parametrize(
	("left", "warned", "due"),
	[
		(31, None, None),
		(30, None, 30),
		(29, 30, None),
		(14, 30, 14),
		(13, 14, None),
		(3, 14, 3),
		(0, 3, None),
		(2, None, 3),
		(-1, 14, 3),
		(-1, 3, None),
	],
)
def test_a_warning_comes_once_for_each_threshold(left, warned, due):
	assert keys.due_warning(left, warned) == due


def test_people_are_told_before_a_key_ends(open_stall, market, monkeypatch):
	shop = open_stall("11", enabled=1)
	ends = clock.utc_now() + timedelta(days=20, hours=1)
	monkeypatch.setattr(market, "expires_at", ends)
	api.test_connection(shop)
	commit()

	keys.daily()
	keys.daily()

	told = notifications(shop)
	assert told and len(set(told)) == 1 and "20 days" in told[0]
	count = len(told)

	frappe.db.set_value(
		"Marketplace Shop",
		shop,
		"credential_expires_on",
		clock.to_site(clock.utc_now() + timedelta(days=2, hours=1)),
	)
	keys.daily()
	assert len(notifications(shop)) == 2 * count


def test_a_new_key_is_warned_of_afresh(open_stall, market, monkeypatch):
	shop = open_stall("11", enabled=1)
	for days in (2, 90, 20):
		monkeypatch.setattr(market, "expires_at", clock.utc_now() + timedelta(days=days, hours=1))
		api.test_connection(shop)
		keys.daily()

	assert sorted({text.rsplit(" in ")[-1] for text in notifications(shop)}) == ["2 days", "20 days"]


def test_a_shop_that_is_off_warns_nobody(open_stall, market, monkeypatch):
	shop = open_stall("11")
	monkeypatch.setattr(market, "expires_at", clock.utc_now() + timedelta(days=1))
	api.test_connection(shop)

	keys.daily()

	assert notifications(shop) == []


def notifications(shop: str) -> list[str]:
	return frappe.get_all(
		"Notification Log",
		filters={"document_type": "Marketplace Shop", "document_name": shop},
		pluck="subject",
	)
