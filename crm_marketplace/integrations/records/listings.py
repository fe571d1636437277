"""What is sold: cards, stock, prices, and what became of what we sent."""

from __future__ import annotations

from pydantic import Field

from crm_marketplace.integrations.records.base import (
	Count,
	ExternalId,
	Ids,
	Money,
	Number,
	Record,
	StrEnum,
	UtcDatetime,
)


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


class StockLevel(Record):
	"""What the marketplace holds for a listing in a channel warehouse, or what it should hold.

	`quantity` is what can still be sold: the vendor's own reservations are already taken off.
	`stock_group`, of a level that is pushed, is its warehouse's as it was last told, maybe long ago (see
	ChannelWarehouse).
	"""

	listing_id: ExternalId
	offer_id: str
	warehouse_id: ExternalId
	quantity: Count
	reserved: Count | None = None
	stock_group: str | None = None


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
