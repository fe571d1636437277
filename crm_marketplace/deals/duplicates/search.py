"""Finding duplicates of one party, while it is typed. All of them are searched in `night.py`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import reduce
from typing import Any

import frappe
from frappe.query_builder.functions import Count

from crm_marketplace.deals.duplicates.keys import PARTIES, parties_by_name, region_of_site
from crm_marketplace.rules.duplicates import (
	KeyKind,
	Likeness,
	Party,
	choose_rare,
	compare,
	keys_of,
)

MOST_CANDIDATES = 100  # parties compared for one search
MOST_ROWS = 3000  # of the table of keys, read for one search
MOST_OF_A_NAME = 1000  # a part of a name more parties share leads nowhere
MOST_FOUND = 10
EXACT = (KeyKind.TAX, KeyKind.PHONE, KeyKind.EMAIL)


def similar(
	party: Party, party_types: Sequence[str] = PARTIES, without: str | None = None
) -> list[dict[str, Any]]:
	"""Parties like this one, the likeliest first. A constant number of queries, each along an index.

	Args:
		without: the party itself.

	Returns:
		Rows of party_type, party, title, score, reasons.
	"""
	region = region_of_site()
	keys = keys_of(party, region)
	candidates = _by_exact(keys) + _by_name(keys[KeyKind.NAME])
	by_type: dict[str, list[str]] = defaultdict(list)
	for party_type, name in dict.fromkeys(candidates):
		if party_type in party_types and name != without:
			by_type[party_type].append(name)
	found = []
	for party_type, names in by_type.items():
		for name, other in parties_by_name(party_type, names).items():
			likeness = compare(party, other, region)
			if likeness.reasons:
				found.append(_row(party_type, name, other, likeness))
	found.sort(key=lambda row: (-row["score"], row["title"]))
	return found[:MOST_FOUND]


def _row(party_type: str, name: str, other: Party, likeness: Likeness) -> dict[str, Any]:
	return {
		"party_type": party_type,
		"party": name,
		"title": other.name or name,
		"score": likeness.score,
		"reasons": [str(reason) for reason in likeness.reasons],
	}


def _by_exact(keys: dict[KeyKind, set[str]]) -> list[tuple[str, str]]:
	key = frappe.qb.DocType("Party Key")
	found: list[tuple[str, str]] = []
	for kind in EXACT:
		if keys[kind]:
			found += (
				frappe.qb.from_(key)
				.select(key.party_type, key.party)
				.where((key.kind == str(kind)) & key.value.isin(sorted(keys[kind])))
				.limit(MOST_CANDIDATES)
			).run()
	return found


def _by_name(parts: set[str]) -> list[tuple[str, str]]:
	"""Parties that share rare parts of a name, most shared first."""
	if not parts:
		return []
	key = frappe.qb.DocType("Party Key")
	named = key.kind == str(KeyKind.NAME)
	# A common word is in thousands of names: of each key no more rows are read than decide whether it is rare.
	few = [
		frappe.qb.from_(key)
		.select(key.value)
		.where(named & (key.value == part))
		.limit(MOST_OF_A_NAME + 1)
		.as_(f"key_{number}")
		for number, part in enumerate(sorted(parts))
	]
	counted = [frappe.qb.from_(rows).select(rows.value, Count("*")).groupby(rows.value) for rows in few]
	counts = dict(reduce(lambda one, other: one * other, counted).run())
	counts = {part: number for part, number in counts.items() if number <= MOST_OF_A_NAME}
	rare = choose_rare(counts, MOST_ROWS)
	if not rare:
		return []
	return list(
		(
			frappe.qb.from_(key)
			.select(key.party_type, key.party)
			.where(named & key.value.isin(rare))
			.groupby(key.party_type, key.party)
			.orderby(Count("*"), order=frappe.qb.desc)
			.orderby(key.party)
			.limit(MOST_CANDIDATES)
		).run()
	)
