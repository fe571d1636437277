"""One source of events: which rows, told in which columns, after which place."""

from __future__ import annotations

from functools import reduce
from typing import Any

import frappe
from frappe.desk.reportview import build_match_conditions
from frappe.query_builder import CustomFunction
from frappe.query_builder.functions import Timestamp
from pypika.terms import Criterion, NullValue, Term, ValueWrapper

from crm_marketplace.rules.story import Event, Place

# Names no table has: `order by` would take an alias for the column.
COLUMNS = (
	"at",
	"kind",
	"key",
	"document_type",
	"document_name",
	"title",
	"status",
	"amount",
	"currency",
	"user",
	"text",
)
TEXT_LENGTH = 3000  # of markup; a page shows less
Query = Any
Left = CustomFunction("LEFT", ["text", "length"])
TimeOf = CustomFunction("TIME", ["moment"])


class _Written(Criterion):
	"""A condition that is SQL already: Frappe's own restrictions of a user."""

	def __init__(self, sql: str) -> None:
		super().__init__()
		self.sql = sql

	def get_sql(self, **_options: Any) -> str:
		return f"({self.sql})".replace("%", "%%")


class Source:
	"""A query being made: what is told of each row, and which rows."""

	def __init__(self, kind: Event, table, at: Term, key: Term | None = None) -> None:
		self.kind, self.table, self.at = kind, table, at
		self.key = key if key is not None else table.name
		self.told: dict[str, Term] = {}
		self.query = frappe.qb.from_(table)

	def tell(self, **columns: Any) -> Source:
		self.told.update(columns)
		return self

	def where(self, criterion: Criterion) -> Source:
		self.query = self.query.where(criterion)
		return self

	def finished(self, size: int, after: Place | None) -> Query:
		"""The newest `size` rows after a place."""
		told = {"at": self.at, "kind": ValueWrapper(str(self.kind)), "key": self.key, **self.told}
		query = self.query.select(*(_as_term(told.get(column)).as_(column) for column in COLUMNS)).where(
			self.at.isnotnull()
		)
		if after is not None:
			query = query.where(self._after(after))
		return (
			query.orderby(self.at, order=frappe.qb.desc).orderby(self.key, order=frappe.qb.desc).limit(size)
		)

	def _after(self, place: Place) -> Criterion:
		if str(self.kind) == place.kind:
			return (self.at < place.at) | ((self.at == place.at) & (self.key < place.key))
		return self.at <= place.at if str(self.kind) < place.kind else self.at < place.at


def restricted(source: Source, doctype: str) -> Source:
	"""Rows the reader may see: Frappe's user permissions and conditions of the DocType."""
	source.query = restricted_to(source.query, doctype)
	return source


def restricted_to(query: Query, doctype: str) -> Query:
	"""The same for any query that reads the table of the DocType under its own name."""
	condition = build_match_conditions(doctype)
	return query.where(_Written(condition)) if condition else query


def hangs_on(doctype: Term, name: Term, references: dict[str, list[str]]) -> Criterion:
	return reduce(
		lambda one, other: one | other,
		[(doctype == kind) & name.isin(names or [""]) for kind, names in references.items()],
	)


def moment(day: Term, creation: Term) -> Term:
	"""A document's own day at the hour it was made: a document entered later still stands on its day."""
	return Timestamp(day, TimeOf(creation))


def cut(text: Term) -> Term:
	return Left(text, TEXT_LENGTH)


def _as_term(value: Any) -> Term:
	if value is None:
		return NullValue()
	return value if isinstance(value, Term) else ValueWrapper(value)
