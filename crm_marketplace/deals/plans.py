"""Sales plans against what was done: deals won, their amount, calls, meetings of a month.

The facts of a pipeline's month are read once, whatever the number of plans. They are sums over everybody's
deals, as plans are set for them; single deals are not shown by it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import Any

import frappe
from frappe.query_builder.functions import Coalesce, Count, Sum
from frappe.utils import flt, getdate, nowdate
from pypika import Table
from pypika.terms import Criterion

from crm_marketplace.rules import plans as rules
from crm_marketplace.rules.deals import Kind
from crm_marketplace.rules.plans import METRICS, Fact
from crm_marketplace.rules.tasks import TaskKind

KINDS = {str(TaskKind.CALL): "calls", str(TaskKind.MEETING): "meetings"}
FIELDS = ["name", "month", "pipeline", "currency", "user", "team", *METRICS]


def visible(pipeline: str, month: date) -> list[frappe._dict]:
	"""Plans of a month the session's user may see."""
	return frappe.get_list(
		"Sales Plan",
		filters={"pipeline": pipeline, "month": rules.first_of_month(month)},
		fields=FIELDS,
		order_by="creation asc",
		limit=0,
	)


def with_facts(plans: Sequence[frappe._dict], pipeline: str, month: date) -> list[dict[str, Any]]:
	"""Plans as rows: the title of who it is for, `plan`, `fact` and `percent` by metric, and `done`, overall."""
	if not plans:
		return []
	facts = facts_of(pipeline, month)
	teams = {plan.team: members_of(plan.team) for plan in plans if plan.team}
	names = _full_names([plan.user for plan in plans if plan.user])
	rows = []
	for plan in plans:
		users = frozenset([plan.user]) if plan.user else teams.get(plan.team)
		fact = rules.add_up(facts, users)
		target = {metric: flt(plan[metric]) for metric in METRICS}
		rows.append(
			{
				"name": plan.name,
				"user": plan.user,
				"team": plan.team,
				"title": names.get(plan.user, plan.user) or plan.team or "",
				"currency": plan.currency,
				"plan": target,
				"fact": fact,
				"percent": {metric: rules.percent(fact[metric], target[metric]) for metric in METRICS},
				"done": rules.overall(fact, target),
			}
		)
	return rows


def own(pipeline: str) -> dict[str, Any] | None:
	"""This month's plan for the board: the session's user's own, else the whole pipeline's."""
	today = getdate(nowdate())
	plans = visible(pipeline, today)
	chosen = next((plan for plan in plans if plan.user == frappe.session.user), None) or next(
		(plan for plan in plans if not plan.user and not plan.team), None
	)
	if chosen is None:
		return None
	(row,) = with_facts([chosen], pipeline, today)
	return {**row, "gone": rules.month_gone(today, rules.first_of_month(today))}


def facts_of(pipeline: str, month: date) -> list[Fact]:
	"""What everybody did in a pipeline's month. Two queries."""
	return facts_between(pipeline, rules.first_of_month(month), rules.first_of_next_month(month))


def facts_between(
	pipeline: str,
	first_day: date,
	end: date,
	users: Collection[str] | None = None,
	permitted: Callable[[Table], Criterion | None] | None = None,
) -> list[Fact]:
	"""What people did in a pipeline from the first day on, before the day `end`. Two queries.

	Args:
		users: whose facts; None: everybody's, those of deals nobody is responsible for as the user "".
		permitted: which deals count, where not all of them do.
	"""
	first, last = (datetime.combine(day, datetime.min.time()) for day in (first_day, end))
	deal, task = frappe.qb.DocType("Deal"), frappe.qb.DocType("ToDo")
	won = (
		frappe.qb.from_(deal)
		.select(Coalesce(deal.responsible, ""), Count("*"), Sum(deal.base_amount))
		.where(won_between(deal, pipeline, first, last))
		.groupby(deal.responsible)
	)
	talks = (
		frappe.qb.from_(task)
		.join(deal)
		.on((task.reference_type == "Deal") & (task.reference_name == deal.name))
		.select(task.allocated_to, task.task_kind, Count("*"))
		.where((deal.pipeline == pipeline) & talks_between(task, first, last))
		.groupby(task.allocated_to, task.task_kind)
	)
	if users is not None:
		won = won.where(deal.responsible.isin(sorted(users) or [""]))
		talks = talks.where(task.allocated_to.isin(sorted(users) or [""]))
	criterion = permitted(deal) if permitted else None
	if criterion is not None:
		won, talks = won.where(criterion), talks.where(criterion)
	facts = []
	for user, number, amount in won.run():
		facts += [Fact(user, "won", number), Fact(user, "amount", flt(amount))]
	facts += [Fact(user, KINDS[kind], number) for user, kind, number in talks.run()]
	return facts


def won_between(deal, pipeline: str, first: datetime, last: datetime) -> Criterion:
	"""Deals of a pipeline won from one moment on, before another."""
	return (
		(deal.pipeline == pipeline)
		& (deal.stage_kind == str(Kind.WON))
		& (deal.closed_at >= first)
		& (deal.closed_at < last)
	)


def talks_between(task, first: datetime, last: datetime) -> Criterion:
	"""Calls and meetings done from one moment on, before another."""
	return (
		(task.status == "Closed")
		& task.task_kind.isin(list(KINDS))
		& (task.modified >= first)
		& (task.modified < last)
		& task.allocated_to.isnotnull()
	)


def members_of(team: str) -> frozenset[str]:
	"""Users of the Sales Persons of a group, and of it itself. Nested sets: one query."""
	group = frappe.qb.DocType("Sales Person").as_("team")
	person, employee = frappe.qb.DocType("Sales Person"), frappe.qb.DocType("Employee")
	return frozenset(
		(
			frappe.qb.from_(group)
			.join(person)
			.on((person.lft >= group.lft) & (person.rgt <= group.rgt))
			.join(employee)
			.on(person.employee == employee.name)
			.select(employee.user_id)
			.where((group.name == team) & employee.user_id.isnotnull())
		).run(pluck=True)
	)


def _full_names(users: Sequence[str]) -> dict[str, str]:
	rows = frappe.get_all("User", filters={"name": ("in", list(users) or [""])}, fields=["name", "full_name"])
	return {row.name: row.full_name for row in rows}
