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
		orders: Sales Orders of a deal, whose deliveries, invoices and payments are told.
		contacts: whose letters and calls are told.
	"""

	doctype: str
	name: str
	references: dict[str, list[str]] = field(default_factory=dict)
	customers: list[str] = field(default_factory=list)
	leads: list[str] = field(default_factory=list)
	deals: list[str] = field(default_factory=list)
	orders: list[str] = field(default_factory=list)
	contacts: list[str] = field(default_factory=list)

	@property
	def is_deal(self) -> bool:
		return self.doctype == "Deal"


def subject_of(doctype: str, name: str) -> Subject:
	"""What belongs to the document; the caller may read it. At most five queries."""
	subject = Subject(doctype, name)
	if doctype == "Deal":
		subject.deals = [name]
		subject.orders = _orders(name)
		subject.contacts = _contacts_of_deal(name)
	elif doctype == "Customer":
		subject.customers = [name]
		lead = frappe.db.get_value("Customer", name, "lead_name")
		subject.leads = [lead] if lead and frappe.has_permission("Lead", "read", lead) else []
	elif doctype == "Lead":
		subject.leads = [name]
		subject.customers = _readable("Customer", lead_name=name)
	elif doctype == "Prospect":
		subject.customers = _readable("Customer", prospect_name=name)
	elif doctype == "Contact":
		subject.contacts = [name]
		subject.customers = _readable("Customer", name=("in", _customers_of_contact(name)))
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


def _readable(doctype: str, **filters) -> list[str]:
	"""Documents that belong to the story as far as the reader may open them."""
	if not frappe.has_permission(doctype, "read"):
		return []
	return frappe.get_list(doctype, filters=filters, pluck="name", limit=200)


def _customers_of_contact(name: str) -> list[str]:
	return frappe.get_all(
		"Dynamic Link",
		filters={"parenttype": "Contact", "parent": name, "link_doctype": "Customer"},
		pluck="link_name",
		limit=200,
	)


def _contacts_of_deal(name: str) -> list[str]:
	"""The deal's contacts; nobody's whose reader may see no contacts."""
	if not frappe.has_permission("Contact", "read"):
		return []
	deal, row = frappe.qb.DocType("Deal"), frappe.qb.DocType("Deal Contact")
	main = frappe.qb.from_(deal).select(deal.contact_person).where(deal.name == name)
	more = frappe.qb.from_(row).select(row.contact).where((row.parent == name) & (row.parenttype == "Deal"))
	return sorted({contact for contact in (main * more).run(pluck=True) if contact})


def _orders(deal: str) -> list[str]:
	"""Sales Orders made from the deal, and the one of the shop's order it came from."""
	table, order = frappe.qb.DocType("Deal"), frappe.qb.DocType("Sales Order")
	of_shop = (
		frappe.qb.from_(table)
		.select(table.marketplace_order)
		.where((table.name == deal) & table.marketplace_order.isnotnull() & (table.marketplace_order != ""))
	)
	return (
		frappe.qb.from_(order)
		.select(order.name)
		.where((order.deal == deal) | order.marketplace_order.isin(of_shop))
		.limit(200)
	).run(pluck=True)


def _deals(doctype: str, name: str) -> list[str]:
	if not frappe.has_permission("Deal", "read"):
		return []
	deal = frappe.qb.DocType("Deal")
	query = frappe.qb.from_(deal).select(deal.name).orderby(deal.creation, order=frappe.qb.desc)
	if doctype == "Contact":
		row = frappe.qb.DocType("Deal Contact")
		with_it = (
			frappe.qb.from_(row).select(row.parent).where((row.contact == name) & (row.parenttype == "Deal"))
		)
		query = query.where((deal.contact_person == name) | deal.name.isin(with_it))
	else:
		query = query.where((deal.party_type == doctype) & (deal.party == name))
	permitted = deal_criterion(deal)
	if permitted is not None:
		query = query.where(permitted)
	return query.limit(MOST_DEALS).run(pluck=True)
