"""The vendor's JSON: only the fields we use, as the specification describes them.

Ids are numbers in JSON and text here. Everything may be null or missing, as the specification requires next
to nothing; what a record cannot do without is missed by the record. Sums of orders are whole hundredths
("умноженная на 100"), sums of prices are whole or broken units.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from crm_marketplace.integrations.translation import (
	Payload,
	VendorCount,
	VendorDecimal,
	VendorNumber,
	VendorTime,
)

Texts = tuple[str, ...] | None
Hundredths = VendorCount

MOSCOW = timezone(timedelta(hours=3))


def _moment_text(value: Any) -> Any:
	"""The report's "none" may be the first day of all years."""
	if value is not None and not isinstance(value, str):
		raise ValueError("a time that is no text")
	return None if not value or value.startswith("0001-01-01") else value


def _of_moscow(value: datetime | None) -> datetime | None:
	return value.replace(tzinfo=MOSCOW) if value is not None and value.tzinfo is None else value


# A day, or a time that says no zone.
MoscowTime = Annotated[datetime | None, BeforeValidator(_moment_text), AfterValidator(_of_moscow)]


# --- the seller: /api/v1/seller-info ---------------------------------------------------------------


class Seller(Payload):
	name: str | None = None
	sid: str | None = None
	tin: str | None = None
	trade_mark: str | None = Field(None, alias="tradeMark")


# --- warehouses: /api/v3/warehouses ----------------------------------------------------------------


class Warehouse(Payload):
	id: str
	name: str | None = None
	cargo_type: VendorCount = Field(None, alias="cargoType")
	delivery_type: VendorCount = Field(None, alias="deliveryType")
	is_deleting: bool | None = Field(None, alias="isDeleting")
	is_processing: bool | None = Field(None, alias="isProcessing")


# --- cards: /content/v2/get/cards/list and trash ---------------------------------------------------


class Photo(Payload):
	big: str | None = None


class Card(Payload):
	"""A card without its sizes, which are read one by one."""

	nm_id: str = Field(alias="nmID")
	imt_id: str | None = Field(None, alias="imtID")
	vendor_code: str = Field(alias="vendorCode")
	title: str | None = None
	photos: tuple[Photo, ...] | None = None
	updated_at: VendorTime = Field(None, alias="updatedAt")
	trashed_at: VendorTime = Field(None, alias="trashedAt")


class Size(Payload):
	chrt_id: str = Field(alias="chrtID")
	tech_size: str | None = Field(None, alias="techSize")
	skus: Texts = None


# --- stock: /api/v3/stocks/{warehouseId} -----------------------------------------------------------


class StockRow(Payload):
	chrt_id: str = Field(alias="chrtId")
	amount: VendorCount = None
	warehouse_id: str = Field(alias="warehouseId")  # ours: of the warehouse that was asked about


# --- prices: /api/v2/list/goods/filter, /api/v2/quarantine/goods, /api/v2/history -------------------


class GoodsSize(Payload):
	size_id: str = Field(alias="sizeID")
	price: VendorCount = None  # before the discount


class Goods(Payload):
	"""A card with its prices, without its sizes, which are read one by one."""

	nm_id: str = Field(alias="nmID")
	vendor_code: str | None = Field(None, alias="vendorCode")
	currency: str = Field(alias="currencyIsoCode4217")
	discount: VendorCount = None  # per cent
	editable_size_price: bool | None = Field(None, alias="editableSizePrice")


class QuarantinedGoods(Payload):
	"""A row of /api/v2/quarantine/goods: a card whose new price waits to be released by a person."""

	nm_id: str = Field(alias="nmID")
	new_price: VendorNumber = Field(None, alias="newPrice")
	new_discount: VendorCount = Field(None, alias="newDiscount")
	old_discount: VendorCount = Field(None, alias="oldDiscount")


class UploadTask(Payload):
	status: VendorCount = None


class UploadedRow(Payload):
	nm_id: str = Field(alias="nmID")
	size_id: str | None = Field(None, alias="sizeID")
	status: VendorCount = None
	error_text: str | None = Field(None, alias="errorText")


# --- assembly tasks: /api/v3/orders and /api/v3/dbs/orders -----------------------------------------


class TaskAddress(Payload):
	full_address: str | None = Field(None, alias="fullAddress")
	longitude: VendorDecimal = None
	latitude: VendorDecimal = None


class TaskOptions(Payload):
	is_b2b_fbs: bool | None = Field(None, alias="isB2B")
	is_b2b_dbs: bool | None = Field(None, alias="isB2b")

	@property
	def is_b2b(self) -> bool:
		return bool(self.is_b2b_fbs or self.is_b2b_dbs)


class Task(Payload):
	"""One unit of goods a buyer ordered from the seller's warehouse."""

	id: str
	rid: str | None = None
	order_uid: str | None = Field(None, alias="orderUid")
	created_at: VendorTime = Field(alias="createdAt")
	article: str | None = None
	nm_id: str = Field(alias="nmId")
	chrt_id: str = Field(alias="chrtId")
	warehouse_id: str | None = Field(None, alias="warehouseId")
	delivery_type: str = Field(alias="deliveryType")
	price: Hundredths = None
	currency_code: VendorCount = Field(None, alias="currencyCode")
	converted_price: Hundredths = Field(None, alias="convertedPrice")
	converted_currency_code: VendorCount = Field(None, alias="convertedCurrencyCode")
	comment: str | None = None
	address: TaskAddress | None = None
	options: TaskOptions | None = None


class TaskStatus(Payload):
	"""A row of /api/v3/orders/status or /api/marketplace/v3/dbs/orders/status/info."""

	supplier_status: str = Field(alias="supplierStatus")
	wb_status: str | None = Field(None, alias="wbStatus")
	is_cancellable: bool | None = Field(None, alias="isCancellable")  # FBS only


class TaskBuyer(Payload):
	"""A row of /api/v3/dbs/orders/client, with that of b2b/info laid over it."""

	first_name: str | None = Field(None, alias="firstName")
	full_name: str | None = Field(None, alias="fullName")
	replacement_phone: str | None = Field(None, alias="replacementPhone")
	phone: str | None = None
	phone_code: str | None = Field(None, alias="phoneCode")
	inn: str | None = None
	org_name: str | None = Field(None, alias="orgName")


class StoredTask(Payload):
	"""A task with what was asked about it: the payload that is kept."""

	order: Task
	status: TaskStatus
	buyer: TaskBuyer | None = None


# --- orders from the marketplace's warehouses: /api/analytics/v1/order-feed ------------------------


class FeedOrder(Payload):
	srid: str
	nm_id: str = Field(alias="nmId")
	chrt_id: str = Field(alias="chrtId")
	created_at: VendorTime = Field(alias="createdAt")
	updated_at: VendorTime = Field(None, alias="updatedAt")
	status: str
	cancel_type: str | None = Field(None, alias="cancelType")
	warehouse_name: str | None = Field(None, alias="warehouseName")
	city: str | None = Field(None, alias="destinationCity")
	district: str | None = Field(None, alias="destinationDistrict")
	seller_price: VendorNumber = Field(None, alias="sellerPrice")
	is_b2b: bool | None = Field(None, alias="isB2b")
	currency: str  # ours: of the answer the row came in


# --- returns: /api/analytics/v1/item-returns, /api/v1/claims ---------------------------------------


class ItemReturn(Payload):
	"""One unit of goods on its way to the seller. UNCONFIRMED: that its times are of Moscow."""

	srid: str
	order_id: str | None = Field(None, alias="orderId")  # the task; 0 where there is none
	nm_id: str = Field(alias="nmId")
	sku: str | None = None
	tech_size: str | None = Field(None, alias="techSize")
	subject_name: str | None = Field(None, alias="subjectName")
	sticker_id: str | None = Field(None, alias="stickerId")
	return_type: str | None = Field(None, alias="returnType")
	return_status: str | None = Field(None, alias="returnStatus")
	return_reason: str | None = Field(None, alias="returnReason")
	office_address: str | None = Field(None, alias="dstOfficeAddress")
	ordered_at: MoscowTime = Field(None, alias="orderDt")
	ready_at: MoscowTime = Field(None, alias="readyToReturnDt")
	expires_at: MoscowTime = Field(None, alias="expiredDt")
	completed_at: MoscowTime = Field(None, alias="completedDt")


class StoredItemReturn(Payload):
	"""A row of the report with what was asked about its task: the payload that is kept."""

	row: ItemReturn
	is_active: bool | None = Field(None, alias="isActive")  # ours: which of the two lists it came from
	scheme: str | None = None  # ours: of the list its task's status came from
	task: TaskStatus | None = None


class Claim(Payload):
	"""What a buyer asks for who wants to give goods back."""

	id: str
	srid: str | None = None
	nm_id: str
	status: VendorCount = None
	status_ex: VendorCount = None
	title: str | None = Field(None, alias="imt_name")
	user_comment: str | None = None
	price: VendorNumber = None
	currency_code: VendorCount = None
	asked_at: MoscowTime = Field(None, alias="dt")
	decided_at: MoscowTime = Field(None, alias="dt_update")


# --- reviews: /api/v1/feedbacks, /api/v1/feedback --------------------------------------------------


class ReviewAnswer(Payload):
	text: str | None = None
	state: str | None = None
	editable: bool | None = None


class ReviewedProduct(Payload):
	nm_id: str | None = Field(None, alias="nmId")
	imt_id: str | None = Field(None, alias="imtId")
	product_name: str | None = Field(None, alias="productName")
	supplier_article: str | None = Field(None, alias="supplierArticle")
	size: str | None = None


class ReviewPhoto(Payload):
	full_size: str | None = Field(None, alias="fullSize")


class Feedback(Payload):
	id: str
	text: str | None = None
	pros: str | None = None
	cons: str | None = None
	rating: VendorCount = Field(None, alias="productValuation")
	created_at: VendorTime = Field(None, alias="createdDate")
	answer: ReviewAnswer | None = None
	state: str | None = None
	product: ReviewedProduct | None = Field(None, alias="productDetails")
	photos: tuple[ReviewPhoto, ...] | None = Field(None, alias="photoLinks")
	user_name: str | None = Field(None, alias="userName")


# --- stickers: /api/v3/orders/stickers, /api/marketplace/v3/dbs/orders/stickers --------------------


class Sticker(Payload):
	order_id: str = Field(alias="orderId")
	file: str
