"""What goes along with a letter: the printed document, and the label of an order."""

from __future__ import annotations

from typing import Any

import frappe

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import IntegrationError
from crm_marketplace.rules.triggers_schedule import minutes_waited
from crm_marketplace.sync.labels import label_file
from crm_marketplace.sync.messages import error_sentence
from crm_marketplace.sync.shops import get_shop
from crm_marketplace.triggers.actions.base import Ask, Settings, TryLater, _
from crm_marketplace.triggers.engine.context import Context

ORDER = "Marketplace Order"
LABELLED = (ORDER, "Sales Order")  # what has a label: an order, and the Sales Order made of it
LABEL_PATIENCE = 60  # minutes a letter waits for its label
WAIT, SEND = "wait", "send"
Attachment = dict[str, Any]  # as `frappe.sendmail` takes it

NO_ORDER = _("It belongs to no order of a shop.")
NOT_OFFERED = _("The marketplace of the shop offers no labels.")

ASKS = (
	Ask(
		"attach_label",
		"check",
		_("Attach the label of the order"),
		documents=LABELLED,
		capability=Capability.LABELS,
	),
	Ask(
		"without_label",
		"select",
		_("If there is no label"),
		options=(
			(WAIT, _("Try again for an hour, then send without it")),
			(SEND, _("Send without it at once")),
		),
		default=WAIT,
		documents=LABELLED,
		capability=Capability.LABELS,
	).only_if("attach_label", 1),
	Ask("attach_print", "check", _("Attach the document as PDF"), advanced=True),
	Ask(
		"print_format",
		"link",
		_("Print Format"),
		_("Of the attached PDF."),
		options="Print Format",
		advanced=True,
	).only_if("attach_print", 1),
)


def printed(settings: Settings, context: Context) -> list[Attachment]:
	"""The document as PDF, if it is wanted."""
	if not settings.get("attach_print") or context.doc is None:
		return []
	context.doc.check_permission("print")
	# Printed when the letter leaves, as Frappe does with letters written by hand.
	return [
		{
			"print_format_attachment": 1,
			"doctype": context.doc.doctype,
			"name": context.doc.name,
			"print_format": settings.get("print_format") or None,
			"print_letterhead": 1,
			"lang": frappe.local.lang,
		}
	]


def label(settings: Settings, context: Context) -> tuple[list[Attachment], str]:
	"""The label of the order, if it is wanted; and why there is none.

	Raises:
		TryLater: there is none yet, and the letter is to wait for it.
	"""
	if not settings.get("attach_label"):
		return [], ""
	order = _order(context)
	if not order:
		return [], NO_ORDER
	# It names the buyer: for those who work on orders, as on the desk.
	frappe.has_permission(ORDER, "write", order, throw=True)
	try:
		name, content = label_file(order)
	except IntegrationError as error:
		why = error_sentence(error)
		waited = minutes_waited(settings.get("_attempt") or 1)
		if settings.get("without_label") != SEND and waited < LABEL_PATIENCE:
			raise TryLater(_("There is no label yet: {0}"), why) from error
		return [], why
	return [{"fname": name, "fcontent": content}], ""


def label_foreseen(settings: Settings, context: Context) -> str:
	"""Why there will be no label, as far as that is known without asking the marketplace; "" for no reason."""
	if not settings.get("attach_label"):
		return ""
	order = _order(context)
	shop = frappe.db.get_value(ORDER, order, "shop") if order else None
	if not shop:
		return NO_ORDER
	return "" if Capability.LABELS in get_shop(shop).info.capabilities else NOT_OFFERED


# --- inside ----------------------------------------------------------------------------------------


def _order(context: Context) -> str | None:
	doc = context.doc
	if doc is None:
		return None
	return doc.name if doc.doctype == ORDER else doc.get("marketplace_order")
