"""Shared checks of the desk's calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from frappe import _

from crm_marketplace.integrations.errors import IntegrationError
from crm_marketplace.sync.messages import error_next_step, error_sentence
from crm_marketplace.sync.shops import Shop

MOST_AT_ONCE = 500


def permitted_shop(name: str, permission: str = "read") -> Shop:
	"""The shop, if the caller has the permission on it."""
	return Shop(permitted("Marketplace Shop", name, permission))


def permitted(doctype: str, name: str, permission: str = "read"):
	"""The document, if the caller has the permission on it."""
	# Whoever may see none learns nothing of which there are.
	frappe.has_permission(doctype, permission, throw=True)
	doc = frappe.get_doc(doctype, name)
	doc.check_permission(permission)
	return doc


def names(value: Any) -> list[str]:
	"""A list of document names from a request: text only, none twice, not endless."""
	value = frappe.parse_json(value)
	if not isinstance(value, list) or not value or not all(isinstance(name, str) for name in value):
		frappe.throw(_("Choose at least one row."))
	if len(value) > MOST_AT_ONCE:
		frappe.throw(_("Choose {0} rows at most.").format(MOST_AT_ONCE))
	return list(dict.fromkeys(value))


@contextmanager
def said_to_user() -> Iterator[None]:
	"""A marketplace's error becomes a message: what happened, and what to do."""
	try:
		yield
	except IntegrationError as error:
		frappe.throw(
			"{0}<br><br>{1}".format(
				frappe.utils.escape_html(error_sentence(error)),
				frappe.utils.escape_html(error_next_step(error)),
			),
			title=_("The marketplace did not agree"),
		)
