"""Whose story it is: the documents events hang on."""

from __future__ import annotations

from dataclasses import dataclass, field

import frappe

from crm_marketplace.permissions.deals import deal_criterion

MOST_DEALS = 500
STORY_OF = ("Deal", "Customer", "Lead", "Contact", "Prospect")


@dataclass(slots=True)
class Subject:
	"""A document, and what belongs to it.

	Args:
		references: DocType → names; letters, comments, tasks and files hang on these.
		customers, leads: parties whose documents are told.
		deals: those the reader may see.
		contacts: whose letters and calls are told.
	"""

	doctype: str
	name: str
	references: dict[str, list[str]] = field(default_factory=dict)
	customers: list[str] = field(default_factory=list)
	leads: list[str] = field(default_factory=list)
	deals: list[str] = field(default_factory=list)
	contacts: list[str] = field(default_factory=list)

	@property
	def is_deal(self) -> bool:
		return self.doctype == "Deal"


def subject_of(doctype: str, name: str) -> Subject:
	"""What belongs to the document; the caller may read it. At most four queries."""
	subject = Subject(doctype, name)
	if doctype == "Deal":
		subject.deals = [name]
	elif doctype == "Customer":
		subject.customers = [name]
		lead = frappe.db.get_value("Customer", name, "lead_name")
		subject.leads = [lead] if lead and frappe.has_permission("Lead", "read", lead) else []
	elif doctype == "Lead":
		subject.leads = [name]
	elif doctype == "Contact":
		subject.contacts = [name]
	if doctype in ("Customer", "Lead", "Prospect"):
		subject.contacts = _contacts(doctype, name)
	if doctype != "Deal":
		subject.deals = _deals(doctype, name)
	subject.references = {doctype: [name]}
	if doctype != "Deal" and subject.deals:
		subject.references["Deal"] = subject.deals
	if doctype == "Customer" and subject.leads:
		subject.references["Lead"] = subject.leads
	return subject


def _contacts(doctype: str, name: str) -> list[str]:
	return frappe.get_all(
		"Dynamic Link",
		filters={"parenttype": "Contact", "link_doctype": doctype, "link_name": name},
		pluck="parent",
		limit=200,
	)


def _deals(doctype: str, name: str) -> list[str]:
	if not frappe.has_permission("Deal", "read"):
		return []
	deal = frappe.qb.DocType("Deal")
	query = frappe.qb.from_(deal).select(deal.name).orderby(deal.creation, order=frappe.qb.desc)
	if doctype == "Contact":
		query = query.where(deal.contact_person == name)
	else:
		query = query.where((deal.party_type == doctype) & (deal.party == name))
	permitted = deal_criterion(deal)
	if permitted is not None:
		query = query.where(permitted)
	return query.limit(MOST_DEALS).run(pluck=True)
