"""What a connector offers: one small protocol per capability.

A connector is a class with the `ConnectorInfo` attributes below and the methods of the capabilities it
lists. The core asks `connector.info.capabilities`, never `isinstance` or the connector's name; the desk
shows only what is listed. The conformance suite (tests/conformance) holds each connector to the words
written here.

All methods may raise the errors of `errors.py` and nothing else. Lists come page by page; a `token` is
opaque to the core and is stored between jobs, so it must survive a restart of the process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Protocol, runtime_checkable

from crm_marketplace.integrations.budget import RateBudget
from crm_marketplace.integrations.budget import RateLimit as RateLimit
from crm_marketplace.integrations.errors import ConfigurationError, _
from crm_marketplace.integrations.records import (
	CancelReason,
	ChannelWarehouse,
	Charge,
	CredentialsReport,
	Fetched,
	Label,
	Listing,
	Order,
	OrderStatus,
	Page,
	Price,
	PushResult,
	Return,
	Review,
	Scheme,
	StockLevel,
	StrEnum,
)
from crm_marketplace.integrations.transport import Observer, Transport

# Codes of `PushResult` that mean the same everywhere; all others are the vendor's own.
PENDING = "pending"  # taken, not decided yet
NOT_FOR_WAREHOUSE = "not_for_warehouse"  # this warehouse never takes this product: too large, too light, …
QUARANTINE = "quarantine"  # held back by the marketplace: the new price looks like a mistake


class Capability(StrEnum):
	"""What a connector may offer; the value is the name of the stream where it is one."""

	CREDENTIALS = "credentials"
	WAREHOUSES = "warehouses"
	LISTINGS = "listings"
	ORDERS = "orders"
	STOCK = "stock"
	PRICES = "prices"
	CANCELLATION = "cancellation"
	FULFILMENT = "fulfilment"
	LABELS = "labels"
	RETURNS = "returns"
	SETTLEMENTS = "settlements"
	FEEDBACK = "feedback"
	CHATS = "chats"
	WEBHOOKS = "webhooks"


@dataclass(frozen=True, slots=True)
class CredentialField:
	"""One thing the user pastes in. `label` and `help` are English source strings marked for translation.

	Args:
		selects_shop: it picks one of several shops that the same key opens (`CredentialsReport.accounts`).
			Shops that differ in such fields only are one account to the marketplace's rate limits.
	"""

	name: str
	label: str
	help: str = ""
	secret: bool = True
	required: bool = True
	selects_shop: bool = False


@dataclass(frozen=True, slots=True)
class ConnectorInfo:
	"""What the core and the desk need to know of a connector without connecting."""

	name: str  # stored on the shop, never changes
	title: str  # shown to people
	api_version: str  # version or date of the vendor's specification it is written against
	documentation_url: str
	base_url: str
	capabilities: frozenset[Capability]
	credential_fields: tuple[CredentialField, ...]
	schemes: tuple[Scheme, ...]
	statuses: Mapping[str, OrderStatus]  # the vendor's order statuses → ours, see `status_of`
	rate_limits: Mapping[str, tuple[RateLimit, ...]]  # endpoint group → limits, group "default" required
	parallel_requests: int | None = None  # of one account at the same time; None: as many as one likes
	currency: str | None = None  # where the marketplace knows one only
	stock_batch: int = 100  # rows per request
	stock_batch_per_warehouse: bool = False  # rows of several warehouses cost a request each: group them
	stock_repeat_after: timedelta = timedelta(0)  # a pair may be sent again only after so long
	price_batch: int = 100
	price_step: Decimal = Decimal("0.01")  # prices are multiples of it, in major units
	old_price_by_percent: bool = False  # keeps a discount in whole per cent where others keep an old price
	keeps_minimum_price: bool = True  # one that is not kept is not read back either
	maximum_stock: int = 999_999
	order_page_size: int = 100
	label_batch: int = 1  # orders in one `labels`
	review_answer_length: int = 1000  # characters
	refresh_batch: int = 0  # known orders in one `refresh_orders`; 0: not offered, changes tell everything
	first_orders_window: timedelta = timedelta(days=30)  # how far back a first run looks
	cursor_overlap: timedelta = timedelta(minutes=10)
	# "credentials": where a key is made; "cabinet": where the seller works; "webhooks": how they are set up.
	help_urls: Mapping[str, str] = field(default_factory=dict)

	def status_of(self, vendor_status: str, vendor_substatus: str | None = None) -> OrderStatus | None:
		"""Our status for the vendor's; None for one we do not know. Where a substatus decides, `statuses` has
		the two joined as "STATUS/SUBSTATUS", beside or instead of the status alone.
		"""
		joined = self.statuses.get(f"{vendor_status}/{vendor_substatus}")
		return self.statuses.get(vendor_status) if joined is None else joined

	def account_key(self, credentials: Mapping[str, str]) -> str:
		"""What the marketplace counts requests by: equal for all shops of one account. It holds secrets: to
		be hashed, never to be shown or stored.
		"""
		fields = [field_.name for field_ in self.credential_fields if not field_.selects_shop]
		return "|".join(str(credentials.get(name) or "").strip() for name in fields)


def read_credentials(fields: Sequence[CredentialField], credentials: Mapping[str, str]) -> dict[str, str]:
	"""The credentials as they can be sent: stripped of the blanks that pasting leaves around them.

	Raises:
		ConfigurationError: a required one is missing, or holds what no key holds (Cyrillic letters, a
			line break).
	"""
	cleaned: dict[str, str] = {}
	for field_ in fields:
		value = str(credentials.get(field_.name) or "").strip()
		if field_.required and not value:
			raise ConfigurationError(
				_("{0} is missing."),
				next_step=_("Open the shop and fill in its credentials."),
				values=(field_.label,),
			)
		if not (value.isascii() and (value.isprintable() or not value)):
			raise ConfigurationError(
				_("{0} holds characters that no key has."),
				next_step=_("Copy it from the marketplace's cabinet once more and paste it into the shop."),
				values=(field_.label,),
			)
		cleaned[field_.name] = value
	return cleaned


class Connector(Protocol):
	"""Base of all connectors: description, and how one is made for a shop."""

	info: ClassVar[ConnectorInfo]

	@classmethod
	def connect(
		cls,
		credentials: Mapping[str, str],
		*,
		base_url: str | None = None,
		budget: RateBudget | None = None,
		observer: Observer | None = None,
		patience: float = 60.0,
		clock: Callable[[], datetime] | None = None,
	) -> Connector:
		"""A connector for one shop. Makes no request.

		Args:
			credentials: by names of `info.credential_fields`.
			base_url: another server than the vendor's (the sandbox).
			budget: shared rate budget; one in memory if not given.
			observer: told of every request (the request log).
			patience: seconds this connector may wait in all for budgets and retries; 0 in a web request.
			clock: current time (aware UTC); for tests.

		Raises:
			ConfigurationError: a required credential is missing or cannot be one.
		"""
		...

	@property
	def transport(self) -> Transport: ...


@runtime_checkable
class ChecksCredentials(Protocol):
	def check_credentials(self) -> CredentialsReport:
		"""Prove the key and tell its rights per capability. Writes nothing.

		Raises:
			AuthenticationError: the key is refused.
		"""
		...


@runtime_checkable
class ListsWarehouses(Protocol):
	def warehouses(self, token: str | None = None) -> Page[ChannelWarehouse]:
		"""The seller's warehouses with their delivery methods, archived ones included as inactive."""
		...


@runtime_checkable
class ListsListings(Protocol):
	def listings(self, token: str | None = None, limit: int | None = None) -> Page[Listing]:
		"""All cards of the shop, archived ones included, in a stable order."""
		...


@runtime_checkable
class ListsOrders(Protocol):
	def order_changes(
		self,
		since: datetime,
		until: datetime,
		token: str | None = None,
		limit: int | None = None,
		*,
		with_fbo: bool = True,
	) -> Page[Order]:
		"""Orders changed in [since, until) (aware UTC), every scheme. May return unchanged ones too.

		The answer to one window is complete when the last page is read; the core moves its cursor then. Nobody
		waits for orders from the marketplace's own warehouses, so where a list of them cannot be read, the walk
		ends without them and its last page says why (`Page.left_out`).

		Args:
			with_fbo: False leaves out orders from the marketplace's own warehouses where they cost requests of
				their own: nobody waits for them, so the core asks for them less often. A walk with them finds
				what walks of the last quarter of an hour left out.
		"""
		...

	def open_orders(self, token: str | None = None, limit: int | None = None) -> Page[Order]:
		"""Orders the seller has yet to pack or hand over, whose deadlines may move without a change."""
		...

	def orders_created(
		self, since: datetime, until: datetime, token: str | None = None, limit: int | None = None
	) -> Page[Order]:
		"""Orders placed in [since, until), whatever became of them: the nightly reconciliation."""
		...

	def order(self, external_id: str, scheme: Scheme | None = None) -> Fetched[Order]:
		"""One order, fresh.

		Raises:
			RejectedError: the marketplace does not know it.
		"""
		...


@runtime_checkable
class RefreshesOrders(Protocol):
	"""For marketplaces that do not tell which orders changed. Offered where `info.refresh_batch` is not 0;
	the core then asks for every order it knows that may still change, after each run over changes.
	"""

	def refresh_orders(self, known: Sequence[Order]) -> Page[Order]:
		"""Known orders as they are now, in one page, unchanged ones included. Those the marketplace no longer
		knows, and those whose changes `order_changes` tells anyway, are left out.

		`raw` holds only what was asked for anew: lay its keys over those of the payload stored before.

		Args:
			known: at most `info.refresh_batch` records as they were stored.

		Raises:
			ValueError: more orders than `info.refresh_batch`.
		"""
		...


@runtime_checkable
class SyncsStock(Protocol):
	def stock_levels(
		self, token: str | None = None, listing_ids: Sequence[str] | None = None, limit: int | None = None
	) -> Page[StockLevel]:
		"""What the marketplace holds now in the seller's warehouses, one row per listing × warehouse."""
		...

	def push_stock(self, levels: Sequence[StockLevel]) -> Sequence[PushResult]:
		"""Set stock. At most `info.stock_batch` rows: one request, or with `info.stock_batch_per_warehouse`
		one per warehouse among them. One result per row, in order.
		"""
		...


@runtime_checkable
class SyncsPrices(Protocol):
	def prices(
		self, token: str | None = None, listing_ids: Sequence[str] | None = None, limit: int | None = None
	) -> Page[Price]: ...

	def push_prices(self, prices: Sequence[Price]) -> Sequence[PushResult]:
		"""Set prices. At most `info.price_batch` rows. One result per row, in order.

		Where the marketplace takes prices first and decides later, its decision is waited for within the
		patience of the connection. A row it has not decided by then is not ok, with the code `PENDING` and
		`retry_after`: push it again then; what was taken in the meantime is not set a second time. A price
		the marketplace holds back until a person confirms it has the code `QUARANTINE`.
		"""
		...


@runtime_checkable
class CancelsOrders(Protocol):
	def cancel_reasons(self, order_id: str) -> Sequence[CancelReason]: ...

	def cancel_order(self, order_id: str, reason_id: str, message: str = "") -> None:
		"""Cancel a whole order. Cancelling one that is cancelled already is success.

		Raises:
			RejectedError: it cannot be cancelled (any more); says why.
		"""
		...

	def cancel_lines(
		self, order_id: str, lines: Mapping[str, int], reason_id: str, message: str = ""
	) -> None:
		"""Cancel quantities of lines: line id → units."""
		...


@runtime_checkable
class FulfilsOrders(Protocol):
	def pack(self, order: Order, boxes: Sequence[Mapping[str, int]]) -> Sequence[str]:
		"""Tell that an order is packed: per box, line id → units. Returns the ids of the orders it became.

		Packing one that is packed already is success.
		"""
		...


@runtime_checkable
class PrintsLabels(Protocol):
	def labels(self, orders: Sequence[Order]) -> Label:
		"""The labels to be stuck on the parcels of packed orders, in one file, in the order given.

		Where the marketplace makes labels first and hands them out later, they are waited for within the
		patience of the connection.

		Args:
			orders: at most `info.label_batch`, of one scheme.

		Returns:
			The file; orders that have no label are in `problems`, with why (our sentence for known codes). With
			no label at all `content` is empty.

		Raises:
			ValueError: more orders than `info.label_batch`.
			TemporaryError: the labels are not ready yet.
		"""
		...


@runtime_checkable
class ListsReturns(Protocol):
	def returns(
		self, since: datetime, until: datetime, token: str | None = None, limit: int | None = None
	) -> Page[Return]:
		"""Returns and refusals that changed in [since, until) (aware UTC), every scheme the key may see. May
		return unchanged ones too. The core moves its cursor when the last page is read.
		"""
		...


@runtime_checkable
class ListsSettlements(Protocol):
	def charges(self, since: datetime, until: datetime, token: str | None = None) -> Page[Charge]:
		"""Every line of the marketplace's account of money, once, with its own id."""
		...


@runtime_checkable
class HandlesFeedback(Protocol):
	def reviews(
		self, since: datetime, until: datetime, token: str | None = None, limit: int | None = None
	) -> Page[Review]:
		"""Reviews written in [since, until) (aware UTC), answered ones included. May return older ones too."""
		...

	def answer_review(self, review_id: str, text: str) -> None:
		"""Answer a review in public.

		Args:
			text: at most `info.review_answer_length` characters.

		Raises:
			RejectedError: the marketplace does not take it; says why.
		"""
		...


@runtime_checkable
class HandlesChats(Protocol):
	def chats(self, since: datetime, token: str | None = None) -> Page[Any]: ...

	def send_message(self, chat_id: str, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class WebhookHint:
	"""What a webhook means to us: go and fetch these. Nothing else of its body is believed."""

	order_ids: tuple[str, ...] = ()
	streams: tuple[str, ...] = ()
	answer: Mapping[str, Any] = field(default_factory=dict)  # body the vendor expects back, status 200


@runtime_checkable
class ReceivesWebhooks(Protocol):
	webhook_networks: ClassVar[tuple[str, ...]]  # the vendor's address ranges, CIDR; empty: not known

	@classmethod
	def read_webhook(cls, body: bytes, headers: Mapping[str, str]) -> WebhookHint:
		"""What to fetch. No network. Raises ContractError on a body that is not the vendor's."""
		...


CAPABILITY_PROTOCOLS: Mapping[Capability, type] = {
	Capability.CREDENTIALS: ChecksCredentials,
	Capability.WAREHOUSES: ListsWarehouses,
	Capability.LISTINGS: ListsListings,
	Capability.ORDERS: ListsOrders,
	Capability.STOCK: SyncsStock,
	Capability.PRICES: SyncsPrices,
	Capability.CANCELLATION: CancelsOrders,
	Capability.FULFILMENT: FulfilsOrders,
	Capability.LABELS: PrintsLabels,
	Capability.RETURNS: ListsReturns,
	Capability.SETTLEMENTS: ListsSettlements,
	Capability.FEEDBACK: HandlesFeedback,
	Capability.CHATS: HandlesChats,
	Capability.WEBHOOKS: ReceivesWebhooks,
}
