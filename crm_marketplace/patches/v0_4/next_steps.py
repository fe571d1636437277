"""Deals whose next step is not that of their nearest task: they were moved in the calendar, or made there."""

from __future__ import annotations

import frappe
from frappe.query_builder.functions import Coalesce, Min

from crm_marketplace.deals.tasks import refresh_next_step

NEVER = "1900-01-01 00:00:00"


def execute() -> None:
	deal, todo = frappe.qb.DocType("Deal"), frappe.qb.DocType("ToDo")
	nearest = (
		frappe.qb.from_(todo)
		.select(todo.reference_name.as_("deal"), Min(todo.due_at).as_("due_at"))
		.where((todo.reference_type == "Deal") & (todo.status == "Open"))
		.groupby(todo.reference_name)
		.as_("nearest")
	)
	wrong = (
		frappe.qb.from_(deal)
		.left_join(nearest)
		.on(nearest.deal == deal.name)
		.select(deal.name)
		.where(
			(Coalesce(deal.next_step_on, NEVER) != Coalesce(nearest.due_at, NEVER))
			| (deal.next_step_on.isnull() & (Coalesce(deal.next_step, "") != ""))
		)
	).run(pluck=True)
	for name in wrong:
		refresh_next_step(name)
