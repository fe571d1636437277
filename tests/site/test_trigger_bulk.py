"""What is written in bulk is heard of all the same: orders, cards, how a shop is."""

from __future__ import annotations

import json
from datetime import timedelta

import frappe
import pytest

from crm_marketplace.integrations.errors import AuthenticationError
from crm_marketplace.integrations.records import Fetched, Listing, Party
from crm_marketplace.marketplace import api as marketplace_api
from crm_marketplace.sync import announce, breaker, clock, health, listings, matching, told
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import get_shop
from crm_marketplace.triggers import api
from tests.site import builders
from tests.site.triggers import comment, logs, make, queries_of

pytestmark = pytest.mark.usefixtures("no_triggers")


@pytest.fixture
def heard(monkeypatch):
	"""What was told: (DocType, kind) → name → changes."""
	found: dict[tuple[str, str], dict[str, dict]] = {}

	def listen(happenings):
		for one in happenings:
			found.setdefault((one.doctype, one.kind), {}).setdefault(one.name, {}).update(one.changes)

	monkeypatch.setattr(announce, "tell", listen)
	return found


def changes_of(rule, name: str) -> dict:
	[log] = logs(rule, document_name=name)
	return json.loads(log.changes)


# --- orders ----------------------------------------------------------------------------------------


def test_every_field_an_order_shows_is_an_event(shop):
	first = builders.line("red-cup")
	order = builders.make_order(first)
	builders.store(shop, order)
	name = builders.order_row(shop, order.external_id).name
	fields = ("total", "lines", "cancel_reason", "deliver_to", "delivery_method", "status")
	rules = {field: make("Changed", "Marketplace Order", comment(), watched_fields=field) for field in fields}

	later = builders.cancelled(order)
	later = builders.changed(
		later,
		lines=(first, builders.line("blue-cup", quantity=2, price="50.00")),
		deliver_to=order.ship_by + timedelta(days=2),
		delivery_method="By drone",
	)
	builders.store(shop, later)

	told_of = {field: changes_of(rule, name) for field, rule in rules.items()}
	assert all(set(fields) <= set(changes) for changes in told_of.values())
	changes = told_of["total"]
	assert changes["total"] == [100.0, 200.0]
	assert changes["lines"] == ["red-cup × 1 = 100.00", "red-cup × 1 = 100.00; blue-cup × 2 = 100.00"]
	assert changes["cancel_reason"] == [None, "The buyer changed his mind"]
	assert not {"digest", "payload", "fetched_at"} & set(changes)


def test_what_an_order_says_again_is_no_event(shop, heard):
	order = builders.make_order(builders.line("red-cup"))
	builders.store(shop, order)
	name = builders.order_row(shop, order.external_id).name
	heard.clear()
	builders.store(shop, builders.changed(order, delivery_method="By drone"))
	assert set(heard[("Marketplace Order", "change")][name]) == {"delivery_method"}


def test_the_buyer_is_told_to_nobody(shop, heard):
	order = builders.make_order(builders.line("red-cup"), buyer=Party(name="Ann"))
	builders.store(shop, order)
	builders.store(shop, builders.changed(order, buyer=Party(name="Ann Smith")))
	told_of = heard.get(("Marketplace Order", "change"), {})
	assert not [field for changes in told_of.values() for field in changes if field.startswith("buyer")]


def test_telling_costs_no_query_per_order(shop):
	def queries(count: int) -> int:
		orders = [builders.make_order(builders.line("red-cup")) for _number in range(count)]
		builders.store(shop, *orders)
		later = [builders.changed(order, delivery_method="By drone") for order in orders]
		items = [builders.fetched(order) for order in later]
		return queries_of(lambda: builders.store_page(get_shop(shop), items))

	queries(1)  # metas are read once
	one, two, many = queries(1), queries(2), queries(12)
	assert many - two == (two - one) * 10


def test_a_person_settles_or_ignores_an_order(shop, heard):
	name = builders.take_in(shop, builders.make_order(builders.line("red-cup"))).name
	frappe.db.set_value("Marketplace Order", name, "needs_resolution", 1)
	heard.clear()
	marketplace_api.resolve_order(name, "settled by phone")
	marketplace_api.ignore_orders([name], "a test order")
	changes = heard[("Marketplace Order", "change")][name]
	assert changes["needs_resolution"] == (1, 0) and changes["state"] == ("On Hold", "Ignored")


# --- cards -----------------------------------------------------------------------------------------


def store(shop: str, *cards: Listing, at=None) -> None:
	items = [Fetched(card.external_id, {}, record=card) for card in cards]
	listings.store_page(get_shop(shop), items, Run(shop, "listings"), at or clock.site_now())


def card(number: str = "1", **fields) -> Listing:
	return Listing(**{"external_id": number, "offer_id": f"cup-{number}", "title": "Cup", **fields})


def test_cards_that_come_change_and_go(shop):
	created = make("Created", "Marketplace Listing", comment())
	changed = make("Changed", "Marketplace Listing", comment())
	state = make("Status Changed", "Marketplace Listing", comment(), event_field="state", to_value="Archived")
	store(shop, card(), card("2"))
	names = dict(
		frappe.get_all(
			"Marketplace Listing", filters={"shop": shop}, fields=["external_id", "name"], as_list=True
		)
	)
	assert {log.document_name for log in logs(created)} == set(names.values())
	assert logs(changed) == []

	later = clock.site_now() + timedelta(hours=1)
	store(shop, card(title="Cup, red", price=builders.money(70)), at=later)
	assert changes_of(changed, names["1"]) == {
		"title": ["Cup", "Cup, red"],
		"price": [0.0, 70.0],
		"currency": [None, "RUB"],
	}
	listings.retire_unseen(get_shop(shop), later)
	assert changes_of(state, names["2"])["state"][1] == "Archived"
	assert logs(state, document_name=names["1"]) == []
	assert len(logs(created)) == 2


def test_a_card_that_is_matched_is_heard_of(shop):
	rule = make("Status Changed", "Marketplace Listing", comment(), event_field="match_status")
	item = builders.make_item()
	store(shop, card(offer_id=item), card("2"))
	matching.match_shop(shop, suggest=False)
	[log] = logs(rule)
	assert json.loads(log.changes)["item"] == [None, item]
	marketplace_api.ignore_listings(
		frappe.get_all(
			"Marketplace Listing", filters={"shop": shop, "match_status": "Unmatched"}, pluck="name"
		)
	)
	assert json.loads(logs(rule)[1].changes) == {"match_status": ["Unmatched", "Ignored"]}


# --- shops -----------------------------------------------------------------------------------------


def test_a_shop_that_pauses_and_its_health(shop, heard):
	for _time in range(breaker.AUTHENTICATION_FAILURES):
		breaker.record_failure(shop, AuthenticationError("The key is wrong"))
	health.refresh(shop)
	changes = heard[("Marketplace Shop", "change")][shop]
	assert changes["breaker_state"] == ("Closed", "Open") and "key is wrong" in changes["breaker_reason"][1]
	assert changes["health"][1] == frappe.db.get_value("Marketplace Shop", shop, "health")
	breaker.close(shop)
	assert heard[("Marketplace Shop", "change")][shop]["breaker_state"] == ("Open", "Closed")


# --- what nobody hears of --------------------------------------------------------------------------


@pytest.mark.parametrize(
	("doctype", "field"),
	[
		("Marketplace Order", "buyer_name"),
		("Marketplace Listing", "last_seen_at"),
		("Marketplace Return", "goods"),
	],
)
def test_what_changes_in_silence_is_refused_and_marked(site, doctype, field):
	offered = {row["value"]: row["silent"] for row in api.fields(doctype)}
	assert offered[field]
	assert not any(offered.get(one) for one in told.TOLD[doctype])
	for event, values in (
		("Changed", {"watched_fields": f"state\n{field}"}),
		("Status Changed", {"event_field": field}),
	):
		with pytest.raises(frappe.ValidationError, match="do not hear of changes"):
			make(event, doctype, comment(), **values)
	make("Created", doctype, comment(), conditions={"field": field, "op": "set"})


def test_what_a_person_fills_in_is_heard_of(site):
	assert not told.is_silent("Marketplace Listing", "publish_stock")
	assert not told.is_silent("ToDo", "status")


def test_whatever_is_told_is_there(site):
	for doctype, fields in told.TOLD.items():
		known = {df.fieldname for df in frappe.get_meta(doctype).fields}
		assert fields <= known, doctype
