"""Calls about sales plans."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from crm_marketplace.deals import plans
from crm_marketplace.deals.api.guard import permitted
from crm_marketplace.deals.report.scope import pipeline_of


@frappe.whitelist()
def progress(pipeline: str) -> dict[str, Any] | None:
	"""How far this month's plan is: the session's user's own, else the pipeline's. None: there is no plan.

	Returns:
		`title`, `parts` (rows of label, fact, plan, percent, money), `done` per cent, `gone` per cent of the month.
	"""
	permitted("Deal Pipeline", pipeline)
	row = plans.own(pipeline)
	if row is None:
		return None
	labels = {"amount": _("Won amount"), "won": _("Won"), "calls": _("Calls"), "meetings": _("Meetings")}
	return {
		"own": row["user"] == frappe.session.user,
		"currency": row["currency"],
		"done": row["done"],
		"gone": row["gone"],
		"parts": [
			{
				"label": label,
				"fact": row["fact"][metric],
				"plan": row["plan"][metric],
				"percent": row["percent"][metric],
				"money": metric == "amount",
			}
			for metric, label in labels.items()
			if row["plan"][metric]
		],
	}


@frappe.whitelist()
def done_card(filters: dict | str | None = None) -> dict[str, Any]:
	"""The number card of the workspace: how much of this month's plan is done, in the first pipeline one sees."""
	frappe.has_permission("Sales Plan", "read", throw=True)
	pipeline = pipeline_of(frappe._dict())
	row = plans.own(pipeline) if pipeline else None
	return {
		"value": row["done"] if row else 0,
		"fieldtype": "Percent",
		"route": ["query-report", "Deals Plan and Fact"],
	}
