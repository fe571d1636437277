"""Texts and expressions of triggers: what they may name, and what is left blank."""

from __future__ import annotations

from email import message_from_string
from email.policy import default
from html import unescape

import frappe
import pytest

from crm_marketplace.triggers import api
from tests.harness.mail import html_of
from tests.site import builders, triggers
from tests.site.triggers import action, comment, comments, done, logs, make, run, todo

pytestmark = pytest.mark.usefixtures("no_triggers")


@pytest.fixture
def outgoing(site):
	with triggers.outgoing_mail():
		yield


@pytest.fixture
def order(books):
	"""Gives a function that makes a draft Sales Order of two pieces."""
	customer = frappe.get_doc(
		doctype="Customer",
		customer_name=builders.unique("customer"),
		customer_group="Individual",
		territory="All Territories",
	).insert()
	item = builders.make_item()

	def insert():
		return frappe.get_doc(
			doctype="Sales Order",
			company=books.company,
			customer=customer.name,
			delivery_date=frappe.utils.today(),
			items=[{"item_code": item, "qty": 2, "rate": 10, "warehouse": books.warehouse}],
		).insert()

	return insert


def make_template(subject: str, response: str):
	return frappe.get_doc(
		doctype="Email Template", name=builders.unique("tpl"), subject=subject, response=response
	).insert()


def letter(template) -> dict:
	return action(
		"Send E-mail", to=[{"kind": "address", "value": "a@example.com"}], email_template=template.name
	)


def plain_text(html: str) -> str:
	return " ".join(unescape(frappe.utils.strip_html(html)).split())


def text_of(queued: str) -> str:
	"""A letter of the Email Queue as its reader sees it."""
	message = frappe.db.get_value("Email Queue", queued, "message")
	return plain_text(html_of(message_from_string(message, policy=default)))


def test_an_email_template_is_filled_in_as_frappe_does(outgoing, order):
	template = make_template(
		"Order {{ name }} of {{ doc.customer }}",
		"{% for row in items %}{{ row.item_code }} × {{ row.qty }}{% endfor %} = {{ doc.get_formatted('grand_total') }}",
	)
	rule = make("Created", "Sales Order", letter(template))
	doc = order()
	run()
	row = done(rule)
	assert frappe.parse_json(row.message_values)[0] == f"Order {doc.name} of {doc.customer}"
	text = text_of(row.reference_name)
	total = plain_text(doc.get_formatted("grand_total"))
	assert f"{doc.items[0].item_code} × 2.0 = {total}" in text, text


def test_a_field_named_as_one_of_our_functions(outgoing):
	template = make_template("{{ date(doc.date) }} {{ description }}", "{{ date }}")
	rule = make("Created", "ToDo", letter(template))
	todo("call", date="2026-03-04")
	run()
	row = done(rule)
	day = frappe.utils.format_date("2026-03-04")
	assert frappe.parse_json(row.message_values)[0] == f"{day} call"
	assert "2026-03-04" in frappe.db.get_value("Email Queue", row.reference_name, "message")


def test_rows_in_texts_and_expressions(order):
	condition = {"expression": "sum(row.qty for row in doc.items) == 2 and str(doc.name) == doc.name"}
	text = "{% for row in doc.items %}{{ row.qty }}{% endfor %}"
	at_once = make("Created", "Sales Order", comment(text), conditions=condition)
	later = make(
		"Comment Added", "Sales Order", comment(text), conditions=condition, frequency="Once per Document"
	)
	doc = order()
	doc.add_comment("Comment", "asked later")
	assert logs(at_once)[0].certain
	run()
	done(at_once), done(later)
	assert comments(doc) == ["asked later", "2.0", "2.0"]


def test_the_test_names_placeholders_nothing_stands_behind(outgoing):
	template = make_template(
		"{{ descripton }} {{ description }}", "{{ doc.statsu }} {{ given.more }} {{ _('x') }}"
	)
	doc = todo()
	values = {
		"title": "tried",
		"event": "Created",
		"document_type": "ToDo",
		"actions": [
			{
				"action_type": "Send E-mail",
				"settings": {
					"to": [{"kind": "address", "value": "a@example.com"}],
					"email_template": template.name,
				},
			},
			{"action_type": "Add Comment", "settings": {"text": "{{ doc.name }} {{ url }}"}},
		],
	}
	mail, text = api.try_document(values, doc.name)["actions"]
	assert mail["problem"] and "descripton, doc.statsu." in mail["sentence"]
	assert not text["problem"] and "Unknown" not in text["sentence"]
