"""Deals that come in without a responsible person get one by the rules of the site, or wait for one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Count
from frappe.utils import get_datetime, now_datetime
from frappe.utils.nestedset import get_ancestors_of

from crm_marketplace.deals import reminders
from crm_marketplace.deals.languages import language_of
from crm_marketplace.rules import assignment as rules
from crm_marketplace.rules.assignment import Candidate, Case, Method, Rule
from crm_marketplace.rules.deals import Kind

AT_ONCE = 200  # waiting deals per tick


def assign(deal: Document) -> None:
	"""Write the responsible person into a new deal that has none. Where a rule fits and nobody of it is at work,
	the deal waits. The caller saves it.
	"""
	rule = _rule_for(deal)
	user = _next_of(rule, now_datetime()) if rule else None
	deal.responsible = user
	deal.awaits_assignment = int(bool(rule) and not user)


def tell(deal: Document) -> None:
	"""A notice to who got a deal, unless they took it themselves; nobody is told of each row of an import."""
	if not deal.responsible or deal.responsible == frappe.session.user or frappe.flags.in_import:
		return
	settings = frappe.get_cached_doc("Deals Settings")
	row = frappe._dict(reference_type="Deal", reference_name=deal.name)
	with language_of(deal.responsible):
		reminders.notify(
			deal.responsible,
			_("A new deal for you: {0}").format(deal.title),
			row,
			bool(settings.notify_by_email),
		)


def tick() -> int:
	"""Scheduler: deals that came in at night find their people in the morning. Returns how many did."""
	waiting = frappe.get_all(
		"Deal",
		filters={"awaits_assignment": 1},
		pluck="name",
		order_by="creation asc",
		limit=AT_ONCE,
	)
	return sum(_hand_out(name) for name in waiting)


def _hand_out(name: str) -> bool:
	deal = frappe.get_doc("Deal", name, for_update=True)
	if deal.responsible or Kind(deal.stage_kind).is_closed:
		deal.db_set("awaits_assignment", 0, update_modified=False)
		return False
	assign(deal)
	if not deal.responsible:
		deal.db_set("awaits_assignment", deal.awaits_assignment, update_modified=False)
		return False
	deal.flags.ignore_permissions = True  # the rule gives it, whoever the job runs as
	try:
		deal.save()
	except frappe.ValidationError:
		# What is wrong with this deal is for its manager to mend; the others go on.
		frappe.log_error(
			title=_("A deal could not be assigned"), reference_doctype="Deal", reference_name=name
		)
		frappe.db.set_value("Deal", name, "awaits_assignment", 0, update_modified=False)
		return False
	return True


def _rule_for(deal: Document) -> Rule | None:
	rows = frappe.get_all(
		"Deal Assignment Rule",
		filters={"enabled": 1},
		fields=["name", "pipeline", "source", "shop", "territory"],
		order_by="position asc, creation asc",
	)
	if not rows:
		return None
	return rules.first_fitting((Rule(**row) for row in rows), _case_of(deal))


def _case_of(deal: Document) -> Case:
	shop = deal.marketplace_order and frappe.db.get_value("Marketplace Order", deal.marketplace_order, "shop")
	territory = deal.party and frappe.db.get_value(deal.party_type, deal.party, "territory")
	above = (territory, *get_ancestors_of("Territory", territory)) if territory else ()
	return Case(deal.pipeline, deal.source or None, shop or None, above)


def _next_of(rule: Rule, now: datetime) -> str | None:
	"""Whose turn it is, written down so that the next deal goes on from there. The rule is locked meanwhile:
	two deals at once do not go to one person.
	"""
	doc = frappe.get_doc("Deal Assignment Rule", rule.name, for_update=True)
	if not _is_working_hour(doc, now):
		return None
	people = {row.user: row for row in doc.people}
	away = _away(list(people), now)
	load = _open_deals(list(people)) if doc.method == Method.LEAST_LOADED else {}
	user = rules.choose(
		Method(doc.method),
		[
			Candidate(
				user,
				row.idx,
				load.get(user, 0),
				get_datetime(row.assigned_at) if row.assigned_at else None,
			)
			for user, row in people.items()
			if user not in away
		],
	)
	if user:
		last = max((get_datetime(row.assigned_at) for row in doc.people if row.assigned_at), default=None)
		# Later than anybody's, also for two deals of one second.
		moment = max(now, last + timedelta(microseconds=1)) if last else now
		frappe.db.set_value(
			"Deal Assignment Person", people[user].name, "assigned_at", moment, update_modified=False
		)
	return user


def _is_working_hour(doc: Document, now: datetime) -> bool:
	begins, ends = (rules.parse_hour(value or "") for value in (doc.work_from, doc.work_to))
	if not rules.at_work(now.time(), begins, ends):
		return False
	holiday = {"parent": doc.holiday_list, "holiday_date": now.date()}
	return not (doc.holiday_list and frappe.db.exists("Holiday", holiday))


def _away(users: Sequence[str], now: datetime) -> set[str]:
	"""Those who are disabled, away by Deal Absence, or have left by their Employee record. Three queries."""
	enabled = set(frappe.get_all("User", filters={"name": ("in", users), "enabled": 1}, pluck="name"))
	absent = frappe.get_all(
		"Deal Absence",
		filters={"user": ("in", users), "from_date": ("<=", now.date()), "to_date": (">=", now.date())},
		pluck="user",
	)
	gone = frappe.get_all(
		"Employee", filters={"user_id": ("in", users), "status": ("!=", "Active")}, pluck="user_id"
	)
	return {user for user in users if user not in enabled} | set(absent) | set(gone)


def _open_deals(users: Sequence[str]) -> dict[str, int]:
	deal = frappe.qb.DocType("Deal")
	return dict(
		(
			frappe.qb.from_(deal)
			.select(deal.responsible, Count("*"))
			.where(deal.responsible.isin(users) & (deal.stage_kind == str(Kind.OPEN)))
			.groupby(deal.responsible)
		).run()
	)
