"""The vendor's JSON: only the fields we use, as the specification describes them. Names are the vendor's in
our spelling (`business_id` is `businessId`). Almost everything may be missing; what a record cannot do
without is missed by the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Any

from pydantic import AliasChoices, AliasPath, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from crm_marketplace.integrations.translation import Payload, VendorCount, VendorNumber, VendorTime

Texts = tuple[str, ...] | None


def _text_or_none(value: Any) -> Any:
	if value is not None and not isinstance(value, str):
		raise ValueError("a date or time that is no text")
	return value or None


Day = Annotated[date | None, BeforeValidator(_text_or_none)]
TimeOfDay = Annotated[time | None, BeforeValidator(_text_or_none)]


class VendorPayload(Payload):
	model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


# --- the key, the cabinet and its shops: auth/token, campaigns, settings ---------------------------


class ApiKey(VendorPayload):
	name: str | None = None
	auth_scopes: Texts = None


class Token(VendorPayload):
	api_key: ApiKey = Field(validation_alias=AliasPath("result", "apiKey"))


class Business(VendorPayload):
	id: str
	name: str | None = None


class Campaign(VendorPayload):
	id: str
	domain: str | None = None
	business: Business
	placement_type: str | None = None
	api_availability: str | None = None


class Settings(VendorPayload):
	only_default_price: bool | None = None
	currency: str | None = None


class SettingsAnswer(VendorPayload):
	settings: Settings = Field(validation_alias=AliasPath("result", "settings"))


@dataclass(frozen=True, slots=True)
class Cabinet:
	"""A cabinet and its shops, put together from the list of campaigns."""

	business_id: str
	name: str
	campaigns: Mapping[str, Campaign]


# --- warehouses, without groups and with them ------------------------------------------------------


class Model(VendorPayload):
	placement_type: str
	api_availability: str | None = None


class Warehouse(VendorPayload):
	id: str
	name: str | None = None
	models: tuple[Model, ...] | None = None


class WarehouseGroup(VendorPayload):
	id: str
	name: str | None = None


class WarehouseStatus(VendorPayload):
	status: str | None = None


class GroupedWarehouse(VendorPayload):
	id: str
	name: str | None = None
	campaign_id: str
	express: bool | None = None
	group_info: WarehouseGroup | None = None
	status: WarehouseStatus | None = None


# --- cards -----------------------------------------------------------------------------------------


class Price(VendorPayload):
	"""A price of the cabinet or of a shop."""

	value: VendorNumber = None
	currency_id: str | None = None
	discount_base: VendorNumber = None
	minimum_for_bestseller: VendorNumber = None
	updated_at: VendorTime = None


class Placement(VendorPayload):
	campaign_id: str
	status: str | None = None


class MediaFile(VendorPayload):
	url: str | None = None


class MediaFiles(VendorPayload):
	pictures: tuple[MediaFile, ...] | None = None


class Offer(VendorPayload):
	offer_id: str
	name: str | None = None
	pictures: Texts = None
	media_files: MediaFiles | None = None
	barcodes: Texts = None
	basic_price: Price | None = None
	card_status: str | None = None
	campaigns: tuple[Placement, ...] | None = None
	archived: bool | None = None


class Mapped(VendorPayload):
	market_sku: str | None = None


class Showcase(VendorPayload):
	showcase_type: str | None = None
	showcase_url: str | None = None


class OfferMapping(VendorPayload):
	offer: Offer
	mapping: Mapped | None = None
	showcase_urls: tuple[Showcase, ...] | None = None


# --- stock and prices ------------------------------------------------------------------------------


class StockCount(VendorPayload):
	type: str
	count: VendorCount = None


class StockRow(VendorPayload):
	"""A row of either family, with the warehouse it stands under."""

	offer_id: str
	warehouse_id: str
	stocks: tuple[StockCount, ...] | None = None


class VerdictParam(VendorPayload):
	name: str
	value: str | None = None


class Verdict(VendorPayload):
	type: str | None = None
	params: tuple[VerdictParam, ...] | None = None


class Quarantined(VendorPayload):
	offer_id: str
	verdicts: tuple[Verdict, ...] | None = None
	current_price: Price | None = None  # switched off on 19 October 2026, then `verdicts` only


class PriceRow(VendorPayload):
	"""The cabinet's price of an offer, with what is asked for beside it: the shop's own, and quarantine."""

	offer_id: str
	price: Price | None = None
	shop_price: Price | None = None
	quarantine: Quarantined | None = None


# --- orders ----------------------------------------------------------------------------------------


class CurrencyValue(VendorPayload):
	value: VendorNumber = None
	currency_id: str | None = None


class ItemPrices(VendorPayload):
	"""Sums for all units of a line."""

	payment: CurrencyValue | None = None
	subsidy: CurrencyValue | None = None
	cashback: CurrencyValue | None = None
	vat: str | None = None


class UnitStatus(VendorPayload):
	status: str
	count: VendorCount = None


class Item(VendorPayload):
	id: str
	offer_id: str
	offer_name: str | None = None
	count: VendorCount = None
	prices: ItemPrices | None = None
	required_instance_types: Texts = None
	item_statuses: tuple[UnitStatus, ...] | None = None


class DeliveryPrices(VendorPayload):
	payment: CurrencyValue | None = None
	subsidy: CurrencyValue | None = None


class OrderPrices(VendorPayload):
	payment: CurrencyValue | None = None
	subsidy: CurrencyValue | None = None
	cashback: CurrencyValue | None = None
	delivery: DeliveryPrices | None = None


class Dates(VendorPayload):
	from_date: Day = None
	to_date: Day = None
	from_time: TimeOfDay = None
	to_time: TimeOfDay = None
	real_delivery_date: Day = None


class Shipment(VendorPayload):
	shipment_date: Day = None
	shipment_time: TimeOfDay = None


class Gps(VendorPayload):
	latitude: VendorNumber = None
	longitude: VendorNumber = None


class DeliveryAddress(VendorPayload):
	country: str | None = None
	postcode: str | None = None
	city: str | None = None
	district: str | None = None
	street: str | None = None
	house: str | None = None
	block: str | None = None
	entrance: str | None = None
	entryphone: str | None = None
	floor: str | None = None
	apartment: str | None = None
	gps: Gps | None = None


class Region(VendorPayload):
	name: str | None = None
	type: str | None = None
	parent: Region | None = None


class CourierDelivery(VendorPayload):
	address: DeliveryAddress | None = None
	region: Region | None = None


class PickupDelivery(CourierDelivery):
	logistic_point_id: str | None = None
	outlet_code: str | None = None


class Box(VendorPayload):
	barcode: str | None = None


class Track(VendorPayload):
	track_code: str | None = None


class Delivery(VendorPayload):
	type: str | None = None
	service_name: str | None = None
	delivery_service_id: str | None = None
	warehouse_id: str | None = None
	delivery_partner_type: str | None = None
	dates: Dates | None = None
	shipment: Shipment | None = None
	courier: CourierDelivery | None = None
	pickup: PickupDelivery | None = None
	boxes_layout: tuple[Box, ...] | None = None
	tracks: tuple[Track, ...] | None = None


class Buyer(VendorPayload):
	"""What two methods tell of a buyer: `…/buyer` of a person, `…/business-buyer` of a company."""

	id: str | None = None
	last_name: str | None = None
	first_name: str | None = None
	middle_name: str | None = None
	phone: str | None = None
	company_name: str | None = Field(None, validation_alias=AliasChoices("organizationName", "company_name"))
	tax_id: str | None = Field(None, validation_alias=AliasChoices("inn", "tax_id"))


class Order(VendorPayload):
	order_id: str
	campaign_id: str
	program_type: str | None = None
	status: str
	substatus: str | None = None
	creation_date: VendorTime = None
	update_date: VendorTime = None
	payment_method: str | None = None
	items: tuple[Item, ...]
	prices: OrderPrices | None = None
	delivery: Delivery | None = None
	notes: str | None = None
	buyer_type: str | None = None
	buyer: Buyer | None = None  # ours: what was asked for beside the order
