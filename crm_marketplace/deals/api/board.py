"""Calls of the board."""

from __future__ import annotations

import json
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, flt, get_fullname, now_datetime

from crm_marketplace.deals import board, stages, tasks
from crm_marketplace.deals.api.guard import mapping, permitted, texts
from crm_marketplace.deals.api.tasks import draft_of
from crm_marketplace.deals.board import Filters
from crm_marketplace.rules import deals as rules

MOST_VIEWS = 50
# Fields of the dialogs that ask for what a stage requires.
DIALOG_KEYS = ("fieldname", "fieldtype", "options", "precision")


@frappe.whitelist()
def board_page(
	pipeline: str | None = None, filters: dict | str | None = None, sort: str = "next_step"
) -> dict[str, Any]:
	"""The board's first page: pipelines to choose from, columns with totals and first cards, saved views.

	Args:
		pipeline: the first one the user sees if not given, or not seen.
		filters: see `board.Filters`.
		sort: one of `board.SORTS`.
	"""
	found = frame(pipeline)
	if found["pipeline"] is None:
		return found
	return {**found, **board.first_page(found["pipeline"].name, Filters(mapping(filters)), sort)}


@frappe.whitelist()
def column_page(
	stage: str, start: int, filters: dict | str | None = None, sort: str = "next_step"
) -> dict[str, Any]:
	"""More cards of a column."""
	row = _stage(stage)
	cards = board.cards_of([row], Filters(mapping(filters)), sort, now_datetime(), start=max(0, cint(start)))
	return {"cards": cards, "users": board.users_of(cards)}


@frappe.whitelist()
def changed_cards(pipeline: str, names: list | str, filters: dict | str | None = None) -> dict[str, Any]:
	"""What became of deals that somebody changed: those that are on the board now, and all totals."""
	permitted("Deal Pipeline", pipeline)
	checked = Filters(mapping(filters))
	cards, rows = board.cards_by_name(pipeline, texts(names, board.MOST_NAMES), checked)
	return {
		"cards": cards,
		"users": board.users_of(cards),
		"totals": board.totals_of(rows, checked, now_datetime()),
	}


@frappe.whitelist(methods=["POST"])
def move_deal(
	deal: str, stage: str, from_stage: str | None = None, values: dict | str | None = None
) -> dict[str, Any]:
	"""Move a deal to another stage.

	Args:
		from_stage: where the caller saw it; when it is elsewhere by now, nothing is moved.
		values: what the caller filled in of the fields the stage asks for.

	Returns:
		`{"missing": [fields of a dialog]}` when the stage asks for more, else `{"card", "users"}`.
	"""
	row = _stage(stage)
	doc = permitted("Deal", deal, "write", for_update=True)
	if from_stage and doc.stage != from_stage:
		frappe.throw(
			_("{0} has moved this deal to {1} in the meantime.").format(
				get_fullname(doc.modified_by), frappe.bold(_stage_title(doc.stage))
			),
			title=_("Moved Already"),
		)
	required = stages.required_of([row.name]).get(row.name, [])
	fill(doc, values, required)
	if row.pipeline != doc.pipeline:
		doc.pipeline = row.pipeline
	doc.stage = row.name
	if empty := rules.missing(required, doc.as_dict()):
		return {"missing": dialog_fields(doc, empty)}
	doc.save()
	return _one_card(doc)


@frappe.whitelist(methods=["POST"])
def quick_add(
	pipeline: str,
	title: str,
	stage: str | None = None,
	amount: float | str | None = None,
	task: str | None = None,
	values: dict | str | None = None,
) -> dict[str, Any]:
	"""A new deal of the session's user, from one line on the board.

	Args:
		amount: in the pipeline's currency.
		task: its next step as one line, see `rules.tasks.read_line`.
		values: what the stage asks for; party may be given here.
	"""
	permitted("Deal Pipeline", pipeline)
	doc = frappe.new_doc("Deal")
	doc.update(
		{
			"title": title,
			"pipeline": pipeline,
			"stage": stage or stages.entry_of(pipeline),
			"amount": flt(amount),
			"responsible": frappe.session.user,
		}
	)
	required = stages.required_of([doc.stage]).get(doc.stage, [])
	fill(doc, values, [*required, "party_type", "party"])
	if empty := rules.missing(required, doc.as_dict()):
		return {"missing": dialog_fields(doc, empty)}
	doc.insert()
	if task and task.strip():
		draft = draft_of(task)
		tasks.add("Deal", doc.name, draft.subject, due_at=draft.due, kind=draft.kind)
	doc.reload()
	return _one_card(doc)


@frappe.whitelist(methods=["POST"])
def take_deal(deal: str) -> dict[str, Any]:
	"""The session's user becomes responsible for a deal of nobody."""
	doc = permitted("Deal", deal, "write", for_update=True)
	if doc.responsible:
		frappe.throw(
			_("{0} is responsible for this deal already.").format(get_fullname(doc.responsible)),
			title=_("Taken Already"),
		)
	doc.responsible = frappe.session.user
	doc.save()
	return _one_card(doc)


# --- saved views -----------------------------------------------------------------------------------


def views_of(pipeline: str) -> list[frappe._dict]:
	"""Views of the session's user and those for everybody. One query."""
	view = frappe.qb.DocType("Deal Board View")
	rows = (
		frappe.qb.from_(view)
		.select(view.name, view.title, view.filters, view.sort, view.shared, view.user)
		.where((view.pipeline == pipeline) & ((view.user == frappe.session.user) | (view.shared == 1)))
		.orderby(view.title)
		.limit(MOST_VIEWS)
	).run(as_dict=True)
	for row in rows:
		row.filters = json.loads(row.filters or "{}")
		row.own = row.pop("user") == frappe.session.user
	return rows


@frappe.whitelist(methods=["POST"])
def save_view(
	title: str, pipeline: str, filters: dict | str, sort: str = "next_step", shared: bool | int = False
) -> list[frappe._dict]:
	"""Keep the filters of the board under a name; the same name again replaces them. Returns all views."""
	permitted("Deal Pipeline", pipeline)
	name = frappe.db.get_value(
		"Deal Board View", {"title": title.strip(), "pipeline": pipeline, "user": frappe.session.user}
	)
	doc = frappe.get_doc("Deal Board View", name) if name else frappe.new_doc("Deal Board View")
	doc.update(
		{
			"title": title.strip(),
			"pipeline": pipeline,
			"user": frappe.session.user,
			"filters": json.dumps(mapping(filters), ensure_ascii=False),
			"sort": sort if sort in board.SORTS else "next_step",
			"shared": cint(shared),
		}
	)
	doc.save()
	return views_of(pipeline)


@frappe.whitelist(methods=["POST"])
def delete_view(name: str) -> list[frappe._dict]:
	"""Forget a view. Returns those that are left."""
	doc = permitted("Deal Board View", name, "delete")
	frappe.delete_doc("Deal Board View", name)
	return views_of(doc.pipeline)


# --- inside ----------------------------------------------------------------------------------------


def frame(pipeline: str | None) -> dict[str, Any]:
	"""What stands around the deals, on the board and in the forecast: pipelines, the chosen one, views, rights.

	Args:
		pipeline: the first one the user sees if not given, or not seen.

	Returns:
		With `pipeline` None when the user sees none.
	"""
	frappe.has_permission("Deal", "read", throw=True)
	pipelines, chosen = stages.choose_pipeline(pipeline)
	if chosen is None:
		return {"pipelines": [], "pipeline": None, "may_make": _may_make_pipelines()}
	return {
		"pipelines": pipelines,
		"pipeline": chosen,
		"views": views_of(chosen.name),
		"may_make": _may_make_pipelines(),
		"may_write": frappe.has_permission("Deal", "write"),
		"may_create": frappe.has_permission("Deal", "create"),
	}


def fill(doc, values: dict | str | None, allowed: list[str]) -> None:
	"""Take over those values a stage asks for, and nothing else a request may bring."""
	given = mapping(values)
	for fieldname in [*allowed, *(["party_type"] if "party" in allowed else [])]:
		if fieldname in given:
			doc.set(fieldname, given[fieldname])


def dialog_fields(doc, fieldnames: list[str]) -> list[dict[str, Any]]:
	"""Fields as a dialog of the desk takes them, with what the deal has already."""
	if "party" in fieldnames:
		fieldnames = ["party_type", *fieldnames]
	fields = []
	for fieldname in fieldnames:
		df = doc.meta.get_field(fieldname)
		field = {key: df.get(key) for key in DIALOG_KEYS if df.get(key)}
		field.update({"label": _(df.label), "reqd": 1, "default": doc.get(fieldname) or None})
		if df.fieldtype == "Currency":
			field.update(
				{"fieldtype": "Float", "options": None, "label": f"{_(df.label)}, {doc.currency or ''}"}
			)
		fields.append(field)
	return fields


def _one_card(doc) -> dict[str, Any]:
	"""The deal as a card, whatever the filters of the board are."""
	rows = {row.name: row for row in stages.rows_of(doc.pipeline)}
	cards = board.dressed(
		[frappe._dict(doc.as_dict(), _user_tags=doc.get("_user_tags"))], rows, now_datetime()
	)
	return {"card": cards[0], "users": board.users_of(cards)}


def _stage(name: str) -> frappe._dict:
	"""A stage of a pipeline the caller sees, as a row."""
	rows = frappe.get_list("Deal Stage", filters={"name": name}, fields=stages.STAGE_FIELDS, limit=1)
	if not rows:
		frappe.throw(_("This stage is not there any more. Reload the page."), frappe.DoesNotExistError)
	return rows[0]


def _stage_title(name: str) -> str:
	return frappe.utils.escape_html(frappe.get_cached_value("Deal Stage", name, "stage_name") or "")


def _may_make_pipelines() -> bool:
	return bool(frappe.has_permission("Deal Pipeline", "create"))
