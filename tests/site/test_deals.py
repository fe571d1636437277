"""Deals and their stages: history, requirements, worth, and what people do to pipelines meanwhile."""

from __future__ import annotations

from datetime import timedelta

import frappe
import pytest
from frappe.utils import now_datetime

from crm_marketplace.deals import stage_moves, stages
from crm_marketplace.deals.api import pipelines as calls
from crm_marketplace.deals.doctype.deal.deal import Deal
from crm_marketplace.deals.templates import TEMPLATES
from crm_marketplace.rules.deals import Kind
from tests.site.deals_world import (
	make_customer,
	make_deal,
	make_lead,
	make_pipeline,
	move,
	stage_names,
	stage_of,
)


@pytest.fixture(scope="session")
def seller(user_with_role):
	"""Made before anything else, because making a user commits."""
	return user_with_role("Deals User")


@pytest.fixture
def pipeline(site, seller):
	return make_pipeline()


def later(monkeypatch, **span):
	"""Let the deal's clock go on."""
	moment = now_datetime() + timedelta(**span)
	monkeypatch.setattr("crm_marketplace.deals.doctype.deal.deal.now_datetime", lambda: moment)


# --- stages ----------------------------------------------------------------------------------------


def test_a_deal_begins_in_the_first_stage_and_takes_the_pipelines_company_and_currency(pipeline, company):
	deal = make_deal(pipeline, amount=1000)
	first = stage_names(pipeline)[0]
	assert (deal.stage, deal.stage_kind, deal.company, deal.currency) == (first, "Open", company, "RUB")
	assert (deal.probability, deal.weighted_amount) == (10, 100)


def test_history_keeps_the_time_spent_in_each_stage(pipeline, monkeypatch):
	deal = make_deal(pipeline, amount=1000, party=make_customer(), expected_close="2026-12-01")
	first, second = stage_names(pipeline)[:2]
	later(monkeypatch, days=2, hours=3)
	move(deal, second)
	rows = [(row.from_stage, row.stage, row.seconds) for row in deal.history]
	assert rows[0][:2] == (None, first)
	assert abs(rows[0][2] - (2 * 24 + 3) * 3600) <= 2
	assert rows[1] == (first, second, None)
	assert deal.history[1].user == "Administrator"


def test_saving_without_moving_adds_no_history(pipeline):
	deal = make_deal(pipeline)
	deal.title = "Another"
	deal.save()
	assert len(deal.history) == 1


def test_stages_may_be_skipped(pipeline):
	deal = make_deal(pipeline, amount=10)
	move(deal, stage_of(pipeline, Kind.WON))
	assert deal.stage_kind == "Won" and deal.closed_at and deal.weighted_amount == 10


def test_what_a_stage_asks_for_is_asked_on_the_way_in_only(pipeline):
	deal = make_deal(pipeline)
	second = stage_names(pipeline)[1]
	with pytest.raises(frappe.MandatoryError, match="Party, Expected Close"):
		move(deal, second)
	deal.reload()
	move(deal, second, party=make_customer(), expected_close="2026-12-01")
	deal.expected_close = None
	deal.save()
	assert deal.stage == second


def test_a_lost_deal_says_why(pipeline):
	deal = make_deal(pipeline)
	with pytest.raises(frappe.MandatoryError, match="Loss Reason"):
		move(deal, stage_of(pipeline, Kind.LOST))
	deal.reload()
	move(deal, stage_of(pipeline, Kind.LOST), loss_reason="No answer")
	assert (deal.stage_kind, deal.probability) == ("Lost", 0)


def test_a_deal_that_is_opened_again_is_not_closed(pipeline):
	deal = make_deal(pipeline, amount=10)
	move(deal, stage_of(pipeline, Kind.WON))
	move(deal, stage_names(pipeline)[0])
	assert deal.closed_at is None and deal.stage_kind == "Open"


def test_the_stage_of_another_pipeline_is_refused(pipeline):
	other = make_pipeline("recruiting")
	with pytest.raises(frappe.ValidationError, match="another pipeline"):
		make_deal(pipeline, stage=stage_names(other)[0])


def test_a_deal_that_changes_pipeline_begins_anew(pipeline):
	deal, other = make_deal(pipeline), make_pipeline("recruiting")
	deal.pipeline = other
	deal.save()
	assert deal.stage == stage_names(other)[0]


# --- pipelines are data ----------------------------------------------------------------------------


@pytest.mark.parametrize("key", [template.key for template in TEMPLATES])
def test_every_ready_pipeline_can_be_worked_with(site, key):
	pipeline = make_pipeline(key)
	assert stages.problems_of(pipeline) == []
	assert make_deal(pipeline).stage == stage_names(pipeline)[0]


def test_a_ready_pipeline_speaks_the_language_of_who_takes_it(site):
	frappe.local.lang = "ru"
	pipeline = make_pipeline()
	assert frappe.db.get_value("Deal Pipeline", pipeline, "pipeline_name").startswith("Опт")


def test_the_same_template_twice_makes_two_pipelines(site):
	names = [frappe.db.get_value("Deal Pipeline", make_pipeline(), "pipeline_name") for _number in range(2)]
	assert names[0] != names[1]


def test_a_renamed_stage_breaks_nothing(pipeline):
	deal = make_deal(pipeline, amount=10)
	won = frappe.get_doc("Deal Stage", stage_of(pipeline, Kind.WON))
	won.stage_name = "Ура, деньги пришли"
	won.save()
	move(deal, stages.closing_of(pipeline, Kind.WON))
	assert deal.stage_kind == "Won"


def test_a_split_stage_keeps_the_forecast(pipeline):
	first = stage_names(pipeline)[0]
	deal = make_deal(pipeline, amount=1000)
	answer = calls.add_stage(pipeline, "Second half", after=first)
	rows = answer["stages"]
	assert [rows[0].name, rows[1].stage_name] == [first, "Second half"]
	move(deal, rows[1].name)
	assert deal.weighted_amount == 100


def test_a_new_stage_stands_before_the_closing_ones(pipeline):
	titles = [row.stage_name for row in calls.add_stage(pipeline, "One more")["stages"]]
	assert titles[-3:] == ["One more", "Won", "Lost"]


def test_an_archived_stage_lets_its_deals_go_on(pipeline):
	first, second = stage_names(pipeline)[:2]
	staying, other = make_deal(pipeline, amount=5), make_deal(pipeline)
	calls.archive_stage(first)
	staying.reload()
	staying.title = "Still here"
	staying.save()
	move(other.reload(), second, party=make_customer(), expected_close="2026-12-01")
	with pytest.raises(frappe.ValidationError, match="archived"):
		move(other, first)
	assert make_deal(pipeline, party=make_customer(), expected_close="2026-12-01").stage == second


def test_deals_of_an_archived_stage_go_where_they_are_sent(pipeline):
	first, second = stage_names(pipeline)[:2]
	deals = [make_deal(pipeline) for _number in range(3)]
	calls.archive_stage(first, second)
	assert {frappe.db.get_value("Deal", deal.name, "stage") for deal in deals} == {second}
	assert frappe.get_doc("Deal", deals[0].name).history[-1].from_stage == first


def break_one(monkeypatch, deal):
	"""One that cannot be saved: something it lacks became mandatory."""
	original = Deal.validate_stage

	def validate_stage(doc):
		if doc.name == deal.name:
			frappe.throw("<b>INN</b> is missing")
		original(doc)

	monkeypatch.setattr(Deal, "validate_stage", validate_stage)


def test_a_deal_that_cannot_be_moved_stops_no_other(pipeline, monkeypatch):
	first, second = stage_names(pipeline)[:2]
	good, bad, other = (make_deal(pipeline, title=f"Deal <{number}>") for number in range(3))
	break_one(monkeypatch, bad)
	answer = calls.archive_stage(first, second)
	assert answer["moving"] == 0
	where = {deal.name: frappe.db.get_value("Deal", deal.name, "stage") for deal in (good, bad, other)}
	assert where == {good.name: second, bad.name: first, other.name: second}
	(message,) = frappe.get_message_log()
	assert "Deal &lt;1&gt;: INN is missing" in message["message"]
	assert frappe.db.get_value("Deal Stage", first, "archived") == 1


def test_many_deals_are_moved_in_the_background(pipeline, monkeypatch):
	first, second = stage_names(pipeline)[:2]
	deals = [make_deal(pipeline) for _number in range(5)]
	monkeypatch.setattr(stage_moves, "IN_REQUEST", 4)
	monkeypatch.setattr(stage_moves, "CHUNK", 2)
	jobs, progress, told, commits = [], [], [], []
	monkeypatch.setattr(frappe, "enqueue", lambda method, **job: jobs.append((method, job)))
	monkeypatch.setattr(frappe, "publish_progress", lambda percent, **_more: progress.append(percent))
	monkeypatch.setattr(
		frappe, "publish_realtime", lambda event, message=None, **_more: told.append((event, message))
	)
	monkeypatch.setattr(frappe.db, "commit", lambda: commits.append(1))
	assert calls.archive_stage(first, second)["moving"] == 5
	assert {frappe.db.get_value("Deal", deal.name, "stage") for deal in deals} == {first}
	break_one(monkeypatch, deals[2])
	((method, job),) = jobs
	outcome = frappe.get_attr(method)(job["stage"], job["to_stage"])
	assert (outcome.moved, outcome.failed) == (4, [(deals[2].title, "INN is missing")])
	assert (progress, len(commits)) == ([40, 80, 100], 3)
	messages = dict(told)
	assert messages["msgprint"]["title"] == "Deals moved: 4, not moved: 1"
	assert messages["deals_moved"] == {"pipeline": pipeline}
	notice = frappe.get_last_doc("Notification Log", {"document_name": first})
	assert (notice.for_user, notice.subject) == ("Administrator", "Deals moved: 4, not moved: 1")


def test_a_stage_deals_passed_is_not_deleted(pipeline):
	deal = make_deal(pipeline, amount=10)
	first = deal.stage
	move(deal, stage_of(pipeline, Kind.WON))
	with pytest.raises(frappe.ValidationError, match="Archive the stage"):
		frappe.delete_doc("Deal Stage", first)
	unused = stage_names(pipeline)[1]
	frappe.delete_doc("Deal Stage", unused)
	assert not frappe.db.exists("Deal Stage", unused)


def test_a_pipeline_with_deals_is_not_deleted(pipeline):
	make_deal(pipeline)
	with pytest.raises(frappe.ValidationError, match="Archive it"):
		frappe.delete_doc("Deal Pipeline", pipeline)
	empty = make_pipeline()
	frappe.delete_doc("Deal Pipeline", empty)
	assert not frappe.db.exists("Deal Stage", {"pipeline": empty})


def test_a_pipeline_without_a_won_stage_says_so(pipeline):
	frappe.delete_doc("Deal Stage", stage_of(pipeline, Kind.WON))
	assert stages.problems_of(pipeline) == ["There is no won stage: deals cannot be won."]


def test_a_pipeline_without_an_open_stage_takes_no_deals(pipeline):
	for name in stage_names(pipeline):
		if frappe.db.get_value("Deal Stage", name, "kind") == "Open":
			calls.archive_stage(name)
	with pytest.raises(frappe.ValidationError, match="no open stage"):
		make_deal(pipeline)


def test_another_probability_is_told_to_the_deals(pipeline):
	deal = make_deal(pipeline, amount=1000)
	stage = frappe.get_doc("Deal Stage", deal.stage)
	stage.probability = 40
	stage.save()
	deal.reload()
	assert (deal.probability, deal.weighted_amount) == (40, 400)


def test_another_kind_closes_the_deals_of_the_stage(pipeline):
	deal = make_deal(pipeline, amount=1000)
	stage = frappe.get_doc("Deal Stage", deal.stage)
	stage.kind = "Won"
	stage.save()
	deal.reload()
	assert (deal.stage_kind, deal.weighted_amount, deal.closed_at) == ("Won", 1000, deal.stage_since)


def test_a_stage_cannot_ask_for_what_no_person_fills_in(pipeline):
	for fieldname in ("weighted_amount", "no_such_field", "items_section"):
		stage = frappe.get_doc("Deal Stage", stage_names(pipeline)[0])
		stage.set("required_fields", [{"fieldname": fieldname}])
		with pytest.raises(frappe.ValidationError, match="no field"):
			stage.save()


# --- worth -----------------------------------------------------------------------------------------


def test_items_give_the_amount(pipeline):
	deal = make_deal(
		pipeline,
		items=[{"item_name": "Tea", "qty": 3, "rate": 10.5}, {"item_name": "Mug", "qty": 1, "rate": 2}],
	)
	assert (deal.amount, deal.amount_from) == (33.5, "Items")
	deal.set("items", [])
	deal.save()
	assert (deal.amount, deal.amount_from) == (33.5, "By hand")


def test_a_currency_without_a_rate_is_refused_with_the_way_out(pipeline):
	with pytest.raises(frappe.ValidationError, match="Currency Exchange"):
		make_deal(pipeline, amount=100, currency="THB")
	assert make_deal(pipeline, amount=100, currency="THB", conversion_rate=2.5).base_amount == 250


def test_the_rate_of_the_books_is_taken_either_way_round(pipeline):
	frappe.get_doc(
		doctype="Currency Exchange",
		date="2026-01-01",
		from_currency="RUB",
		to_currency="THB",
		exchange_rate=0.5,
		for_selling=1,
		for_buying=1,
	).insert()
	assert make_deal(pipeline, amount=100, currency="THB").base_amount == 200


def test_the_currency_of_a_pipeline_with_deals_stays(pipeline):
	make_deal(pipeline)
	doc = frappe.get_doc("Deal Pipeline", pipeline)
	doc.currency = "USD"
	with pytest.raises(frappe.ValidationError, match="currency stays"):
		doc.save()


# --- bad input -------------------------------------------------------------------------------------


def test_a_disabled_person_is_not_made_responsible_but_may_stay(pipeline, seller):
	deal = make_deal(pipeline, responsible=seller)
	frappe.db.set_value("User", seller, "enabled", 0)
	frappe.clear_document_cache("User", seller)
	deal.title = "Still theirs"
	deal.save()
	with pytest.raises(frappe.ValidationError, match="disabled"):
		make_deal(pipeline, responsible=seller)
	frappe.db.rollback()
	frappe.clear_document_cache("User", seller)


def test_an_endless_title_is_refused(pipeline):
	with pytest.raises(frappe.CharacterLengthExceededError):
		make_deal(pipeline, title="x" * 10_000)


def test_a_script_in_a_field_is_not_stored(pipeline):
	deal = make_deal(
		pipeline, title="Tea <script>alert(1)</script>", utm_source="<img src=x onerror=alert(1)>"
	)
	assert "<script" not in deal.title and "onerror" not in deal.utm_source


def test_a_deal_needs_a_title(pipeline):
	with pytest.raises(frappe.MandatoryError):
		make_deal(pipeline, title="   ")


# --- parties ---------------------------------------------------------------------------------------


def test_the_party_brings_its_name_and_contact(pipeline):
	lead = make_lead(first_name="Анна", last_name="Смирнова", mobile_no="+79031234567")
	deal = make_deal(pipeline, party_type="Lead", party=lead)
	assert deal.party_name == "Анна Смирнова"
	assert deal.contact_person == frappe.db.get_value(
		"Contact", {"email_id": frappe.db.get_value("Lead", lead, "email_id")}
	)


def test_a_customer_may_have_several_deals(pipeline):
	customer = make_customer()
	deals = [make_deal(pipeline, party=customer) for _number in range(2)]
	assert frappe.db.count("Deal", {"party_type": "Customer", "party": customer}) == len(deals)
