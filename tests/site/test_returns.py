"""Returns of a shop: kept once, linked to their order, told to triggers."""

from __future__ import annotations

import json
from datetime import timedelta

import frappe
import pytest

from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.records import Fetched, ReturnLine, ReturnState
from crm_marketplace.marketplace import cards
from crm_marketplace.sync.after_sale import links, returns
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import get_shop
from tests.harness.committing import commit
from tests.site import builders, triggers
from tests.site.after_sale import MOMENT, make_return, store_returns


def link(shop: str) -> None:
	links.link_orders(returns.DOCTYPE, shop, {"marketplace_order": "name", "sales_order": "sales_order"})


def test_a_return_is_kept_with_its_goods(shop):
	item = builders.make_item()
	listing = builders.make_listing(shop, "red-cup", item)
	record = make_return(
		refund=builders.money("1499.50"),
		place="Склад возвратов, Москва",
		comment="Не подошёл размер",
		pickup_until=MOMENT + timedelta(days=7),
	)
	(name,) = store_returns(shop, record)
	doc = frappe.get_doc("Marketplace Return", name)
	assert (doc.state, doc.kind, doc.scheme) == ("On The Way", "Returned", "FBS")
	assert (doc.refund, doc.currency, doc.goods) == (1499.5, "RUB", "2 × Red cup")
	assert doc.company == get_shop(shop).company
	assert (doc.lines[0].listing, doc.lines[0].item, doc.lines[0].quantity) == (listing, item, 2)
	assert str(doc.opened_at) == "2026-03-09 11:00:00"


def test_the_same_page_twice_writes_nothing(shop):
	record = make_return()
	(name,) = store_returns(shop, record)
	before = frappe.get_doc("Marketplace Return", name).as_dict()
	assert store_returns(shop, record) == [name]
	assert frappe.get_doc("Marketplace Return", name).as_dict() == before
	assert not frappe.db.exists("Version", {"ref_doctype": "Marketplace Return", "docname": name})


def test_what_changed_is_kept_as_a_version(shop):
	record = make_return()
	(name,) = store_returns(shop, record)
	store_returns(
		shop,
		record.model_copy(
			update={"state": ReturnState.READY, "vendor_status": "ArrivedForReturn", "lines": record.lines}
		),
	)
	assert frappe.db.get_value("Marketplace Return", name, "state") == "Ready For Pickup"
	assert frappe.db.count("Marketplace Return Line", {"parent": name}) == 1
	data = json.loads(frappe.db.get_value("Version", {"docname": name}, "data"))
	assert ["state", "On The Way", "Ready For Pickup"] in data["changed"]


def test_two_workers_store_one_return_once(shop):
	record = make_return()
	store_returns(shop, record)
	with pytest.raises(frappe.UniqueValidationError):
		frappe.get_doc(
			doctype="Marketplace Return", shop=shop, external_id=record.external_id, state="On The Way"
		).insert()


def test_an_order_that_comes_later_is_linked_then(shop):
	goods = builders.make_goods(shop)
	order = builders.make_order(builders.line(goods))
	(name,) = store_returns(shop, make_return(order_id=order.external_id))
	link(shop)
	assert not frappe.db.get_value("Marketplace Return", name, "marketplace_order")
	row = builders.take_in(shop, order)
	link(shop)
	found = frappe.db.get_value(
		"Marketplace Return", name, ["marketplace_order", "sales_order"], as_dict=True
	)
	assert (found.marketplace_order, found.sales_order) == (row.name, row.sales_order)
	assert row.sales_order


def test_an_order_of_another_shop_is_not_linked(open_shop):
	shop, other = open_shop(), open_shop()
	order = builders.make_order(builders.line(builders.make_goods(other)))
	builders.take_in(other, order)
	(name,) = store_returns(shop, make_return(order_id=order.external_id))
	link(shop)
	assert not frappe.db.get_value("Marketplace Return", name, "marketplace_order")


def test_one_that_cannot_be_read_costs_nothing_but_itself(shop):
	good = make_return()
	run = Run(shop, "returns", "Button")
	error = ContractError(field="logistic", value_kind="nothing", record_id="broken")
	items = [
		Fetched("broken", {"id": "broken"}, error=error),
		Fetched(good.external_id, {"id": good.external_id}, good),
	]
	returns.store(get_shop(shop), items, run)
	commit()
	assert (run.counts["fetched"], run.counts["stored"], run.counts["failed"]) == (2, 1, 1)
	assert [group.records for group in run.errors.values()] == [["broken"]]


def test_markup_from_outside_is_plain(shop):
	line = ReturnLine(line_id="1", offer_id="x", title="<img src=x onerror=alert(1)>", quantity=1)
	(name,) = store_returns(shop, make_return(line, comment="<script>alert(2)</script>"))
	doc = frappe.get_doc("Marketplace Return", name)
	assert "<" not in doc.lines[0].title + doc.comment + doc.goods


def test_queries_do_not_grow_with_the_page(shop):
	def queries(count: int) -> int:
		records = [make_return() for _number in range(count)]
		items = [Fetched(record.external_id, {}, record) for record in records]
		run = Run(shop, "returns", "Button")
		return triggers.queries_of(lambda: returns.store(get_shop(shop), items, run))

	queries(2)  # metas are read once
	assert queries(3) == queries(60)


@pytest.mark.usefixtures("no_triggers")
def test_a_trigger_hears_of_returns(shop):
	came = triggers.make("Return Received", None, triggers.comment("{{ doc.goods }}"))
	waits = triggers.make(
		"Return Status Changed", None, triggers.comment("{{ doc.place }}"), to_value="Ready For Pickup"
	)
	record = make_return()
	(name,) = store_returns(shop, record)
	triggers.run()
	assert triggers.done(came)
	assert triggers.logs(waits) == []
	store_returns(shop, record.model_copy(update={"state": ReturnState.READY, "place": "Point 7"}))
	triggers.run()
	assert triggers.done(waits)
	assert triggers.comments(frappe.get_doc("Marketplace Return", name)) == ["2 × Red cup", "Point 7"]


@pytest.mark.usefixtures("no_triggers")
def test_a_dry_run_finds_returns_of_the_last_days(shop):
	from crm_marketplace.triggers.engine import dry_run

	record = make_return()
	(name,) = store_returns(shop, record)
	store_returns(shop, record.model_copy(update={"state": ReturnState.READY}))
	rule = triggers.make("Return Status Changed", None, triggers.comment(), to_value="Ready For Pickup")
	found = dry_run.over_days(rule, 1)
	assert name in [row["name"] for row in found["rows"]]
	came = triggers.make("Return Received", None, triggers.comment())
	assert name in [row["name"] for row in dry_run.over_days(came, 1)["rows"]]


def test_a_stream_that_is_off_is_not_started_by_a_notification(shop, queued):
	from crm_marketplace.integrations.connector import WebhookHint
	from crm_marketplace.sync import webhooks

	builders.switch_streams(shop, returns=0)
	webhooks.remember(get_shop(shop), WebhookHint(streams=("returns",)))
	assert queued == []


def test_a_shop_of_before_gets_the_streams_switched_off(shop):
	from crm_marketplace.patches.v0_3 import streams_of_returns_and_reviews as patch

	frappe.db.delete("Marketplace Shop Stream", {"parent": shop, "stream": ("in", patch.STREAMS)})
	patch.execute()
	patch.execute()
	rows = frappe.get_all(
		"Marketplace Shop Stream",
		filters={"parent": shop, "stream": ("in", patch.STREAMS)},
		fields=["stream", "enabled"],
		order_by="stream",
	)
	assert [(row.stream, row.enabled) for row in rows] == [("returns", 0), ("reviews", 0)]


def test_the_list_counts_what_waits(shop, user_with_role, as_user):
	store_returns(shop, make_return(state=ReturnState.READY), make_return())
	filters = {"ready": [["state", "=", "Ready For Pickup"], ["shop", "=", shop]]}
	with as_user(user_with_role("Marketplace Viewer")):
		assert cards.counts("Marketplace Return", filters) == {"ready": 1}


def test_a_size_of_a_card_is_found_by_its_barcode(shop):
	def size(name: str, barcode: str) -> str:
		return builders.make_listing(
			shop, f"BOOT-{name}", marketplace_ids='{"nmID": "500", "chrtID": "%s"}' % name, barcodes=barcode
		)

	size("41", "2000000000041")
	right = size("42", "2000000000042\n2000000000142")
	builders.make_listing(shop, "OTHER", marketplace_ids='{"nmID": "5000"}')
	ids = {"nmID": "500", "sku": "2000000000142"}
	(name,) = store_returns(
		shop, make_return(ReturnLine(line_id="1", marketplace_ids=ids, title="Boots, 42", quantity=1))
	)
	(line,) = frappe.get_doc("Marketplace Return", name).lines
	assert (line.listing, line.offer_id) == (right, "BOOT-42")
