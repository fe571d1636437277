"""The records every connector speaks: typed, immutable, the same for all marketplaces.

Money is a Decimal with its currency (major units: roubles, not kopecks). Times are aware and in UTC.
Connectors translate a vendor's payload into these once; nothing after that reads a vendor's JSON.
Records travel to and from the database as JSON (`model_dump_json`, `model_validate_json`), and
`digest` tells whether two of them say the same.
"""

from __future__ import annotations

from crm_marketplace.integrations.records.accounts import Account, CredentialsReport, Right
from crm_marketplace.integrations.records.after_sale import (
	Return,
	ReturnKind,
	ReturnLine,
	ReturnState,
	Review,
)
from crm_marketplace.integrations.records.base import (
	FINEST,
	LARGEST,
	Amount,
	Count,
	CurrencyCode,
	Degrees,
	ExternalId,
	Ids,
	Money,
	Number,
	Record,
	StrEnum,
	UtcDatetime,
	rounded,
)
from crm_marketplace.integrations.records.listings import Listing, ListingState, Price, PushResult, StockLevel
from crm_marketplace.integrations.records.orders import (
	Cancellation,
	CancelReason,
	Charge,
	Label,
	Order,
	OrderAction,
	OrderLine,
	OrderStatus,
)
from crm_marketplace.integrations.records.pages import Fetched, Page, RecordT
from crm_marketplace.integrations.records.parties import Address, Party
from crm_marketplace.integrations.records.warehouses import ChannelWarehouse, DeliveryMethod, Scheme

__all__ = [
	"FINEST",
	"LARGEST",
	"Account",
	"Address",
	"Amount",
	"CancelReason",
	"Cancellation",
	"ChannelWarehouse",
	"Charge",
	"Count",
	"CredentialsReport",
	"CurrencyCode",
	"Degrees",
	"DeliveryMethod",
	"ExternalId",
	"Fetched",
	"Ids",
	"Label",
	"Listing",
	"ListingState",
	"Money",
	"Number",
	"Order",
	"OrderAction",
	"OrderLine",
	"OrderStatus",
	"Page",
	"Party",
	"Price",
	"PushResult",
	"Record",
	"RecordT",
	"Return",
	"ReturnKind",
	"ReturnLine",
	"ReturnState",
	"Review",
	"Right",
	"Scheme",
	"StockLevel",
	"StrEnum",
	"UtcDatetime",
	"rounded",
]
