"""Finding duplicates: of one party while it is typed, of all parties at night."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import reduce
from typing import Any

import frappe
from frappe.query_builder.functions import Count
from frappe.utils import now_datetime

from crm_marketplace.deals.duplicates.keys import CHUNK, PARTIES, parties_by_name, region_of_site
from crm_marketplace.rules.duplicates import (
	KeyKind,
	Likeness,
	Party,
	choose_rare,
	compare,
	keys_of,
	pair,
)
from crm_marketplace.rules.names import ALIKE

MOST_CANDIDATES = 100  # parties compared for one search
MOST_ROWS = 3000  # of the table of keys, read for one search
MOST_OF_A_NAME = 1000  # a part of a name more parties share leads nowhere
MOST_FOUND = 10
MOST_OF_ONE_KEY = 20  # a phone more parties share is a switchboard, not a person
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


# --- all of them ------------------------------------------------------------------------------------


def nightly() -> None:
	"""Scheduler: suspicions of all parties by equal keys, and of yesterday's parties by likeness of names."""
	search_all(since=now_datetime() - timedelta(days=2))


def search_all(since=None) -> int:
	"""Write suspected pairs down; those a person has judged stay as judged. Returns how many are new.

	Args:
		since: names are compared of parties changed after this moment; None: of all.
	"""
	new = 0
	for party_type in PARTIES:
		new += _remember(party_type, _pairs_by_keys(party_type))
		new += _remember_alike(party_type, since)
	return new


def _pairs_by_keys(party_type: str) -> set[tuple[str, str]]:
	"""Pairs with an equal phone, e-mail or tax id: read along the index of keys."""
	key = frappe.qb.DocType("Party Key")
	shared = (
		frappe.qb.from_(key)
		.select(key.kind, key.value)
		.where(key.kind.isin([str(kind) for kind in EXACT]) & (key.party_type == party_type))
		.groupby(key.kind, key.value)
		.having((Count("*") > 1) & (Count("*") <= MOST_OF_ONE_KEY))
	).run()
	pairs: set[tuple[str, str]] = set()
	for start in range(0, len(shared), CHUNK):
		chunk = [value for _kind, value in shared[start : start + CHUNK]]
		members: dict[tuple[str, str], list[str]] = defaultdict(list)
		for row in frappe.get_all(
			"Party Key",
			filters={
				"kind": ("in", [str(kind) for kind in EXACT]),
				"value": ("in", chunk),
				"party_type": party_type,
			},
			fields=["kind", "value", "party"],
		):
			members[(row.kind, row.value)].append(row.party)
		for names in members.values():
			first = sorted(set(names))
			pairs |= {pair(one, other) for index, one in enumerate(first) for other in first[index + 1 :]}
	return pairs


def _remember_alike(party_type: str, since) -> int:
	"""Names like those of parties that changed, chunk by chunk."""
	new, last = 0, ""
	while True:
		filters = {"name": (">", last), **({"modified": (">=", since)} if since else {})}
		names = frappe.get_all(party_type, filters=filters, pluck="name", order_by="name asc", limit=CHUNK)
		if not names:
			return new
		last = names[-1]
		pairs = set()
		for name, party in parties_by_name(party_type, names).items():
			for row in similar(Party(name=party.name), (party_type,), without=name):
				if row["score"] >= ALIKE:
					pairs.add(pair(name, row["party"]))
		new += _remember(party_type, pairs)


def _remember(party_type: str, pairs: Iterable[tuple[str, str]]) -> int:
	"""Write pairs that are not known yet. Parties that were merged away are no duplicates any more."""
	pairs = sorted(pairs)
	region, new = region_of_site(), 0
	for start in range(0, len(pairs), CHUNK):
		chunk = pairs[start : start + CHUNK]
		known = {
			(row.one, row.other)
			for row in frappe.get_all(
				"Party Duplicate",
				filters={"party_type": party_type, "one": ("in", [one for one, _other in chunk])},
				fields=["one", "other"],
			)
		}
		names = sorted({name for both in chunk for name in both})
		parties = parties_by_name(party_type, names)
		gone = merged_away(party_type, names)
		for one, other in chunk:
			if (one, other) in known or {one, other} & gone or not {one, other} <= parties.keys():
				continue
			likeness = compare(parties[one], parties[other], region)
			if likeness.reasons:
				_insert(party_type, one, other, parties, likeness)
				new += 1
		frappe.db.commit()  # nosemgrep: a chunk is done; a job that is stopped has not worked for nothing
	return new


def merged_away(party_type: str, names: Sequence[str]) -> set[str]:
	"""Those of the parties that were merged into others."""
	return set(
		frappe.get_all(
			"Party Merge",
			filters={"party_type": party_type, "source": ("in", list(names) or [""]), "state": "Merged"},
			pluck="source",
		)
	)


def _insert(party_type: str, one: str, other: str, parties: dict[str, Party], likeness: Likeness) -> None:
	frappe.get_doc(
		doctype="Party Duplicate",
		party_type=party_type,
		one=one,
		one_name=parties[one].name,
		other=other,
		other_name=parties[other].name,
		score=likeness.score,
		reasons=", ".join(str(reason) for reason in likeness.reasons),
		state="Suspected",
	).insert(ignore_permissions=True)  # the nightly search writes what it found
