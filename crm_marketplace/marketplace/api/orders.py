"""Calls of the Marketplace Order form and list."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import frappe
from frappe import _

from crm_marketplace.integrations.masking import MASK
from crm_marketplace.marketplace.api.guard import names, permitted, said_to_user
from crm_marketplace.rules.holds import HOLD_KINDS
from crm_marketplace.rules.triggers_values import changes_between
from crm_marketplace.sync import announce, matching, scheduler, tasks
from crm_marketplace.sync.messages import hold_next_step, hold_sentence, unpack
from crm_marketplace.sync.orders import process
from crm_marketplace.sync.orders.events import add_events
from crm_marketplace.sync.orders.fetch import fetch_one
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import get_shop

BUYER_FIELDS = (
	"buyer_name",
	"buyer_phone",
	"buyer_email",
	"buyer_external_id",
	"buyer_company",
	"buyer_tax_id",
	"buyer_address",
)


@frappe.whitelist()
def order_hold(order: str) -> dict[str, Any] | None:
	"""Why an order waits, and the buttons that release it. None when it does not wait."""
	doc = permitted("Marketplace Order", order)
	if doc.state != "On Hold":
		return None
	kind = HOLD_KINDS.get(doc.hold_code)
	details = json.loads(doc.hold_details or "{}")
	actions = kind.actions if kind else ("retry", "ignore")
	may_act = frappe.has_permission("Marketplace Order", "write", doc)  # says no without a message
	return {
		"code": doc.hold_code,
		"sentence": hold_sentence(doc.hold_code, unpack(doc.hold_reason)),
		"next_step": hold_next_step(doc.hold_code),
		"since": doc.hold_since,
		"details": details,
		"actions": [_button(name, doc, details, index == 0) for index, name in enumerate(actions)]
		if may_act
		else [],
	}


@frappe.whitelist(methods=["POST"])
def release_order(order: str, action: str, values: dict | str | None = None) -> dict[str, Any]:
	"""Do what releases a held order, then process it. Other orders that waited for the same go on, too.

	Args:
		action: one of the hold's actions.
		values: of the action's dialog.
	"""
	doc = permitted("Marketplace Order", order, "write")
	given = frappe._dict(frappe.parse_json(values) or {})
	kind = HOLD_KINDS.get(doc.hold_code)
	allowed = kind.actions if kind else ("retry", "ignore")
	if doc.state != "On Hold" or action not in allowed or action not in _ACTIONS:
		frappe.throw(_("This order does not wait for that any more. Reload the page."))
	_ACTIONS[action](doc, given)
	if action != "ignore":
		_process(doc)
		scheduler.enqueue(doc.shop, "orders", started_by="Button")
	return _result(order)


@frappe.whitelist(methods=["POST"])
def process_orders(orders: list | str, ignored: bool = False) -> dict[str, int]:
	"""Let orders try again: queued, for there may be many.

	Args:
		ignored: also those a person left out.
	"""
	chosen = _writable(names(orders))
	left_out = [row.name for row in chosen if ignored and row.state == "Ignored"]
	if left_out:
		_set_all(left_out, {"ignore_reason": None})
		add_events([{"order": order, "event": "taken_back"} for order in left_out])
	queued = [row for row in chosen if row.state in ("On Hold", "To Process") or row.name in left_out]
	if queued:
		_set_all([row.name for row in queued], {"state": "To Process"})
		announce.changed(
			"Marketplace Order",
			{row.name: {"state": (row.state, "To Process")} for row in queued if row.state != "To Process"},
		)
		for shop in {row.shop for row in queued}:
			scheduler.enqueue(shop, "orders", started_by="Button")
	return {"queued": len(queued)}


@frappe.whitelist(methods=["POST"])
def ignore_orders(orders: list | str, reason: str) -> dict[str, int]:
	"""Leave orders out on purpose, with the reason on their timeline. Orders with a Sales Order stay."""
	reason = _reason(reason)
	chosen = [row for row in _writable(names(orders)) if not row.sales_order and row.state != "Ignored"]
	if chosen:
		_ignore({row.name: row.state for row in chosen}, reason)
	return {"ignored": len(chosen)}


@frappe.whitelist(methods=["POST"])
def resolve_order(order: str, note: str) -> None:
	"""A person settled what the marketplace and ERPNext disagreed about."""
	doc = permitted("Marketplace Order", order, "write")
	note = _reason(note)
	settled = {"needs_resolution": 0, "resolution_reason": None}
	frappe.db.set_value("Marketplace Order", doc.name, settled)
	announce.changed("Marketplace Order", {doc.name: changes_between(doc.as_dict(), settled, settled)})
	add_events([{"order": doc.name, "event": "settled", "values": [note]}])
	tasks.close("Marketplace Order", doc.name)


@frappe.whitelist()
def order_buyer(order: str) -> dict[str, Any]:
	"""The buyer's data; masked for those without the right to see it (permission level 1)."""
	doc = permitted("Marketplace Order", order)
	visible = 1 in doc.get_permlevel_access("read")
	return {field: doc.get(field) if visible or not doc.get(field) else MASK for field in BUYER_FIELDS} | {
		"visible": visible
	}


# --- actions of holds ------------------------------------------------------------------------------


def _map_listing(doc, values: frappe._dict) -> None:
	listing = permitted("Marketplace Listing", _listing_of(doc, values), "write")
	if not values.item:
		frappe.throw(_("Choose an item."))
	matching.link(listing.name, str(values.item))


def _create_item(doc, values: frappe._dict) -> None:
	frappe.has_permission("Item", "create", throw=True)
	listing = permitted("Marketplace Listing", _listing_of(doc, values), "write")
	matching.create_item(
		listing.name, values.get("item_code"), values.get("item_group"), values.get("stock_uom")
	)


def _accept_rounding(doc, values: frappe._dict) -> None:
	"""The difference the hold names is accepted; another difference later is a new question."""
	difference = json.loads(doc.hold_details or "{}").get("difference")
	frappe.db.set_value("Marketplace Order", doc.name, "accepted_difference", float(difference or 0))
	if doc.hold_code == "totals_differ" and not frappe.get_cached_value(
		"Marketplace Shop", doc.shop, "rounding_account"
	):
		frappe.throw(_("First choose the account for rounding in the shop {0}.").format(doc.shop))
	add_events(
		[
			{
				"order": doc.name,
				"event": "released",
				"values": [_("difference of {0} accepted").format(difference)],
			}
		]
	)


def _ignore_one(doc, values: frappe._dict) -> None:
	_ignore({doc.name: doc.state}, _reason(values.get("reason")))


def _retry(doc, values: frappe._dict) -> None:
	"""An unreadable order is fetched again; the others are only processed again."""
	if doc.hold_code == "unreadable":
		shop = get_shop(doc.shop)
		with said_to_user():
			run = Run(shop.name, "orders", "Button", log=None)
			fetch_one(shop, shop.connect(patience=0), run, doc.external_id)


_ACTIONS: dict[str, Callable[[Any, frappe._dict], None]] = {
	"map_listing": _map_listing,
	"create_item": _create_item,
	"accept_rounding": _accept_rounding,
	"ignore": _ignore_one,
	"retry": _retry,
}


# --- inside ----------------------------------------------------------------------------------------


def _button(name: str, doc, details: dict, primary: bool) -> dict[str, Any]:
	labels = {
		"map_listing": _("Link to an item"),
		"create_item": _("Create the item"),
		"accept_rounding": _("Accept the difference"),
		"ignore": _("Ignore the order"),
		"retry": _("Try again"),
		"open_shop": _("Open the shop"),
	}
	return {"action": name, "label": labels[name], "primary": primary, "fields": _fields(name, doc, details)}


def _fields(name: str, doc, details: dict) -> list[dict[str, Any]]:
	"""Fields of the dialog of an action."""
	offers = [offer["offer_id"] for offer in details.get("offers", ())] or [details.get("offer_id") or ""]
	offer = {
		"fieldname": "offer_id",
		"fieldtype": "Select",
		"label": _("Offer ID"),
		"options": "\n".join(offers),
		"default": offers[0],
		"reqd": 1,
	}
	item = {
		"fieldname": "item",
		"fieldtype": "Link",
		"label": _("Item", context="Marketplace Listing"),
		"options": "Item",
		"reqd": 1,
		"link_filters": json.dumps([["Item", "has_variants", "=", 0], ["Item", "disabled", "=", 0]]),
	}
	group = {
		"fieldname": "item_group",
		"fieldtype": "Link",
		"label": _("Item Group"),
		"options": "Item Group",
	}
	code = {
		"fieldname": "item_code",
		"fieldtype": "Data",
		"label": _("Item Code"),
		"description": _("Empty: the offer ID."),
	}
	reason = {"fieldname": "reason", "fieldtype": "Small Text", "label": _("Reason"), "reqd": 1}
	return {"map_listing": [offer, item], "create_item": [offer, code, group], "ignore": [reason]}.get(
		name, []
	)


def _listing_of(doc, values: frappe._dict) -> str:
	offer = values.get("offer_id") or next((line.offer_id for line in doc.lines), None)
	name = frappe.db.get_value("Marketplace Listing", {"shop": doc.shop, "offer_id": offer})
	if not name:
		frappe.throw(
			_(
				"The listing {0} was not pulled yet. Press Sync now → Listings in the shop, then try again."
			).format(frappe.utils.escape_html(str(offer)))
		)
	return name


def _process(doc) -> None:
	frappe.db.set_value("Marketplace Order", doc.name, {"state": "To Process"})
	process.process_orders(get_shop(doc.shop), [doc.name], Run(doc.shop, "orders", "Button"))


def _result(order: str) -> dict[str, Any]:
	row = frappe.db.get_value(
		"Marketplace Order", order, ["state", "sales_order", "hold_code", "hold_reason"], as_dict=True
	)
	if row.state == "On Hold":
		message = hold_sentence(row.hold_code, unpack(row.hold_reason))
	elif row.sales_order:
		message = _("Sales Order {0} was made.").format(row.sales_order)
	else:
		message = _("Done.")
	return {"state": row.state, "sales_order": row.sales_order, "message": message}


def _ignore(orders: dict[str, str], reason: str) -> None:
	"""Args: orders: name → the state it is in."""
	_set_all(
		list(orders),
		{
			"state": "Ignored",
			"ignore_reason": reason,
			"hold_code": None,
			"hold_reason": None,
			"hold_details": None,
		},
	)
	add_events([{"order": order, "event": "ignored", "values": [reason]} for order in orders])
	announce.changed(
		"Marketplace Order", {order: {"state": (state, "Ignored")} for order, state in orders.items()}
	)


def _set_all(orders: list[str], values: dict[str, Any]) -> None:
	frappe.db.set_value("Marketplace Order", {"name": ("in", orders)}, values)


def _reason(text: str | None) -> str:
	text = (text or "").strip()
	if len(text) < 3:
		frappe.throw(_("Say in a few words why."))
	return text[:500]


def _writable(orders: list[str]) -> list[frappe._dict]:
	"""Those of the orders the caller may write; row-level permissions of Frappe apply."""
	frappe.has_permission("Marketplace Order", "write", throw=True)
	return frappe.get_list(
		"Marketplace Order",
		filters={"name": ("in", orders)},
		fields=["name", "shop", "state", "sales_order"],
		limit=len(orders),
	)
