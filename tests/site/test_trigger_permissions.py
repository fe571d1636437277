"""Who may call what of triggers, as each role, and what a firing tells to whom."""

from __future__ import annotations

import inspect

import frappe
import pytest

from crm_marketplace.setup.roles import MANAGER, OPERATOR, VIEWER
from crm_marketplace.triggers import api, timeline
from tests.site import triggers
from tests.site.test_permissions import EVERY_ROLE, MANAGERS, WORKERS, call, is_denied, whitelisted
from tests.site.triggers import action, make, run, the_log

BUILDER, LIBRARY = "crm_marketplace.triggers.api.builder", "crm_marketplace.triggers.api.library"
ALLOWED = {
	f"{BUILDER}.addresses": MANAGERS,
	f"{BUILDER}.catalogue": EVERY_ROLE,
	f"{BUILDER}.describe": EVERY_ROLE,
	f"{BUILDER}.fields": EVERY_ROLE,
	f"{BUILDER}.firings": WORKERS,
	f"{BUILDER}.remove": MANAGERS,
	f"{BUILDER}.run_again": MANAGERS,
	f"{BUILDER}.save": MANAGERS,
	f"{BUILDER}.story": WORKERS,
	f"{BUILDER}.switch": MANAGERS,
	f"{BUILDER}.trigger": EVERY_ROLE,
	f"{BUILDER}.try_days": MANAGERS,
	f"{BUILDER}.try_document": MANAGERS,
	f"{LIBRARY}.export_triggers": EVERY_ROLE,
	f"{LIBRARY}.import_triggers": MANAGERS,
	f"{LIBRARY}.ready": EVERY_ROLE,
	f"{LIBRARY}.take": MANAGERS,
	f"{LIBRARY}.triggers": EVERY_ROLE,
}
CHANGING = {"import_triggers", "remove", "run_again", "save", "switch", "take"}


@pytest.fixture(autouse=True)
def no_triggers(site):
	triggers.forget_all()
	yield
	triggers.forget_all()


@pytest.fixture
def firing(shop):
	"""An order about which a trigger wrote to the buyer, and failed at the next thing."""
	rule = make(
		"Created",
		"Marketplace Order",
		action("Notify on the Desk", to=triggers.user("Administrator"), subject="x"),
		action("Send E-mail", to=[{"kind": "field", "value": "order_number"}], subject="x", message="y"),
	)
	order = triggers.take_in_order(shop)
	run()
	assert the_log(rule).status == "Failed"
	return rule, order, the_log(rule)


@pytest.fixture
def arguments(firing):
	rule, order, log = firing
	values = api.trigger(rule.name)
	exported = api.export_triggers([rule.name])
	return {
		"catalogue": {},
		"describe": {"values": values},
		"fields": {"doctype": "Marketplace Order"},
		"save": {"values": values},
		"switch": {"name": rule.name, "on": 0},
		"try_document": {"values": values, "name": order},
		"try_days": {"values": values, "days": 1},
		"export_triggers": {"names": [rule.name]},
		"import_triggers": {"text": exported},
		"ready": {},
		"take": {"key": "large_order"},
		"triggers": {},
		**{name: {"log": log.name} for name in ("run_again", "story")},
		**{name: {"name": rule.name} for name in ("addresses", "firings", "remove", "trigger")},
	}


def test_every_method_is_in_the_table():
	found = {name for name in whitelisted() if name.startswith("crm_marketplace.triggers.")}
	assert found == set(ALLOWED)


def test_each_method_is_open_to_its_roles_and_to_nobody_else(arguments, user_with_role):
	users = {"Guest": "Guest", "nobody": user_with_role()}
	users |= {role: user_with_role(role) for role in EVERY_ROLE}

	found = {
		method: {
			name
			for name, user in users.items()
			if not is_denied(method, user, arguments[method.rpartition(".")[2]])
		}
		for method in ALLOWED
	}

	assert found == {method: set(roles) for method, roles in ALLOWED.items()}


@pytest.mark.parametrize("method", sorted(ALLOWED), ids=lambda method: method.rpartition(".")[2])
def test_arguments_have_types_and_a_change_is_no_link(method):
	function = whitelisted()[method]
	for parameter in inspect.signature(inspect.unwrap(function)).parameters.values():
		assert parameter.annotation is not parameter.empty, parameter.name
	changing = method.rpartition(".")[2] in CHANGING
	assert ("GET" in frappe.allowed_http_methods_for_whitelisted_func[function]) != changing


def test_a_viewer_sees_that_something_was_done_and_not_to_whom(firing, user_with_role, as_user):
	rule, order, _log = firing
	with as_user(user_with_role(VIEWER)):
		told = timeline.firings("Marketplace Order", order)[0]["content"]
		assert rule.title in told and "Notify on the desk" in told and "Administrator" not in told
		assert api.trigger(rule.name)["firings"] is None
	with as_user(user_with_role(OPERATOR)):
		assert "Administrator" in timeline.firings("Marketplace Order", order)[0]["content"]
		assert [one["document_name"] for one in api.trigger(rule.name)["firings"]] == [order]


def test_firings_about_documents_one_may_not_read_are_hidden(firing, user_with_role, as_user):
	_rule, _order, log = firing
	with as_user(user_with_role("Sales Manager")):
		assert log.name not in frappe.get_list("Trigger Log", pluck="name")
		with pytest.raises(frappe.PermissionError):
			frappe.get_doc("Trigger Log", log.name).check_permission("read")
		with pytest.raises(frappe.PermissionError):
			call(f"{BUILDER}.story", frappe.session.user, log=log.name)


def test_a_manager_of_shops_sees_the_firing(firing, user_with_role, as_user):
	_rule, order, log = firing
	with as_user(user_with_role(MANAGER)):
		assert log.name in frappe.get_list("Trigger Log", {"document_name": order}, pluck="name")
		assert api.story(log.name)["actions"][0]["status"] == "Done"
