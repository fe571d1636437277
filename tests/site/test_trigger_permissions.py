"""Who may call what of triggers, as each role, with whose rights they act, and what a firing tells to whom."""

from __future__ import annotations

import inspect

import frappe
import pytest

from crm_marketplace.integrations.records import Party
from crm_marketplace.setup.roles import MANAGER, OPERATOR, VIEWER
from crm_marketplace.triggers import api, timeline
from tests.harness.committing import commit
from tests.site import builders, triggers
from tests.site.test_permissions import EVERY_ROLE, MANAGERS, WORKERS, call, is_denied, whitelisted
from tests.site.triggers import (
	action,
	comment,
	comments,
	done,
	failed,
	make,
	run,
	the_log,
	todo,
	user,
)

pytestmark = pytest.mark.usefixtures("no_triggers")

API = "crm_marketplace.triggers.api"
BUILDER, CHOICES, LIBRARY = f"{API}.builder", f"{API}.choices", f"{API}.library"
ALLOWED = {
	f"{BUILDER}.addresses": MANAGERS,
	f"{BUILDER}.describe": EVERY_ROLE,
	f"{BUILDER}.firings": WORKERS,
	f"{BUILDER}.remove": MANAGERS,
	f"{BUILDER}.run_again": MANAGERS,
	f"{BUILDER}.save": MANAGERS,
	f"{BUILDER}.story": WORKERS,
	f"{BUILDER}.switch": MANAGERS,
	f"{BUILDER}.trigger": EVERY_ROLE,
	f"{BUILDER}.try_days": MANAGERS,
	f"{BUILDER}.try_document": MANAGERS,
	f"{CHOICES}.catalogue": EVERY_ROLE,
	f"{CHOICES}.fields": EVERY_ROLE,
	f"{LIBRARY}.export_triggers": EVERY_ROLE,
	f"{LIBRARY}.import_triggers": MANAGERS,
	f"{LIBRARY}.ready": EVERY_ROLE,
	f"{LIBRARY}.take": MANAGERS,
	f"{LIBRARY}.triggers": EVERY_ROLE,
}
CHANGING = {"import_triggers", "remove", "run_again", "save", "switch", "take"}


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


# --- with whose rights a trigger acts ---------------------------------------------------------------


def test_actions_run_with_the_rights_of_the_owner_and_never_more(user_with_role, as_user):
	viewer = user_with_role("Marketplace Viewer")
	rule = make(
		"Created", "Note", action("Set Fields", values=[{"field": "title", "value": "changed by trigger"}])
	)
	frappe.db.set_value("Trigger", rule.name, "run_as", viewer)
	note = frappe.get_doc(doctype="Note", title=builders.unique("private"), public=1).insert()
	run()
	assert viewer in failed(rule).message_values
	assert frappe.db.get_value("Note", note.name, "title") == note.title


def test_a_document_its_user_may_not_read_stays_closed(user_with_role):
	viewer = user_with_role("Marketplace Viewer")
	rule = make("Created", "Quotation Lost Reason", comment())
	frappe.db.set_value("Trigger", rule.name, "run_as", viewer)
	frappe.get_doc(doctype=rule.document_type, order_lost_reason=builders.unique("reason")).insert()
	run()
	log = the_log(rule)
	assert log.status == "Failed" and viewer in log.reason_values and not log.actions


def test_buyer_data_is_hidden_from_templates_of_those_who_may_not_see_it(shop, user_with_role):
	viewer = user_with_role("Marketplace Viewer")
	rule = make(
		"New Order",
		None,
		action("Notify on the Desk", to=user(viewer), subject="[{{ doc.buyer_name }}] {{ doc.external_id }}"),
	)
	frappe.db.set_value("Trigger", rule.name, "run_as", viewer)
	builders.store(
		shop, builders.make_order(builders.line("A-1"), buyer=Party(name="Иван Петров", phone="+79000000000"))
	)
	run()
	done(rule)
	subject = frappe.get_last_doc("Notification Log", {"for_user": viewer}).subject
	assert subject.startswith("[]") or subject.startswith("[None]")


def test_who_saves_a_trigger_signs_it(user_with_role, as_user):
	manager = user_with_role("Marketplace Manager")
	rule = make("New Order", None, comment())
	assert rule.run_as == "Administrator"
	with as_user(manager):
		mine = frappe.get_doc("Trigger", rule.name)
		mine.title = "changed"
		mine.save()
		assert mine.run_as == manager
		with pytest.raises(frappe.PermissionError):
			make("New Order", None, action("Run Server Script", script="x"))


def test_a_viewer_may_not_make_triggers(user_with_role, as_user):
	with as_user(user_with_role("Marketplace Viewer")), pytest.raises(frappe.PermissionError):
		make("New Order", None, comment())


def test_a_disabled_user_does_nothing(user_with_role):
	leaver = user_with_role("Marketplace Manager", "Marketplace Viewer")
	rule = make("Created", "ToDo", comment())
	frappe.db.set_value("Trigger", rule.name, "run_as", leaver)
	frappe.db.set_value("User", leaver, "enabled", 0)
	doc = todo()
	run()
	assert the_log(rule).status == "Failed" and comments(doc) == []
	frappe.db.set_value("User", leaver, "enabled", 1)
	commit()
