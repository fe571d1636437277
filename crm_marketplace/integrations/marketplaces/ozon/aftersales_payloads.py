"""The vendor's JSON of returns and reviews: only the fields we use, as in `payloads.py`."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, ValidatorFunctionWrapHandler, WrapValidator

from crm_marketplace.integrations.translation import Payload, VendorNumber, VendorTime


def _time_or_none(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
	try:
		return read(value) if isinstance(value, str) else None
	except ValueError:
		return None


# A field that is plain text to the specification: what is no time in it is none.
ForecastTime = Annotated[AwareDatetime | None, WrapValidator(_time_or_none)]

# --- returns: /v1/returns/list, /v2/returns/rfbs/list ----------------------------------------------


class ReturnMoney(Payload):
	price: VendorNumber = None
	currency_code: str | None = None


class ReturnProduct(Payload):
	sku: str
	offer_id: str | None = None
	name: str | None = None
	price: ReturnMoney | None = None
	quantity: Decimal


class ReturnPlace(Payload):
	name: str | None = None
	address: str | None = None


class ReturnStorage(Payload):
	arrived_moment: VendorTime = None
	utilization_forecast_date: ForecastTime = None


class ReturnLogistic(Payload):
	return_date: VendorTime = None
	technical_return_moment: VendorTime = None
	final_moment: VendorTime = None
	barcode: str | None = None


class ReturnStatus(Payload):
	sys_name: str | None = None
	display_name: str | None = None


class ReturnVisual(Payload):
	status: ReturnStatus | None = None
	change_moment: VendorTime = None


class ReturnRow(Payload):
	id: str
	posting_number: str | None = None
	order_number: str | None = None
	type: str | None = None
	schema_name: str | None = Field(default=None, alias="schema")
	return_reason_name: str | None = None
	product: ReturnProduct
	place: ReturnPlace | None = None
	storage: ReturnStorage | None = None
	logistic: ReturnLogistic | None = None
	visual: ReturnVisual | None = None


class RfbsReturnProduct(Payload):
	sku: str
	offer_id: str | None = None
	name: str | None = None
	price: VendorNumber = None
	currency_code: str | None = None


class RfbsReturnState(Payload):
	state: str | None = None
	state_name: str | None = None
	group_state: str | None = None


class RfbsReturnRow(Payload):
	return_id: str
	posting_number: str | None = None
	order_number: str | None = None
	created_at: VendorTime = None
	product: RfbsReturnProduct
	state: RfbsReturnState | None = None


# --- reviews: /v2/review/list with what /v2/review/info and /v1/review/comment/list add -------------


class ReviewPhoto(Payload):
	url: str | None = None


class ReviewComment(Payload):
	text: str | None = None
	is_owner: bool | None = None
	is_rejected: bool | None = None


class ReviewRow(Payload):
	id: str
	sku: str | None = None
	rating: int
	text: str | None = None
	status: str | None = None
	published_at: VendorTime = None
	photos: tuple[ReviewPhoto, ...] | None = None
	comments: tuple[ReviewComment, ...] | None = None
