"""A page of a story: the newest events of all sources, dressed for people."""

from __future__ import annotations

import json
import re
from functools import reduce
from html import unescape
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, get_datetime, strip_html

from crm_marketplace.deals.story.sources import queries
from crm_marketplace.deals.story.subjects import subject_of
from crm_marketplace.rules.story import Event, page_of, read_place

PAGE = 25
MOST_TEXT = 600
CUT_TAG = re.compile(r"<[^>]*$")
MOST_CHANGES = 5
# Fields of a change nobody wants to read about: the numbers follow from others.
UNTOLD = frozenset(
	("base_amount", "weighted_amount", "probability", "stage_kind", "stage_since", "stage", "amount_from")
)


def story_page(
	doctype: str, name: str, kinds: frozenset[str] = frozenset(), after: str | None = None
) -> dict[str, Any]:
	"""Events, newest first, and where the next page begins. The caller may read the document.

	Args:
		kinds: of `rules.story.Event`; none: all.
		after: `next` of the page before.

	Raises:
		ValueError: `after` is no place.
	"""
	place = read_place(after)
	subject = subject_of(doctype, name)
	events, further = page_of(_read(queries(subject, kinds, PAGE + 1, place)), PAGE)
	return {
		"events": [_dressed(event) for event in events],
		"users": _users(events),
		"next": str(further) if further else None,
	}


def _read(found: list) -> list[dict[str, Any]]:
	"""Rows of all sources in one query; each source keeps its own order and limit in a subquery."""
	if not found:
		return []
	wrapped = [
		frappe.qb.from_(query.as_(f"source_{number}")).select("*") for number, query in enumerate(found)
	]
	rows = reduce(lambda one, other: one * other, wrapped).run(as_dict=True)
	seen = set()
	events = []
	for row in rows:
		row["at"] = get_datetime(row["at"])
		if (row["kind"], row["key"]) not in seen:  # a quotation of the deal and of its customer is one
			seen.add((row["kind"], row["key"]))
			events.append(row)
	return events


def _dressed(event: dict[str, Any]) -> dict[str, Any]:
	text = event["text"]
	if event["kind"] == Event.CHANGE:
		text = _change(event["document_type"], text)
	elif event["kind"] != Event.FILE:
		text = _plain(text)
	return {
		"at": event["at"],
		"kind": event["kind"],
		"doctype": event["document_type"],
		"name": event["document_name"],
		"title": event["title"] or "",
		"status": event["status"] or "",
		"amount": event["amount"],
		"currency": event["currency"],
		"user": event["user"],
		"text": text or "",
	}


def _plain(markup: str | None) -> str:
	"""Text of markup that may be cut in the middle of a tag."""
	text = unescape(strip_html(CUT_TAG.sub("", markup or "")))
	return " ".join(text.split())[:MOST_TEXT]


def _change(doctype: str, data: str | None) -> str:
	""" "Amount: 10 → 20; Title: …": what a Version says, in labels."""
	changed = json.loads(data or "{}").get("changed") or []
	meta = frappe.get_meta(doctype)
	levels = meta.get_permlevel_access("read")
	parts = []
	for fieldname, before, after in changed:
		field = meta.get_field(fieldname)
		if fieldname in UNTOLD or (field and cint(field.permlevel) not in levels):
			continue
		label = _(meta.get_label(fieldname))
		parts.append(f"{label}: {_short(before)} → {_short(after)}")
	return "; ".join(parts[:MOST_CHANGES])


def _short(value: Any) -> str:
	text = unescape(strip_html(str(value if value not in (None, "") else "—")))
	return " ".join(text.split())[:80]


def _users(events: list[dict[str, Any]]) -> dict[str, str]:
	"""User → name. One query."""
	names = {event["user"] for event in events if event["user"]}
	return dict(
		frappe.get_all(
			"User", filters={"name": ("in", list(names) or [""])}, fields=["name", "full_name"], as_list=True
		)
	)
