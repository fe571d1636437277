"""Calls about sales plans."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate, nowdate

from crm_marketplace.deals import leaders as board
from crm_marketplace.deals import plans, stages
from crm_marketplace.deals.api.guard import permitted
from crm_marketplace.deals.report.scope import pipeline_of
from crm_marketplace.rules.plans import Period


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
def leaders(pipeline: str | None = None, period: str = "month", day: str | None = None) -> dict[str, Any]:
	"""The leader board, see `leaders.board_of`, with the pipelines to choose from and the currency of amounts.

	Args:
		pipeline: the first one the user sees if not given, or not seen.
		period: "month", "quarter" or "year".
		day: any day of it; today if not given.
	"""
	frappe.has_permission("Deal", "read", throw=True)
	pipelines, chosen = stages.choose_pipeline(pipeline)
	if chosen is None:
		return {"pipelines": [], "pipeline": None, "rows": []}
	try:
		found = board.board_of(chosen.name, Period(period), getdate(day or nowdate()) or getdate(nowdate()))
	except (OverflowError, ValueError):
		frappe.throw(_("The request is not understood. Reload the page."))
	return {"pipelines": pipelines, "pipeline": chosen, "period": period, **found}


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
