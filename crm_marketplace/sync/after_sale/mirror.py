"""Keep a DocType equal to what a marketplace lists: unique by shop and external id, written when it changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import frappe

from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.records import Fetched, RecordT
from crm_marketplace.sync import announce, clock
from crm_marketplace.sync.orders.store import dump_payload
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.text import plain_values

VERSION_COLUMNS = (
	"name",
	"creation",
	"modified",
	"owner",
	"modified_by",
	"ref_doctype",
	"docname",
	"data",
)
EXACT_FIELDS = frozenset({"external_id", "order_external_id", "order_number", "offer_id", "barcode"})


@dataclass(frozen=True, slots=True)
class Mirrored:
	"""Names of what a page wrote, by external id."""

	created: Mapping[str, str] = field(default_factory=dict)
	changed: Mapping[str, str] = field(default_factory=dict)


def store_page(
	doctype: str,
	shop: Shop,
	items: Sequence[Fetched[RecordT]],
	run: Run,
	values_of: Callable[[RecordT], dict[str, Any]],
	told: Sequence[str],
) -> Mirrored:
	"""Write a page. Queries: one read, one insert with its check, one update per changed document.

	What cannot be read is told in the run's errors and counted; the others are written. The caller commits.

	Args:
		values_of: the fields that follow the record.
		told: fields whose changes triggers hear of.
	"""
	items = list({item.external_id: item for item in items}.values())  # of twice in a page the later is newer
	readable = {item.external_id: item for item in items if item.record is not None}
	known = _known(doctype, shop.name, list(readable), told)
	fresh = [item for key, item in readable.items() if key not in known]
	changed = [
		item for key, item in readable.items() if key in known and known[key].digest != item.record.digest
	]
	created = _insert(doctype, shop, fresh, values_of)
	changes = {}
	for item in changed:
		row = known[item.external_id]
		values = plain_values(doctype, _content(item, values_of), EXACT_FIELDS)
		frappe.db.set_value(doctype, row.name, values)
		changes[row.name] = {
			name: (row[name], values[name])
			for name in told
			if name in values and (values[name] or None) != (row[name] or None)
		}
	_keep_versions(doctype, changes)
	announce.created(doctype, list(created.values()))
	announce.changed(doctype, changes)
	_count(run, items, len(created), len(changed), len(readable) - len(fresh) - len(changed))
	if created or changed:
		frappe.publish_realtime("list_update", {"doctype": doctype}, doctype=doctype)
	return Mirrored(created, {item.external_id: known[item.external_id].name for item in changed})


def _known(doctype: str, shop: str, external_ids: list[str], told: Sequence[str]) -> dict[str, frappe._dict]:
	if not external_ids:
		return {}
	rows = frappe.get_all(
		doctype,
		filters={"shop": shop, "external_id": ("in", external_ids)},
		fields=["name", "external_id", "digest", *told],
	)
	return {row.external_id: row for row in rows}


def _content(item: Fetched[RecordT], values_of: Callable[[RecordT], dict[str, Any]]) -> dict[str, Any]:
	return {
		"digest": item.record.digest,
		"payload": dump_payload(item.raw),
		"fetched_at": clock.site_now(),
		**values_of(item.record),
	}


def _insert(
	doctype: str,
	shop: Shop,
	items: Sequence[Fetched[RecordT]],
	values_of: Callable[[RecordT], dict[str, Any]],
) -> dict[str, str]:
	"""Bulk insert; what another worker stored in the meantime is left to it. Returns what is ours."""
	if not items:
		return {}
	now = clock.site_now()
	rows = [
		{
			"name": frappe.generate_hash(length=16),
			"creation": now,
			"modified": now,
			"owner": frappe.session.user,
			"modified_by": frappe.session.user,
			"docstatus": 0,
			"shop": shop.name,
			"marketplace": shop.doc.marketplace,
			"company": shop.company,
			**plain_values(
				doctype, {"external_id": item.external_id, **_content(item, values_of)}, EXACT_FIELDS
			),
		}
		for item in items
	]
	fields = list(dict.fromkeys(name for row in rows for name in row))
	frappe.db.bulk_insert(doctype, fields, [tuple(row.get(name) for name in fields) for row in rows], True)
	names = [row["name"] for row in rows]
	return dict(
		frappe.get_all(doctype, filters={"name": ("in", names)}, fields=["external_id", "name"], as_list=True)
	)


def _keep_versions(doctype: str, changes: Mapping[str, Mapping[str, tuple[Any, Any]]]) -> None:
	"""What Frappe keeps when a tracked document is saved: its timeline shows it. One insert."""
	now = clock.exact_site_now()
	user = frappe.session.user
	rows = [
		(
			frappe.generate_hash(length=16),
			now,
			now,
			user,
			user,
			doctype,
			name,
			json.dumps({"changed": [[key, *pair] for key, pair in fields.items()]}, default=str),
		)
		for name, fields in changes.items()
		if fields
	]
	if rows:
		frappe.db.bulk_insert("Version", list(VERSION_COLUMNS), rows)


def _count(run: Run, items: Sequence[Fetched[RecordT]], created: int, updated: int, unchanged: int) -> None:
	run.count(
		fetched=len(items),
		stored=created + updated,
		created_count=created,
		updated_count=updated,
		unchanged=unchanged,
	)
	for item in items:
		if item.record is None:
			error = item.error or ContractError(record_id=item.external_id)
			run.add_error(error, item.external_id)
			run.count(failed=1)
