"""The vendor's JSON: only the fields we use, as the specification describes them.

Where two versions of a method differ, the model takes both: an amount is `{"amount", "currency"}` in the v4
lists and text beside `currency_code` in /v3/posting/fbs/get; a commission likewise. Ids are numbers in JSON
and text here. Everything may be null, as the specification's own examples show; what a record cannot do
without is missed by the record.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import model_validator

from crm_marketplace.integrations.translation import (
	Payload,
	VendorCount,
	VendorDecimal,
	VendorNumber,
	VendorTime,
)

Texts = tuple[str, ...] | None


class Amount(Payload):
	amount: VendorNumber = None
	currency: str | None = None


# --- the key and the seller: /v1/roles, /v1/seller/info --------------------------------------------


class Role(Payload):
	name: str | None = None
	methods: Texts = None


class Roles(Payload):
	expires_at: VendorTime = None
	roles: tuple[Role, ...] | None = None


class Company(Payload):
	name: str | None = None
	legal_name: str | None = None
	inn: str | None = None
	country: str | None = None
	currency: str | None = None


class Subscription(Payload):
	type: str | None = None


class Seller(Payload):
	company: Company | None = None
	subscription: Subscription | None = None


# --- warehouses: /v2/warehouse/list, /v2/delivery-method/list --------------------------------------


class Warehouse(Payload):
	warehouse_id: str
	name: str | None = None
	status: str | None = None
	is_rfbs: bool | None = None
	is_express: bool | None = None
	pause_at: VendorTime = None


class DeliveryMethod(Payload):
	id: str
	name: str | None = None
	warehouse_id: str | None = None
	status: str | None = None
	tpl_integration_type: str | None = None


# --- cards: /v3/product/list, /v3/product/info/list ------------------------------------------------


class ProductRef(Payload):
	product_id: str
	offer_id: str
	archived: bool | None = None


class ErrorTexts(Payload):
	message: str | None = None
	short_description: str | None = None


class ProductError(Payload):
	code: str | None = None
	level: str | None = None
	texts: ErrorTexts | None = None


class ProductStatuses(Payload):
	is_created: bool | None = None
	moderate_status: str | None = None
	validation_status: str | None = None
	status_failed: str | None = None
	status_name: str | None = None
	status_description: str | None = None
	status_tooltip: str | None = None


class HumanText(Payload):
	text: str | None = None


class HiddenReason(Payload):
	human_text: HumanText | None = None


class Availability(Payload):
	availability: str | None = None
	reasons: tuple[HiddenReason, ...] | None = None


class VisibilityDetails(Payload):
	has_price: bool | None = None
	has_stock: bool | None = None


class Product(Payload):
	id: str
	offer_id: str
	sku: str | None = None
	name: str | None = None
	barcodes: Texts = None
	primary_image: Texts | str = None
	images: Texts = None
	currency_code: str | None = None
	price: VendorNumber = None
	old_price: VendorNumber = None
	min_price: VendorNumber = None
	vat: str | None = None
	is_archived: bool | None = None
	is_autoarchived: bool | None = None
	statuses: ProductStatuses | None = None
	errors: tuple[ProductError, ...] | None = None
	availabilities: tuple[Availability, ...] | None = None
	visibility_details: VisibilityDetails | None = None
	updated_at: VendorTime = None


# --- stock and prices: /v2/product/info/stocks-by-warehouse/fbs, /v5/product/info/prices -----------


class StockRow(Payload):
	offer_id: str
	product_id: str | None = None
	warehouse_id: str
	present: VendorCount = None
	reserved: VendorCount = None
	free_stock: VendorCount = None


class PriceNumbers(Payload):
	currency_code: str
	price: VendorNumber = None
	old_price: VendorNumber = None
	min_price: VendorNumber = None
	net_price: VendorNumber = None


class Commissions(Payload):
	sales_percent_fbs: VendorNumber = None
	fbs_deliv_to_customer_amount: VendorNumber = None
	fbs_direct_flow_trans_max_amount: VendorNumber = None
	fbs_first_mile_max_amount: VendorNumber = None


class PriceRow(Payload):
	product_id: str
	offer_id: str
	price: PriceNumbers
	commissions: Commissions | None = None


class RowError(Payload):
	code: str | None = None
	message: str | None = None


class PushedRow(Payload):
	"""A row of the answers of /v2/products/stocks and /v1/product/import/prices."""

	offer_id: str | None = None
	product_id: str | None = None
	warehouse_id: str | None = None
	updated: bool | None = None
	errors: tuple[RowError, ...] | None = None


# --- cancelling: /v1/posting/fbs/cancel-reason -----------------------------------------------------


class CancelReason(Payload):
	id: str
	title: str | None = None
	type_id: str | None = None


# --- labels: /v3/posting/fbs/package-label/create, /v2/posting/fbs/package-label/get ----------------


class LabelTask(Payload):
	task_id: str
	task_type: str | None = None


class LabelError(Payload):
	code: str | None = None
	message: str | None = None


class UnprintedPosting(Payload):
	posting_number: str | None = None
	message: str | None = None


class LabelStatus(Payload):
	code: str
	unprinted_postings: tuple[UnprintedPosting, ...] | None = None


class LabelFile(Payload):
	status: LabelStatus
	file_url: str | None = None
	error: LabelError | None = None


# --- postings: /v4/posting/fbs/list and unfulfilled/list, /v3/posting/fbs/get, FBO -----------------


class PostingProduct(Payload):
	"""A line of a posting. `price` is per unit."""

	sku: str
	offer_id: str | None = None
	name: str | None = None
	quantity: Decimal
	price: Amount

	@model_validator(mode="before")
	@classmethod
	def _price_of_either_version(cls, data: Any) -> Any:
		if isinstance(data, dict) and isinstance(data.get("price"), str | int | Decimal):
			amount = {"amount": data["price"], "currency": data.get("currency_code")}
			return {**data, "price": amount}
		return data


class FinancialProduct(Payload):
	product_id: str | None = None  # holds the SKU
	price: VendorNumber = None
	quantity: VendorNumber = None
	currency_code: str | None = None  # v3 get only
	commission: Amount | None = None

	@model_validator(mode="before")
	@classmethod
	def _commission_of_either_version(cls, data: Any) -> Any:
		if isinstance(data, dict) and data.get("commission") is None and "commission_amount" in data:
			currency = data.get("commissions_currency_code")
			return {**data, "commission": {"amount": data["commission_amount"], "currency": currency}}
		return data


class FinancialData(Payload):
	products: tuple[FinancialProduct, ...] | None = None


class PostingDeliveryMethod(Payload):
	id: str | None = None
	name: str | None = None
	warehouse_id: str | None = None
	tpl_provider: str | None = None


class Analytics(Payload):
	region: str | None = None
	city: str | None = None
	is_legal: bool | None = None
	payment_type_group_name: str | None = None
	warehouse_id: str | None = None
	delivery_date_begin: VendorTime = None
	delivery_date_end: VendorTime = None
	client_delivery_date_begin: VendorTime = None
	client_delivery_date_end: VendorTime = None


class CustomerAddress(Payload):
	address_tail: str | None = None
	city: str | None = None
	comment: str | None = None
	country: str | None = None
	district: str | None = None
	region: str | None = None
	zip_code: str | None = None
	latitude: VendorDecimal = None
	longitude: VendorDecimal = None
	provider_pvz_code: str | None = None
	pvz_code: str | None = None


class Customer(Payload):
	customer_id: str | None = None
	name: str | None = None
	phone: str | None = None
	customer_email: str | None = None
	address: CustomerAddress | None = None


class Addressee(Payload):
	name: str | None = None
	phone: str | None = None


class LegalInfo(Payload):
	company_name: str | None = None
	inn: str | None = None


class PostingBarcodes(Payload):
	upper_barcode: str | None = None
	lower_barcode: str | None = None


class PostingCancellation(Payload):
	cancel_reason: str | None = None
	cancel_reason_id: str | None = None
	cancellation_type: str | None = None
	cancellation_initiator: str | None = None
	cancelled_after_ship: bool | None = None


class Requirements(Payload):
	products_requiring_mandatory_mark: Texts = None


class Posting(Payload):
	"""What FBS and FBO postings have in common."""

	posting_number: str
	order_number: str | None = None
	status: str
	substatus: str | None = None
	in_process_at: VendorTime = None
	products: tuple[PostingProduct, ...]
	financial_data: FinancialData | None = None
	analytics_data: Analytics | None = None
	cancellation: PostingCancellation | None = None
	legal_info: LegalInfo | None = None


class FbsPosting(Posting):
	parent_posting_number: str | None = None
	integration_type_flow: str | None = None
	tpl_integration_type: str | None = None
	is_express: bool | None = None
	is_multibox: bool | None = None
	multi_box_qty: VendorCount = None
	shipment_date: VendorTime = None
	delivering_date: VendorTime = None
	delivery_method: PostingDeliveryMethod | None = None
	tracking_number: str | None = None
	barcodes: PostingBarcodes | None = None
	requirements: Requirements | None = None
	available_actions: Texts = None
	customer: Customer | None = None
	addressee: Addressee | None = None


class FboPosting(Posting):
	created_at: VendorTime = None
	cancel_reason_id: str | None = None
