"""Every action does what it says, and says what it did."""

from __future__ import annotations

import hmac
import json
from hashlib import sha256

import frappe
import pytest

from crm_marketplace.sync import announce
from crm_marketplace.triggers.actions import letters
from tests.harness.committing import commit
from tests.site import builders, triggers
from tests.site.triggers import (
	action,
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

RECEIVED: list[tuple] = []


@pytest.fixture
def outgoing(site):
	"""The site can send mail: it lands in the Email Queue."""
	with triggers.outgoing_mail():
		yield


@pytest.fixture
def private_webhooks(site):
	frappe.db.set_single_value("Trigger Settings", "allow_private_webhooks", 1)
	yield
	frappe.db.rollback()
	frappe.db.set_single_value("Trigger Settings", "allow_private_webhooks", 0)
	commit()


def letters_sent() -> list[tuple[str, list[str]]]:
	return [
		(name, frappe.get_all("Email Queue Recipient", filters={"parent": name}, pluck="recipient"))
		for name in frappe.get_all("Email Queue", order_by="creation asc", pluck="name")
	]


def test_letter_to_addresses_users_roles_and_fields(outgoing, user_with_role):
	operator = user_with_role("Marketplace Operator")
	rule = make(
		"Created",
		"ToDo",
		action(
			"Send E-mail",
			to=[
				{"kind": "address", "value": "one@example.com; two@example.com, nonsense"},
				{"kind": "user", "value": operator},
				{"kind": "field", "value": "allocated_to"},
			],
			subject="{{ doc.name }}\nfor you",
			message="<p>{{ doc.description }}</p>",
		),
	)
	todo("3 < 5 & more", allocated_to=operator)
	run()
	row = done(rule)
	[(name, to)] = letters_sent()
	assert sorted(to) == sorted(["one@example.com", "two@example.com", operator])
	assert (row.reference_doctype, row.reference_name) == ("Email Queue", name)
	assert "\n" not in frappe.parse_json(row.message_values)[0]
	assert "&lt; 5 &amp;" in frappe.db.get_value("Email Queue", name, "message")


def test_letter_by_template_with_the_document_attached(outgoing):
	template = frappe.get_doc(
		doctype="Email Template",
		name=builders.unique("tpl"),
		subject="About {{ doc.name }}",
		response="Hello {{ doc.status }}",
	).insert()
	rule = make(
		"Created",
		"ToDo",
		action(
			"Send E-mail",
			to=[{"kind": "address", "value": "a@example.com"}],
			email_template=template.name,
			attach_print=1,
		),
	)
	doc = todo()
	run()
	done(rule)
	attachments = json.loads(frappe.get_last_doc("Email Queue").attachments)
	assert [entry["print_format_attachment"] for entry in attachments] == [1]
	assert attachments[0]["name"] == doc.name


def test_notification_and_tasks(user_with_role):
	busy, free = (
		user_with_role("Marketplace Operator"),
		user_with_role("Marketplace Operator", "Marketplace Viewer"),
	)
	for _ in range(3):
		todo("old", allocated_to=busy)
	people = [*user(busy), *user(free)]
	rule = make(
		"Created",
		"Note",
		action("Assign", to=people, description="yours"),
		action("Notify on the Desk", to=user(free), subject="New: {{ doc.title }}"),
		action(
			"Create Task",
			to=people,
			description="Read {{ doc.title }}",
			due_days=2,
			priority="High",
			unless_open=1,
		),
		action("Create Task", to=people, description="Read it", unless_open=1),
	)
	note = frappe.get_doc(doctype="Note", title=builders.unique("note"), public=1).insert()
	run()
	log = the_log(rule)
	assert [row.status for row in log.actions] == ["Done", "Done", "Done", "Skipped"], log.actions[3].error
	assert frappe.db.exists("Notification Log", {"for_user": free, "document_name": note.name})
	task = frappe.get_doc("ToDo", log.actions[2].reference_name)
	assert (task.allocated_to, task.priority, task.reference_name) == (free, "High", note.name)
	assert log.actions[3].reference_name == task.name
	assert note.get_assigned_users() == {free}


def test_fields_comment_and_tag(site):
	rule = make(
		"Created",
		"ToDo",
		action(
			"Set Fields",
			values=[{"field": "priority", "value": "High"}, {"field": "color", "value": "#{{ '00ff00' }}"}],
		),
		action("Add Comment", text="now {{ doc.priority }}"),
		action("Add Tag", tag="urgent"),
		action("Set Fields", values=[{"field": "priority", "value": "High"}]),
	)
	doc = todo(priority="Low")
	run()
	log = the_log(rule)
	assert [row.status for row in log.actions] == ["Done", "Done", "Done", "Skipped"]
	doc.reload()
	assert (doc.priority, doc.color) == ("High", "#00ff00")
	assert comments(doc) == ["now High"]
	assert doc.get_tags() == ["urgent"]


def test_documents_are_made_submitted_and_cancelled(books):
	item, customer = (
		builders.make_item(),
		frappe.get_doc(
			doctype="Customer",
			customer_name=builders.unique("customer"),
			customer_group="Individual",
			territory="All Territories",
		).insert(),
	)
	delivery = make(
		"Submitted", "Sales Order", action("Create Document", doctype="Delivery Note", take_over=1)
	)
	order = frappe.get_doc(
		doctype="Sales Order",
		company=books.company,
		customer=customer.name,
		delivery_date=frappe.utils.today(),
		items=[{"item_code": item, "qty": 2, "rate": 10, "warehouse": books.warehouse}],
	).insert()
	submit = make("Changed", "Sales Order", action("Submit Document"), watched_fields="po_no")
	order.po_no = "1"
	order.save()
	run()
	done(submit)
	made = frappe.get_doc("Delivery Note", done(delivery).reference_name)
	assert made.docstatus == 0 and made.items[0].against_sales_order == order.name
	made.delete()
	cancel = make("Comment Added", "Sales Order", action("Cancel Document"))
	order.add_comment("Comment", "cancel it")
	run()
	done(cancel)
	order.reload()
	assert order.docstatus == 2


def test_document_from_values_and_rows(books):
	item = builders.make_item()
	rule = make(
		"Changed",
		"Item",
		action(
			"Create Document",
			doctype="Material Request",
			values=[
				{"field": "material_request_type", "value": "Purchase"},
				{"field": "schedule_date", "value": "{{ today }}"},
			],
			rows={
				"items": [
					{
						"item_code": "{{ doc.name }}",
						"qty": "{{ 2 + 3 }}",
						"schedule_date": "{{ today }}",
						"warehouse": books.warehouse,
					}
				]
			},
		),
		watched_fields="safety_stock",
	)
	doc = frappe.get_doc("Item", item)
	doc.safety_stock = 5
	doc.save()
	run()
	request = frappe.get_doc("Material Request", done(rule).reference_name)
	assert (request.items[0].item_code, request.items[0].qty) == (item, 5)


def test_webhook_is_signed_and_repeated_with_the_same_id(private_webhooks):
	with triggers.receiver() as (url, received):
		received.answers = [500, 503, 200]
		rule = make("Created", "ToDo", action("Send Webhook", url=url))
		doc = todo("tell them")
		for _ in range(3):
			run()
			triggers.make_due()
		row = done(rule)
	assert row.attempts == 3
	assert len({headers["Idempotency-Key"] for headers, _body in received.requests}) == 1
	headers, body = received.requests[-1]
	assert json.loads(body)["doc"]["description"] == "tell them" and json.loads(body)["name"] == doc.name
	stamp = headers["X-Trigger-Timestamp"]
	secret = rule.get_password("signing_secret")
	expected = hmac.new(secret.encode(), f"{stamp}.".encode() + body, sha256).hexdigest()
	assert headers["X-Trigger-Signature"] == f"t={stamp},v1={expected}"


def test_webhook_that_is_refused_is_not_repeated(private_webhooks):
	with triggers.receiver() as (url, received):
		received.answers = [404]
		rule = make(
			"Created",
			"ToDo",
			action("Send Webhook", url=url, body={"id": "{{ doc.name }}", "list": ["{{ doc.status }}"]}),
		)
		doc = todo()
		run()
		assert json.loads(received.requests[0][1]) == {"id": doc.name, "list": ["Open"]}
	assert failed(rule).attempts == 1


def test_webhook_into_the_own_network_is_refused(site):
	rule = make("Created", "ToDo", action("Send Webhook", url="http://127.0.0.1:1/x"))
	todo()
	run()
	assert "private network" in failed(rule).message


def test_report_as_a_table(outgoing):
	rule = make(
		"Created",
		"ToDo",
		action(
			"Send Report",
			to=[{"kind": "address", "value": "owner@example.com"}],
			report="Marketplace Sales by Day",
			even_if_empty=1,
		),
	)
	todo()
	run()
	done(rule)
	[(name, to)] = letters_sent()
	assert to == ["owner@example.com"]
	assert ".xlsx" in frappe.db.get_value("Email Queue", name, "message")


def test_server_script(site):
	frappe.delete_doc_if_exists("Server Script", "trigger_script")
	frappe.get_doc(
		doctype="Server Script",
		name="trigger_script",
		script_type="API",
		api_method="trigger_script",
		script="result = 'saw ' + doc.description",
	).insert()
	rule = make("Created", "ToDo", action("Run Server Script", script="trigger_script"))
	todo("something")
	run()
	log = the_log(rule)
	row = log.actions[0]
	enabled = frappe.utils.cint(frappe.conf.get("server_script_enabled"))
	assert row.status == ("Done" if enabled else "Failed")
	assert ("saw something" in row.message_values) == bool(enabled)


def test_another_trigger(site):
	other = make(
		"Comment Added",
		"ToDo",
		action("Add Comment", text="second"),
		conditions={"field": "priority", "op": "=", "value": "High"},
	)
	rule = make("Created", "ToDo", action("Run Another Trigger", trigger=other.name))
	high, low = todo(priority="High"), todo(priority="Low")
	run()
	assert all(log.status == "Done" for log in logs(rule))
	assert comments(high) == ["second"] and comments(low) == []


def test_sms_goes_through_the_gateway_once(site, private_webhooks, monkeypatch):
	sent = []
	monkeypatch.setattr(
		"frappe.core.doctype.sms_settings.sms_settings.send_via_gateway", lambda arg: sent.append(arg)
	)
	frappe.db.set_single_value("SMS Settings", "sms_gateway_url", "https://sms.example.com")
	rule = make(
		"Created",
		"ToDo",
		action(
			"Send SMS", to=[{"kind": "address", "value": "+7 900 000-00-00"}], text="{{ doc.description }}"
		),
	)
	todo("hello")
	run()
	done(rule)
	assert [(arg["receiver_list"], arg["message"]) for arg in sent] == [(["+79000000000"], b"hello")]
	frappe.db.set_single_value("SMS Settings", "sms_gateway_url", "")


def receive_message(recipients, text, doctype=None, name=None):
	"""What another app would bring as a messenger."""
	RECEIVED.append((recipients, text, doctype, name))


def test_messenger_of_another_app(site, monkeypatch):
	monkeypatch.setattr(letters, "messengers", lambda: {"Pigeon": f"{__name__}.receive_message"})
	monkeypatch.setattr(frappe, "get_attr", _own_first(frappe.get_attr))
	rule = make(
		"Created",
		"ToDo",
		action(
			"Send Message", channel="Pigeon", to=[{"kind": "address", "value": "42"}], text="{{ doc.name }}"
		),
	)
	doc = todo()
	run()
	done(rule)
	assert RECEIVED == [(["42"], doc.name, "ToDo", doc.name)]


def _own_first(get_attr):
	def find(path):
		return receive_message if path.endswith("receive_message") else get_attr(path)

	return find
