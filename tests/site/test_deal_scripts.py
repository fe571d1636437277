"""A script typed into any text of Deals is cleaned on its way into the database, whichever way it comes."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import nowdate

from crm_marketplace.deals import stages
from crm_marketplace.deals.api import board, pipelines
from tests.site.builders import make_item, unique
from tests.site.deals_world import make_customer, make_deal, make_pipeline, stage_names

HOSTILE = "Tea <script>alert(1)</script><img src=x onerror=alert(1)>"
TEXT_TYPES = ("Data", "Small Text", "Text", "Long Text", "Text Editor")


@pytest.fixture
def pipeline(site):
	return make_pipeline()


def documents(pipeline):
	"""A saved document of every kind a person types into."""
	stage = frappe.get_doc("Deal Stage", stage_names(pipeline)[0])
	stage.append("tasks", {"subject": "Call", "kind": "Call"})
	stage.save()
	new = {
		"Deal Loss Reason": {"reason": unique("Reason")},
		"Deal Board View": {"title": "View", "pipeline": pipeline, "user": "Administrator", "filters": "{}"},
		"Deal Absence": {"user": "Administrator", "from_date": nowdate(), "to_date": nowdate()},
		"Customer Segment": {
			"__newname": unique("Segment"),
			"segment_name": unique("Segment"),
			"kind": "Channel",
		},
		"Advertising Cost": {
			"by": "UTM Source",
			"utm_source": "utm",
			"pipeline": pipeline,
			"from_date": nowdate(),
			"to_date": nowdate(),
			"amount": 1,
		},
	}
	return [
		make_deal(
			pipeline,
			party=make_customer(),
			items=[{"item_code": make_item(is_stock_item=0), "qty": 1, "rate": 1}],
		),
		frappe.get_doc("Deal Pipeline", pipeline),
		stage,
		*(frappe.get_doc(doctype=doctype, **values).insert() for doctype, values in new.items()),
	]


def texts_of(doc):
	"""Fields a person types text into: those that are not read-only, lists of choices or code."""
	return [
		df.fieldname
		for df in doc.meta.fields
		if df.fieldtype in TEXT_TYPES and not df.read_only and not df.hidden and not df.options
	]


def assert_clean(doc):
	for field in texts_of(doc):
		stored = frappe.db.get_value(doc.doctype, doc.name, field) or ""
		assert "<script" not in stored and "onerror" not in stored, (doc.doctype, field, stored)


def test_every_text_of_every_document(pipeline):
	seen = set()
	for doc in documents(pipeline):
		rows = [doc, *doc.get_all_children()]
		for row in rows:
			for field in texts_of(row):
				if row.doctype != "Deal Loss Reason" and field not in (
					"work_from",
					"work_to",
					"email",
					"phone",
				):
					row.set(field, HOSTILE)
					seen.add((row.doctype, field))
		doc.save()
		for row in rows:
			assert_clean(row)
	assert {
		("Deal", "title"),
		("Deal", "utm_term"),
		("Deal Stage", "stage_name"),
		("Deal Stage Task", "subject"),
	} <= seen
	assert {
		("Deal Pipeline", "pipeline_name"),
		("Deal Item", "description"),
		("Deal Absence", "note"),
	} <= seen


def test_what_comes_by_the_calls_of_the_board(pipeline):
	deal = frappe.get_doc("Deal", board.quick_add(pipeline, HOSTILE, task=HOSTILE)["card"]["name"])
	assert_clean(deal)
	assert "onerror" not in (deal.next_step or "")
	board.save_view(HOSTILE, pipeline, {"search": HOSTILE})
	for view in frappe.get_all("Deal Board View", filters={"pipeline": pipeline}, fields=["title"]):
		assert "onerror" not in view.title
	pipelines.add_stage(pipeline, HOSTILE, "Open")
	assert not [row for row in stages.rows_of(pipeline) if "onerror" in row.stage_name]


def test_a_reason_is_its_own_name_and_is_refused_or_cleaned(site):
	try:
		reason = frappe.get_doc(doctype="Deal Loss Reason", reason=HOSTILE).insert()
	except frappe.NameError:
		return
	assert "onerror" not in reason.name and "onerror" not in reason.reason
