"""Who sees which deals: own, team or all, per pipeline.

`scope` decides; the list condition, the condition for the query builder and the check of one document are
three ways to write the same decision down.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import frappe
from frappe.model.document import Document
from pypika.terms import Criterion

from crm_marketplace.permissions.restrictions import user_permission_criterion
from crm_marketplace.setup.roles import DEALS_MANAGER, DEALS_USER, DEALS_VIEWER

NOTHING = "1 = 0"


@dataclass(frozen=True, slots=True)
class Scope:
	"""What a user sees of deals.

	Args:
		everything: no pipeline is hidden, no deal in it.
		all_of: pipelines whose deals are all seen.
		team_of: pipelines whose deals are seen where `users` are responsible, or nobody is.
		own_of: the same with the user alone.
		users: the user and everybody below in the trees of Employees and Sales Persons.
	"""

	user: str
	everything: bool = False
	all_of: tuple[str, ...] = ()
	team_of: tuple[str, ...] = ()
	own_of: tuple[str, ...] = ()
	users: tuple[str, ...] = ()

	@property
	def pipelines(self) -> tuple[str, ...]:
		return (*self.all_of, *self.team_of, *self.own_of)

	def people_of(self, pipeline: str) -> frozenset[str] | None:
		"""Whose work in a pipeline is seen; None: everybody's."""
		if self.everything or pipeline in self.all_of:
			return None
		if pipeline in self.team_of:
			return frozenset(self.users)
		return frozenset([self.user]) if pipeline in self.own_of else frozenset()

	def shows(self, pipeline: str, responsible: str | None) -> bool:
		"""Whether a deal of this pipeline and this person is seen. Deals of nobody wait for a taker: all see them."""
		if self.everything or pipeline in self.all_of:
			return True
		if pipeline in self.team_of:
			return not responsible or responsible in self.users
		return pipeline in self.own_of and (not responsible or responsible == self.user)


def scope(user: str | None = None) -> Scope:
	"""What the user sees, kept for the request: at most four queries."""
	user = user or frappe.session.user
	if not hasattr(frappe.local, "deal_scopes"):
		frappe.local.deal_scopes = {}
	known = frappe.local.deal_scopes
	if user not in known:
		known[user] = _scope(user)
	return known[user]


def forget_scopes() -> None:
	"""After a change of pipelines, roles or trees within one request."""
	frappe.local.deal_scopes = {}


def _scope(user: str) -> Scope:
	roles = set(frappe.get_roles(user))
	if user == "Administrator" or roles & {DEALS_MANAGER, "System Manager"}:
		return Scope(user, everything=True)
	if not roles & {DEALS_USER, DEALS_VIEWER}:
		return Scope(user)
	seen: dict[str, list[str]] = {"Own": [], "Team": [], "All": []}
	for pipeline in _pipelines_for(roles):
		level = "All" if DEALS_VIEWER in roles else pipeline.users_see
		seen[level].append(pipeline.name)
	return Scope(
		user,
		all_of=tuple(seen["All"]),
		team_of=tuple(seen["Team"]),
		own_of=tuple(seen["Own"]),
		users=tuple(sorted(team_of(user))) if seen["Team"] else (user,),
	)


def _pipelines_for(roles: set[str]) -> list[frappe._dict]:
	pipeline, allowed = frappe.qb.DocType("Deal Pipeline"), frappe.qb.DocType("Deal Pipeline Role")
	rows = (
		frappe.qb.from_(pipeline)
		.left_join(allowed)
		.on((allowed.parent == pipeline.name) & (allowed.parenttype == "Deal Pipeline"))
		.select(pipeline.name, pipeline.users_see, allowed.role)
	).run(as_dict=True)
	found = {row.name: row for row in rows if not row.role or row.role in roles}
	return [found[name] for name in sorted(found)]


def team_of(user: str) -> set[str]:
	"""The user and everybody below, by Employee (reports to) and by Sales Person. Nested sets: no walking."""
	employee = frappe.qb.DocType("Employee")
	head = frappe.qb.DocType("Employee").as_("head")
	below = (
		frappe.qb.from_(head)
		.join(employee)
		.on((employee.lft > head.lft) & (employee.rgt < head.rgt))
		.select(employee.user_id)
		.where((head.user_id == user) & employee.user_id.isnotnull())
	).run(pluck=True)
	person, boss = frappe.qb.DocType("Sales Person"), frappe.qb.DocType("Sales Person").as_("boss")
	sellers = (
		frappe.qb.from_(boss)
		.join(head)
		.on(boss.employee == head.name)
		.join(person)
		.on((person.lft > boss.lft) & (person.rgt < boss.rgt))
		.join(employee)
		.on(person.employee == employee.name)
		.select(employee.user_id)
		.where((head.user_id == user) & employee.user_id.isnotnull())
	).run(pluck=True)
	return {user, *below, *sellers}


# --- the decision, three times written ---------------------------------------------------------------


def deal_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""For lists, link fields, search, reports and export of Deal: SQL, or "" where nothing is hidden."""
	seen = scope(user)
	if seen.everything:
		return ""
	column = "`tabDeal`.`{0}`".format
	parts = []
	if seen.all_of:
		parts.append(f"{column('pipeline')} in ({_quoted(seen.all_of)})")
	for pipelines, users in ((seen.team_of, seen.users), (seen.own_of, (seen.user,))):
		if pipelines:
			parts.append(
				f"({column('pipeline')} in ({_quoted(pipelines)})"
				f" and ifnull({column('responsible')}, '') in ('', {_quoted(users)}))"
			)
	return f"({' or '.join(parts)})" if parts else NOTHING


def deal_criterion(table, user: str | None = None, pipeline: str | None = None) -> Criterion | None:
	"""The same for the query builder, with the User Permissions Frappe's lists add; None where nothing is hidden.

	Args:
		table: `frappe.qb.DocType("Deal")` of the query.
		pipeline: of all deals of the query, where it is known: then only people are compared, and a sum over a
			stage stays within its index.
	"""
	found = [
		criterion
		for criterion in (
			_scope_criterion(table, scope(user), pipeline),
			user_permission_criterion(table, "Deal", user),
		)
		if criterion is not None
	]
	return reduce(lambda one, other: one & other, found) if found else None


def _scope_criterion(table, seen: Scope, pipeline: str | None) -> Criterion | None:
	if seen.everything:
		return None
	if pipeline:
		if pipeline not in seen.pipelines:
			return table.name == ""
		users = seen.people_of(pipeline)
		return (
			None
			if users is None
			else table.responsible.isin(["", *sorted(users)]) | table.responsible.isnull()
		)
	criterion = table.pipeline.isin(seen.all_of or [""])
	for pipelines, users in ((seen.team_of, seen.users), (seen.own_of, (seen.user,))):
		if pipelines:
			criterion |= table.pipeline.isin(pipelines) & (
				table.responsible.isin(["", *users]) | table.responsible.isnull()
			)
	return criterion


def may_see_deal(doc: Document, ptype: str | None = None, user: str | None = None) -> bool:
	"""The check of one document. A new one is checked with what it is given.

	A saved one is checked with what is stored: nobody makes a deal their own by writing their name into it, and who
	has it may hand it on to anybody, within the pipelines they see. Frappe asks with the document as it came in.
	"""
	seen = scope(user)
	if seen.everything:
		return True
	if doc.is_new():
		return not doc.get("pipeline") or seen.shows(doc.get("pipeline"), doc.get("responsible"))
	stored = frappe.db.get_value("Deal", doc.name, ["pipeline", "responsible"])
	return bool(stored) and seen.shows(*stored) and doc.get("pipeline") in seen.pipelines


def pipeline_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""Lists and link fields of Deal Pipeline: those the user's roles may see."""
	return _of_pipelines(scope(user), "`tabDeal Pipeline`.`name`")


def stage_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""Lists and link fields of Deal Stage: those of the pipelines the user may see."""
	return _of_pipelines(scope(user), "`tabDeal Stage`.`pipeline`")


def may_see_pipeline(doc: Document, ptype: str | None = None, user: str | None = None) -> bool:
	seen = scope(user)
	return seen.everything or doc.is_new() or doc.name in seen.pipelines


def may_see_stage(doc: Document, ptype: str | None = None, user: str | None = None) -> bool:
	seen = scope(user)
	return seen.everything or doc.get("pipeline") in seen.pipelines


def _of_pipelines(seen: Scope, column: str) -> str:
	if seen.everything:
		return ""
	return f"{column} in ({_quoted(seen.pipelines)})" if seen.pipelines else NOTHING


def _quoted(values: tuple[str, ...]) -> str:
	return ", ".join(frappe.db.escape(value, percent=False) for value in values)
