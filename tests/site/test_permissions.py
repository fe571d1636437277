"""Who may call what: every method the desk can call, as each role, through the door requests come through."""

from __future__ import annotations

import base64
import importlib
import inspect
import pkgutil
from collections.abc import Callable

import frappe
import pytest
from frappe.handler import execute_cmd
from frappe.permissions import add_user_permission

import crm_marketplace
from crm_marketplace.integrations.records import OrderStatus, Party
from crm_marketplace.marketplace import api
from crm_marketplace.setup.roles import MANAGER, OPERATOR, VIEWER
from tests.harness.committing import commit
from tests.harness.users import make_user
from tests.site import after_sale, builders
from tests.site.builders import line, make_order, take_in

EVERY_ROLE = (VIEWER, OPERATOR, MANAGER)
WORKERS = (OPERATOR, MANAGER)
MANAGERS = (MANAGER,)
NOBODY = ()
API = "crm_marketplace.marketplace.api"

# Method → the roles that may call it. A method that is missing here fails the test below.
ALLOWED = {
	"crm_marketplace.marketplace.cards.counts": EVERY_ROLE,
	f"{API}.after_sale.answer_review": WORKERS,
	f"{API}.after_sale.labels": WORKERS,
	f"{API}.after_sale.request_labels": WORKERS,
	f"{API}.after_sale.review_answering": EVERY_ROLE,
	f"{API}.items.item_in_shops": EVERY_ROLE,
	f"{API}.listings.confirm_suggestions": WORKERS,
	# Whoever makes items must be allowed to by ERPNext, too.
	f"{API}.listings.create_item": NOBODY,
	f"{API}.listings.ignore_listings": WORKERS,
	f"{API}.listings.link_listing": WORKERS,
	f"{API}.listings.listing_stock": EVERY_ROLE,
	f"{API}.listings.match_listings": WORKERS,
	f"{API}.orders.ignore_orders": WORKERS,
	f"{API}.orders.order_buyer": EVERY_ROLE,
	f"{API}.orders.order_hold": EVERY_ROLE,
	f"{API}.orders.process_orders": WORKERS,
	f"{API}.orders.release_order": WORKERS,
	f"{API}.orders.resolve_order": WORKERS,
	f"{API}.prices.allow_price": MANAGERS,
	f"{API}.prices.allow_prices": MANAGERS,
	f"{API}.prices.listing_price": EVERY_ROLE,
	f"{API}.prices.preview_prices": EVERY_ROLE,
	f"{API}.shops.connect_accounts": MANAGERS,
	f"{API}.shops.connectors": EVERY_ROLE,
	f"{API}.shops.fetch_warehouses": MANAGERS,
	f"{API}.shops.new_webhook_address": MANAGERS,
	f"{API}.shops.preview_orders": MANAGERS,
	f"{API}.shops.resume_shop": MANAGERS,
	f"{API}.shops.retry_run": WORKERS,
	f"{API}.shops.shop_checklist": EVERY_ROLE,
	f"{API}.shops.shop_health": EVERY_ROLE,
	f"{API}.shops.sync_now": WORKERS,
	f"{API}.shops.test_connection": MANAGERS,
	f"{API}.stock.check_stock_rules": WORKERS,
	f"{API}.stock.export_stock_rules": EVERY_ROLE,
	f"{API}.stock.import_stock_rules": WORKERS,
	f"{API}.stock.repair_stock": WORKERS,
	f"{API}.stock.stock_rules_template": WORKERS,
}

# Modules whose methods have a table of their own: test_deal_methods.py, test_trigger_permissions.py.
OTHER_TABLES = ("crm_marketplace.deals.", "crm_marketplace.triggers.")

OF_A_SHOP = (
	"export_stock_rules",
	"fetch_warehouses",
	"new_webhook_address",
	"preview_prices",
	"resume_shop",
	"shop_checklist",
	"shop_health",
	"test_connection",
)


def whitelisted() -> dict[str, Callable]:
	"""Every function of the app that a request may call, by its place."""
	for module in pkgutil.walk_packages(crm_marketplace.__path__, "crm_marketplace."):
		if ".sandbox" not in module.name and not module.name.endswith("__main__"):
			importlib.import_module(module.name)
	return {
		f"{function.__module__}.{function.__name__}": function
		for function in frappe.whitelisted
		if function.__module__.startswith("crm_marketplace.")
	}


@pytest.fixture
def world(open_shop, sandbox):
	"""A shop with something for every method, and the arguments to call it with."""
	shop = open_shop(sandbox, webhooks_enabled=1)
	listing = builders.make_listing(shop, "red-cup")
	item = builders.make_item()
	order = take_in(shop, make_order(line("red-cup"))).name
	log = builders.run(shop, "listings").name
	review = after_sale.store_reviews(shop, after_sale.make_review())[0]
	frappe.db.set_value("Marketplace Listing", listing, {"match_status": "Suggested", "suggested_item": item})
	commit()
	price = {"listing": listing, "price": 100}
	rules = {
		"name": "rules.csv",
		"content": base64.b64encode(f"shop,offer_id\n{shop},red-cup".encode()).decode(),
	}
	return {
		"answer_review": {"review": review, "text": "Thank you!"},
		"labels": {"token": "of nobody"},
		"request_labels": {"orders": [order]},
		"review_answering": {"review": review},
		"check_stock_rules": rules,
		"connect_accounts": {"shop": shop, "accounts": ["1"]},
		"import_stock_rules": rules,
		"item_in_shops": {"item": item},
		"repair_stock": {"shops": [shop]},
		"stock_rules_template": {},
		"confirm_suggestions": {"listings": [listing]},
		"counts": {"doctype": "Marketplace Order", "filters": {"all": []}},
		"create_item": {"listing": listing, "item_code": builders.unique("ITEM"), "item_group": "Products"},
		"connectors": {},
		"ignore_listings": {"listings": [listing]},
		"ignore_orders": {"orders": [order], "reason": "A test order"},
		"link_listing": {"listing": listing, "item": item},
		"match_listings": {"shop": shop},
		"preview_orders": {"shop": shop, "limit": 1},
		"process_orders": {"orders": [order]},
		"release_order": {"order": order, "action": "ignore", "values": {"reason": "A test order"}},
		"resolve_order": {"order": order, "note": "Settled"},
		"retry_run": {"log": log},
		"sync_now": {"shop": shop, "stream": "listings"},
		"allow_price": price,
		"allow_prices": {"prices": [price]},
		**{name: {"listing": listing} for name in ("listing_stock", "listing_price")},
		**{name: {"order": order} for name in ("order_buyer", "order_hold")},
		**{name: {"shop": shop} for name in OF_A_SHOP},
	}


def call(method: str, user: str, **arguments):
	"""Call a method as a request of this user would; what it did is rolled back."""
	frappe.set_user(user)
	frappe.local.request = frappe._dict(method="POST")
	frappe.local.form_dict = frappe._dict(cmd=method, **arguments)
	try:
		return execute_cmd(method)
	finally:
		frappe.db.rollback()
		frappe.local.form_dict = frappe._dict()
		del frappe.local.request
		frappe.clear_messages()
		frappe.set_user("Administrator")


def is_denied(method: str, user: str, arguments: dict) -> bool:
	try:
		call(method, user, **arguments)
	except frappe.PermissionError:
		return True
	except frappe.ValidationError as error:
		# Its own answer to these arguments, given after the permission was checked.
		assert method.endswith(("allow_price", "answer_review", "connect_accounts", "release_order")), (
			method,
			error,
		)
	return False


def test_every_method_is_in_the_table():
	found = {method for method in whitelisted() if not method.startswith(OTHER_TABLES)}
	assert sorted(found) == sorted(ALLOWED)


def test_each_method_is_open_to_its_roles_and_to_nobody_else(world, user_with_role):
	users = {
		"Guest": "Guest",
		"nobody": user_with_role(),
		**{role: user_with_role(role) for role in EVERY_ROLE},
	}

	found = {
		method: {
			name
			for name, user in users.items()
			if not is_denied(method, user, world[method.rpartition(".")[2]])
		}
		for method in ALLOWED
	}

	assert found == {method: set(roles) for method, roles in ALLOWED.items()}


@pytest.mark.parametrize("method", sorted(ALLOWED), ids=lambda method: method.rpartition(".")[2])
def test_a_method_checks_the_types_of_its_arguments(method):
	"""Frappe checks what is annotated: a dict where a name is expected never reaches the code."""
	function = inspect.unwrap(whitelisted()[method])
	for parameter in inspect.signature(function).parameters.values():
		assert parameter.annotation is not parameter.empty, parameter.name


@pytest.mark.parametrize("method", sorted(ALLOWED), ids=lambda method: method.rpartition(".")[2])
def test_a_method_that_changes_something_is_not_called_by_a_link(method):
	reading = (
		"counts",
		"connectors",
		"labels",
		"order_",
		"review_",
		"listing_",
		"shop_",
		"item_",
		"preview_prices",
	)
	downloads = ("stock_rules_template", "export_stock_rules")
	name = method.rpartition(".")[2]
	methods = frappe.allowed_http_methods_for_whitelisted_func[whitelisted()[method]]

	assert ("GET" in methods) == name.startswith((*reading, *downloads))


def test_a_manager_who_may_make_items_makes_them_of_listings(world, user_with_role):
	user = user_with_role(MANAGER, "Item Manager")

	made = call(f"{API}.listings.create_item", user, **world["create_item"])

	assert made["item"] == world["create_item"]["item_code"]


def test_a_name_that_does_not_exist_tells_a_stranger_nothing(user_with_role):
	with pytest.raises(frappe.PermissionError):
		call(f"{API}.shops.shop_health", user_with_role(), shop="no such shop")


# --- documents -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("doctype", "readers", "writers"),
	[
		("Marketplace Shop", EVERY_ROLE, MANAGERS),
		("Marketplace Order", EVERY_ROLE, WORKERS),
		("Marketplace Listing", EVERY_ROLE, WORKERS),
		("Marketplace Return", EVERY_ROLE, WORKERS),
		("Marketplace Review", EVERY_ROLE, WORKERS),
		("Marketplace Stock Level", EVERY_ROLE, NOBODY),
		("Marketplace Stream", EVERY_ROLE, NOBODY),
		("Marketplace Sync Log", EVERY_ROLE, NOBODY),
		("Marketplace Settings", EVERY_ROLE, MANAGERS),
		("Marketplace Buyer Identity", MANAGERS, NOBODY),
	],
)
def test_documents_are_read_and_written_by(user_with_role, doctype, readers, writers):
	users = {role: user_with_role(role) for role in EVERY_ROLE} | {"nobody": user_with_role()}

	assert {name for name, user in users.items() if frappe.has_permission(doctype, "read", user=user)} == set(
		readers
	)
	assert {
		name for name, user in users.items() if frappe.has_permission(doctype, "write", user=user)
	} == set(writers)


def test_the_buyer_is_masked_for_viewers(shop, user_with_role, as_user):
	buyer = Party(name="Ирина Лебедева", phone="+79031234567", external_id="17")
	row = take_in(shop, make_order(line(builders.make_goods(shop)), buyer=buyer))

	for role, visible in ((VIEWER, False), (OPERATOR, True), (MANAGER, True)):
		told = call(f"{API}.orders.order_buyer", user_with_role(role), order=row.name)
		assert told["visible"] == visible
		assert (told["buyer_name"] == "Ирина Лебедева") == visible
		assert told["buyer_email"] is None, "what is not known needs no mask"


def test_the_buyer_is_in_no_list_of_a_viewer(shop, user_with_role):
	take_in(shop, make_order(line(builders.make_goods(shop)), buyer=Party(name="Ирина", phone="+7903")))

	for field in ("buyer_name", "buyer_phone", "record", "payload"):
		rows = call(
			"frappe.client.get_list",
			user_with_role(VIEWER),
			doctype="Marketplace Order",
			filters={"shop": shop},
			fields=["name", field],
		)
		assert field not in rows[0]


def test_keys_never_leave_the_site(shop, user_with_role):
	doc = call("frappe.client.get", user_with_role(MANAGER), doctype="Marketplace Shop", name=shop)

	assert set(doc["secret_credential_1"]) == {"*"}
	assert "no-such-key" not in frappe.as_json(doc)


def test_a_user_restricted_to_one_shop_sees_no_other(open_shop, user_with_role):
	mine, other = open_shop(), open_shop()
	orders = {shop: take_in(shop, make_order(line("unknown"))).name for shop in (mine, other)}
	user = make_user([OPERATOR], email="one-shop@example.com")
	frappe.db.delete("User Permission", {"user": user})
	add_user_permission("Marketplace Shop", mine, user)
	commit()

	assert call(f"{API}.orders.order_hold", user, order=orders[mine])["code"] == "unknown_product"
	for method, arguments in (
		("orders.order_hold", {"order": orders[other]}),
		("orders.release_order", {"order": orders[other], "action": "retry"}),
		("shops.shop_health", {"shop": other}),
		("shops.sync_now", {"shop": other}),
	):
		with pytest.raises(frappe.PermissionError):
			call(f"{API}.{method}", user, **arguments)
	assert call(f"{API}.orders.process_orders", user, orders=list(orders.values())) == {"queued": 1}


# --- what a role can do to ERPNext through us ------------------------------------------------------


def test_an_operator_lets_an_order_go_on_whatever_the_policy_makes_of_it(
	shop, user_with_role, as_user, books
):
	"""He may neither make Sales Orders nor Delivery Notes himself: the shop's manager decided that by the policy."""
	policy = ("Submitted", "Draft", "Draft")
	builders.set_policy(shop, {OrderStatus.AWAITING_PACKING: policy})
	item = builders.make_item()
	builders.make_listing(shop, "red-cup")
	row = take_in(shop, make_order(line("red-cup")))

	with as_user(user_with_role(OPERATOR)):
		result = api.release_order(row.name, "map_listing", {"offer_id": "red-cup", "item": item})

	row = builders.order_row(shop, row.external_id)
	assert (result["state"], row.hold_reason) == ("Done", None)
	assert row.sales_order and row.delivery_note and row.sales_invoice


def test_a_run_an_operator_started_makes_what_any_run_makes(shop, user_with_role, as_user):
	policy = ("Submitted", "Draft", "Draft")
	builders.set_policy(shop, {OrderStatus.AWAITING_PACKING: policy})
	order = make_order(line(builders.make_goods(shop)))
	builders.store(shop, order)

	with as_user(user_with_role(OPERATOR)):
		builders.process_all(shop)

	row = builders.order_row(shop, order.external_id)
	assert row.state == "Done", row.hold_reason
	assert row.delivery_note and row.sales_invoice
