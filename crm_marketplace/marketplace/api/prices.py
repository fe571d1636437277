"""Calls about prices: preview, and letting a held price through."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import frappe
from frappe import _

from crm_marketplace.marketplace.api.guard import MOST_AT_ONCE, permitted, permitted_shop
from crm_marketplace.sync import reader
from crm_marketplace.sync.messages import translated
from crm_marketplace.sync.prices import allow, desired, preview, rows
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
		[
			"last_error",
			"in_quarantine",
			"sent_at",
			"confirmed_at",
			"allowed_by",
			"attempts",
			"next_attempt_at",
		],
		as_dict=True,
	)
	told = dict(state or {})
	if told.get("last_error"):
		told["last_error"] = translated(told["last_error"])
	return preview.describe(found) | {
		**told,
		"currency": found.shown.currency or policy.currency,
		"price_list": shop.doc.selling_price_list,
		"items": [row.item for row in doc.components] if doc.is_kit else [doc.item],
		"pending": found.differs and not found.decision.hold,
		"is_on": shop.is_on("prices"),
		"cabinet_url": shop.info.help_urls.get("cabinet"),
	}


@frappe.whitelist(methods=["POST"])
def allow_price(listing: str, price: float) -> dict[str, Any]:
	"""A manager lets this very price through, in spite of a guard. Another price is a new question."""
	result = allow_prices([{"listing": listing, "price": price}])
	if not result["allowed"]:
		frappe.throw(_("This price is not held back any more, or it changed meanwhile. Look again."))
	return {"allowed": price}


@frappe.whitelist(methods=["POST"])
def allow_prices(prices: list | str) -> dict[str, int]:
	"""The same for many prices.

	Args:
		prices: rows of `listing` and the `price` that was seen; of those whose price is another one by now,
			none is let through.

	Returns:
		allowed, skipped.
	"""
	seen = _seen(prices)
	by_shop: dict[str, dict[str, Decimal]] = {}
	for row in frappe.get_list(
		"Marketplace Listing", filters={"name": ("in", list(seen))}, fields=["name", "shop"], limit=len(seen)
	):
		by_shop.setdefault(row.shop, {})[row.name] = seen[row.name]
	allowed = sum(allow.allow(permitted_shop(shop, "write"), group) for shop, group in by_shop.items())
	return {"allowed": allowed, "skipped": len(seen) - allowed}


# --- inside ----------------------------------------------------------------------------------------


def _seen(prices: Any) -> dict[str, Decimal]:
	"""Listing → price, from a request."""
	prices = frappe.parse_json(prices)
	if not isinstance(prices, list) or not prices:
		frappe.throw(_("Choose at least one row."))
	if len(prices) > MOST_AT_ONCE:
		frappe.throw(_("Choose {0} rows at most.").format(MOST_AT_ONCE))
	try:
		return {str(row["listing"]): Decimal(str(row["price"])).quantize(Decimal("0.01")) for row in prices}
	except (KeyError, TypeError, InvalidOperation):
		frappe.throw(_("Choose at least one row."))
