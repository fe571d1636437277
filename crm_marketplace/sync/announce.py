"""Say what was written past the documents' own hooks: orders come in bulk, and what follows must know.

Nobody is known by name here. Who wants to hear is named in the hook `marketplace_announcements`: a function
that takes `Happening`s and returns nothing. It is called inside the transaction of what it tells, once per
page, and must cost nothing when nobody waits for the event.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import frappe

HOOK = "marketplace_announcements"


@dataclass(frozen=True, slots=True)
class Happening:
	"""What happened to a document.

	Args:
		kind: "insert", "change", or the name of an event of the app: "stock_moved", "price_held",
			"stream_silent".
		changes: field → (old, new).
		given: what else is known, as plain values.
		id: makes two happenings of a kind the same or not; empty: once per document.
	"""

	kind: str
	doctype: str
	name: str
	changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
	given: Mapping[str, Any] = field(default_factory=dict)
	id: str = ""


def created(doctype: str, names: Collection[str]) -> None:
	"""Documents that were inserted in bulk."""
	tell([Happening("insert", doctype, name) for name in names])


def changed(doctype: str, changes: Mapping[str, Mapping[str, tuple[Any, Any]]]) -> None:
	"""Documents that were changed in bulk: name → field → (old, new)."""
	tell([Happening("change", doctype, name, fields) for name, fields in changes.items() if fields])


def tell(happenings: Sequence[Happening]) -> None:
	"""Tell everybody who wants to hear."""
	if not happenings:
		return
	for listener in frappe.get_hooks(HOOK):
		frappe.get_attr(listener)(happenings)
