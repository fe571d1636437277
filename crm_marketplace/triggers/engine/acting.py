"""For whom a firing acts, and what led to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.model.document import Document

from crm_marketplace.triggers.actions.base import ActionFailed, _


@contextmanager
def acting_as(user: str) -> Iterator[None]:
	"""With the rights, the language and the name of a user, and never more."""
	before, language = frappe.session.user, frappe.local.lang
	enabled, spoken = frappe.db.get_value("User", user, ["enabled", "language"]) or (0, None)
	if not enabled:
		raise ActionFailed(_("The user {0}, with whose rights it acts, is disabled."), user)
	frappe.set_user(user)
	frappe.local.lang = spoken or frappe.db.get_default("lang") or "en"
	try:
		yield
	finally:
		frappe.set_user(before)
		frappe.local.lang = language


@contextmanager
def in_chain(log: Document) -> Iterator[None]:
	"""What the actions change knows by whom: the loop guard asks."""
	before = frappe.flags.trigger_chain
	frappe.flags.trigger_chain = [tuple(step) for step in json.loads(log.chain or "[]")]
	try:
		yield
	finally:
		frappe.flags.trigger_chain = before
