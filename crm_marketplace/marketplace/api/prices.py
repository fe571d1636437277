"""Calls about prices: preview, and letting a held price through."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import flt

from crm_marketplace.marketplace.api.guard import permitted, permitted_shop
from crm_marketplace.rules.prices import MAY_BE_CONFIRMED
from crm_marketplace.sync import reader
from crm_marketplace.sync.prices import desired, preview, rows
from crm_marketplace.sync.shops import get_shop


@frappe.whitelist()
def preview_prices(shop: str) -> dict[str, Any]:
	"""What the next price run would send and what it would hold back. Writes nothing."""
	return preview.preview(permitted_shop(shop))


@frappe.whitelist()
def listing_price(listing: str) -> dict[str, Any] | None:
	"""A listing's price: what it should be and why, what is published, and what keeps it."""
	doc = permitted("Marketplace Listing", listing)
	shop = get_shop(doc.shop)
	policy = desired.price_policy(shop)
	with reader.reading() as connection:
		found = next(iter(desired.compute(shop, policy, connection, [listing])), None)
	if found is None:
		return None
	state = frappe.db.get_value(
		rows.DOCTYPE,
		{"listing": listing},
		["last_error", "in_quarantine", "sent_at", "confirmed_at", "allowed_by", "attempts"],
		as_dict=True,
	)
	return preview.describe(found) | {"currency": policy.currency} | (state or {})


@frappe.whitelist(methods=["POST"])
def allow_price(listing: str, price: float) -> dict[str, Any]:
	"""A manager lets this very price through, in spite of a guard. Another price is a new question."""
	doc = permitted("Marketplace Listing", listing)
	permitted_shop(doc.shop, "write")
	row = frappe.db.get_value(
		rows.DOCTYPE, {"listing": listing}, ["name", "desired", "hold_code"], as_dict=True, for_update=True
	)
	if not row or row.hold_code not in MAY_BE_CONFIRMED or flt(row.desired, 2) != flt(price, 2):
		frappe.throw(_("This price is not held back any more, or it changed meanwhile. Look again."))
	table = frappe.qb.DocType(rows.DOCTYPE)
	(
		frappe.qb.update(table)
		.set(table.allowed_price, row.desired)
		.set(table.allowed_by, frappe.session.user)
		.set(table.hold_code, None)
		.set(table.hold_reason, None)
		.set(table.pending, rows.pending_term(table))
		.where(table.name == row.name)
	).run()
	return {"allowed": row.desired}
