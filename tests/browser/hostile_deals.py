"""Deals with a script in every text of theirs.

The texts go straight into the database, past what cleans them on their way in: the desk must hold alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

import frappe
from frappe.utils import add_days, now_datetime, nowdate
from playwright.sync_api import Page

from crm_marketplace.deals import stages, tasks
from crm_marketplace.rules.deals import Kind
from tests.browser.deals_world import sales
from tests.harness.committing import commit
from tests.harness.users import make_user

HOSTILE = "<script>window.hostile=1</script><img src=x onerror=\"window.hostile='img'\">"
# Texts of ours, all of them: DocType → fields. What is shown nowhere is there to prove just that.
TEXTS = {
	"Deal": (
		"title",
		"party_name",
		"next_step",
		"loss_note",
		"utm_source",
		"utm_medium",
		"utm_campaign",
		"utm_content",
		"utm_term",
		"_user_tags",
	),
	"Deal Item": ("item_name", "description"),
	"Deal Contact": ("role", "email", "phone"),
	"Deal Pipeline": ("pipeline_name",),
	"Deal Stage": ("stage_name",),
	"Deal Stage Task": ("subject",),
	"Deal Loss Reason": ("reason",),
	"Deal Board View": ("title",),
	"Deal Absence": ("note",),
	"Deal Assignment Rule": ("title",),
	"Customer Segment": ("segment_name", "meaning"),
	"Advertising Cost": ("utm_source",),
	"Advertising Expense": ("utm_source",),
	"Party Duplicate": ("one_name", "other_name"),
	"Party Merge": ("source_name", "target_name"),
	"ToDo": ("description",),
	"Customer": ("customer_name",),
	"User": ("full_name", "first_name"),
}


@contextmanager
def infected_deals() -> Iterator[dict[str, str]]:
	"""A document of every kind with a script in each of its texts; clean again afterwards."""
	with sales() as found:
		names = make_documents(found)
		before = {
			doctype: frappe.db.get_value(doctype, name, list(TEXTS[doctype]), as_dict=True)
			for doctype, name in names.items()
		}
		for doctype, name in names.items():
			value = f",{HOSTILE}" if doctype == "Deal" else HOSTILE
			frappe.db.set_value(
				doctype,
				name,
				{field: (value if field == "_user_tags" else HOSTILE) for field in TEXTS[doctype]},
				update_modified=False,
			)
		frappe.db.set_value("Deal Stage", {"pipeline": found.pipeline}, "stage_name", HOSTILE)
		frappe.db.set_value("Deal", {"pipeline": found.pipeline}, {"title": HOSTILE, "party_name": HOSTILE})
		commit()
		frappe.clear_cache()
		contact = frappe.db.get_value("Deal", names["Deal"], "contact_person")
		yield names | {"pipeline": found.pipeline, "Contact": contact}
		frappe.db.rollback()
		for doctype, values in before.items():
			frappe.db.set_value(doctype, names[doctype], values)
		frappe.db.set_value("Deal Stage", {"pipeline": found.pipeline}, "stage_name", "Stage")
		frappe.db.set_value("Deal", {"pipeline": found.pipeline}, {"title": "Deal", "party_name": "Party"})
		frappe.db.set_value("Customer", names["Customer"], "segment_channel", None)
		for doctype in (
			"Deal Loss Reason",
			"Customer Segment",
			"Party Duplicate",
			"Party Merge",
			"Deal Absence",
		):
			frappe.db.delete(doctype, {"name": names[doctype]})
		for doctype in (
			"Deal Board View",
			"Deal Assignment Rule",
			"Advertising Cost",
			"Advertising Expense",
			"Sales Plan",
		):
			frappe.db.delete(doctype, {"pipeline": found.pipeline})
		frappe.db.delete("ToDo", {"description": ("like", "%window.hostile%")})
		commit()
		frappe.clear_cache()


def make_documents(found) -> dict[str, str]:
	"""One document of every kind, by DocType."""
	mark = token_hex(3)
	user = make_user(["Deals User"], email="hostile-seller@example.com")
	contact = make(
		"Contact",
		first_name=f"Contact {mark}",
		links=[{"link_doctype": "Customer", "link_name": found.customer}],
	)
	deal = found.add(
		"Tea",
		amount=1000,
		party=found.customer,
		contact_person=contact,
		responsible=user,
		expected_close=nowdate(),
		items=[{"item_code": found.item, "qty": 1, "rate": 10}],
		contacts=[{"contact": contact}],
	)
	reason = make("Deal Loss Reason", reason=f"Reason {mark}")
	lost = frappe.get_doc("Deal", found.add("Lost", responsible=user, loss_reason=reason))
	lost.update({"stage": stages.closing_of(found.pipeline, Kind.LOST), "loss_reason": reason}).save()
	won = frappe.get_doc("Deal", found.add("Won", responsible=user, amount=5))
	won.update({"stage": stages.closing_of(found.pipeline, Kind.WON)}).save()
	stage = frappe.get_doc("Deal Stage", found.stages[0])
	if not stage.tasks:
		stage.append("tasks", {"subject": "Call", "kind": "Call"})
		stage.save()
	twin = make(
		"Customer", customer_name=f"Twin {mark}", customer_group="Commercial", territory="All Territories"
	)
	segment = make(
		"Customer Segment", __newname=f"Segment {mark}", segment_name=f"Segment {mark}", kind="Channel"
	)
	frappe.db.set_value("Customer", found.customer, "segment_channel", segment)
	costs = {"by": "UTM Source", "utm_source": f"utm-{mark}", "pipeline": found.pipeline}
	company = frappe.get_cached_value("Deal", deal, "company")
	account = frappe.get_all(
		"Account", filters={"company": company, "root_type": "Expense"}, pluck="name", limit=1
	)[0]
	make("Sales Plan", month=nowdate(), pipeline=found.pipeline, user=user, amount=10)
	names = {
		"Deal": deal,
		"Deal Item": frappe.db.get_value("Deal Item", {"parent": deal}),
		"Deal Contact": frappe.db.get_value("Deal Contact", {"parent": deal}),
		"Deal Pipeline": found.pipeline,
		"Deal Stage": stage.name,
		"Deal Stage Task": stage.tasks[0].name,
		"Deal Loss Reason": reason,
		"Deal Board View": make(
			"Deal Board View",
			title=f"View {mark}",
			pipeline=found.pipeline,
			user="Administrator",
			filters="{}",
			shared=1,
		),
		"Deal Absence": make("Deal Absence", user=user, from_date=nowdate(), to_date=add_days(nowdate(), 1)),
		"Deal Assignment Rule": make(
			"Deal Assignment Rule",
			title=f"Rule {mark}",
			pipeline=found.pipeline,
			people=[{"user": user}],
			enabled=0,
		),
		"Customer Segment": segment,
		"Advertising Cost": make(
			"Advertising Cost", **costs, from_date=nowdate(), to_date=nowdate(), amount=5
		),
		"Advertising Expense": make("Advertising Expense", **costs, company=company, account=account),
		"Party Duplicate": make(
			"Party Duplicate",
			party_type="Customer",
			one=found.customer,
			other=twin,
			state="Suspected",
			reasons="name",
			score=90,
		),
		"Party Merge": make(
			"Party Merge",
			party_type="Customer",
			source=twin,
			target=found.customer,
			state="Undone",
			links="[]",
		),
		"ToDo": tasks.add("Deal", deal, "Call", due_at=now_datetime(), kind="Call", user=user),
		"Customer": found.customer,
		"User": user,
	}
	commit()
	return names


def make(doctype: str, **values) -> str:
	return frappe.get_doc(doctype=doctype, **values).insert().name


@contextmanager
def nothing_runs(page: Page, where: str):
	"""Inside, the page is looked at; at the end the script has not run and its picture is nowhere."""
	yield
	page.wait_for_load_state("networkidle")
	assert page.evaluate("window.hostile") is None, where
	assert page.locator("img[src=x]").count() == 0, where


@contextmanager
def plain(names: dict[str, str], *doctypes: str) -> Iterator[None]:
	"""Inside, records of these kinds have harmless names: Frappe's own lists and filters show names of linked records
	as they are stored, and rely on its cleaning of whatever is saved.
	"""
	frappe.db.rollback()
	fields = {
		"Deal Pipeline": ("pipeline_name", {"name": names["pipeline"]}),
		"Deal Stage": ("stage_name", {"pipeline": names["pipeline"]}),
		"Customer": ("customer_name", {"name": names["Customer"]}),
		"User": ("full_name", {"name": names["User"]}),
	}

	def call_them(text: str) -> None:
		for doctype in doctypes:
			field, where = fields[doctype]
			frappe.db.set_value(doctype, where, field, text)
		commit()
		frappe.clear_cache()

	call_them("Harmless")
	try:
		yield
	finally:
		call_them(HOSTILE)
