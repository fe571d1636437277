"""What triggers do at marketplaces: what the connector of the shop offers, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import frappe
import pytest

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import RateLimited, TemporaryError
from crm_marketplace.sync import announce, connection
from crm_marketplace.triggers import api
from crm_marketplace.triggers.actions import marketplace
from crm_marketplace.triggers.actions.base import Ask, Result
from crm_marketplace.triggers.actions.marketplace import ShopAction
from tests.site import builders, triggers
from tests.site.triggers import action, done, failed, logs, make, run, the_log

pytestmark = pytest.mark.usefixtures("no_triggers")

GREETED: list[str] = []


def _greet(shop, context, settings) -> Result:
	GREETED.append(settings["words"])
	return Result("Greeted {0}.", (shop.name,))


# What another app would bring.
GREETING = ShopAction(
	"greet",
	"greet the buyers",
	_greet,
	documents=("Marketplace Order",),
	asks=(Ask("words", "template", "Words", required=True),),
)


@pytest.fixture
def greeting(monkeypatch):
	"""A connector that learnt something new, and an action for it."""
	GREETED.clear()
	monkeypatch.setattr(
		marketplace, "SHOP_ACTIONS", {**marketplace.SHOP_ACTIONS, Capability.SETTLEMENTS: (GREETING,)}
	)


@pytest.fixture
def able(monkeypatch):
	"""Let the connector of the tests have these capabilities, besides its own or without them."""

	def change(*more: Capability, without: Capability | None = None) -> None:
		cls = builders.connector_class()
		have = (cls.info.capabilities | set(more)) - {without}
		monkeypatch.setattr(cls, "info", replace(cls.info, capabilities=frozenset(have)))

	return change


def offered() -> dict[str, list]:
	"""Key → what the builder offers under "Act in the shop"."""
	shown = next((one for one in api.catalogue()["actions"] if one["type"] == "Marketplace Action"), None)
	return {row[0]: row for row in shown["asks"][0]["options"]} if shown else {}


def test_marketplace_action_starts_a_stream(shop, queued):
	rule = make("Stream Silent", None, action("Marketplace Action", action="orders"))
	announce.tell([announce.Happening("stream_silent", "Marketplace Shop", shop, id="x")])
	run()
	done(rule)
	assert [(call["shop"], call["stream"]) for call in queued] == [(shop, "orders")]


def test_order_is_cancelled_at_the_marketplace(open_shop, sandbox):
	shop = open_shop(sandbox)
	order = sandbox.create_order({sandbox.offer_ids(sellable=True)[0]: 1})
	make("New Order", None, action("Marketplace Action", action="cancel", reason="no such reason"))
	builders.run(shop, "orders")
	run()
	log = logs(document_name=builders.order_row(shop, order).name)[0]
	assert log.status == "Failed" and "reasons" in log.reason
	reason = frappe.parse_json(log.reason_values)[0].split(", ")[0]
	frappe.db.delete("Trigger Log")
	again = make(
		"Comment Added", "Marketplace Order", action("Marketplace Action", action="cancel", reason=reason)
	)
	frappe.get_doc("Marketplace Order", builders.order_row(shop, order).name).add_comment("Comment", "cancel")
	run()
	done(again)
	assert sandbox.order(order)["status"] == "cancelled"


# --- the list --------------------------------------------------------------------------------------


def test_the_builder_offers_what_a_shop_can_do(shop, able):
	builders.change_shop(shop, enabled=1)
	assert {"orders", "stock", "prices", "listings", "cancel", "test_connection"} <= set(offered())
	able(without=Capability.CANCELLATION)
	assert "cancel" not in offered() and "orders" in offered()


def test_without_a_shop_nothing_is_offered(shop):
	frappe.db.set_value("Marketplace Shop", {"enabled": 1}, "enabled", 0)
	assert offered() == {}
	frappe.db.rollback()


def test_every_stream_is_offered_by_itself(shop):
	builders.change_shop(shop, enabled=1)
	assert offered()["reconciliation"][1] == "start the run “Reconciliation of orders”"


def test_the_list_grows_with_the_connectors(shop, able, greeting):
	builders.change_shop(shop, enabled=1)
	assert "greet" not in offered()
	able(Capability.SETTLEMENTS)
	assert list(offered()["greet"]) == ["greet", "greet the buyers", ("Marketplace Order",)]
	shown = next(one for one in api.catalogue()["actions"] if one["type"] == "Marketplace Action")
	asks = {ask["name"]: ask for ask in shown["asks"]}
	assert asks["words"]["shown_if"] == ("action", ("greet",))
	make("New Order", None, action("Marketplace Action", action="greet", words="{{ doc.scheme }}"))
	order = triggers.take_in_order(shop)
	run()
	assert logs(document_name=order)[0].status == "Done" and len(GREETED) == 1


def test_other_apps_bring_actions_by_a_hook(shop, able, monkeypatch):
	builders.change_shop(shop, enabled=1)
	able(Capability.SETTLEMENTS)
	hooks, get_attr = frappe.get_hooks, frappe.get_attr

	def with_ours(hook=None, *args, **options):
		if hook == marketplace.HOOK:
			return {"settlements": [f"{__name__}.GREETING"]}
		return hooks(hook, *args, **options)

	monkeypatch.setattr(frappe, "get_hooks", with_ours)
	monkeypatch.setattr(
		frappe, "get_attr", lambda path: GREETING if path.endswith(".GREETING") else get_attr(path)
	)
	assert "greet" in offered()


def test_documents_without_a_shop_have_no_such_actions(site):
	found = marketplace.documents_of_shops()
	assert {"Marketplace Shop", "Marketplace Order", "Marketplace Listing", "Sales Order"} <= set(found)
	assert "Marketplace Shop Stream" not in found and "ToDo" not in found
	with pytest.raises(frappe.ValidationError, match="does not belong to a shop"):
		make("Created", "ToDo", action("Marketplace Action", action="orders"))


def test_what_an_action_asks_for_is_asked_for(site, greeting):
	with pytest.raises(frappe.ValidationError, match="Words"):
		make("New Order", None, action("Marketplace Action", action="greet"))
	with pytest.raises(frappe.ValidationError, match="cannot be done with"):
		make("Price Held", None, action("Marketplace Action", action="greet", words="x"))
	make("Price Held", None, action("Marketplace Action", action="listings"))  # asks for no words


# --- doing it --------------------------------------------------------------------------------------


def test_a_shop_whose_connector_does_not_offer_it_says_so(shop, able):
	able(without=Capability.CANCELLATION)
	rule = make("New Order", None, action("Marketplace Action", action="cancel", reason="x"))
	triggers.take_in_order(shop)
	run()
	assert "does not offer this" in failed(rule).message


def test_a_shop_gone_silent_has_its_connection_tested(shop, monkeypatch):
	answers = [{"status": "Refused", "message": "wrong key"}, {"status": "Working", "message": ""}]
	monkeypatch.setattr(connection, "test", lambda shop: answers.pop(0))
	rule = make("Stream Silent", None, action("Marketplace Action", action="test_connection"))
	announce.tell([announce.Happening("stream_silent", "Marketplace Shop", shop, id="x")])
	run()
	assert "wrong key" in failed(rule).message_values
	frappe.db.delete("Trigger Log")
	announce.tell([announce.Happening("stream_silent", "Marketplace Shop", shop, id="y")])
	run()
	done(rule)


@pytest.mark.parametrize(
	("error", "repeatable", "status"),
	[
		(TemporaryError(), True, "Waiting"),
		(TemporaryError(), False, "Failed"),  # it may have been done
		(TemporaryError(not_sent=True), False, "Waiting"),
		(RateLimited(), False, "Waiting"),
	],
	ids=["repeatable", "perhaps done", "not sent", "refused for now"],
)
def test_a_marketplace_that_does_not_answer_is_asked_again_where_that_is_safe(
	shop, greeting, able, monkeypatch, error, repeatable, status
):
	def fail(shop, context, settings):
		raise error

	able(Capability.SETTLEMENTS)
	broken = replace(GREETING, run=fail, repeatable=repeatable)
	monkeypatch.setattr(marketplace, "SHOP_ACTIONS", {Capability.SETTLEMENTS: (broken,)})
	rule = make("New Order", None, action("Marketplace Action", action="greet", words="x"))
	triggers.take_in_order(shop)
	run()
	assert the_log(rule).status == status


def test_what_died_half_way_is_repeated_only_where_that_changes_nothing(shop, greeting):
	kind = marketplace.MarketplaceAction()
	assert kind.is_repeatable({"action": "orders"}) and kind.is_repeatable({"action": "cancel"})
	assert not kind.is_repeatable({"action": "greet"}) and not kind.is_repeatable({"action": "gone"})
