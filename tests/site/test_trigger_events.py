"""Every event sets off its triggers, once, and no others."""

from __future__ import annotations

import json
from datetime import timedelta

import frappe
import pytest

from crm_marketplace.sync import alerts, announce, changes, clock
from crm_marketplace.triggers import webhook_page
from crm_marketplace.triggers.definition import digest
from crm_marketplace.triggers.engine import timetable
from tests.harness.committing import commit
from tests.site import builders, triggers
from tests.site.triggers import comment, comments, logs, make, run, the_log, todo

pytestmark = pytest.mark.usefixtures("no_triggers")


def test_created(site):
	rule = make("Created", "ToDo", comment("made by {{ user }}"))
	doc = todo()
	assert run() == 1
	assert comments(doc) == ["made by Administrator"]
	assert the_log(rule).status == "Done"
	doc.description = "changed"
	doc.save()
	assert run() == 0


def test_changed_with_old_and_new_value(site):
	rule = make(
		"Changed", "ToDo", comment("{{ old.priority }} to {{ doc.priority }}"), watched_fields="priority"
	)
	doc = todo(priority="Low")
	doc.description = "not watched"
	doc.save()
	assert run() == 0
	doc.priority = "High"
	doc.save()
	assert run() == 1
	assert comments(doc) == ["Low to High"]
	assert json.loads(the_log(rule).changes) == {"priority": ["Low", "High"]}


def test_changed_by_db_set_is_one_change(site):
	rule = make("Changed", "ToDo", comment())
	doc = todo(priority="Low")
	doc.priority = "High"
	doc.save()
	doc.db_set("color", "#112233")
	run()
	found = [json.loads(log.changes) for log in logs(rule)]
	assert sorted(found, key=str) == [{"color": [None, "#112233"]}, {"priority": ["Low", "High"]}]


def test_change_of_rows(site):
	rule = make(
		"Changed",
		"Note",
		comment("{{ doc.seen_by | length }} rows"),
		watched_fields="seen_by",
	)
	doc = frappe.get_doc(doctype="Note", title=builders.unique("note")).insert()
	doc.append("seen_by", {"user": "Administrator"})
	doc.save()
	run()
	assert comments(doc) == ["1 rows"]
	doc.save()
	assert run() == 0
	assert the_log(rule)


def test_status_from_and_to(site):
	rule = make(
		"Status Changed", "ToDo", comment(), event_field="status", from_value="Open", to_value="Closed"
	)
	doc = todo()
	for status in ("Cancelled", "Open", "Closed"):
		doc.status = status
		doc.save()
	run()
	assert json.loads(the_log(rule).changes)["status"] == ["Open", "Closed"]


def test_submitted_and_cancelled(site, books):
	submitted = make("Submitted", "Stock Entry", comment())
	cancelled = make("Cancelled", "Stock Entry", comment())
	item = builders.make_item()
	entry = frappe.get_doc(
		doctype="Stock Entry",
		stock_entry_type="Material Receipt",
		company=books.company,
		items=[{"item_code": item, "qty": 1, "t_warehouse": books.warehouse, "basic_rate": 1}],
	).insert()
	assert run() == 0
	entry.submit()
	run()
	assert the_log(submitted).status == "Done" and not logs(cancelled)
	entry.cancel()
	run()
	assert the_log(cancelled).status == "Done"


def test_comment_message_and_assignment_belong_to_their_document(site):
	written = make("Comment Added", "Note", triggers.action("Add Tag", tag="{{ given.text }}"))
	received = make("Message Received", "Note", triggers.action("Add Tag", tag="{{ given.by }}"))
	assigned = make("Assigned", "Note", triggers.action("Add Tag", tag="{{ given.to }}"))
	doc = frappe.get_doc(doctype="Note", title=builders.unique("note")).insert()
	doc.add_comment("Comment", "please call")
	doc.add_comment("Info", "no comment of a person")
	for direction in ("Received", "Sent"):
		frappe.get_doc(
			doctype="Communication",
			subject="Re",
			content="hello",
			sender="buyer@example.com",
			sent_or_received=direction,
			reference_doctype="Note",
			reference_name=doc.name,
		).insert()
	todo(reference_type="Note", reference_name=doc.name, allocated_to="Administrator")
	run()
	assert {the_log(rule).status for rule in (written, received, assigned)} == {"Done"}
	assert set(doc.get_tags()) == {"please call", "buyer@example.com", "Administrator"}


# --- shops -----------------------------------------------------------------------------------------


def new_order(shop: str) -> frappe._dict:
	order = builders.make_order(builders.line("A-1"))
	builders.store(shop, order)
	return builders.order_row(shop, order.external_id)


def test_new_order_fires_once_for_each_of_a_page(shop):
	rule = make("New Order", None, comment("{{ goods | length }} goods"))
	orders = [builders.make_order(builders.line("A-1"), builders.line("A-2")) for _ in range(2)]
	builders.store(shop, *orders)
	builders.store(shop, *orders)
	assert run() == 2
	rows = builders.order_rows(shop)
	assert sorted(log.document_name for log in logs(rule)) == sorted(row.name for row in rows)
	assert [comments(frappe.get_doc("Marketplace Order", row.name)) for row in rows] == [["2 goods"]] * 2


def test_a_page_costs_no_query_when_nobody_waits(shop):
	make("Created", "ToDo", comment())
	announce.created("Marketplace Order", ["warm-up"])

	def tell():
		announce.created("Marketplace Order", [str(number) for number in range(100)])
		announce.changed("Marketplace Order", {"x": {"status": ("Pending", "Shipped")}})

	assert triggers.queries_of(tell) == 0


def test_a_page_costs_the_same_queries_for_one_order_and_for_fifty(shop):
	make("New Order", None, comment())
	orders = [builders.make_order(builders.line("A-1")) for _ in range(51)]
	builders.store(shop, *orders)
	names = [row.name for row in builders.order_rows(shop)]
	announce.created("Marketplace Order", names[:1])
	few = triggers.queries_of(lambda: announce.created("Marketplace Order", names[:1]))
	assert triggers.queries_of(lambda: announce.created("Marketplace Order", names[1:])) == few


def test_order_cancelled_and_on_hold(shop):
	cancelled = make("Order Cancelled", None, comment("{{ old.status }}"))
	held = make("Order On Hold", None, comment("{{ doc.hold_code }}"))
	order = builders.make_order(builders.line("A-1"))
	row = builders.take_in(shop, order)
	run()
	assert the_log(held).status == "Done" and not logs(cancelled)
	assert comments(frappe.get_doc("Marketplace Order", row.name)) == ["unknown_product"]
	builders.store(shop, builders.cancelled(order))
	run()
	assert json.loads(the_log(cancelled).changes)["status"] == ["Awaiting Packing", "Cancelled"]


def test_ship_by_approaching(shop):
	rule = make("Ship By Approaching", None, comment(), duration=120)
	near, far, gone = (new_order(shop).name for _ in range(3))
	now = clock.site_now()
	for name, ship_by, status in (
		(near, now + timedelta(minutes=119, seconds=50), "Awaiting Packing"),
		(far, now + timedelta(hours=5), "Awaiting Packing"),
		(gone, now + timedelta(minutes=119, seconds=50), "Shipped"),
	):
		frappe.db.set_value("Marketplace Order", name, {"ship_by": ship_by, "status": status})
	frappe.db.set_value("Trigger", rule.name, "cursor", clock.to_text(clock.utc_now() - timedelta(minutes=1)))
	timetable.tick()
	timetable.tick()
	assert run() == 1
	assert the_log(rule).document_name == near


def test_a_deadline_that_is_set_late_is_not_missed(shop):
	rule = make("Ship By Approaching", None, comment(), duration=120)
	name = new_order(shop).name
	timetable.tick()
	frappe.db.set_value(
		"Marketplace Order",
		name,
		{"ship_by": clock.site_now() + timedelta(minutes=20), "status": "Awaiting Packing"},
	)
	commit()
	timetable.tick()
	run()
	assert the_log(rule).document_name == name


def test_stock_below(site, books):
	changes.dispatch()
	rule = make("Stock Below", None, comment("{{ given.quantity }}"), threshold=5, threshold_unit="Units")
	few, plenty = builders.make_item(), builders.make_item()
	builders.make_stock(books.company, {few: 3, plenty: 30}, books.warehouse)
	changes.dispatch()
	changes.mark([few, plenty])
	commit()
	changes.dispatch()
	run()
	assert the_log(rule).document_name == few
	assert comments(frappe.get_doc("Item", few)) == ["3.0"]


def test_stream_silent(shop):
	rule = make("Stream Silent", None, comment("{{ given.stream }}"))
	frappe.db.set_value(
		"Marketplace Stream",
		{"shop": shop, "stream": "orders"},
		{
			"enabled": 1,
			"last_success_at": "2020-01-01",
			"creation": "2020-01-01",
			"next_run_at": "2020-01-01",
			"silent_since": None,
		},
	)
	alerts.check_silence()
	alerts.check_silence()
	run()
	mine = logs(rule, document_name=shop)
	assert len(mine) == 1 and mine[0].status == "Done"


# --- webhooks --------------------------------------------------------------------------------------


def call(rule, body: dict, **headers) -> dict | None:
	secret = rule.get_password("webhook_secret")
	assert digest(secret) == rule.webhook_digest
	return webhook_page.receive(secret, json.dumps(body).encode(), headers)


def test_webhook_with_and_without_a_document(site):
	doc = todo("from outside")
	rule = make("Webhook Received", "ToDo", comment("{{ given.note }}"))
	assert call(rule, {"name": doc.name, "note": "<b>paid</b>"})
	assert call(rule, {"name": doc.name, "note": "<b>paid</b>"})
	run()
	assert the_log(rule).document_name == doc.name
	assert comments(doc) == ["&lt;b&gt;paid&lt;/b&gt;"]
	assert call(rule, {"name": doc.name, "note": "x"}, **{"Idempotency-Key": "1"})
	assert call(rule, {"name": doc.name, "note": "y"}, **{"Idempotency-Key": "1"})
	assert len(logs(rule)) == 2


def test_an_equal_call_without_an_id_is_another_one_after_two_minutes(site, monkeypatch):
	rule = make(
		"Webhook Received",
		None,
		triggers.action("Notify on the Desk", to=triggers.user("Administrator"), subject="x"),
	)
	began = clock.utc_now().replace(second=30)
	told = []
	for seconds in (0, 20, 60, 180, 200):
		monkeypatch.setattr(clock, "utc_now", lambda seconds=seconds: began + timedelta(seconds=seconds))
		told.append(call(rule, {"ping": 1}))
	new, again = {"ok": True}, {"ok": True, "duplicate": True}
	assert told == [new, again, again, new, again]
	assert len(logs(rule)) == 2


def test_a_call_with_an_id_is_known_for_good(site, monkeypatch):
	rule = make("Webhook Received", "ToDo", comment(), frequency="Once per Document")
	doc, other = todo(), todo()
	assert call(rule, {"name": doc.name}, **{"X-Event-Id": "1"}) == {"ok": True}
	assert call(rule, {"name": other.name}, **{"X-Event-Id": "2"}) == {"ok": True}
	later = clock.utc_now() + timedelta(days=3)
	monkeypatch.setattr(clock, "utc_now", lambda: later)
	assert call(rule, {"name": doc.name}, **{"X-Event-Id": "1"}) == {"ok": True, "duplicate": True}
	assert len(logs(rule)) == 2


def test_webhook_at_a_wrong_address_or_of_a_trigger_that_is_off(site):
	rule = make(
		"Webhook Received",
		None,
		triggers.action("Notify on the Desk", to=triggers.user("Administrator"), subject="x"),
	)
	assert not webhook_page.receive("wrong", b"{}", {})
	rule.enabled = 0
	rule.save()
	assert not call(rule, {})
	assert not logs(rule)
