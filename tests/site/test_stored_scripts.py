"""Scripts in what a marketplace sends: stored as plain text, and escaped wherever we make HTML ourselves."""

from __future__ import annotations

import json

import frappe
import pytest

from crm_marketplace.integrations.errors import AuthenticationError, RejectedError
from crm_marketplace.integrations.records import (
	Address,
	Cancellation,
	Fetched,
	Listing,
	OrderStatus,
	Party,
	Scheme,
)
from crm_marketplace.marketplace import api, timeline
from crm_marketplace.marketplace.api import guard
from crm_marketplace.setup.roles import MANAGER
from crm_marketplace.sync import alerts, breaker, clock, listings, tasks
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import get_shop
from tests.site import builders
from tests.site.builders import line, make_order, take_in

SCRIPT = "<img src=x onerror=alert(1)>"
TAG = "<img"


def texts_of(doctype: str, name: str, skip: tuple[str, ...] = ()) -> dict[str, str]:
	"""All texts of a document and its rows, as they lie in the database, by field."""
	doc = frappe.get_doc(doctype, name)
	found = {key: value for key, value in doc.as_dict().items() if isinstance(value, str)}
	for table in doc.meta.get_table_fields():
		for row in doc.get(table.fieldname):
			found |= {
				f"{table.fieldname}.{key}": value
				for key, value in row.as_dict().items()
				if isinstance(value, str)
			}
	return {key: value for key, value in found.items() if key not in skip}


@pytest.fixture
def hostile(shop):
	"""An order that carries a script wherever a marketplace puts text."""
	builders.make_listing(shop, "red-cup")
	order = make_order(
		line("red-cup", title=SCRIPT),
		scheme=Scheme.DBS,
		buyer=Party(name=SCRIPT, phone="+79031234567", email=f"{SCRIPT}@example.com"),
		address=Address(city=SCRIPT, street=SCRIPT, comment=SCRIPT),
		carrier=SCRIPT,
		delivery_method=SCRIPT,
		payment_method=SCRIPT,
		vendor_substatus=SCRIPT,
		cancellation=Cancellation(reason=SCRIPT, initiator=SCRIPT),
	)
	return take_in(shop, order)


def test_an_order_is_stored_without_markup(hostile):
	texts = texts_of(
		"Marketplace Order", hostile.name, skip=("record", "payload", "hold_details", "hold_reason")
	)

	assert [key for key, text in texts.items() if TAG in text] == []
	assert "onerror" in texts["lines.title"], "readable all the same"


def test_what_the_marketplace_said_exactly_is_kept_as_data(hostile):
	record = json.loads(hostile.record)

	assert record["lines"][0]["title"] == SCRIPT


def test_a_listing_is_stored_without_markup(shop):
	card = Listing(external_id="1", offer_id="red-cup", title=SCRIPT, state_reason=SCRIPT)
	run = Run(shop, "listings")
	listings.store_page(get_shop(shop), [Fetched("1", {}, record=card)], run, clock.site_now())

	name = frappe.db.get_value("Marketplace Listing", {"shop": shop})
	assert [key for key, text in texts_of("Marketplace Listing", name).items() if TAG in text] == []


def test_an_item_made_of_a_listing_is_without_markup(shop):
	offer = builders.unique("cup")
	listing = builders.make_listing(shop, offer)
	frappe.db.set_value("Marketplace Listing", listing, "title", SCRIPT)

	api.create_item(listing, item_group="Products")

	assert [key for key, text in texts_of("Item", offer).items() if TAG in text] == []


def test_a_customer_and_an_address_made_of_a_buyer_are_without_markup(open_shop):
	shop = open_shop(customer_policy="One customer per buyer")
	buyer = Party(name=f"{SCRIPT} {builders.unique('x')}", external_id=builders.unique("buyer"))
	address = Address(city=SCRIPT, street=SCRIPT, comment=SCRIPT)
	item = builders.make_goods(shop)

	row = take_in(shop, make_order(line(item), scheme=Scheme.DBS, buyer=buyer, address=address))

	assert row.state == "Done", row.hold_reason
	order = frappe.get_doc("Sales Order", row.sales_order)
	for doctype, name in (
		("Customer", order.customer),
		("Address", order.shipping_address_name),
		("Sales Order", order.name),
	):
		assert [key for key, text in texts_of(doctype, name).items() if TAG in text] == [], doctype


def test_the_timeline_escapes_what_it_tells(shop):
	row = take_in(shop, make_order(line(SCRIPT)))

	entries = timeline.order_events("Marketplace Order", row.name)

	told = " ".join(entry["content"] for entry in entries)
	assert "onerror" in told
	assert TAG not in told


def test_a_task_escapes_what_it_quotes(shop):
	tasks.ask("Marketplace Shop", shop, f"Settle {SCRIPT}")

	(task,) = builders.open_tasks("Marketplace Shop", shop)
	assert TAG not in frappe.db.get_value("ToDo", task, "description")


def test_a_notification_and_its_email_escape_what_they_quote(shop, user_with_role, monkeypatch):
	sent = []
	user = user_with_role(MANAGER)
	monkeypatch.setattr(frappe, "sendmail", lambda **options: sent.append(options))
	monkeypatch.setattr(alerts, "recipients", lambda: ([user], [user]))
	monkeypatch.setattr(frappe.db, "exists", lambda *args, **options: True)

	alerts.shop_paused(shop, RejectedError(values=(SCRIPT,)))

	monkeypatch.undo()
	notice = frappe.get_all(
		"Notification Log", filters={"document_name": shop}, fields=["subject", "email_content"]
	)[0]
	assert "onerror" in notice.subject
	assert TAG not in notice.subject + notice.email_content + sent[0]["message"]


def test_messages_of_buttons_escape_what_a_marketplace_said(shop):
	with pytest.raises(frappe.ValidationError) as caught, guard.said_to_user():
		raise RejectedError(values=(SCRIPT,))

	assert TAG not in str(caught.value) and "onerror" in str(caught.value)


def test_the_reason_of_a_pause_is_escaped(shop):
	for _ in range(breaker.AUTHENTICATION_FAILURES):
		breaker.record_failure(shop, AuthenticationError(f"The key {SCRIPT} is wrong"))

	with pytest.raises(frappe.ValidationError) as caught:
		api.sync_now(shop)

	assert TAG not in str(caught.value) and "onerror" in str(caught.value)


def test_an_unknown_stream_in_a_request_is_escaped(shop):
	with pytest.raises(frappe.ValidationError) as caught:
		api.sync_now(shop, SCRIPT)

	assert TAG not in str(caught.value)


def test_an_unknown_listing_in_a_request_is_escaped(shop):
	row = take_in(shop, make_order(line("nobody-listed-this")))

	with pytest.raises(frappe.ValidationError) as caught:
		api.release_order(row.name, "map_listing", {"offer_id": SCRIPT, "item": "x"})

	assert TAG not in str(caught.value)


def test_a_run_keeps_the_words_of_a_marketplace_without_scripts(shop):
	run = Run(shop, "orders")
	run.start()
	run.add_error(RejectedError(values=(SCRIPT,), detail=SCRIPT))
	run.finish()

	# Saved as a document, so Frappe takes out what could run; `detail` is shown as code.
	texts = texts_of("Marketplace Sync Log", run.log, skip=("errors.detail",))
	assert [key for key, text in texts.items() if "onerror=" in text] == []


def test_a_hostile_order_still_becomes_a_sales_order(shop, hostile):
	"""Neutralising text changes no number and no key."""
	item = builders.make_item()

	api.release_order(hostile.name, "map_listing", {"offer_id": "red-cup", "item": item})

	row = builders.order_row(shop, hostile.external_id)
	assert (row.state, row.status) == ("Done", OrderStatus.AWAITING_PACKING.value)
