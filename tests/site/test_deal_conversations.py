"""A deal out of a conversation of any medium, once; the story of the deal tells of it."""

from __future__ import annotations

import frappe
import pytest

from crm_marketplace.deals.api import deals as calls
from crm_marketplace.deals.api import story
from crm_marketplace.permissions.deals import forget_scopes
from tests.site.deals_world import make_customer, make_deal, make_lead, make_pipeline


@pytest.fixture(scope="session")
def seller(user_with_role):
	"""Made before anything else, because making a user commits."""
	return user_with_role("Deals User")


@pytest.fixture
def pipeline(site, seller):
	return make_pipeline(users_see="Own")


def make_contact(customer, **fields):
	return (
		frappe.get_doc(
			doctype="Contact",
			first_name="Ольга",
			links=[{"link_doctype": "Customer", "link_name": customer}],
			**fields,
		)
		.insert()
		.name
	)


def say(medium="Chat", **fields):
	"""A conversation of a medium, received."""
	return frappe.get_doc(
		doctype="Communication",
		communication_type="Communication",
		communication_medium=medium,
		**{"sent_or_received": "Received", "subject": "Сколько стоит чай?", "content": "…", **fields},
	).insert()


def call(**fields):
	return frappe.get_doc(
		doctype="Call Log",
		id=frappe.generate_hash(length=8),
		medium="Phone",
		**{"from": "+79035556601", "to": "101", "type": "Incoming", **fields},
	).insert()


def make_from(pipeline, doc):
	return make_deal(pipeline, **calls.deal_values(doc.doctype, doc.name))


# --- what a deal takes ------------------------------------------------------------------------------


@pytest.mark.parametrize("medium", ["Email", "Chat", "Phone", "SMS", "Event", "Meeting", "Visit", "Other"])
def test_of_every_medium(pipeline, medium):
	customer = make_customer()
	letter = say(medium, reference_doctype="Customer", reference_name=customer)
	deal = make_from(pipeline, letter)
	assert (deal.title, deal.party_type, deal.party) == ("Сколько стоит чай?", "Customer", customer)
	assert (deal.conversation_type, deal.conversation) == ("Communication", letter.name)


def test_a_message_without_a_subject_is_called_by_its_words(pipeline):
	values = calls.deal_values(
		"Communication", say("SMS", subject="", content="<p>Нужно <b>10 кг</b> чая</p>").name
	)
	assert values["title"] == "Нужно 10 кг чая"


def test_a_message_without_words_is_called_by_who_sent_it(pipeline):
	message = say("SMS", phone_no="+79035556602")
	message.db_set({"subject": "", "content": "<img>"})
	assert "+79035556602" in calls.deal_values("Communication", message.name)["title"]


def test_a_long_message_makes_a_title_that_fits(pipeline):
	deal = make_from(pipeline, say("Chat", subject="", content="чай " * 500))
	assert len(deal.title) <= 140


@pytest.mark.parametrize(
	("medium", "known_by", "fields"),
	[
		("SMS", {"mobile_no": "+7 903 555-66-03"}, {"phone_no": "8 (903) 555-66-03"}),
		("Email", {"email_id": "kirill@example.com"}, {"sender": "Kirill <KIRILL@example.com>"}),
		(
			"Email",
			{"email_id": "sofia@example.com"},
			{
				"sent_or_received": "Sent",
				"sender": "we@example.org",
				"recipients": "sofia@example.com, b@example.com",
			},
		),
	],
)
def test_the_party_is_known_by_its_number_or_address(pipeline, medium, known_by, fields):
	lead = make_lead(**known_by)
	values = calls.deal_values("Communication", say(medium, **fields).name)
	assert (values["party_type"], values["party"]) == ("Lead", lead)


def test_the_party_of_the_document_it_hangs_on(pipeline, company):
	customer = make_customer()
	contact = make_contact(customer)
	of_contact = say(reference_doctype="Contact", reference_name=contact)
	other = make_deal(pipeline, party=customer)
	of_deal = say(reference_doctype="Deal", reference_name=other.name)
	for letter in (of_contact, of_deal):
		assert calls.deal_values("Communication", letter.name)["party"] == customer
	assert calls.deal_values("Communication", of_contact.name)["contact_person"] == contact


def test_of_a_call(pipeline):
	customer = make_customer()
	contact = make_contact(customer, phone_nos=[{"phone": "+79035556604", "is_primary_mobile_no": 1}])
	deal = make_from(pipeline, call(**{"from": "+79035556604"}))
	assert (deal.party, deal.contact_person) == (customer, contact)
	assert "+79035556604" in deal.title
	outgoing = calls.deal_values("Call Log", call(type="Outgoing", to="+79035556604", **{"from": "101"}).name)
	assert outgoing["party"] == customer and "+79035556604" in outgoing["title"]


def test_a_stranger_makes_a_deal_without_a_party(pipeline):
	values = calls.deal_values("Communication", say(sender="nobody.knows@example.com").name)
	assert "party" not in values and values["title"]


# --- once --------------------------------------------------------------------------------------------


def test_the_second_click_leads_to_the_first_deal(pipeline):
	letter = say()
	deal = make_from(pipeline, letter)
	assert calls.deal_values("Communication", letter.name) == {
		"made": {"name": deal.name, "title": deal.title}
	}


def test_two_forms_saved_one_after_the_other_make_one_deal(pipeline):
	letter = say()
	values = calls.deal_values("Communication", letter.name)
	make_deal(pipeline, **values)
	with pytest.raises(frappe.DuplicateEntryError, match="already"):
		make_deal(pipeline, **values)


def test_two_forms_saved_at_once_make_one_deal(pipeline, monkeypatch):
	"""The check sees nothing yet; the database does."""
	letter = say()
	values = calls.deal_values("Communication", letter.name)
	make_deal(pipeline, **values)
	monkeypatch.setattr("crm_marketplace.deals.conversations.check", lambda deal: None)
	with pytest.raises(frappe.UniqueValidationError):
		make_deal(pipeline, **values)


def test_a_deal_of_somebody_else_is_told_without_its_name(pipeline, seller, as_user):
	letter = say(reference_doctype="Customer", reference_name=make_customer())
	make_from(pipeline, letter)
	frappe.share.add("Communication", letter.name, seller, read=1)
	with as_user(seller):
		forget_scopes()
		assert calls.deal_values("Communication", letter.name) == {"made": {"name": None, "title": None}}


def test_a_copy_of_a_deal_is_of_no_conversation(pipeline):
	deal = make_from(pipeline, say())
	copy = frappe.copy_doc(deal, ignore_no_copy=False).insert()
	assert not copy.conversation_key and not copy.conversation


def test_deals_of_nothing_do_not_collide(pipeline):
	one, other = make_deal(pipeline), make_deal(pipeline, conversation_type="Customer", conversation="x")
	assert one.name != other.name and not other.conversation


def test_after_the_deal_is_deleted_there_may_be_another(pipeline):
	for doc in (say(), call()):
		frappe.delete_doc("Deal", make_from(pipeline, doc).name)
		assert make_from(pipeline, doc).name


# --- both ways ---------------------------------------------------------------------------------------


def test_the_story_of_the_deal_tells_of_it(pipeline):
	customer = make_customer()
	letter, spoken = say(reference_doctype="Customer", reference_name=customer), call()
	for doc, kind in ((letter, "letter"), (spoken, "call")):
		deal = make_from(pipeline, doc)
		told = [(event["kind"], event["name"]) for event in story.events("Deal", deal.name)["events"]]
		assert told.count((kind, doc.name)) == 1
	events = [event["name"] for event in story.events("Customer", customer)["events"]]
	assert events.count(letter.name) == 1, "of the customer and of its deal: told once"


def test_who_may_not_read_a_conversation_makes_no_deal_of_it(pipeline, seller, as_user):
	secret = say("Email", subject="Тайна", sender="boss@example.com")
	with as_user(seller):
		forget_scopes()
		with pytest.raises(frappe.PermissionError):
			calls.deal_values("Communication", secret.name)
		with pytest.raises(frappe.PermissionError):
			make_deal(
				pipeline,
				responsible=seller,
				conversation_type="Communication",
				conversation=secret.name,
			)
