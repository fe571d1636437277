"""Parties that were merged before: prospects are taken out of use, none is found any more, and deals bear the name of
the one that was kept.
"""

from __future__ import annotations

import json

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

from crm_marketplace.deals.parties import TITLES
from crm_marketplace.setup.custom_fields import custom_fields


def execute() -> None:
	# The field comes after the patches else.
	create_custom_fields({"Prospect": custom_fields()["Prospect"]})
	for row in frappe.get_all(
		"Party Merge", filters={"state": "Merged"}, fields=["name", "party_type", "source", "values_before"]
	):
		frappe.db.delete("Party Key", {"party_type": row.party_type, "party": row.source})
		if row.party_type == "Prospect":
			_disable(row)
	for party_type, title in TITLES.items():
		_name_deals(party_type, title)


def _disable(row: frappe._dict) -> None:
	"""As a merge does it now: the undo puts the field back."""
	frappe.db.set_value("Prospect", row.source, "disabled", 1, update_modified=False)
	before = json.loads(row.values_before)
	before["source"].setdefault("disabled", 0)
	values = json.dumps(before, ensure_ascii=False)
	frappe.db.set_value("Party Merge", row.name, "values_before", values, update_modified=False)


def _name_deals(party_type: str, title: str) -> None:
	deal, party = frappe.qb.DocType("Deal"), frappe.qb.DocType(party_type)
	(
		frappe.qb.update(deal)
		.join(party)
		.on(party.name == deal.party)
		.set(deal.party_name, party[title])
		.where((deal.party_type == party_type) & (party[title] != "") & (deal.party_name != party[title]))
	).run()
