"""Calls about duplicates: the warning while typing, the comparison, merging and taking it back."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from crm_marketplace.deals.api.guard import permitted, texts
from crm_marketplace.deals.duplicates import keys, merge, night, search
from crm_marketplace.deals.duplicates.keys import PARTIES
from crm_marketplace.rules.duplicates import Party

MOST_AT_ONCE = 50
MOST_FIELDS = 60
SAVEPOINT = "merge_pair"


@frappe.whitelist()
def similar(
	name: str | None = None,
	phones: list | str | None = None,
	emails: list | str | None = None,
	tax_id: str | None = None,
	own: str | None = None,
) -> list[dict[str, Any]]:
	"""Parties like the one that is being typed, of the kinds the caller may read.

	Args:
		own: the party itself, when it is saved already.
	"""
	readable = [party_type for party_type in PARTIES if frappe.has_permission(party_type, "read")]
	party = Party(
		name=(name or "")[:140],
		phones=tuple(texts(phones or [], MOST_FIELDS)),
		emails=tuple(texts(emails or [], MOST_FIELDS)),
		tax_ids=(tax_id,) if tax_id else (),
	)
	found = search.similar(party, readable, without=own)
	return [row for row in found if frappe.has_permission(row["party_type"], "read", row["party"])]


@frappe.whitelist()
def preview_merge(party_type: str, source: str, target: str) -> dict[str, Any]:
	"""Side by side: what differs, and what would move."""
	_may_merge(party_type, source, target)
	return merge.preview(party_type, source, target)


@frappe.whitelist(methods=["POST"])
def merge_parties(
	party_type: str, source: str, target: str, take: list | str | None = None
) -> dict[str, Any]:
	"""Merge; the answer names the journal that takes it back."""
	_may_merge(party_type, source, target)
	journal = merge.merge(party_type, source, target, texts(take or [], MOST_FIELDS))
	return {"journal": journal, "moved": frappe.db.get_value("Party Merge", journal, "moved")}


@frappe.whitelist(methods=["POST"])
def undo_merge(journal: str) -> dict[str, int]:
	"""Take a merge back."""
	doc = permitted("Party Merge", journal)
	_may_merge(doc.party_type, doc.source, doc.target)
	return {"moved": merge.undo(journal)}


# --- the list of suspicions -------------------------------------------------------------------------


@frappe.whitelist()
def preview_many(names: list | str) -> list[dict[str, Any]]:
	"""What merging the chosen pairs would do: which goes into which, and how many links move. Writes nothing."""
	return [
		{
			**row,
			"links": sum(len(found) for found in merge.find_links(row["party_type"], row["source"]).values()),
		}
		for row in _directions(names)
	]


@frappe.whitelist(methods=["POST"])
def merge_many(names: list | str) -> dict[str, Any]:
	"""Merge the chosen pairs, the younger into the older; at most `MOST_AT_ONCE`. Each can be undone on its own.

	A pair one side of which has gone into another one meanwhile is left out.

	Returns:
		How many were merged, and those that were refused with the reason; they stop no other pair.
	"""
	merged, failed = 0, []
	for row in _directions(names):
		if keys.merged_away(row["party_type"], [row["source"], row["target"]]):
			continue
		frappe.db.savepoint(SAVEPOINT)
		try:
			merge.merge(row["party_type"], row["source"], row["target"])
			merged += 1
		except (frappe.ValidationError, frappe.NameError, frappe.PermissionError) as error:
			# ERPNext, or another app's hook, refuses this pair. Its words are the best explanation.
			frappe.db.rollback(save_point=SAVEPOINT)
			failed.append({**row, "reason": frappe.utils.strip_html(str(error))})
			frappe.clear_messages()
	return {"merged": merged, "failed": failed}


@frappe.whitelist(methods=["POST"])
def not_duplicates(names: list | str) -> None:
	"""A person says these are different; the search keeps quiet about them."""
	frappe.has_permission("Party Duplicate", "write", throw=True)
	frappe.db.set_value(
		"Party Duplicate",
		{"name": ("in", texts(names, 500)), "state": "Suspected"},
		"state",
		"Not a Duplicate",
	)


@frappe.whitelist(methods=["POST"])
def search_now() -> None:
	"""Search all parties in the background, names and all."""
	frappe.has_permission("Party Duplicate", "write", throw=True)
	night.enqueue()


def _directions(names: list | str) -> list[dict[str, Any]]:
	"""Chosen pairs as source and target: the older party is kept."""
	rows = frappe.get_list(
		"Party Duplicate",
		filters={"name": ("in", texts(names, MOST_AT_ONCE)), "state": "Suspected"},
		fields=["name", "party_type", "one", "one_name", "other", "other_name"],
		order_by="name",
		limit=MOST_AT_ONCE,
	)
	found = []
	for row in rows:
		_may_merge(row.party_type, row.one, row.other)
		born = {name: frappe.db.get_value(row.party_type, name, "creation") for name in (row.one, row.other)}
		titles = {row.one: row.one_name, row.other: row.other_name}
		target, source = sorted(born, key=lambda name: (born[name], name))
		found.append(
			{
				"party_type": row.party_type,
				"source": source,
				"source_name": titles[source],
				"target": target,
				"target_name": titles[target],
			}
		)
	return found


def _may_merge(party_type: str, *names: str) -> None:
	"""Merging is a manager's, and only of parties they may change."""
	frappe.has_permission("Party Duplicate", "write", throw=True)
	if party_type not in merge.MERGED:
		frappe.throw(_("{0} cannot be merged.").format(_(party_type)))
	for name in names:
		permitted(party_type, name, "write")
