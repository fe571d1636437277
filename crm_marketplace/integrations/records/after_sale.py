"""What comes after a sale: returns and reviews."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from crm_marketplace.integrations.records.base import (
	ExternalId,
	Ids,
	Money,
	Number,
	Record,
	StrEnum,
	UtcDatetime,
)
from crm_marketplace.integrations.records.warehouses import Scheme


class ReturnState(StrEnum):
	"""Where returned goods are, as the seller sees it. Stored on Marketplace Return."""

	REQUESTED = "Requested"  # the buyer asks; nothing has been decided
	ON_THE_WAY = "On The Way"
	READY = "Ready For Pickup"  # waits for the seller at a point or a warehouse
	RECEIVED = "Received"  # the seller has it back
	AT_MARKETPLACE = "At Marketplace"  # stays there: back on sale, or stored
	DISPOSED = "Disposed Of"
	REFUSED = "Refused"  # the buyer keeps the goods, with or without money
	LOST = "Lost"


class ReturnKind(StrEnum):
	"""Whether the buyer ever had the goods. Stored on Marketplace Return."""

	NOT_REDEEMED = "Not Redeemed"  # cancelled on the way, or not collected
	RETURNED = "Returned"  # brought back after delivery


class ReturnLine(Record):
	"""Goods of one card in a return."""

	line_id: str  # unique in the return; the vendor's, or made stable by the connector
	offer_id: str = ""
	listing_id: ExternalId | None = None
	marketplace_ids: Ids = Field(default_factory=dict)
	title: str = ""
	quantity: Number = Decimal(1)
	price: Money | None = None  # per unit, tax included


class Return(Record):
	"""Goods on their way back, or a refusal to take them. `order_id` is the external id of the order."""

	external_id: ExternalId
	order_id: str | None = None
	order_number: str | None = None
	kind: ReturnKind
	state: ReturnState
	vendor_status: str = ""
	scheme: Scheme | None = None
	lines: tuple[ReturnLine, ...]
	refund: Money | None = None  # what the buyer gets back, where the marketplace tells it
	reason: str = ""
	comment: str = ""  # the buyer's own words
	place: str = ""  # where the goods are now, or wait
	barcode: str | None = None
	pickup_until: UtcDatetime | None = None
	created_at: UtcDatetime | None = None
	changed_at: UtcDatetime | None = None
	received_at: UtcDatetime | None = None


class Review(Record):
	"""What a buyer wrote about a card. Told by the listing's ids: whichever the marketplace gives."""

	external_id: ExternalId
	listing_id: ExternalId | None = None
	offer_id: str = ""
	marketplace_ids: Ids = Field(default_factory=dict)
	title: str = ""  # of the product
	order_id: str | None = None
	rating: int = Field(ge=1, le=5)
	text: str = ""
	advantages: str = ""
	disadvantages: str = ""
	author: str = ""
	photos: tuple[str, ...] = ()  # addresses
	answer: str = ""  # the seller's, where the marketplace tells it
	is_answered: bool = False
	vendor_status: str = ""
	created_at: UtcDatetime
	changed_at: UtcDatetime | None = None
