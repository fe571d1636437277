"""Write many rows in a few large upserts, so that queries do not grow with the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import frappe
from pypika.terms import Parameter, Values

from crm_marketplace.sync import clock

# Standard columns every row begins with, in the order of `standard_values`.
STANDARD = ("name", "creation", "modified", "owner", "modified_by")
PORTIONS = 8  # statements per run, however many rows
SMALLEST_PORTION = 120  # rows
LARGEST_PORTION = 12_500  # their statement stays under MariaDB's max_allowed_packet of 16 MB
USUAL_PORTION = 2000  # where nobody knows how many rows come


class Writer:
	"""Collects rows of a DocType with a unique key and writes them many at a time.

	Args:
		doctype: whose table.
		fields: of every row, beginning with STANDARD.
		keys: fields that never change once a row exists, those of the unique key among them.
		updates: columns an existing row gets as query builder terms over the row after `fields`; of a field
			that is in both, the term counts.
		total: about how many rows may come, added or skipped; 0: unknown.
	"""

	def __init__(
		self,
		doctype: str,
		fields: Sequence[str],
		keys: Sequence[str],
		updates: Mapping[str, Any],
		total: int = 0,
	) -> None:
		self._statement = _upsert(doctype, fields, {*keys, "name", "creation", "owner"}, updates)
		wanted = max(SMALLEST_PORTION, -(-total // PORTIONS)) if total else USUAL_PORTION
		self._portion = min(wanted, LARGEST_PORTION)
		self._rows: list[Sequence[Any]] = []
		self._seen = 0

	def add(self, row: Sequence[Any]) -> None:
		"""A row to write, as values of the fields."""
		self._rows.append(row)
		self.skip()

	def skip(self) -> None:
		"""A row that may stay as it is. It counts all the same: how often is written follows from how many
		rows there are, not from how many of them changed."""
		self._seen += 1
		if self._seen >= self._portion:
			self.flush()

	def flush(self) -> None:
		"""Write what is collected and commit it: what was sent must not be forgotten when a worker dies."""
		rows, self._rows, self._seen = self._rows, [], 0
		if not rows:
			return
		before, placeholders, after = self._statement
		# As text: objects of the query builder for so many values take more time than the database does.
		statement = f"{before}{','.join([placeholders] * len(rows))}{after}"
		frappe.db.sql(statement, [value for row in rows for value in row])
		frappe.db.commit()  # see above


def standard_values() -> tuple:
	"""Values of the STANDARD columns of a new row."""
	now = clock.site_now()
	user = frappe.session.user
	return (frappe.generate_hash(length=16), now, now, user, user)


# --- inside ----------------------------------------------------------------------------------------


def _upsert(
	doctype: str, fields: Sequence[str], kept: set[str], updates: Mapping[str, Any]
) -> tuple[str, str, str]:
	"""The statement: what comes before its rows, one row of placeholders, what comes after."""
	table = frappe.qb.DocType(doctype)
	placeholders = [Parameter("%s") for _field in fields]
	query = frappe.qb.into(table).columns(list(fields)).insert(*placeholders)
	for field in fields:
		if field not in kept and field not in updates:
			query = query.on_duplicate_key_update(table[field], Values(table[field]))
	for field, value in updates.items():
		query = query.on_duplicate_key_update(table[field], value)
	row = f"({','.join(['%s'] * len(fields))})"
	before, found, after = query.get_sql().partition(row)
	if not found:
		raise ValueError(f"no row of placeholders in {query.get_sql()}")
	return before, row, after
