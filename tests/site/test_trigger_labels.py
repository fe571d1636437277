"""Letters with the label of the order: it is attached, waited for, or done without."""

from __future__ import annotations

import email
from dataclasses import replace

import frappe
import pytest

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import ConfigurationError, RejectedError
from crm_marketplace.triggers import api
from crm_marketplace.triggers.actions import attachments
from tests.site import builders, triggers
from tests.site.triggers import action, done, logs, make, run, the_log, todo

pytestmark = pytest.mark.usefixtures("no_triggers")

PDF = b"%PDF-1.4 the label"


class Labels:
	"""The marketplace: answers with these in turn, an error or a file; the last one for ever."""

	def __init__(self) -> None:
		self.answers: list = [("label.pdf", PDF)]
		self.asked: list[str] = []

	def file(self, order: str, *, patience: float = 0) -> tuple[str, bytes]:
		self.asked.append(order)
		answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
		if isinstance(answer, Exception):
			raise answer
		return answer


@pytest.fixture
def labels(monkeypatch, site) -> Labels:
	"""The connector of the tests has labels."""
	found, cls = Labels(), builders.connector_class()
	have = cls.info.capabilities | {Capability.LABELS}
	monkeypatch.setattr(cls, "info", replace(cls.info, capabilities=frozenset(have)))
	monkeypatch.setattr(attachments, "label_file", found.file)
	return found


@pytest.fixture(autouse=True)
def outgoing(site):
	with triggers.outgoing_mail():
		yield


def letter_with_label(**settings) -> dict:
	return action(
		"Send E-mail",
		**{
			"to": [{"kind": "address", "value": "store@example.com"}],
			"subject": "Pack {{ doc.name }}",
			"message": "please",
			"attach_label": 1,
			**settings,
		},
	)


def attached() -> list[list[tuple[str, bytes]]]:
	"""The files of each letter in the outgoing mail."""
	found = []
	for text in frappe.get_all("Email Queue", order_by="creation asc", pluck="message"):
		parts = email.message_from_string(text).walk()
		found.append(
			[(part.get_filename(), part.get_payload(decode=True)) for part in parts if part.get_filename()]
		)
	return found


def test_the_label_of_an_order_goes_along(shop, labels):
	rule = make("New Order", None, letter_with_label())
	order = triggers.take_in_order(shop)
	run()
	assert "with the label" in done(rule).message
	assert labels.asked == [order] and attached() == [[("label.pdf", PDF)]]


def test_the_label_of_the_order_a_sales_order_was_made_of(shop, labels):
	rule = make("Created", "Sales Order", letter_with_label())
	offer = builders.make_goods(shop)
	row = builders.take_in(shop, builders.make_order(builders.line(offer)))
	assert builders.only_sales_order(shop).marketplace_order == row.name
	run()
	done(rule)
	assert labels.asked == [row.name] and attached() == [[("label.pdf", PDF)]]


def test_a_document_of_no_order_is_written_about_without_waiting(site, labels):
	rule = make("Created", "Sales Order", letter_with_label(), enabled=0)
	context = frappe._dict(doc=frappe._dict(doctype="Sales Order", name="x", marketplace_order=None))
	settings = frappe.parse_json(rule.actions[0].settings)
	assert attachments.label(settings, context) == ([], attachments.NO_ORDER)
	assert labels.asked == []


def test_a_label_is_not_for_those_who_may_not_see_the_buyer(shop, labels, user_with_role, as_user):
	order = frappe.get_doc("Marketplace Order", triggers.take_in_order(shop))
	context = frappe._dict(doc=order)
	with as_user(user_with_role("Marketplace Viewer")), pytest.raises(frappe.PermissionError):
		attachments.label({"attach_label": 1}, context)
	assert labels.asked == []


def test_without_a_label_the_letter_is_sent_and_the_log_says_why(shop, labels):
	labels.answers = [RejectedError("It is not packed yet.")]
	rule = make("New Order", None, letter_with_label(without_label="send"))
	triggers.take_in_order(shop)
	run()
	row = done(rule)
	assert "without the label" in row.message and "It is not packed yet." in row.message_values
	assert attached() == [[]] and len(labels.asked) == 1


def test_a_letter_waits_for_its_label(shop, labels):
	labels.answers = [RejectedError("It is not packed yet.")] * 2 + [("label.png", b"picture")]
	rule = make("New Order", None, letter_with_label(without_label="wait"))
	triggers.take_in_order(shop)
	for _attempt in range(2):
		run()
		log = the_log(rule)
		assert log.status == "Waiting" and "no label yet" in log.actions[0].message
		assert attached() == []
		triggers.make_due()
	run()
	done(rule)
	assert attached() == [[("label.png", b"picture")]]


def test_after_an_hour_it_goes_without(shop, labels):
	labels.answers = [RejectedError("It is not packed yet.")]
	rule = make("New Order", None, letter_with_label())
	triggers.take_in_order(shop)
	for _attempt in range(7):
		run()
		triggers.make_due()
	row = done(rule)
	assert row.attempts == 7 and "without the label" in row.message
	assert attached() == [[]]


def test_a_shop_that_is_not_set_up_costs_no_letter(shop, labels):
	labels.answers = [ConfigurationError()]
	rule = make("New Order", None, letter_with_label(without_label="send"))
	triggers.take_in_order(shop)
	run()
	done(rule)
	assert attached() == [[]]


def test_what_has_no_label_is_refused(site):
	with pytest.raises(frappe.ValidationError, match="no label to attach"):
		make("Created", "ToDo", letter_with_label())


def test_it_is_asked_for_where_a_shop_has_labels(shop, labels, monkeypatch):
	builders.change_shop(shop, enabled=1)

	def asks() -> dict[str, dict]:
		kinds = {one["type"]: one for one in api.catalogue()["actions"]}
		return {ask["name"]: ask for ask in kinds["Send E-mail"]["asks"]}

	assert asks()["attach_label"]["documents"] == ("Marketplace Order", "Sales Order")
	assert asks()["without_label"]["shown_if"] == ("attach_label", (1,))
	cls = builders.connector_class()
	have = cls.info.capabilities - {Capability.LABELS}
	monkeypatch.setattr(cls, "info", replace(cls.info, capabilities=have))
	assert "attach_label" not in asks() and "without_label" not in asks()


def test_the_dry_run_asks_the_marketplace_nothing(shop, labels, monkeypatch):
	order = triggers.take_in_order(shop)
	rule = make("New Order", None, letter_with_label(), enabled=0)
	[told] = api.try_document(api.trigger(rule.name), order)["actions"]
	assert "with the label of the order" in told["sentence"] and not told["problem"]
	cls = builders.connector_class()
	have = cls.info.capabilities - {Capability.LABELS}
	monkeypatch.setattr(cls, "info", replace(cls.info, capabilities=have))
	[told] = api.try_document(api.trigger(rule.name), order)["actions"]
	assert "offers no labels" in told["sentence"] and told["problem"]
	assert labels.asked == []
