"""Reviews of a shop: kept once, told to triggers, answered in public."""

from __future__ import annotations

from typing import Any

import frappe
import pytest

from crm_marketplace.integrations.errors import RejectedError
from crm_marketplace.marketplace import api
from tests.site import builders, triggers
from tests.site.after_sale import make_review, store_reviews


@pytest.fixture
def answers(monkeypatch) -> list[tuple[str, str]]:
	"""What was answered at the marketplace, which takes everything but "refuse me"."""
	given: list[tuple[str, str]] = []

	def answer_review(self: Any, review_id: str, text: str) -> None:
		if text == "refuse me":
			raise RejectedError("The marketplace does not take this answer.")
		given.append((review_id, text))

	monkeypatch.setattr(builders.connector_class(), "answer_review", answer_review, raising=False)
	return given


def test_a_review_is_kept_with_its_card(shop):
	item = builders.make_item()
	listing = builders.make_listing(shop, "red-cup", item)
	(name,) = store_reviews(shop, make_review(advantages="Colour", photos=("https://example.com/1.jpg",)))
	doc = frappe.get_doc("Marketplace Review", name)
	assert (doc.rating, doc.listing, doc.item, doc.is_answered) == (2, listing, item, 0)
	assert doc.summary == "It leaks / Colour"
	assert doc.photos == "https://example.com/1.jpg"


def test_an_answer_given_in_the_cabinet_is_seen(shop):
	record = make_review()
	(name,) = store_reviews(shop, record)
	store_reviews(shop, record.model_copy(update={"answer": "Sorry", "is_answered": True}))
	doc = frappe.get_doc("Marketplace Review", name)
	assert (doc.is_answered, doc.answer) == (1, "Sorry")
	assert frappe.db.exists("Version", {"ref_doctype": "Marketplace Review", "docname": name})


def test_an_answer_given_here(shop, answers, user_with_role, as_user):
	(name,) = store_reviews(shop, make_review())
	operator = user_with_role("Marketplace Operator")
	with as_user(operator):
		assert api.review_answering(name)["may_answer"]
		api.answer_review(name, "  We will send another one. ")
	doc = frappe.get_doc("Marketplace Review", name)
	assert answers == [(doc.external_id, "We will send another one.")]
	assert (doc.answer, doc.is_answered, doc.answered_by) == ("We will send another one.", 1, operator)


def test_our_answer_stands_where_the_marketplace_tells_none(shop, answers):
	record = make_review()
	(name,) = store_reviews(shop, record)
	api.answer_review(name, "Sorry!")
	store_reviews(shop, record.model_copy(update={"is_answered": True}))
	assert frappe.db.get_value("Marketplace Review", name, "answer") == "Sorry!"


@pytest.mark.parametrize("text", ["", " ", "x", "y" * 100_001])
def test_an_answer_nobody_takes_is_not_sent(shop, answers, text):
	(name,) = store_reviews(shop, make_review())
	with pytest.raises(frappe.ValidationError):
		api.answer_review(name, text)
	assert answers == []


def test_what_the_marketplace_refuses_is_said(shop, answers):
	(name,) = store_reviews(shop, make_review())
	with pytest.raises(frappe.ValidationError, match="does not take this answer"):
		api.answer_review(name, "refuse me")
	assert not frappe.db.get_value("Marketplace Review", name, "is_answered")


def test_a_viewer_sees_no_author_and_answers_nothing(shop, answers, user_with_role, as_user):
	(name,) = store_reviews(shop, make_review())
	with as_user(user_with_role("Marketplace Viewer")):
		assert not api.review_answering(name)["may_answer"]
		with pytest.raises(frappe.PermissionError):
			api.answer_review(name, "Thank you")
		doc = frappe.get_doc("Marketplace Review", name)
		doc.apply_fieldlevel_read_permissions()
		assert not doc.get("author")
		rows = frappe.get_list("Marketplace Review", filters={"name": name}, fields=["name", "text"])
		assert rows == [{"name": name, "text": "It leaks"}]


@pytest.mark.usefixtures("no_triggers")
def test_a_trigger_hears_of_few_stars_only(shop):
	rule = triggers.make("Review Below", None, triggers.comment("{{ doc.rating }}"), threshold=3)
	answered = make_review(rating=3, answer="Sorry", is_answered=True)
	bad, fair, good = store_reviews(shop, make_review(rating=1), answered, make_review(rating=4))
	triggers.run()
	fired = {log.document_name for log in triggers.logs(rule)}
	assert fired == {bad, fair}
	assert good not in fired


@pytest.mark.usefixtures("no_triggers")
def test_stars_must_be_said(site):
	with pytest.raises(frappe.ValidationError, match="from 1 to 5"):
		triggers.make("Review Below", None, triggers.comment(), threshold=0)


@pytest.mark.usefixtures("no_triggers")
def test_the_ready_trigger_makes_a_task_with_the_text(shop, user_with_role):
	from crm_marketplace.triggers.api import library

	operator = user_with_role("Marketplace Operator")
	rule = frappe.get_doc("Trigger", library.take("bad_review_task")["name"])
	rule.enabled = 1
	rule.save()
	(name,) = store_reviews(shop, make_review())
	triggers.run()
	assert triggers.done(rule)
	(task,) = frappe.get_all(
		"ToDo",
		filters={"reference_name": name, "status": "Open"},
		fields=["description", "priority", "allocated_to"],
	)
	assert "It leaks" in task.description and task.priority == "High"
	assert operator and "Marketplace Operator" in frappe.get_roles(task.allocated_to)


@pytest.mark.usefixtures("no_triggers")
def test_a_trigger_answers_once(shop, answers):
	from crm_marketplace.triggers.api import library

	rule = frappe.get_doc("Trigger", library.take("good_review_thanks")["name"])
	rule.enabled = 1
	rule.save()
	good, _bad = store_reviews(shop, make_review(rating=5), make_review(rating=1))
	triggers.run()
	triggers.make_due()
	triggers.run()
	assert triggers.done(rule)
	external_id = frappe.db.get_value("Marketplace Review", good, "external_id")
	assert [one for one, _text in answers] == [external_id]
	assert frappe.db.get_value("Marketplace Review", good, "is_answered")
