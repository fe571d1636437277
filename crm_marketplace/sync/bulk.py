"""Write many rows in a few large upserts, so that queries do not grow with the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import frappe
from pypika.terms import Values

from crm_marketplace.sync import clock

# Standard columns every row begins with, in the order of `standard_values`.
STANDARD = ("name", "creation", "modified", "owner", "modified_by")
PORTIONS = 8  # statements per run at most, however many rows
SMALLEST_PORTION = 2000


class Writer:
	"""Collects rows of a DocType with a unique key and writes them many at a time.

	Args:
		doctype: whose table.
		fields: of every row, beginning with STANDARD.
		keys: fields that never change once a row exists, those of the unique key among them.
		updates: columns an existing row gets as query builder terms over the row after `fields`; of a field
			that is in both, the term counts.
		total: about how many rows may come.
	"""

	def __init__(
		self,
		doctype: str,
		fields: Sequence[str],
		keys: Sequence[str],
		updates: Mapping[str, Any],
		total: int = 0,
	) -> None:
		self._table = frappe.qb.DocType(doctype)
		self._fields = list(fields)
		self._keys = {*keys, "name", "creation", "owner"}
		self._updates = updates
		self._portion = max(SMALLEST_PORTION, -(-total // PORTIONS))
		self._rows: list[tuple] = []

	def add(self, row: tuple) -> None:
		self._rows.append(row)
		if len(self._rows) >= self._portion:
			self.flush()

	def flush(self) -> None:
		"""Write what is collected and commit it: what was sent must not be forgotten when a worker dies."""
		if not self._rows:
			return
		query = frappe.qb.into(self._table).columns(self._fields).insert(*self._rows)
		for field in self._fields:
			if field not in self._keys and field not in self._updates:
				query = query.on_duplicate_key_update(self._table[field], Values(self._table[field]))
		for field, value in self._updates.items():
			query = query.on_duplicate_key_update(self._table[field], value)
		query.run()
		self._rows = []
		frappe.db.commit()  # see above


def standard_values() -> tuple:
	"""Values of the STANDARD columns of a new row."""
	now = clock.site_now()
	user = frappe.session.user
	return (frappe.generate_hash(length=16), now, now, user, user)
