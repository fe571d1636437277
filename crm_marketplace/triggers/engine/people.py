"""Who an action is for: users and addresses from what the builder keeps.

A list of {"kind": …, "value": …}: "address" (an e-mail or a phone number), "user", "role", "field" (of the
document, or of a linked one: "customer.email_id"), "owner" (of the document), "assigned" (to whom it is
given), "responsible" (see there), "supervisor" (of who is responsible), "me" (the user the trigger acts for).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import frappe
from frappe import STANDARD_USERS
from frappe.utils import validate_email_address
from frappe.utils.user import get_users_with_role

from crm_marketplace.deals import parties
from crm_marketplace.sync import alerts
from crm_marketplace.triggers.engine import shops
from crm_marketplace.triggers.engine.context import Context

MOST = 100
# Where documents of Frappe, ERPNext and ours say who answers for them.
RESPONSIBLE_FIELDS = ("responsible", "account_manager", "lead_owner", "opportunity_owner")


def users(people: Sequence[Mapping[str, Any]], context: Context) -> list[str]:
	"""Enabled users, none twice."""
	found: list[str] = []
	for who in people:
		kind, value = who.get("kind"), who.get("value")
		if kind == "user":
			found.append(str(value))
		elif kind == "role":
			found += get_users_with_role(str(value))
		elif kind == "owner" and context.doc:
			found.append(context.doc.owner)
		elif kind == "assigned":
			found += assigned(context)
		elif kind == "responsible":
			found += responsible(context)
		elif kind == "supervisor":
			found += supervisor(context)
		elif kind == "me":
			found.append(frappe.session.user)
		elif kind == "field":
			found.append(str(_field(context, str(value)) or ""))
	return _enabled(found)


def addresses(people: Sequence[Mapping[str, Any]], context: Context) -> list[str]:
	"""E-mail addresses, none twice: those of users, those written in the document, those typed in."""
	typed = [str(who.get("value") or "") for who in people if who.get("kind") == "address"]
	in_document = [
		str(_field(context, str(who.get("value"))) or "") for who in people if who.get("kind") == "field"
	]
	named = users([who for who in people if who.get("kind") not in ("address", "field")], context)
	mailed = frappe.get_all("User", filters={"name": ("in", named or [""])}, pluck="email") if named else []
	texts = [*typed, *in_document, *mailed]
	parts = [context.render(part).strip() for text in texts for part in text.replace(";", ",").split(",")]
	valid = [part for part in parts if part and validate_email_address(part)]
	return list(dict.fromkeys(valid))[:MOST]


def numbers(people: Sequence[Mapping[str, Any]], context: Context) -> list[str]:
	"""Phone numbers, none twice."""
	found: list[str] = []
	for who in people:
		if who.get("kind") == "address":
			found.append(str(who.get("value") or ""))
		elif who.get("kind") == "field":
			found.append(str(_field(context, str(who.get("value"))) or ""))
	named = users([who for who in people if who.get("kind") not in ("address", "field")], context)
	if named:
		found += frappe.get_all("User", filters={"name": ("in", named)}, pluck="mobile_no")
	return list(dict.fromkeys(number.strip() for number in found if number and number.strip()))[:MOST]


def assigned(context: Context) -> list[str]:
	if context.doc is None:
		return []
	return frappe.get_all(
		"ToDo",
		filters={
			"reference_type": context.doc.doctype,
			"reference_name": context.doc.name,
			"status": "Open",
		},
		pluck="allocated_to",
	)


def responsible(context: Context) -> list[str]:
	"""Who answers for the document: its field that says so, else whom it is assigned to, else who created it; for
	what no person made, those who look after the shops.
	"""
	if context.doc is None:
		return []
	named = [context.values.get(field) for field in RESPONSIBLE_FIELDS]
	found = _enabled([str(name) for name in named if name][:1]) or _enabled(assigned(context))
	if found:
		return found
	if context.doc.owner not in STANDARD_USERS:
		return _enabled([context.doc.owner])
	return _enabled(alerts.recipients()[0]) if shops.shop_of(context.doc) else []


def supervisor(context: Context) -> list[str]:
	"""Whom the person who is responsible reports to; of several the first one's."""
	boss = next((parties.supervisor_of(user) for user in responsible(context)[:1]), None)
	return [boss] if boss else []


def least_busy(people: Sequence[str]) -> str | None:
	"""Of these users the one with the fewest open tasks."""
	if not people:
		return None
	rows = frappe.get_all(
		"ToDo",
		filters={"allocated_to": ("in", people), "status": "Open"},
		fields=["allocated_to", "count(name) as tasks"],
		group_by="allocated_to",
	)
	tasks = {row.allocated_to: row.tasks for row in rows}
	return min(people, key=lambda user: (tasks.get(user, 0), user))


def _field(context: Context, path: str) -> Any:
	name, dot, there = path.partition(".")
	if dot:
		return context.linked(name, there)
	return context.values.get(name)


def _enabled(found: Sequence[str]) -> list[str]:
	wanted = list(dict.fromkeys(user for user in found if user and user != "Guest"))
	if not wanted:
		return []
	known = set(frappe.get_all("User", filters={"name": ("in", wanted), "enabled": 1}, pluck="name"))
	return [user for user in wanted if user in known][:MOST]
