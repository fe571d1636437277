"""Who a deal is with: what ERPNext knows of customers, leads, prospects and their contacts, in few queries."""

from __future__ import annotations

from collections.abc import Sequence

import frappe

# DocType → the field that names it to a person.
TITLES = {"Customer": "customer_name", "Lead": "title", "Prospect": "company_name"}


def title_of(party_type: str, party: str) -> str:
	"""What to call a party."""
	field = TITLES.get(party_type) or frappe.get_meta(party_type).get_title_field()
	return frappe.get_cached_value(party_type, party, field) or party


def main_contact(party_type: str, party: str) -> str | None:
	"""The primary contact of a party, or else its oldest one."""
	link, contact = frappe.qb.DocType("Dynamic Link"), frappe.qb.DocType("Contact")
	found = (
		frappe.qb.from_(link)
		.join(contact)
		.on(contact.name == link.parent)
		.select(contact.name)
		.where((link.parenttype == "Contact") & (link.link_doctype == party_type) & (link.link_name == party))
		.orderby(contact.is_primary_contact, order=frappe.qb.desc)
		.orderby(contact.creation)
		.limit(1)
	).run(pluck=True)
	return found[0] if found else None


def contact_details(contacts: Sequence[str]) -> dict[str, frappe._dict]:
	"""Contact → its e-mail and phones."""
	if not contacts:
		return {}
	rows = frappe.get_all(
		"Contact",
		filters={"name": ("in", list(contacts))},
		fields=["name", "full_name", "email_id", "mobile_no", "phone"],
	)
	return {row.name: row for row in rows}


def team_of_user(user: str) -> str | None:
	"""The group of Sales Persons somebody belongs to, by the Employee record."""
	person, employee = frappe.qb.DocType("Sales Person"), frappe.qb.DocType("Employee")
	found = (
		frappe.qb.from_(person)
		.join(employee)
		.on(person.employee == employee.name)
		.select(person.parent_sales_person)
		.where((employee.user_id == user) & (person.enabled == 1))
		.limit(1)
	).run(pluck=True)
	return found[0] if found else None


def valuation_of(items: Sequence[str]) -> dict[str, float]:
	"""Item → its valuation rate in stock, the average over warehouses; only items that have one."""
	if not items:
		return {}
	rows = frappe.get_all(
		"Bin",
		filters={"item_code": ("in", list(set(items))), "valuation_rate": (">", 0)},
		fields=["item_code", "avg(valuation_rate) as rate"],
		group_by="item_code",
	)
	return {row.item_code: row.rate for row in rows}


def supervisor_of(user: str) -> str | None:
	"""Whom somebody reports to, by the Employee; else the head of their Sales Person group. One query or two."""
	return supervisors_of([user]).get(user)


def supervisors_of(users: Sequence[str]) -> dict[str, str]:
	"""The same for several users; those who have nobody above them are left out."""
	employee, boss = frappe.qb.DocType("Employee"), frappe.qb.DocType("Employee").as_("boss")
	found = dict(
		(
			frappe.qb.from_(employee)
			.join(boss)
			.on(employee.reports_to == boss.name)
			.select(employee.user_id, boss.user_id)
			.where(employee.user_id.isin(list(users) or [""]) & boss.user_id.isnotnull())
		).run()
	)
	rest = [user for user in users if user not in found]
	if not rest:
		return found
	person, group = frappe.qb.DocType("Sales Person"), frappe.qb.DocType("Sales Person").as_("head_group")
	by_group = (
		frappe.qb.from_(employee)
		.join(person)
		.on(person.employee == employee.name)
		.join(group)
		.on(person.parent_sales_person == group.name)
		.join(boss)
		.on(group.employee == boss.name)
		.select(employee.user_id, boss.user_id)
		.where(employee.user_id.isin(rest) & boss.user_id.isnotnull() & (boss.user_id != employee.user_id))
	).run()
	return {**dict(by_group), **found}
