"""What `sync.announce` tells: documents written in bulk, and events that are no document's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import frappe

from crm_marketplace.rules.triggers_conditions import Facts, Unknown
from crm_marketplace.rules.triggers_events import Match, matches
from crm_marketplace.sync import clock
from crm_marketplace.sync.announce import Happening
from crm_marketplace.triggers.engine import index, outbox, stock


def receive(happenings: Sequence[Happening]) -> None:
	"""Hook `marketplace_announcements`. Nothing is read where no trigger waits; one query per DocType else."""
	now = index.current()
	wanted = [one for one in happenings if now.get(one.doctype, one.kind)]
	if not wanted:
		return
	values = _values(wanted)
	found: list[tuple] = []
	moved = [one for one in wanted if one.kind == "stock_moved"]
	if moved:
		found += _short_of_stock(now, moved, values)
	for one in wanted:
		if one.kind == "stock_moved":
			continue
		if one.name not in values.get(one.doctype, {}):
			continue
		for match in _matches(now, one, values[one.doctype][one.name]):
			found.append((one.doctype, one.name, match, _event_id(one), one.changes, one.given))
	if found:
		outbox.put_many(found)


def _matches(now: index.Index, one: Happening, values: dict[str, Any]) -> list[Match]:
	facts = Facts(
		doc=values,
		changes=one.changes,
		user=frappe.session.user,
		now=clock.site_now(),
		rows=_not_at_hand,
	)
	return matches(now.get(one.doctype, one.kind), one.kind, facts)


def _short_of_stock(
	now: index.Index, moved: Sequence[Happening], values: dict[str, dict[str, dict[str, Any]]]
) -> list[tuple]:
	"""Firings for items below a trigger's threshold: once a day per item, until there is enough again."""
	found: list[tuple] = []
	event_id = f"stock {clock.site_now().date()}"
	for rule in now.get("Item", "stock_moved"):
		row = frappe.db.get_value("Trigger", rule.name, ["threshold", "threshold_unit"], as_dict=True)
		low = stock.below([one.name for one in moved], row.threshold or 0, row.threshold_unit or "Units")
		for one in moved:
			if one.name in low and one.name in values.get("Item", {}):
				facts = Facts(doc=values["Item"][one.name], now=clock.site_now(), rows=_not_at_hand)
				for match in matches([rule], one.kind, facts):
					found.append((one.doctype, one.name, match, event_id, None, low[one.name]))
	return found


def _not_at_hand(_table: str) -> Sequence[dict]:
	raise Unknown


def _values(wanted: Sequence[Happening]) -> dict[str, dict[str, dict[str, Any]]]:
	"""DocType → name → values: of all documents told about, one query per DocType."""
	names: dict[str, set[str]] = {}
	for one in wanted:
		names.setdefault(one.doctype, set()).add(one.name)
	return {
		doctype: {
			row.name: row
			for row in frappe.get_all(
				doctype, filters={"name": ("in", sorted(some))}, fields=_columns(doctype)
			)
		}
		for doctype, some in names.items()
	}


def _columns(doctype: str) -> list[str]:
	"""What conditions may ask about; long texts (payloads) stay where they are."""
	return [
		"name",
		"owner",
		"creation",
		"docstatus",
		*(
			field.fieldname
			for field in frappe.get_meta(doctype).fields
			if not field.get("is_virtual")
			and field.fieldtype not in (*frappe.model.no_value_fields, "Long Text", "Code", "Password")
		),
	]


def _event_id(one: Happening) -> str:
	if one.kind == "insert":
		return "created"
	if one.kind == "change":
		return f"changed {clock.exact_site_now()} {outbox.digest(one.changes)}"
	return f"{one.kind} {one.id}".strip()
