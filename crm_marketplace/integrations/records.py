"""The records every connector speaks: typed, immutable, the same for all marketplaces.

Money is a Decimal with its currency (major units: roubles, not kopecks). Times are aware and in UTC.
Connectors translate a vendor's payload into these once; nothing after that reads a vendor's JSON.
Records travel to and from the database as JSON (`model_dump_json`, `model_validate_json`), and
`digest` tells whether two of them say the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
	AfterValidator,
	AwareDatetime,
	BaseModel,
	ConfigDict,
	Field,
	StringConstraints,
	model_validator,
)

from crm_marketplace.integrations.errors import IntegrationError


class StrEnum(str, Enum):
	"""`enum.StrEnum` for Python 3.10."""

	def __str__(self) -> str:
		return self.value


# No sum, count or price in trade comes near these. Beyond them decimal arithmetic loses digits silently.
LARGEST = Decimal(10) ** 15
FINEST = Decimal("1e-9")


def _to_utc(value: datetime) -> datetime:
	try:
		return value.astimezone(timezone.utc)
	except OverflowError as error:
		raise ValueError("a time beyond the calendar") from error


def _reasonable(value: Decimal) -> Decimal:
	if abs(value) >= LARGEST or value != value.quantize(FINEST):
		raise ValueError("too large or too fine a number")
	return value


def _two_places(value: Decimal) -> Decimal:
	"""10, 10.0 and 10.0000 become 10.00, so that equal amounts have equal digests; finer ones stay."""
	rounded = _reasonable(value).quantize(Decimal("0.01"))
	return rounded + 0 if rounded == value else value.normalize()  # + 0: there is no minus zero


def _no_trailing_zeros(value: Decimal) -> Decimal:
	"""1, 1.0 and 1.000 become 1, for the same reason."""
	whole = _reasonable(value).quantize(Decimal(1))
	return whole + 0 if whole == value else value.normalize()


def rounded(value: Decimal) -> Decimal:
	"""To two places, half up. A number beyond all reason is left to the record that will refuse it."""
	return value if abs(value) >= LARGEST else value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _to_the_metre(value: Decimal) -> Decimal:
	return _no_trailing_zeros(value.quantize(Decimal("1e-6"))) if abs(value) <= 360 else _reasonable(value)


def _in_order(value: Mapping[str, str]) -> dict[str, str]:
	return dict(sorted(value.items()))


Amount = Annotated[Decimal, AfterValidator(_two_places)]
Number = Annotated[Decimal, AfterValidator(_no_trailing_zeros)]
Count = Annotated[int, Field(ge=0, le=10**9)]
Degrees = Annotated[Decimal, AfterValidator(_to_the_metre)]
Ids = Annotated[Mapping[str, str], AfterValidator(_in_order)]  # the vendor's name of the id → id
UtcDatetime = Annotated[AwareDatetime, AfterValidator(_to_utc)]
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=140)]


class Record(BaseModel):
	"""Base: frozen, and a misspelt field is an error."""

	model_config = ConfigDict(frozen=True, extra="forbid")

	@property
	def digest(self) -> str:
		"""Equal for equal content, whatever the process or day: sha256 of the canonical JSON."""
		return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Money(Record):
	"""An amount in major units of a currency."""

	amount: Amount
	currency: CurrencyCode

	def __add__(self, other: Money) -> Money:
		if other.currency != self.currency:
			raise ValueError(f"cannot add {other.currency} to {self.currency}")
		return Money(amount=self.amount + other.amount, currency=self.currency)

	def __sub__(self, other: Money) -> Money:
		return self + (-other)

	def __neg__(self) -> Money:
		return Money(amount=-self.amount, currency=self.currency)

	def __mul__(self, factor: Decimal | int) -> Money:
		return Money(amount=self.amount * factor, currency=self.currency)

	def __str__(self) -> str:
		return f"{self.amount} {self.currency}"


# --- who and where ---------------------------------------------------------------------------------


class Party(Record):
	"""A buyer or recipient. Any field may be missing: many marketplaces give none."""

	external_id: str | None = None
	name: str | None = None
	phone: str | None = None
	phone_is_masked: bool = False  # a forwarding number, the same for many buyers
	email: str | None = None
	is_company: bool = False
	company_name: str | None = None
	tax_id: str | None = None

	@property
	def is_known(self) -> bool:
		"""True when there is something to recognise this person by."""
		return bool(self.external_id or self.phone or self.email or self.tax_id)


class Address(Record):
	"""A delivery address, structured as far as the marketplace tells."""

	country: str | None = None
	region: str | None = None
	district: str | None = None
	city: str | None = None
	street: str | None = None
	postcode: str | None = None
	pickup_point: str | None = None
	comment: str | None = None
	latitude: Degrees | None = None
	longitude: Degrees | None = None


class Scheme(StrEnum):
	"""Who holds and ships the goods. FBW and FBY are FBO in other marketplaces' words."""

	FBS = "FBS"
	FBO = "FBO"
	DBS = "DBS"
	EXPRESS = "Express"


class ChannelWarehouse(Record):
	"""A warehouse (or a sales point) as the marketplace knows it."""

	external_id: ExternalId
	name: str
	scheme: Scheme
	is_active: bool = True
	vendor_status: str | None = None
	delivery_methods: tuple[DeliveryMethod, ...] = ()
	# Warehouses of one stock group, in whichever shop of the account, hold one number between them: it is
	# pushed to one of them. None: the number is this warehouse's own.
	stock_group: str | None = None


class DeliveryMethod(Record):
	"""A way of delivery from a channel warehouse."""

	external_id: ExternalId
	name: str
	warehouse_id: str | None = None
	provider: str | None = None
	is_active: bool = True


# --- catalogue -------------------------------------------------------------------------------------


class ListingState(StrEnum):
	ACTIVE = "Active"
	INACTIVE = "Inactive"  # exists, not for sale (no stock, hidden, price missing …)
	BLOCKED = "Blocked"  # moderation failed, banned
	ARCHIVED = "Archived"


class Listing(Record):
	"""One sellable card in one shop."""

	external_id: ExternalId  # unique in the shop: the id stock and prices are addressed by
	offer_id: str
	title: str = ""
	marketplace_ids: Ids = Field(default_factory=dict)
	barcodes: tuple[str, ...] = ()
	state: ListingState = ListingState.ACTIVE
	state_reason: str | None = None
	image_url: str | None = None
	url: str | None = None
	price: Money | None = None
	old_price: Money | None = None
	minimum_price: Money | None = None
	tax_rate: Number | None = None  # per cent
	changed_at: UtcDatetime | None = None


# --- orders ----------------------------------------------------------------------------------------


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


# --- stock, prices, results ------------------------------------------------------------------------


class StockLevel(Record):
	"""What the marketplace holds for a listing in a channel warehouse, or what it should hold.

	`quantity` is what can still be sold: the vendor's own reservations are already taken off.
	"""

	listing_id: ExternalId
	offer_id: str
	warehouse_id: ExternalId
	quantity: Count
	reserved: Count | None = None


class Price(Record):
	"""What a listing costs. Sums are tax-inclusive; None leaves the remote value as it is.

	`marketplace_ids` are the listing's: a connector that needs them to set a price looks them up where they
	are not given, which costs requests.
	"""

	listing_id: ExternalId
	offer_id: str
	marketplace_ids: Ids = Field(default_factory=dict)
	price: Money | None
	old_price: Money | None = None
	minimum_price: Money | None = None
	old_price_fixed: bool = False  # read: it follows from something else and cannot be set for this listing
	minimum_price_fixed: bool = False  # read: the shop cannot set one for this listing
	cost_price: Money | None = None
	expected_fees: Money | None = None  # what the marketplace would keep of one sale at this price
	fee_rate: Number | None = None  # per cent of the price among them; the rest does not follow the price
	held: Money | None = None  # a new price the marketplace holds back until a person confirms it there
	held_reason: str = ""  # why, and the way out; our sentence (a source string)


class PushResult(Record):
	"""Fate of one row of a batch we sent."""

	listing_id: ExternalId
	warehouse_id: str | None = None
	ok: bool
	code: str | None = None  # the vendor's code
	message: str = ""  # for the user: our sentence (a source string) for known codes, else the vendor's own
	retry_after: float | None = None  # seconds; None with ok=False: do not repeat unchanged


class Label(Record):
	order_ids: tuple[ExternalId, ...]
	content: bytes
	media_type: str = "application/pdf"
	problems: Mapping[str, str] = Field(default_factory=dict)  # order id → why it has no label


class CancelReason(Record):
	external_id: ExternalId
	title: str
	needs_message: bool = False


# --- credentials -----------------------------------------------------------------------------------


class Right(Record):
	"""Whether the key may do what a stream needs."""

	capability: str
	granted: bool
	missing: tuple[str, ...] = ()  # the vendor's names of methods or categories


class Account(Record):
	"""One of the shops a key opens."""

	external_id: ExternalId
	title: str
	schemes: tuple[Scheme, ...] = ()
	available: bool = True
	reason: str = ""  # why it is not available; our sentence (a source string)
	credentials: Ids = Field(default_factory=dict)  # what selects it beside the key; no secrets


class CredentialsReport(Record):
	"""What a credentials check found out. A refused key raises AuthenticationError instead."""

	account_id: str
	account_name: str = ""
	legal_name: str = ""
	tax_id: str = ""
	currency: str | None = None
	country: str | None = None
	expires_at: UtcDatetime | None = None
	rights: tuple[Right, ...] = ()
	notes: tuple[str, ...] = ()
	accounts: tuple[Account, ...] = ()  # where one key opens several shops: all of them


# --- pages -----------------------------------------------------------------------------------------

RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True, slots=True)
class Fetched(Generic[RecordT]):
	"""One object as it came: its payload, and the record made of it or the error that prevented it.

	So one unreadable object never costs the rest of its page, and is still stored. `raw` is parsed JSON
	whose fractions are Decimals (`json.dumps(raw, default=str)`), as the connector can read it again.
	"""

	external_id: str
	raw: Any
	record: RecordT | None = None
	error: IntegrationError | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[RecordT]):
	"""One page of a list. `token` is what to ask the next one with, None on the last.

	`as_of` is the remote clock (UTC) when the page was made; cursors follow it, never our clock.
	"""

	items: tuple[Fetched[RecordT], ...]
	token: str | None = None
	as_of: datetime | None = None


ChannelWarehouse.model_rebuild()
