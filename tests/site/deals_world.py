"""What the tests of Deals stand on. Nothing here commits: each test is rolled back."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

import frappe
from frappe.model.document import Document

from crm_marketplace.deals import stages
from crm_marketplace.rules.deals import Kind
from tests.site.builders import unique


def make_pipeline(key: str = "wholesale", **fields: Any) -> str:
	"""A ready pipeline of its own. Returns its name."""
	name = stages.make_from_template(key)
	if fields:
		frappe.get_doc("Deal Pipeline", name).update(fields).save()
	return name


def stage_names(pipeline: str) -> list[str]:
	"""Stages in their order."""
	return [row.name for row in stages.rows_of(pipeline)]


def stage_of(pipeline: str, kind: Kind) -> str:
	return stages.closing_of(pipeline, kind)


def make_customer(title: str | None = None, **fields: Any) -> str:
	return (
		frappe.get_doc(
			doctype="Customer",
			customer_name=title or unique("Customer"),
			customer_group="Commercial",
			territory="All Territories",
			**fields,
		)
		.insert()
		.name
	)


def make_lead(**fields: Any) -> str:
	values = {
		"first_name": unique("Lead"),
		"email_id": f"{frappe.generate_hash(length=8)}@example.com",
		**fields,
	}
	return frappe.get_doc(doctype="Lead", **values).insert().name


def make_deal(pipeline: str, **fields: Any) -> Document:
	"""A deal in the first stage, unless told otherwise."""
	values = {"title": unique("Deal"), "responsible": "Administrator", **fields}
	return frappe.get_doc(doctype="Deal", pipeline=pipeline, **values).insert()


def move(deal: Document, stage: str, **fields: Any) -> Document:
	deal.update({"stage": stage, **fields})
	return deal.save()


def make_colleague(user: str, above: str | None = None, company: str | None = None) -> str:
	"""The Employee of a user, below another employee. Returns its name."""
	return (
		frappe.get_doc(
			doctype="Employee",
			first_name=user.split("@")[0],
			company=company or frappe.db.get_value("Company", {}),
			date_of_birth="1990-01-01",
			date_of_joining="2024-01-01",
			gender="Other",
			user_id=user,
			reports_to=above,
			create_user_permission=0,
		)
		.insert()
		.name
	)


def speak(monkeypatch, language: str, *users: str) -> None:
	"""The site's language; the users choose none, and the job of the test has English."""
	original = frappe.db.get_default
	monkeypatch.setattr(
		frappe.db, "get_default", lambda key, *more: language if key == "lang" else original(key, *more)
	)
	for user in users:
		frappe.db.set_value("User", user, "language", None)


def last_notice(user: str) -> str:
	return frappe.get_last_doc("Notification Log", {"for_user": user, "type": "Alert"}).subject


@contextmanager
def counted():
	"""The queries made inside."""
	queries: list[str] = []
	original = frappe.db.sql

	def remember(query, *args, **kwargs):
		queries.append(str(query))
		return original(query, *args, **kwargs)

	frappe.db.sql = remember
	try:
		yield queries
	finally:
		frappe.db.sql = original
