"""In whose language the site writes by itself: a job has none of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import frappe


@contextmanager
def language_of(user: str | None = None) -> Iterator[None]:
	"""What is written inside is in the language of a user, in the site's where they chose none.

	Args:
		user: None: in the site's.
	"""
	before = frappe.local.lang
	chosen = frappe.db.get_value("User", user, "language") if user else None
	frappe.local.lang = chosen or frappe.db.get_default("lang") or "en"
	try:
		yield
	finally:
		frappe.local.lang = before
