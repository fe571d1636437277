"""The table of keys: follows every save of a party and of its contacts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import frappe
from frappe.model.document import Document

from crm_marketplace.rules.duplicates import KeyKind, Party, keys_of

# DocType → fields a party is known by: its name, phones, e-mails, tax ids.
FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
	"Customer": {
		"name": ("customer_name",),
		"phones": ("mobile_no",),
		"emails": ("email_id",),
		"tax_ids": ("tax_id",),
	},
	"Lead": {
		"name": ("company_name", "lead_name"),
		"phones": ("mobile_no", "phone", "whatsapp_no"),
		"emails": ("email_id",),
		"tax_ids": (),
	},
	"Prospect": {"name": ("company_name",), "phones": ("fax",), "emails": (), "tax_ids": ()},
}
PARTIES = tuple(FIELDS)
CHUNK = 500


def region_of_site() -> str | None:
	"""The country whose national phone numbers are meant."""
	country = frappe.db.get_single_value("System Settings", "country")
	code = frappe.get_cached_value("Country", country, "code") if country else None
	return code.upper() if code else None


def parties_by_name(party_type: str, names: Sequence[str]) -> dict[str, Party]:
	"""Name → what the party is known by, its contacts included. Three queries, however many."""
	fields = FIELDS[party_type]
	wanted = ["name", *dict.fromkeys(field for group in fields.values() for field in group)]
	rows = frappe.get_all(party_type, filters={"name": ("in", list(names) or [""])}, fields=wanted)
	phones, emails = _of_contacts(party_type, [row.name for row in rows])
	found = {}
	for row in rows:
		found[row.name] = Party(
			name=_title(row, fields["name"]),
			phones=tuple(row[field] for field in fields["phones"] if row[field]) + tuple(phones[row.name]),
			emails=tuple(row[field] for field in fields["emails"] if row[field]) + tuple(emails[row.name]),
			tax_ids=tuple(row[field] for field in fields["tax_ids"] if row[field]),
		)
	return found


def names_of_parties(party_type: str, names: Sequence[str]) -> dict[str, str]:
	"""Name → title of the party, "" when it has none."""
	fields = FIELDS[party_type]["name"]
	rows = frappe.get_all(party_type, filters={"name": ("in", list(names) or [""])}, fields=["name", *fields])
	return {row.name: _title(row, fields) for row in rows}


def refresh(party_type: str, names: Sequence[str]) -> None:
	"""Bring the keys of parties up to date: what is gone is deleted, what is new is added. A party that was merged
	into another one has none, whoever saves it.
	"""
	region = region_of_site()
	gone_away = merged_away(party_type, names)
	known = _stored(party_type, names)
	parties = parties_by_name(party_type, names)
	rows, gone = [], []
	for name in names:
		lives = name in parties and name not in gone_away
		wanted = _flat(keys_of(parties[name], region)) if lives else set()
		gone += [known[name][key] for key in known[name].keys() - wanted]
		rows += [(party_type, name, *key) for key in sorted(wanted - known[name].keys())]
	if gone:
		frappe.db.delete("Party Key", {"name": ("in", gone)})
	_insert(rows)


def merged_away(party_type: str, names: Sequence[str]) -> set[str]:
	"""Those of the parties that were merged into others."""
	return set(
		frappe.get_all(
			"Party Merge",
			filters={"party_type": party_type, "source": ("in", list(names) or [""]), "state": "Merged"},
			pluck="source",
		)
	)


def follow_party(doc: Document, method: str | None = None) -> None:
	"""A customer, lead or prospect was saved."""
	refresh(doc.doctype, [doc.name])


def forget_party(doc: Document, method: str | None = None) -> None:
	"""A party is deleted: its keys and suspicions go with it."""
	frappe.db.delete("Party Key", {"party_type": doc.doctype, "party": doc.name})
	for side in ("one", "other"):
		frappe.db.delete("Party Duplicate", {"party_type": doc.doctype, side: doc.name})


def follow_rename(doc: Document, method: str, old: str, new: str, merge: bool = False) -> None:
	"""A party has another name, or ERPNext itself merged it into another one."""
	frappe.db.delete("Party Key", {"party_type": doc.doctype, "party": ("in", [old, new])})
	refresh(doc.doctype, [new])


def follow_contact(doc: Document, method: str | None = None) -> None:
	"""A contact was saved: its phones and e-mails are keys of its parties, and no longer of those it left."""
	before = doc.get_doc_before_save()
	links = [*doc.links, *(before.links if before else [])]
	by_type: dict[str, set[str]] = defaultdict(set)
	for link in links:
		if link.link_doctype in PARTIES:
			by_type[link.link_doctype].add(link.link_name)
	for party_type, names in by_type.items():
		refresh(party_type, sorted(names))


def rebuild() -> None:
	"""Keys of all parties, in chunks: after the installation on a site that has customers already."""
	for party_type in PARTIES:
		last = ""
		while names := frappe.get_all(
			party_type, filters={"name": (">", last)}, pluck="name", order_by="name asc", limit=CHUNK
		):
			refresh(party_type, names)
			last = names[-1]
			frappe.db.commit()  # nosemgrep: a chunk is done; a job that is stopped goes on where it was


def _title(row: frappe._dict, fields: Sequence[str]) -> str:
	return next((row[field] for field in fields if row[field]), "")


def _flat(keys: dict[KeyKind, set[str]]) -> set[tuple[str, str]]:
	return {(str(kind), value) for kind, values in keys.items() for value in values}


def _stored(party_type: str, names: Sequence[str]) -> dict[str, dict[tuple[str, str], str]]:
	"""Party → (kind, value) → name of the row."""
	found: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
	for row in frappe.get_all(
		"Party Key",
		filters={"party_type": party_type, "party": ("in", list(names) or [""])},
		fields=["name", "party", "kind", "value"],
	):
		found[row.party][(row.kind, row.value)] = row.name
	return found


def _insert(rows: Iterable[tuple[str, str, str, str]]) -> None:
	rows = list(rows)
	if not rows:
		return
	now, user = frappe.utils.now(), frappe.session.user
	fields = ["name", "creation", "modified", "modified_by", "owner", "party_type", "party", "kind", "value"]
	# Two savers of one party may both bring a key: the unique index keeps one.
	frappe.db.bulk_insert(
		"Party Key",
		fields,
		[(frappe.generate_hash(length=16), now, now, user, user, *row) for row in rows],
		ignore_duplicates=True,
	)


def _of_contacts(party_type: str, names: Sequence[str]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
	"""Party → phones, party → e-mails, of its contacts."""
	link = frappe.qb.DocType("Dynamic Link")
	found: list[dict[str, list[str]]] = []
	for table, field in (("Contact Phone", "phone"), ("Contact Email", "email_id")):
		child = frappe.qb.DocType(table)
		values: dict[str, list[str]] = defaultdict(list)
		rows = (
			frappe.qb.from_(link)
			.join(child)
			.on((child.parent == link.parent) & (child.parenttype == "Contact"))
			.select(link.link_name, child[field])
			.where(
				(link.parenttype == "Contact")
				& (link.link_doctype == party_type)
				& link.link_name.isin(list(names) or [""])
			)
		).run()
		for name, value in rows:
			values[name].append(value)
		found.append(values)
	return found[0], found[1]
