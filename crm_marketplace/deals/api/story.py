"""Calls of the timeline."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from crm_marketplace.deals.api.guard import permitted, texts
from crm_marketplace.deals.story.page import story_page
from crm_marketplace.deals.story.subjects import STORY_OF
from crm_marketplace.rules.story import Event


@frappe.whitelist()
def events(
	doctype: str, name: str, kinds: list | str | None = None, after: str | None = None
) -> dict[str, Any]:
	"""A page of the story of a document the caller may read, see `story.page.story_page`."""
	if doctype not in STORY_OF:
		frappe.throw(_("There is no timeline of {0}.").format(_(doctype)))
	permitted(doctype, name)
	chosen = frozenset(texts(kinds, len(Event))) if kinds else frozenset()
	try:
		return story_page(doctype, name, chosen, after)
	except ValueError:
		frappe.throw(_("The request is not understood. Reload the page."))
