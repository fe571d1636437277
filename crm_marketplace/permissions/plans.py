"""Who sees which sales plans: managers and viewers all, sellers their own, their team's and the whole pipeline's."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from crm_marketplace.permissions.deals import NOTHING, scope, team_of
from crm_marketplace.setup.roles import DEALS_VIEWER


def plan_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""For lists and reports of Sales Plan: SQL, or "" where nothing is hidden."""
	seen = scope(user)
	if seen.everything:
		return ""
	if not seen.pipelines:
		return NOTHING
	pipelines = _quoted(seen.pipelines)
	condition = f"`tabSales Plan`.`pipeline` in ({pipelines})"
	if DEALS_VIEWER in frappe.get_roles(seen.user):
		return condition
	return f"({condition} and ifnull(`tabSales Plan`.`user`, '') in ('', {_quoted(_people(seen.user))}))"


def may_see_plan(doc: Document, ptype: str | None = None, user: str | None = None) -> bool:
	"""The same of one document."""
	seen = scope(user)
	if seen.everything or (doc.is_new() and not doc.get("pipeline")):
		return True
	if doc.get("pipeline") not in seen.pipelines:
		return False
	return (
		DEALS_VIEWER in frappe.get_roles(seen.user) or not doc.get("user") or doc.user in _people(seen.user)
	)


def _people(user: str) -> tuple[str, ...]:
	return tuple(sorted(team_of(user)))


def _quoted(values: tuple[str, ...]) -> str:
	return ", ".join(frappe.db.escape(value, percent=False) for value in values)
