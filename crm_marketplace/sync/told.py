"""Of what is written past the documents' own hooks: which fields' changes others hear of (`sync.announce`).

What a person changes on a form is heard of anyway. The rest of what we write ourselves changes in silence: counters,
digests, payloads, and what a buyer's name is, which is kept in one place only.
"""

from __future__ import annotations

import frappe

# Of an order, as the marketplace says it. "lines" are told as a text.
ORDER = (
	"status",
	"state",
	"vendor_status",
	"vendor_substatus",
	"order_number",
	"parent_external_id",
	"scheme",
	"is_express",
	"is_multibox",
	"box_count",
	"currency",
	"total",
	"stated_total",
	"charges_total",
	"ordered_at",
	"ship_by",
	"shipped_at",
	"deliver_from",
	"deliver_to",
	"delivered_at",
	"cancelled_at",
	"cancel_reason",
	"cancel_initiator",
	"cancel_after_shipping",
	"channel_warehouse_id",
	"delivery_method",
	"carrier",
	"tracking_number",
	"payment_method",
)
ORDER_LINES = "lines"
# Of an order, as it was processed.
PROCESSED = (
	"state",
	"hold_code",
	"warehouse",
	"customer",
	"sales_order",
	"delivery_note",
	"sales_invoice",
	"needs_resolution",
	"resolution_reason",
)
# Of a card, as the marketplace says it, and what it was matched with.
LISTING = (
	"offer_id",
	"title",
	"state",
	"state_reason",
	"image",
	"url",
	"barcodes",
	"currency",
	"price",
	"old_price",
	"minimum_price",
	"tax_rate",
)
MATCHING = ("item", "match_status", "match_method", "suggested_item", "suggestion_score")
RETURN = ("state", "vendor_status", "place", "pickup_until", "received_at")
REVIEW = ("rating", "is_answered", "answer", "vendor_status")
SHOP = ("health", "connection_status", "breaker_state", "breaker_reason")

TOLD: dict[str, frozenset[str]] = {
	"Marketplace Order": frozenset({*ORDER, ORDER_LINES, *PROCESSED}),
	"Marketplace Listing": frozenset({*LISTING, *MATCHING}),
	"Marketplace Shop": frozenset(SHOP),
	"Marketplace Return": frozenset(RETURN),
	"Marketplace Review": frozenset(REVIEW),
}


def is_silent(doctype: str, fieldname: str) -> bool:
	"""Whether nobody hears of a change of the field: only we write it, and we do not tell."""
	if doctype not in TOLD or fieldname in TOLD[doctype]:
		return False
	df = frappe.get_meta(doctype).get_field(fieldname)
	return bool(df and df.read_only)
