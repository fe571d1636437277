"""Merging two parties, and taking the merge back.

Every link to the one that goes is moved to the one that stays, table by table, and written down. The one that
goes is disabled, not deleted: an undo moves exactly those links back, and puts the old values back.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import frappe
from frappe import _
from frappe.model import no_value_fields, table_fields
from frappe.model.document import Document
from frappe.query_builder.functions import Count
from frappe.utils import cint, cstr

from crm_marketplace.deals import party_names
from crm_marketplace.deals.duplicates import keys
from crm_marketplace.rules.duplicates import differing, pair

MERGED = ("Customer", "Lead", "Prospect")
# Our own notes about parties, and logs: they speak of what was, and stay.
LEFT_ALONE = frozenset(
	(
		"Party Key",
		"Party Duplicate",
		"Party Merge",
		"Version",
		"View Log",
		"Deleted Document",
		"Access Log",
		"Route History",
	)
)
# Fields that hold a link and are not declared as one: DocType → (field with the DocType, field with the name).
UNDECLARED = {"File": ("attached_to_doctype", "attached_to_name")}
# Fields ERPNext lets one party have only, though the database does not.
OF_ONE_ONLY = {"Lead": ("email_id",)}
CHUNK = 1000


def preview(party_type: str, source: str, target: str) -> dict[str, Any]:
	"""What a merge would do: fields to choose between, fields that fill gaps, links by DocType. Writes nothing."""
	one, other = _both(party_type, source, target)
	fields = choosable(party_type)
	return {
		"source": {"name": source, "title": one.get_title()},
		"target": {"name": target, "title": other.get_title()},
		"fields": [
			{
				"fieldname": field,
				"label": _(one.meta.get_label(field)),
				"source": one.get(field),
				"target": other.get(field),
			}
			for field in differing(fields, one.as_dict(), other.as_dict())
		],
		"filled": [
			_(one.meta.get_label(field)) for field in fields if one.get(field) and not other.get(field)
		],
		"links": [
			{"doctype": doctype, "label": _(doctype), "count": len(names)}
			for doctype, names in sorted(_by_doctype(find_links(party_type, source)).items())
		],
	}


def merge(party_type: str, source: str, target: str, take: list[str] | None = None) -> str:
	"""Merge `source` into `target`. Returns the name of the Party Merge, by which it can be undone.

	Args:
		take: fields whose value of the source is wanted; empty ones of the target are filled anyway.

	Raises:
		frappe.ValidationError: the same party, another kind, or one that was merged already.
	"""
	one, other = _both(party_type, source, target)
	before = _take_values(one, other, set(take or ()))
	links = find_links(party_type, source)
	_move(links, target)
	_disable(one)
	journal = frappe.get_doc(
		doctype="Party Merge",
		party_type=party_type,
		source=source,
		source_name=one.get_title(),
		target=target,
		target_name=other.get_title(),
		state="Merged",
		moved=sum(len(names) for names in links.values()),
		merged_by=frappe.session.user,
		links=json.dumps([[*place, names] for place, names in links.items()], ensure_ascii=False),
		values_before=json.dumps(before, ensure_ascii=False, default=str),
	).insert(ignore_permissions=True)  # the journal is the system's
	_judge(party_type, source, target, "Merged")
	keys.refresh(party_type, [source, target])
	party_names.refresh(party_type, target)
	frappe.clear_document_cache(party_type, source)
	return journal.name


def undo(name: str) -> int:
	"""Take a merge back. Returns how many links went home.

	A link somebody has pointed elsewhere since, or whose document is gone, stays; what was made after the merge
	stays with the party that was kept.
	"""
	journal = frappe.get_doc("Party Merge", name, for_update=True)
	if journal.state != "Merged":
		frappe.throw(_("This merge was taken back already."))
	later = frappe.db.exists(
		"Party Merge",
		{"party_type": journal.party_type, "source": journal.target, "state": "Merged"},
	)
	if later:
		frappe.throw(
			_("{0} was merged into another one since. Take that merge back first.").format(
				journal.target_name
			)
		)
	moved = 0
	for doctype, fieldname, names in json.loads(journal.links):
		moved += _set_links(doctype, fieldname, names, journal.target, journal.source)
	before = json.loads(journal.values_before)
	target = frappe.get_doc(journal.party_type, journal.target)
	target.update(
		{field: was for field, (was, now) in before["target"].items() if _same(target.get(field), now)}
	)
	target.flags.ignore_mandatory = True
	target.save(ignore_permissions=True)  # whoever may undo may do all of it
	for field, value in before["source"].items():
		frappe.db.set_value(journal.party_type, journal.source, field, value)
	journal.db_set({"state": "Undone", "undone_by": frappe.session.user})
	_judge(journal.party_type, journal.source, journal.target, "Not a Duplicate")
	frappe.clear_document_cache(journal.party_type, journal.source)
	keys.refresh(journal.party_type, [journal.source, journal.target])
	for party in (journal.source, journal.target):
		party_names.refresh(journal.party_type, party)
	return moved


# --- links ------------------------------------------------------------------------------------------


def find_links(party_type: str, name: str) -> dict[tuple[str, str], list[str]]:
	"""(DocType, field) → rows that point to the party."""
	found: dict[tuple[str, str], list[str]] = {}
	for doctype, fieldname, type_field in _link_fields(party_type):
		filters = {fieldname: name, **({type_field: party_type} if type_field else {})}
		table = frappe.qb.DocType(doctype)
		query = frappe.qb.from_(table).select(table.name)
		for field, value in filters.items():
			query = query.where(table[field] == value)
		if names := query.run(pluck=True):
			found[(doctype, fieldname)] = names
	return found


def _link_fields(party_type: str) -> list[tuple[str, str, str | None]]:
	"""Every field of the site's tables that may point to a party: DocType, field, field that holds the DocType."""
	fields = []
	tables = set(frappe.db.get_tables())
	doctypes = {
		row.name
		for row in frappe.get_all("DocType", filters={"issingle": 0, "is_virtual": 0}, fields=["name"])
		if f"tab{row.name}" in tables and row.name not in LEFT_ALONE
	}
	for source, parent in (("DocField", "parent"), ("Custom Field", "dt")):
		for row in frappe.get_all(
			source,
			filters={"fieldtype": ("in", ["Link", "Dynamic Link"])},
			fields=[f"{parent} as doctype", "fieldname", "fieldtype", "options"],
		):
			if row.doctype not in doctypes:
				continue
			if row.fieldtype == "Link" and row.options == party_type:
				fields.append((row.doctype, row.fieldname, None))
			elif row.fieldtype == "Dynamic Link" and row.options:
				fields.append((row.doctype, row.fieldname, row.options))
	fields += [(doctype, name, kind) for doctype, (kind, name) in UNDECLARED.items()]
	columns = {doctype: set(frappe.db.get_table_columns(doctype)) for doctype in {row[0] for row in fields}}
	return sorted(
		{
			row
			for row in fields
			if row[1] in columns[row[0]] and (row[2] is None or row[2] in columns[row[0]])
		},
		key=lambda row: (row[0], row[1]),
	)


def _move(links: dict[tuple[str, str], list[str]], target: str) -> None:
	for (doctype, fieldname), names in links.items():
		_set_links(doctype, fieldname, names, None, target)


def _set_links(doctype: str, fieldname: str, names: list[str], expected: str | None, value: str) -> int:
	"""Point rows to another party; those that point elsewhere than expected are left. Returns how many."""
	table = frappe.qb.DocType(doctype)
	changed = 0
	for start in range(0, len(names), CHUNK):
		chosen = table.name.isin(names[start : start + CHUNK])
		if expected is not None:
			chosen &= table[fieldname] == expected
		changed += frappe.qb.from_(table).select(Count("*")).where(chosen).run()[0][0]
		frappe.qb.update(table).set(table[fieldname], value).where(chosen).run()
	return changed


def _by_doctype(links: dict[tuple[str, str], list[str]]) -> dict[str, set[str]]:
	found: dict[str, set[str]] = defaultdict(set)
	for (doctype, _fieldname), names in links.items():
		found[doctype].update(names)
	return found


# --- values -----------------------------------------------------------------------------------------


def choosable(party_type: str) -> list[str]:
	"""Fields of a party that a merge may carry over: those a person fills in, but not the one it is named by."""
	meta = frappe.get_meta(party_type)
	return [
		field.fieldname
		for field in meta.fields
		if field.fieldtype not in (*no_value_fields, *table_fields, "Check", "Password")
		and not field.read_only
		and not field.hidden
		and not field.set_only_once
		and meta.autoname != f"field:{field.fieldname}"
		and field.fieldname not in ("naming_series", "status", "lead_name", "image")
	]


def _take_values(one: Document, other: Document, take: set[str]) -> dict[str, dict[str, Any]]:
	"""Carry values from the one that goes to the one that stays. Returns what was before, for the undo."""
	changed = {}
	for field in choosable(one.doctype):
		wanted = field in take or not other.get(field)
		if wanted and one.get(field) and one.get(field) != other.get(field):
			changed[field] = [other.get(field), one.get(field)]
			other.set(field, one.get(field))
	given = _give_away(one, other)
	if changed:
		other.save()
	return {"target": changed, "source": {**_disabled_fields(one), **given}}


def _give_away(one: Document, other: Document) -> dict[str, Any]:
	"""What only one party may have, and the one that stays has now, is taken from the one that goes. Returns what
	was there, for the undo.
	"""
	alone = OF_ONE_ONLY.get(one.doctype, ())
	given = {
		field.fieldname: one.get(field.fieldname)
		for field in one.meta.fields
		if (field.unique or field.fieldname in alone)
		and one.get(field.fieldname)
		and cstr(one.get(field.fieldname)).lower() == cstr(other.get(field.fieldname)).lower()
	}
	if given:
		frappe.db.set_value(one.doctype, one.name, dict.fromkeys(given), update_modified=False)
	return given


def _disabled_fields(doc: Document) -> dict[str, Any]:
	"""The field that takes a party out of use, as it is now."""
	return {"disabled": cint(doc.get("disabled"))} if doc.meta.has_field("disabled") else {}


def _disable(doc: Document) -> None:
	for field in _disabled_fields(doc):
		frappe.db.set_value(doc.doctype, doc.name, field, 1)
	doc.add_comment("Info", _("merged into another one; the Party Merge list takes it back"))


def _both(party_type: str, source: str, target: str) -> tuple[Document, Document]:
	if party_type not in MERGED:
		frappe.throw(_("{0} cannot be merged.").format(_(party_type)))
	if source == target:
		frappe.throw(_("Choose two different ones."))
	merged = frappe.get_all(
		"Party Merge",
		filters={"party_type": party_type, "source": ("in", [source, target]), "state": "Merged"},
		pluck="source_name",
	)
	if merged:
		frappe.throw(_("{0} was merged already.").format(merged[0]))
	return frappe.get_doc(party_type, source), frappe.get_doc(party_type, target)


def _judge(party_type: str, source: str, target: str, state: str) -> None:
	one, other = pair(source, target)
	frappe.db.set_value(
		"Party Duplicate", {"party_type": party_type, "one": one, "other": other}, "state", state
	)


def _same(value: Any, stored: Any) -> bool:
	return str(value or "") == str(stored or "")
