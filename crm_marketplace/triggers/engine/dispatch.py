"""Documents as they are saved: which triggers do they set off? Called for every save on the site.

Everything is decided from what the save holds in memory. What matches becomes a row of the outbox in the same
transaction: it exists exactly when the change does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import frappe
from frappe.model.document import Document

from crm_marketplace.rules.triggers_conditions import Facts, Unknown
from crm_marketplace.rules.triggers_events import Match, Rule, matches
from crm_marketplace.rules.triggers_values import changes_between, plain
from crm_marketplace.sync import clock
from crm_marketplace.triggers.engine import index, outbox

SNAPSHOT = "trigger_snapshot"
FUNCTIONS = {
	made.__name__: made for made in (len, abs, min, max, sum, round, int, float, str, any, all, bool)
}  # those `rules.triggers_expression` allows; Frappe's sandbox brings but a few of them


class Fields(frappe._dict):
	"""Values by name, as attributes too: a field is found before a mapping's own method of that name (`items`)."""

	__slots__ = ()

	def __getattribute__(self, name: str) -> Any:
		if dict.__contains__(self, name):
			return dict.__getitem__(self, name)
		return super().__getattribute__(name)


def after_insert(doc: Document, method: str | None = None) -> None:
	if _is_quiet():
		return
	now = index.current()
	if rules := now.get(doc.doctype, "insert"):
		_fire(doc, rules, "insert", {}, "created")
	if doc.doctype in _ABOUT:
		_about_another(doc, now)


def on_change(doc: Document, method: str | None = None) -> None:
	"""After each save, and after `db_set`."""
	if _is_quiet():
		return
	now = index.current()
	rules = now.get(doc.doctype, "change")
	if not rules:
		return
	before = doc.flags.get(SNAPSHOT) or _values_before(doc)
	after = _values(doc)
	# A second write of the same document in one request is compared with the first, not with the start.
	doc.flags[SNAPSHOT] = after
	if before is None or doc.flags.in_insert:
		return
	changes = changes_between(before, after, _compared(doc, now))
	if not changes:
		return
	_fire(doc, rules, "change", changes, None, before)


def on_submit(doc: Document, method: str | None = None) -> None:
	_moment(doc, "submit", "submitted")


def on_cancel(doc: Document, method: str | None = None) -> None:
	_moment(doc, "cancel", "cancelled")


def evaluate_expression(text: str, values: Mapping[str, Any]) -> Any:
	"""A safe expression over doc, old, changed, given, user, now, today. May raise anything."""
	# As globals: what is inside a loop of the expression sees them too.
	return frappe.safe_eval(text.strip(), {**FUNCTIONS, **values})


def expression_values(
	doc: Mapping[str, Any], changes: Mapping[str, Sequence[Any]], user: str, now: datetime, given: Any = None
) -> dict[str, Any]:
	"""What an expression sees: copies, so that nothing it calls can reach a document."""
	copy = Fields({key: _copied(value) for key, value in doc.items() if not key.startswith("_")})
	old = Fields({**copy, **{key: pair[0] for key, pair in changes.items()}})
	return {
		"doc": copy,
		"old": old,
		"changed": {key: list(pair) for key, pair in changes.items()},
		"given": given or {},
		"user": user,
		"now": now,
		"today": now.date(),
	}


# --- inside ----------------------------------------------------------------------------------------


def _is_quiet() -> bool:
	flags = frappe.flags
	return bool(flags.in_install or flags.in_migrate or flags.in_patch or flags.in_uninstall)


def _moment(doc: Document, moment: str, event_id: str) -> None:
	if _is_quiet():
		return
	if rules := index.current().get(doc.doctype, moment):
		_fire(doc, rules, moment, {}, event_id)


def _fire(
	doc: Document,
	rules: tuple[Rule, ...],
	moment: str,
	changes: dict[str, tuple[Any, Any]],
	event_id: str | None,
	before: dict[str, Any] | None = None,
) -> None:
	now = clock.site_now()
	user = frappe.session.user

	def expression(text: str) -> Any:
		try:
			return evaluate_expression(text, expression_values(doc.__dict__, changes, user, now))
		except Exception as error:
			# A wrong rule must not stop somebody's save: the background finds out and tells its owner.
			raise Unknown from error

	facts = Facts(
		doc=doc.__dict__,
		changes=changes,
		user=user,
		now=now,
		rows=lambda table: [row.__dict__ for row in doc.get(table) or ()],
		expression=expression,
	)
	found = matches(rules, moment, facts)
	if not found:
		return
	if before is not None:
		changes = changes_between(before, _values(doc), _fields(doc))
	if event_id is None:
		event_id = "changed {} {}".format(plain_moment(doc.modified), outbox.digest(changes))
	outbox.put(doc.doctype, doc.name, found, event_id, changes=changes)


def _about_another(doc: Document, now: index.Index) -> None:
	"""A comment, a message or an assignment is an event of the document it is about."""
	doctype_field, name_field, moment_of, given_of = _ABOUT[doc.doctype]
	about, name, moment = doc.get(doctype_field), doc.get(name_field), moment_of(doc)
	rules = now.get(about, moment) if about and name and moment else ()
	if not rules:
		return
	# Only the background reads the document it is about: all conditions are left to it.
	found = [Match(rule, certain=not rule.conditions) for rule in rules]
	outbox.put(about, name, found, f"{moment} {doc.name}", given=given_of(doc))


_ABOUT = {
	"Comment": (
		"reference_doctype",
		"reference_name",
		lambda doc: "comment" if doc.comment_type == "Comment" else None,
		lambda doc: {
			"text": frappe.utils.strip_html(doc.content or ""),
			"by": doc.comment_email or doc.owner,
		},
	),
	"Communication": (
		"reference_doctype",
		"reference_name",
		lambda doc: "message" if doc.sent_or_received == "Received" else None,
		lambda doc: {
			"text": frappe.utils.strip_html(doc.content or "")[:2000],
			"by": doc.sender,
			"subject": doc.subject,
		},
	),
	"ToDo": (
		"reference_type",
		"reference_name",
		lambda doc: "assign" if doc.allocated_to else None,
		lambda doc: {"to": doc.allocated_to, "by": doc.assigned_by, "text": doc.description},
	),
}


def _compared(doc: Document, now: index.Index) -> Iterable[str]:
	fields = now.compared[doc.doctype]
	return _fields(doc) if fields is None else fields


def _fields(doc: Document) -> list[str]:
	return [field.fieldname for field in doc.meta.fields if field.fieldtype not in _NO_VALUE]


_NO_VALUE = frozenset(frappe.model.no_value_fields) - {"Table", "Table MultiSelect"}


def _values_before(doc: Document) -> dict[str, Any] | None:
	before = doc.get_doc_before_save()
	return _values(before) if before else None


def _values(doc: Document) -> dict[str, Any]:
	"""Values of a document to compare; a child table is the text of its rows."""
	values = dict(doc.__dict__)
	for table in doc.meta.get_table_fields():
		rows = values.get(table.fieldname)
		if rows:
			values[table.fieldname] = f"{len(rows)} · {_digest_of_rows(rows)}"
	return values


def _digest_of_rows(rows: Sequence[Document]) -> str:
	return outbox.digest(
		[
			[plain(row.get(column)) for column in row.meta.get_valid_columns() if column not in _ROW_NOISE]
			for row in rows
		]
	)


_ROW_NOISE = frozenset({"modified", "modified_by", "creation", "owner", "idx", "docstatus"})


def _copied(value: Any) -> Any:
	if isinstance(value, list):
		return [
			Fields(
				{
					key: part
					for key, part in (row if isinstance(row, dict) else row.__dict__).items()
					if not key.startswith("_") and not isinstance(part, Document)
				}
			)
			if isinstance(row, dict | Document)
			else row
			for row in value
		]
	return value if isinstance(value, str | int | float | date | datetime | None) else str(value)


def plain_moment(value: Any) -> str:
	"""A moment with its microseconds, as text."""
	return str(value or "")
