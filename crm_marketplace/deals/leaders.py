"""The leader board: who sold most in a month, a quarter or a year, as far as the reader may see others' deals."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import frappe
from frappe.utils import flt

from crm_marketplace.deals import plans
from crm_marketplace.permissions.deals import deal_criterion, scope
from crm_marketplace.rules import plans as rules
from crm_marketplace.rules.plans import METRICS, Fact, Period


def board_of(pipeline: str, period: Period, day: date) -> dict[str, Any]:
	"""People in the order of what they sold. A constant number of queries; the caller has checked the pipeline.

	People are those who won deals, called, met somebody or have a plan in the period; a plan of a quarter is the
	sum of its months' plans. Equal amounts share a place.

	Args:
		day: any day of the period.

	Returns:
		`rows` of place, user, name, image, own, the metrics, `plan` by metric and `percent` of it (both
		None without one), `first` and `last` day, `previous` and `next`: a day of the neighbouring periods.
	"""
	first, end = rules.bounds(period, day)
	users = scope().people_of(pipeline)
	done: dict[str, list[Fact]] = defaultdict(list)
	for fact in plans.facts_between(pipeline, first, end, users, deal_criterion):
		if fact.user:
			done[fact.user].append(fact)
	planned = _planned(pipeline, first, end)
	if users is not None:
		planned = {user: plan for user, plan in planned.items() if user in users}
	people = {row.name: row for row in _people({*done, *planned})}
	rows = [
		{
			"user": user,
			"name": people[user].full_name or user,
			"image": people[user].user_image or "",
			"own": user == frappe.session.user,
			**(fact := rules.add_up(done[user], None)),
			"plan": planned.get(user),
			"percent": _percent(fact, planned.get(user)),
		}
		for user in people
	]
	rows.sort(key=lambda row: (-row["amount"], -row["won"], -row["calls"] - row["meetings"], row["name"]))
	for row, place in zip(rows, rules.places([row["amount"] for row in rows]), strict=True):
		row["place"] = place
	last = frappe.utils.add_days(end, -1)
	return {
		"rows": rows,
		"first": first,
		"last": last,
		"previous": frappe.utils.add_days(first, -1),
		"next": end,
	}


def _percent(fact: dict[str, float], plan: dict[str, float] | None) -> float | None:
	"""Of the planned amount, which may be more than 100; where no money is planned, the mean over what is."""
	if plan is None:
		return None
	return rules.percent(fact["amount"], plan["amount"]) if plan["amount"] else rules.overall(fact, plan)


def _planned(pipeline: str, first: date, end: date) -> dict[str, dict[str, float]]:
	"""Person → the sum of the plans the reader may see, by metric. One query."""
	planned: dict[str, dict[str, float]] = {}
	for row in frappe.get_list(
		"Sales Plan",
		filters=[
			["pipeline", "=", pipeline],
			["month", ">=", first],
			["month", "<", end],
			["user", "is", "set"],
		],
		fields=["user", *METRICS],
		limit=0,
	):
		plan = planned.setdefault(row.user, dict.fromkeys(METRICS, 0.0))
		for metric in METRICS:
			plan[metric] += flt(row[metric])
	return planned


def _people(users: set[str]) -> list[frappe._dict]:
	"""Names and pictures; a user who is deleted since has no place."""
	return frappe.get_all(
		"User",
		filters={"name": ("in", sorted(users) or [""])},
		fields=["name", "full_name", "user_image"],
		limit=0,
	)
