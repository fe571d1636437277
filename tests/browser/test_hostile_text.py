"""A script in a product title, a buyer's name or a marketplace's answer is shown as text and never runs.

The titles here go straight into the database, past what cleans them on their way in: the desk must hold alone.
"""

from __future__ import annotations

import frappe
import pytest
from playwright.sync_api import expect

from tests.browser.hands import Hands
from tests.harness.committing import commit

HOSTILE = "<script>window.hostile=1</script><img src=x onerror=\"window.hostile='img'\">"


@pytest.fixture
def infected(showroom):
	"""Hostile text in a listing, an order, a stock level and a run of the shop."""
	frappe.db.rollback()
	found = {
		doctype: frappe.get_all(doctype, filters={"shop": showroom.shop, **more}, pluck="name", limit=1)[0]
		for doctype, more in {
			"Marketplace Order": {"status": ("in", ("Awaiting Packing", "Awaiting Shipment"))},
			"Marketplace Stock Level": {},
			"Marketplace Sync Log": {"stream": "orders"},
		}.items()
	}
	listing = frappe.db.get_value("Marketplace Stock Level", found["Marketplace Stock Level"], "listing")
	before = frappe.db.get_value("Marketplace Listing", listing, ["title", "match_status"], as_dict=True)
	frappe.db.set_value("Marketplace Listing", listing, {"title": HOSTILE, "match_status": "Unmatched"})
	frappe.db.set_value(
		"Marketplace Stock Level",
		found["Marketplace Stock Level"],
		{"last_error": HOSTILE, "pending": 1},
	)
	order = found["Marketplace Order"]
	frappe.db.set_value(
		"Marketplace Order",
		order,
		{"buyer_name": HOSTILE, "delivery_method": HOSTILE, "vendor_substatus": HOSTILE},
	)
	frappe.db.set_value("Marketplace Order Line", {"parent": order}, "title", HOSTILE)
	log = found["Marketplace Sync Log"]
	error = frappe.get_doc(
		doctype="Marketplace Sync Log Error",
		parent=log,
		parenttype="Marketplace Sync Log",
		parentfield="errors",
		name=frappe.generate_hash(length=10),
		sentence=HOSTILE,
		next_step=HOSTILE,
		detail=HOSTILE,
		record_ids=HOSTILE,
		count=1,
	)
	error.db_insert()
	commit()
	yield found | {"Marketplace Listing": listing}
	frappe.db.rollback()
	frappe.db.set_value("Marketplace Listing", listing, before)
	frappe.db.delete("Marketplace Sync Log Error", {"name": error.name})
	frappe.db.set_value("Marketplace Stock Level", found["Marketplace Stock Level"], "last_error", None)
	frappe.db.set_value("Marketplace Order", order, {"buyer_name": None, "delivery_method": None})
	commit()


def test_no_form_runs_it(page, infected):
	hands = Hands(page)
	for doctype, name in infected.items():
		hands.open_form(doctype, name)
		page.wait_for_load_state("networkidle")
		expect(page.locator(".form-page:visible, .form-layout:visible").first).to_contain_text(
			"window.hostile"
		)
		assert page.evaluate("window.hostile") is None, doctype
	assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize(
	("path", "holds"),
	[
		("marketplace-listing?title=%25hostile%25", ".result"),
		("marketplace-matching?match_status=Unmatched", ".marketplace-inbox"),
		("query-report/Marketplace Orders to Ship", ".report-wrapper"),
		("query-report/Marketplace Stock Differences?kind=Error", ".report-wrapper"),
	],
)
def test_no_list_runs_it(page, infected, showroom, path, holds):
	separator = "&" if "?" in path else "?"
	Hands(page).open(f"{path}{separator}shop={showroom.shop}")
	expect(page.locator(f"{holds}:visible").first).to_contain_text("window.hostile")
	assert page.evaluate("window.hostile") is None
	assert page.locator("img[src=x]").count() == 0
