"""The board's data: columns with totals, and the first cards of each, in a constant number of queries.

Totals are in the pipeline's currency; a closed column shows what was closed in the last days only, or it
would grow for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

import frappe
from frappe.query_builder import Case
from frappe.query_builder.functions import Count, Sum
from frappe.utils import cint, flt, get_datetime, getdate, now_datetime
from pypika.terms import AggregateFunction, Criterion

from crm_marketplace.deals import stages, tasks
from crm_marketplace.permissions.deals import deal_criterion
from crm_marketplace.rules import deals as rules
from crm_marketplace.rules.deals import Kind
from crm_marketplace.sync import clock

PAGE = 20  # cards of a column at first, and with each scroll
CLOSED_DAYS = 30
MOST_NAMES = 200
CARD_FIELDS = (
	"name",
	"title",
	"party_name",
	"contact_person",
	"amount",
	"currency",
	"base_amount",
	"weighted_amount",
	"stage",
	"stage_kind",
	"stage_since",
	"next_step",
	"next_step_on",
	"expected_close",
	"closed_at",
	"responsible",
	"_user_tags",
	"pipeline",
)
# What the board may be sorted by → field, falling. Deals without a next step come first: they need one.
SORTS: Mapping[str, tuple[str, bool]] = {
	"next_step": ("next_step_on", False),
	"amount": ("base_amount", True),
	"newest": ("creation", True),
	"longest": ("stage_since", False),
}
ATTENTION = ("overdue", "today", "no_step", "stuck")


class Filters:
	"""The board's filters, checked: anything else in the request is ignored."""

	def __init__(self, given: Mapping[str, Any] | None) -> None:
		given = given or {}
		self.search = _text(given, "search")
		self.responsible = _text(given, "responsible")
		self.team = _text(given, "team")
		self.source = _text(given, "source")
		self.tag = _text(given, "tag")
		self.attention = _text(given, "attention")
		self.close_from = _text(given, "close_from")
		self.close_to = _text(given, "close_to")

	def criterion(self, deal, stage: frappe._dict, now: datetime) -> Criterion:
		"""Which deals of a stage are shown."""
		found = self.without_attention(deal, stage, now)
		if self.attention in ATTENTION:
			found &= attention_criterion(deal, stage, self.attention, now)
		return found

	def without_attention(self, deal, stage: frappe._dict, now: datetime) -> Criterion:
		"""The same before overdue, today, stuck … narrow it: what their numbers are counted over."""
		found = deal.stage == stage.name
		if Kind(stage.kind).is_closed:
			found &= deal.closed_at >= now - timedelta(days=CLOSED_DAYS)
		return reduce(lambda one, other: one & other, self.plain(deal), found)

	def of_pipeline(self, deal, rows: Sequence[frappe._dict], now: datetime) -> list[Criterion]:
		"""The same for deals of all stages of a pipeline together.

		Args:
			rows: the stages; how long a deal may stay differs from one to the next.
		"""
		found = self.plain(deal)
		if self.attention in ATTENTION:
			of_stages = [
				(deal.stage == row.name) & attention_criterion(deal, row, self.attention, now) for row in rows
			]
			found.append(reduce(lambda one, other: one | other, of_stages, deal.name == ""))
		return found

	def plain(self, deal) -> list[Criterion]:
		"""What does not depend on the stage."""
		found = []
		if self.search:
			like = f"%{self.search}%"
			found.append(deal.title.like(like) | deal.party_name.like(like) | deal.name.like(like))
		if self.responsible == "__nobody":
			found.append(deal.responsible.isnull() | (deal.responsible == ""))
		elif self.responsible:
			found.append(deal.responsible == self.user)
		for field in ("team", "source"):
			if value := getattr(self, field):
				found.append(deal[field] == value)
		if self.tag:
			found.append(deal._user_tags.like(f"%,{self.tag}%"))
		if self.close_from:
			found.append(deal.expected_close >= getdate(self.close_from))
		if self.close_to:
			found.append(deal.expected_close <= getdate(self.close_to))
		return found

	@property
	def narrows_beyond_people(self) -> bool:
		"""Whether more than a person or a team is chosen."""
		return any((self.search, self.source, self.tag, self.attention, self.close_from, self.close_to))

	@property
	def user(self) -> str | None:
		"""The person whose deals are asked for; None: everybody's, or nobody's."""
		if self.responsible == "__me":
			return frappe.session.user
		return self.responsible if self.responsible and self.responsible != "__nobody" else None


def first_page(pipeline: str, filters: Filters, sort: str) -> dict[str, Any]:
	"""Columns with totals, and the first cards of each."""
	rows = stages.rows_of(pipeline)
	now = now_datetime()
	totals = totals_of(rows, filters, now)
	# A stage that was archived stays on the board while deals are in it.
	shown = [row for row in rows if not row.archived or totals.get(row.name, {}).get("deals")]
	cards = cards_of(shown, filters, sort, now)
	return {
		"stages": [column(row, totals.get(row.name)) for row in shown],
		"cards": cards,
		"users": users_of(cards),
		"page": PAGE,
		"closed_days": CLOSED_DAYS,
		"most_names": MOST_NAMES,
	}


def totals_of(rows: Sequence[frappe._dict], filters: Filters, now: datetime) -> dict[str, dict[str, float]]:
	"""Stage → deals, amount, weighted amount of what is shown, and how many need attention. One query."""
	deal = frappe.qb.DocType("Deal")
	queries = []
	for row in rows:
		permitted = deal_criterion(deal, pipeline=row.pipeline)
		shown = filters.criterion(deal, row, now) if filters.attention else None
		query = (
			frappe.qb.from_(deal)
			.select(
				deal.stage,
				_sum_if(shown, 1).as_("deals"),
				_sum_if(shown, deal.base_amount).as_("amount"),
				_sum_if(shown, deal.weighted_amount).as_("weighted"),
				*(_sum_if(attention_criterion(deal, row, name, now), 1).as_(name) for name in ATTENTION),
			)
			.where(filters.without_attention(deal, row, now))
			.groupby(deal.stage)
		)
		queries.append(query.where(permitted) if permitted is not None else query)
	return {
		row.stage: {key: flt(value) for key, value in row.items() if key != "stage"} for row in union(queries)
	}


def cards_of(
	rows: Sequence[frappe._dict], filters: Filters, sort: str, now: datetime, start: int = 0
) -> list[dict[str, Any]]:
	"""The next cards of each stage, from number `start`. Two queries, however many stages."""
	deal = frappe.qb.DocType("Deal")
	field, falling = SORTS.get(sort) or SORTS["next_step"]
	queries = []
	for row in rows:
		permitted = deal_criterion(deal, pipeline=row.pipeline)
		by, down = ("closed_at", True) if Kind(row.kind).is_closed else (field, falling)
		order = frappe.qb.desc if down else frappe.qb.asc
		query = (
			frappe.qb.from_(deal)
			.select(*(deal[name] for name in CARD_FIELDS))
			.where(filters.criterion(deal, row, now))
			.orderby(deal[by], order=order)
			.orderby(deal.name, order=order)
			.limit(PAGE)
			.offset(start)
		)
		queries.append(query.where(permitted) if permitted is not None else query)
	return dressed(union(queries), {row.name: row for row in rows}, now)


def cards_by_name(
	pipeline: str, names: Sequence[str], filters: Filters
) -> tuple[list[dict[str, Any]], list[frappe._dict]]:
	"""Those of the deals that belong on the board now, and the stages of the pipeline."""
	rows = stages.rows_of(pipeline)
	now = now_datetime()
	deal = frappe.qb.DocType("Deal")
	permitted = deal_criterion(deal)
	queries = []
	for row in rows:
		query = (
			frappe.qb.from_(deal)
			.select(*(deal[name] for name in CARD_FIELDS))
			.where(deal.name.isin(list(names)[:MOST_NAMES]))
			.where(filters.criterion(deal, row, now))
		)
		queries.append(query.where(permitted) if permitted is not None else query)
	return dressed(union(queries), {row.name: row for row in rows}, now), rows


def dressed(
	found: Sequence[frappe._dict], by_name: Mapping[str, frappe._dict], now: datetime
) -> list[dict[str, Any]]:
	"""Rows of deals as cards: with what is late about them, and how to reach the contact. One query."""
	contacts = _contacts([row.contact_person for row in found if row.contact_person])
	return [_card(row, by_name[row.stage], contacts.get(row.contact_person), now) for row in found]


def users_of(cards: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
	"""User → name and picture. One query."""
	names = {card["responsible"] for card in cards if card["responsible"]}
	rows = frappe.get_all(
		"User", filters={"name": ("in", list(names) or [""])}, fields=["name", "full_name", "user_image"]
	)
	return {row.name: {"name": row.full_name or row.name, "image": row.user_image or ""} for row in rows}


def _card(row: frappe._dict, stage: frappe._dict, contact: frappe._dict | None, now: datetime) -> dict:
	closed = Kind(row.stage_kind).is_closed
	since = get_datetime(row.stage_since) if row.stage_since else None
	return {
		"name": row.name,
		"title": row.title,
		"party_name": row.party_name,
		"amount": flt(row.amount),
		"currency": row.currency,
		"base_amount": flt(row.base_amount),
		"weighted_amount": flt(row.weighted_amount),
		"stage": row.stage,
		"pipeline": row.pipeline,
		"next_step": row.next_step,
		"next_step_on": row.next_step_on,
		"expected_close": row.expected_close,
		"closed_at": row.closed_at,
		"responsible": row.responsible,
		"tags": [tag for tag in (row._user_tags or "").split(",") if tag],
		"urgency": "" if closed else str(tasks.urgency_of(row.next_step_on, now)),
		"days": rules.days_in(since, now),
		"days_over": 0 if closed else rules.days_over(since, stage.days_allowed, now),
		"phone": (contact.mobile_no or contact.phone or "") if contact else "",
		"email": (contact.email_id or "") if contact else "",
	}


def column(row: frappe._dict, total: Mapping[str, float] | None) -> dict[str, Any]:
	"""A stage as the board shows it; without totals all its numbers are 0."""
	return {
		"name": row.name,
		"title": row.stage_name,
		"kind": row.kind,
		"color": row.color or "",
		"probability": row.probability,
		"days_allowed": row.days_allowed,
		"archived": cint(row.archived),
		**{key: 0 for key in ("deals", "amount", "weighted", *ATTENTION)},
		**(total or {}),
	}


def attention_criterion(deal, stage: frappe._dict, attention: str, now: datetime) -> Criterion:
	"""Deals of a stage that somebody should look at; none of a closed one."""
	if Kind(stage.kind).is_closed:
		return deal.name == ""
	if attention == "overdue":
		return deal.next_step_on < now
	if attention == "today":
		return (deal.next_step_on >= now) & (deal.next_step_on < clock.midnight_of_user(now))
	if attention == "no_step":
		return deal.next_step_on.isnull()
	if not stage.days_allowed:
		return deal.name == ""  # a stage without a limit has no stuck deals
	return deal.stage_since < now - timedelta(days=stage.days_allowed)


def _contacts(names: Sequence[str]) -> dict[str, frappe._dict]:
	rows = frappe.get_all(
		"Contact",
		filters={"name": ("in", list(set(names)) or [""])},
		fields=["name", "email_id", "mobile_no", "phone"],
	)
	return {row.name: row for row in rows}


def union(queries: list) -> list[frappe._dict]:
	"""Rows of all queries in one. Each stands in a subquery, so that its order and limit are its own."""
	if not queries:
		return []
	wrapped = [
		frappe.qb.from_(query.as_(f"part_{number}")).select("*") for number, query in enumerate(queries)
	]
	return reduce(lambda one, other: one * other, wrapped).run(as_dict=True)


def _sum_if(condition: Criterion | None, value) -> AggregateFunction:
	"""A sum over the rows that fulfil a condition; over all of them without one."""
	if condition is None:
		return Count("*") if isinstance(value, int) else Sum(value)
	return Sum(Case().when(condition, value).else_(0))


def _text(given: Mapping[str, Any], key: str) -> str:
	value = given.get(key)
	return value.strip()[:140] if isinstance(value, str) else ""
