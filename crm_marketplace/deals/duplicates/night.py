"""Finding duplicates among all parties: every night, and when somebody asks for it."""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from heapq import nsmallest

import frappe
from frappe.query_builder.functions import Count
from frappe.utils import get_datetime, now_datetime
from pypika import CustomFunction

from crm_marketplace.deals.duplicates.keys import (
	CHUNK,
	PARTIES,
	merged_away,
	names_of_parties,
	parties_by_name,
	region_of_site,
)
from crm_marketplace.deals.duplicates.search import EXACT, MOST_CANDIDATES, MOST_OF_A_NAME, MOST_ROWS
from crm_marketplace.rules.duplicates import KeyKind, Likeness, Party, choose_rare, compare, keys_of, pair
from crm_marketplace.rules.names import ALIKE, name_likeness

MOST_OF_ONE_KEY = 20  # a phone more parties share is a switchboard, not a person
TOGETHER = 200  # parties whose names are looked up at once; each may lead to MOST_ROWS rows
LONGEST = 15 * 60  # seconds of one job; what is left over goes on in the next, long before it would be killed
JOB = "crm_marketplace_party_duplicates"

_together = CustomFunction("JSON_ARRAYAGG", ["value"])


def nightly() -> None:
	"""Scheduler: suspicions of all parties by equal keys, and of yesterday's parties by likeness of names."""
	search_all(since=now_datetime() - timedelta(days=2))


def enqueue(since: str | None = None, after: Sequence[str] = ()) -> None:
	"""Search in the background; from the same place not twice at a time."""
	frappe.enqueue(
		"crm_marketplace.deals.duplicates.night.search_all",
		queue="long",
		since=since,
		after=list(after),
		# The job that goes on bears the name of the place it goes on from: the one before it is still running.
		job_id="-".join((JOB, *after)),
		deduplicate=True,
	)


def search_all(since: datetime | str | None = None, after: Sequence[str] = ()) -> int:
	"""Write suspected pairs down; those a person has judged stay as judged.

	Args:
		since: names are compared of parties changed after this moment (time zone of the site); None: of all.
		after: (DocType, name) of the last party an earlier job came to; () begins.

	Returns:
		How many suspicions are new.
	"""
	since = get_datetime(since) if since else None
	ends, new = time.monotonic() + LONGEST, 0
	common: set[str] = set()
	begin, last = after or (PARTIES[0], "")
	for party_type in PARTIES[PARTIES.index(begin) :]:
		if not last:
			new += _remember(party_type, _pairs_by_keys(party_type))
		for names in _chunks(party_type, since, last):
			new += _remember(party_type, _alike(party_type, names, common))
			if time.monotonic() > ends:
				enqueue(str(since) if since else None, (party_type, names[-1]))
				return new
		last = ""
	return new


def _chunks(party_type: str, since: datetime | None, last: str) -> Iterator[list[str]]:
	"""Names of parties, in their order, so many at once."""
	while True:
		filters = {"name": (">", last), **({"modified": (">=", since)} if since else {})}
		names = frappe.get_all(party_type, filters=filters, pluck="name", order_by="name asc", limit=TOGETHER)
		if not names:
			return
		yield names
		last = names[-1]


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


def _alike(party_type: str, names: Sequence[str], common: set[str]) -> set[tuple[str, str]]:
	"""Pairs with like names, of some parties with all. A constant number of queries: `search.similar` does the
	same for one party, and would take as many for each.

	Args:
		common: parts of names that turned out to be in too many; grows.
	"""
	titles = names_of_parties(party_type, names)
	parts = {name: keys_of(Party(title))[KeyKind.NAME] for name, title in titles.items()}
	counts = _count(set().union(*parts.values()) - common)
	common |= {part for part, number in counts.items() if number > MOST_OF_A_NAME}
	rare = {
		name: choose_rare({part: counts[part] for part in own & counts.keys() - common}, MOST_ROWS)
		for name, own in parts.items()
	}
	members = _members(party_type, set().union(*rare.values()))
	candidates = {name: _most_shared(name, chosen, members) for name, chosen in rare.items()}
	others = names_of_parties(party_type, sorted(set().union(*candidates.values()) - titles.keys()))
	known = titles | others
	return {
		pair(name, other)
		for name, found in candidates.items()
		for other in found
		if other in known and name_likeness(titles[name], known[other]) >= ALIKE
	}


def _count(parts: set[str]) -> dict[str, int]:
	"""Part of a name → how many parties have it."""
	key = frappe.qb.DocType("Party Key")
	if not parts:
		return {}
	return dict(
		(
			frappe.qb.from_(key)
			.select(key.value, Count("*"))
			.where((key.kind == str(KeyKind.NAME)) & key.value.isin(sorted(parts)))
			.groupby(key.value)
		).run()
	)


def _members(party_type: str, parts: set[str]) -> dict[str, list[str]]:
	"""Part of a name → parties that have it. A row per part: a row per party took most of the night."""
	key = frappe.qb.DocType("Party Key")
	if not parts:
		return {}
	rows = (
		frappe.qb.from_(key)
		.select(key.value, _together(key.party))
		.where(
			(key.kind == str(KeyKind.NAME)) & (key.party_type == party_type) & key.value.isin(sorted(parts))
		)
		.groupby(key.value)
	).run()
	return {part: json.loads(parties) for part, parties in rows}


def _most_shared(name: str, parts: Iterable[str], members: Mapping[str, Sequence[str]]) -> list[str]:
	"""Parties that share the most of these parts with a party."""
	shared: Counter[str] = Counter()
	for part in parts:
		shared.update(members.get(part, ()))
	del shared[name]
	return nsmallest(MOST_CANDIDATES, shared, key=lambda other: (-shared[other], other))


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
