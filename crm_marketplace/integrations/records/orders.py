"""Orders: their lines, states, cancellations and labels."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from pydantic import Field, model_validator

from crm_marketplace.integrations.records.base import (
	Count,
	CurrencyCode,
	ExternalId,
	Ids,
	Money,
	Number,
	Record,
	StrEnum,
	UtcDatetime,
)
from crm_marketplace.integrations.records.parties import Address, Party
from crm_marketplace.integrations.records.warehouses import Scheme


class OrderStatus(StrEnum):
	"""Where an order stands, in our words. The vendor's status is kept beside it."""

	PENDING = "Pending"  # seen, but cannot be packed yet (payment, approval)
	AWAITING_PACKING = "Awaiting Packing"
	AWAITING_SHIPMENT = "Awaiting Shipment"  # packed, waits for hand-over
	SHIPPED = "Shipped"
	DELIVERED = "Delivered"
	DISPUTED = "Disputed"
	CANCELLED = "Cancelled"
	RETURNED = "Returned"


class OrderAction(StrEnum):
	"""What the marketplace lets the seller do with an order at this moment."""

	PACK = "pack"
	CANCEL = "cancel"
	CANCEL_LINES = "cancel_lines"
	LABEL = "label"
	HAND_OVER = "hand_over"
	SET_TRACKING = "set_tracking"
	SET_DEADLINE = "set_deadline"
	CHAT = "chat"


class OrderLine(Record):
	"""One line. `price` is per unit, tax included, as the marketplace shows it to the seller.

	`listing_id` is the listing's `external_id`, where orders tell it: then it says which listing was sold,
	and `offer_id` may be less than that (an article that several sizes share).
	"""

	line_id: str  # unique in the order; the vendor's, or made stable by the connector
	offer_id: str
	listing_id: ExternalId | None = None
	title: str = ""
	quantity: Number
	price: Money
	marketplace_ids: Ids = Field(default_factory=dict)
	tax_rate: Number | None = None
	commission: Money | None = None
	requires_marking: bool = False

	@property
	def total(self) -> Money:
		return self.price * self.quantity


class Charge(Record):
	"""A sum beside the lines: delivery paid by the buyer, a fee, a subsidy. Signed."""

	external_id: str
	kind: str  # delivery, discount, commission, logistics, penalty, storage, …
	title: str = ""
	amount: Money
	order_id: str | None = None
	offer_id: str | None = None
	charged_at: UtcDatetime | None = None


class Cancellation(Record):
	reason: str = ""
	reason_id: str | None = None
	initiator: str | None = None
	after_shipping: bool = False
	cancelled_at: UtcDatetime | None = None


class Order(Record):
	"""One order as one unit of work (a posting, an assembly task)."""

	external_id: ExternalId
	order_number: str  # what the buyer sees; groups several external ids
	parent_external_id: str | None = None
	status: OrderStatus
	vendor_status: str
	vendor_substatus: str | None = None
	scheme: Scheme
	currency: CurrencyCode
	lines: tuple[OrderLine, ...]
	charges: tuple[Charge, ...] = ()
	stated_total: Money | None = None  # the marketplace's own total, where it gives one
	created_at: UtcDatetime
	changed_at: UtcDatetime | None = None
	ship_by: UtcDatetime | None = None
	shipped_at: UtcDatetime | None = None
	deliver_from: UtcDatetime | None = None
	deliver_to: UtcDatetime | None = None
	delivered_at: UtcDatetime | None = None
	warehouse_id: str | None = None
	delivery_method_id: str | None = None
	delivery_method: str | None = None
	carrier: str | None = None
	tracking_number: str | None = None
	payment_method: str | None = None
	is_express: bool = False
	is_multibox: bool = False
	box_count: Count = 1
	barcodes: tuple[str, ...] = ()
	buyer: Party | None = None
	recipient: Party | None = None
	address: Address | None = None
	cancellation: Cancellation | None = None
	actions: tuple[OrderAction, ...] = ()

	@model_validator(mode="after")
	def _has_a_total(self) -> Order:
		"""Lines in several currencies, or a sum beyond all reason, are found here and not by whoever adds up."""
		_ = self.total
		return self

	@property
	def total(self) -> Money:
		"""What the buyer owes: lines plus charges, tax included."""
		zero = Money(amount=Decimal(0), currency=self.currency)
		return sum((charge.amount for charge in self.charges), sum((line.total for line in self.lines), zero))


class Label(Record):
	order_ids: tuple[ExternalId, ...]
	content: bytes
	media_type: str = "application/pdf"
	problems: Mapping[str, str] = Field(default_factory=dict)  # order id → why it has no label


class CancelReason(Record):
	external_id: ExternalId
	title: str
	needs_message: bool = False
