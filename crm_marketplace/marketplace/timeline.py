"""What happened to a marketplace order, told in the timelines of the order and of its Sales Order."""

from __future__ import annotations

from datetime import datetime

import frappe
from frappe import _
from frappe.utils import escape_html, get_fullname, get_link_to_form

from crm_marketplace.sync.messages import unpack
from crm_marketplace.sync.orders.events import event_sentence

SHOWN_EVENTS = 100
DEFAULT_ICON = "integration"
# Event of `sync.orders.events` → icon of the desk; those of another app get the default.
ICONS = {
	"received": "small-add",
	"unreadable": "solid-warning",
	"status": "change",
	"held": "solid-warning",
	"released": "tick",
	"ignored": "hide",
	"taken_back": "unhide",
	"created_order": "sell",
	"created_draft": "sell",
	"submitted_order": "sell",
	"rebuilt_draft": "edit",
	"replaced_order": "refresh",
	"moved_deadline": "today",
	"deleted_draft": "delete",
	"cancelled_order": "close-alt",
	"delivery": "stock",
	"delivery_draft": "stock",
	"invoice": "accounting",
	"adopted_order": "link-url",
	"asked": "help",
	"settled": "tick",
	"nothing": "small-message",
	"rounding": "money-coins-1",
	"buyer_removed": "lock",
}


def order_events(doctype: str, docname: str) -> list[dict]:
	"""Timeline entries of a Marketplace Order, newest first.

	Returns rows as the hook `additional_timeline_content` wants them; `content` is HTML, everything in
	it that came from outside is escaped.
	"""
	events = frappe.get_all(
		"Marketplace Order Event",
		filters={"parenttype": "Marketplace Order", "parent": docname},
		fields=[
			"happened_at",
			"event",
			"message",
			"values",
			"reference_doctype",
			"reference_name",
			"sync_log",
			"user",
		],
		order_by="happened_at desc, idx desc",
		limit=SHOWN_EVENTS,
	)
	return [_entry(event) for event in events]


def sales_order_events(doctype: str, docname: str) -> list[dict]:
	"""The same entries in the timeline of the Sales Order made of a marketplace order."""
	order = frappe.db.get_value("Sales Order", docname, "marketplace_order")
	if not order or not frappe.has_permission("Marketplace Order", "read", order):
		return []
	return order_events("Marketplace Order", order)


def _entry(event: frappe._dict) -> dict:
	return {
		"icon": ICONS.get(event.event, DEFAULT_ICON),
		"creation": _as_text(event.happened_at),
		"is_card": False,
		"content": _content(event),
	}


def _as_text(moment: datetime) -> str:
	# The timeline sorts entries as texts, so this one looks like those of Frappe.
	return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _content(event: frappe._dict) -> str:
	parts = [escape_html(_sentence(event))]
	if event.reference_doctype and event.reference_name:
		parts.append(_link(event.reference_doctype, event.reference_name))
	if event.sync_log:
		parts.append(_link("Marketplace Sync Log", event.sync_log, _("run")))
	if event.user:
		parts.append(f'<span class="text-muted">{escape_html(get_fullname(event.user))}</span>')
	return " · ".join(parts)


def _sentence(event: frappe._dict) -> str:
	try:
		return event_sentence(event.event, unpack(event["values"]))
	except IndexError:
		# Stored by another version of the app, whose sentence took fewer values.
		return event.message or event.event


def _link(doctype: str, name: str, label: str | None = None) -> str:
	return get_link_to_form(doctype, name, escape_html(label or name))
