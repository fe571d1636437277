"""Who may call what of triggers, as each role, with whose rights they act, and what a firing tells to whom."""

from __future__ import annotations

import inspect

import frappe
import pytest
from frappe.permissions import add_user_permission

from crm_marketplace.integrations.records import Party
from crm_marketplace.permissions.triggers import may_see_log
from crm_marketplace.setup.roles import MANAGER, OPERATOR, VIEWER
from crm_marketplace.triggers import api, timeline, webhook_page
from crm_marketplace.triggers.actions import documents
from crm_marketplace.triggers.actions.base import Result
from tests.harness.committing import commit
from tests.harness.users import make_user
from tests.site import builders, triggers
from tests.site.test_permissions import EVERY_ROLE, MANAGERS, WORKERS, call, is_denied, whitelisted
from tests.site.triggers import (
	action,
	comment,
	comments,
	done,
	failed,
	logs,
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
	f"{CHOICES}.names": EVERY_ROLE,
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
		"names": {"doctype": "ToDo"},
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


@pytest.fixture
def two_shops(open_shop):
	"""A shop, and another one that stays closed to those who are limited to the first."""
	return open_shop(), open_shop()


@pytest.fixture
def limited_to(site):
	"""A function: roles, shop → a user who sees nothing of other shops."""

	def make_limited(role: str, shop: str) -> str:
		user = make_user([role], email=f"one-shop-{frappe.scrub(role)}@example.com")
		frappe.db.delete("User Permission", {"user": user})
		add_user_permission("Marketplace Shop", shop, user)
		commit()
		return user

	return make_limited


def test_of_documents_hidden_from_the_user_nothing_is_told(two_shops, limited_to, as_user):
	mine, other = two_shops
	rule = make("New Order", None, action("Notify on the Desk", to=user("Administrator"), subject="x"))
	seen, hidden = (triggers.take_in_order(shop) for shop in (mine, other))
	run()
	hidden_log = logs(rule, document_name=hidden)[0]
	with as_user(limited_to(OPERATOR, mine)):
		assert frappe.get_list("Trigger Log", {"trigger_name": rule.name}, pluck="document_name") == [seen]
		told = frappe.get_list(
			"Trigger Log Action", fields=["parent", "message_values"], parent_doctype="Trigger Log", limit=0
		)
		assert told and hidden_log.name not in [row.parent for row in told]
		assert [one["document_name"] for one in api.firings(rule.name)] == [seen]
		assert not may_see_log(hidden_log)
	assert {row.document_name for row in frappe.get_list("Trigger Log", fields=["document_name"])} >= {hidden}


def test_a_document_that_is_gone_stays_hidden_from_those_who_see_only_some(two_shops, limited_to, as_user):
	mine, _other = two_shops
	rule = make("New Order", None, action("Notify on the Desk", to=user("Administrator"), subject="x"))
	order = triggers.take_in_order(mine)
	run()
	log = the_log(rule)
	log.db_set("document_name", f"{order} gone")
	with as_user(limited_to(OPERATOR, mine)):
		assert not may_see_log(log) and log.name not in frappe.get_list("Trigger Log", pluck="name")
	assert may_see_log(log)


def test_what_a_webhook_brought_along_is_for_those_who_make_triggers(user_with_role, as_user):
	rule = make("Webhook Received", None, action("Notify on the Desk", to=user("Administrator"), subject="x"))
	webhook_page.receive(rule.get_password("webhook_secret"), b'{"phone": "+79000000000"}', {})
	log = the_log(rule)
	for role, sees in ((OPERATOR, False), (MANAGER, True)):
		with as_user(user_with_role(role)):
			assert (log.name in frappe.get_list("Trigger Log", pluck="name")) is sees
			assert may_see_log(log) is sees


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


def test_documents_its_user_does_not_see_are_no_failures(two_shops, limited_to):
	mine, other = two_shops
	manager = limited_to(MANAGER, mine)
	rule = make("New Order", None, comment(), pause_after=2)
	frappe.db.set_value("Trigger", rule.name, "run_as", manager)
	for _number in range(3):
		triggers.take_in_order(other)
	seen = triggers.take_in_order(mine)
	run()
	assert sorted(log.status for log in logs(rule)) == ["Done", "Stopped", "Stopped", "Stopped"]
	stopped = logs(rule, status="Stopped")[0]
	assert manager in stopped.reason_values and "may not read this document" in stopped.reason
	assert logs(rule, document_name=seen)[0].status == "Done"
	row = frappe.db.get_value("Trigger", rule.name, ["enabled", "failures"], as_dict=True)
	assert (row.enabled, row.failures) == (1, 0)


@pytest.mark.parametrize("repeat_times", [0, 1])
def test_an_action_may_put_the_document_out_of_its_users_sight(
	two_shops, limited_to, monkeypatch, repeat_times
):
	mine, other = two_shops

	def give_away(self, settings, context):
		frappe.db.set_value("Marketplace Order", context.doc.name, "shop", other)
		return Result("Given away.")

	monkeypatch.setattr(documents.AddComment, "run", give_away)
	again = {"repeat_times": repeat_times, "repeat_minutes": 5}
	alone = make("New Order", None, comment(), **again)
	tag = action("Add Tag", tag="x")
	with_more = make("New Order", None, comment(), tag, priority=-1)
	for rule in (alone, with_more):
		frappe.db.set_value("Trigger", rule.name, "run_as", limited_to(MANAGER, mine))
	triggers.take_in_order(mine)
	frappe.db.set_value("Trigger Log", {"trigger_name": with_more.name}, "due_at", "2100-01-01")
	run()
	assert the_log(alone).status == "Done"  # all of it was done, and it is not begun again
	assert frappe.db.get_value("Trigger", alone.name, "failures") == 0
	frappe.db.set_value("Marketplace Order", the_log(alone).document_name, "shop", mine)
	triggers.make_due()
	run()
	log = the_log(with_more)
	assert log.status == "Stopped"
	assert [row.status for row in log.actions] == ["Done", "Skipped"]


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
