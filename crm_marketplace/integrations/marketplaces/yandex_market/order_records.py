"""An order of the vendor → our record. No network: stored orders can be read again.

Money. The vendor gives sums for all units of a line: what the buyer pays in money (`payment`), what he pays
in points of the marketplace's loyalty programme (`cashback`), and what the marketplace adds for its own
discounts (`subsidy`). The first two are the price the buyer sees ("Стоимость всех единиц товара складывается
из параметров payment и cashback", ItemPriceDTO), all three what the seller gets for the goods before fees.
UNCONFIRMED: that `subsidy` does not contain the points once more; the kinds of subsidies of the older order
methods (SUBSIDY, YANDEX_CASHBACK, DELIVERY) are taken to have become the fields of their names.

A sum that does not divide by the number of units becomes two lines whose prices differ by a kopeck, so that
nothing is lost to rounding: 100.00 for three is 2 × 33.33 and 1 × 33.34.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import time
from decimal import Decimal
from typing import Any

from crm_marketplace.integrations.marketplaces.yandex_market import payloads
from crm_marketplace.integrations.marketplaces.yandex_market.session import moment_of, money, our_currency
from crm_marketplace.integrations.marketplaces.yandex_market.statuses import (
	ORDER_STATUSES,
	SCHEMES,
	TAX_RATES,
	cancel_cause,
	order_actions,
)
from crm_marketplace.integrations.records import (
	Address,
	Cancellation,
	Charge,
	Fetched,
	Money,
	Order,
	OrderLine,
	OrderStatus,
	Party,
	Scheme,
	rounded,
)
from crm_marketplace.integrations.translation import identity, translate, unexpected

# Of an order whose lines name none. "RUR" is the cabinet's usual one.
DEFAULT_CURRENCY = "RUB"
# The units of a line that cost a kopeck more: "8124017", "8124017~2".
LINE_SUFFIX = "~"
DELIVERED_BY_SHOP = "SHOP"
COMPANY_BUYER = "BUSINESS"
PICKUP = "PICKUP"
END_OF_DAY = time(23, 59)
# Codes that must be given before the goods may leave. CIS_OPTIONAL may be left out.
OBLIGATORY_CODES = frozenset({"CIS", "UIN", "RNPT", "GTD"})
# Units that left the seller, in `itemStatuses`.
LEFT = frozenset({"SHIPPED", "DELIVERED_TO_BUYER", "LOST", "REJECTED", "RETURNED"})


def read_order(raw: Any) -> Fetched[Order]:
	"""The order in a row of /v1/businesses/…/orders, to which `buyer` may have been added (`orders.py`).

	Returns:
		The record, or a ContractError in its place. Nothing is raised.
	"""
	return translate(raw, payloads.Order, _order, identity(raw, "orderId"))


def item_of(line_id: str) -> str:
	"""The vendor's id of the item in the id of an order line."""
	return line_id.partition(LINE_SUFFIX)[0]


def per_unit(total: Decimal, count: int) -> list[tuple[int, Decimal]]:
	"""Units and their price, cheaper ones first, so that units × price is `total` to the kopeck.

	Args:
		count: at least 1.
	"""
	price, dearer = divmod(int(total * 100), count)
	parts = [(count - dearer, price), (dearer, price + 1)]
	return [(units, Decimal(kopecks) / 100) for units, kopecks in parts if units]


def _order(order: payloads.Order) -> Order:
	if order.creation_date is None:
		raise unexpected("creationDate", "nothing")
	delivery = order.delivery or payloads.Delivery()
	dates = delivery.dates or payloads.Dates()
	scheme = _scheme(order, delivery)
	status = _status(order)
	currency = _currency(order)
	boxes = len(delivery.boxes_layout or ())
	by_shop = delivery.delivery_partner_type == DELIVERED_BY_SHOP
	return Order(
		external_id=order.order_id,
		order_number=order.order_id,
		status=status,
		vendor_status=order.status,
		vendor_substatus=order.substatus or None,
		scheme=scheme,
		currency=currency,
		lines=tuple(line for item in order.items for line in _lines(item, currency)),
		charges=_delivery_charge(order, currency) if by_shop else (),
		stated_total=_stated_total(order, currency, with_delivery=by_shop),
		created_at=order.creation_date,
		changed_at=order.update_date,
		ship_by=_ship_by(delivery.shipment),
		deliver_from=moment_of(dates.from_date, dates.from_time),
		deliver_to=moment_of(dates.to_date or dates.from_date, dates.to_time or END_OF_DAY),
		delivered_at=moment_of(dates.real_delivery_date) if status is OrderStatus.DELIVERED else None,
		warehouse_id=_number(delivery.warehouse_id),
		delivery_method_id=delivery.delivery_service_id,
		delivery_method=delivery.service_name or None,
		carrier=delivery.service_name or None,
		tracking_number=next((track.track_code for track in delivery.tracks or () if track.track_code), None),
		payment_method=order.payment_method or None,
		is_express=scheme is Scheme.EXPRESS,
		is_multibox=boxes > 1,
		box_count=max(1, boxes),
		barcodes=tuple(dict.fromkeys(box.barcode for box in delivery.boxes_layout or () if box.barcode)),
		buyer=_buyer(order),
		address=_address(delivery, order.notes),
		cancellation=_cancellation(order, status),
		actions=order_actions(scheme, order.status, order.substatus or ""),
	)


def _status(order: payloads.Order) -> OrderStatus:
	"""Raises ContractError for a status we do not know: guessing what may be done with an order is worse
	than telling that we cannot. Substatuses we do not know change nothing, as the vendor asks.
	"""
	status = ORDER_STATUSES.get(f"{order.status}/{order.substatus}") or ORDER_STATUSES.get(order.status)
	if status is None:
		raise unexpected("status", "unknown status", order.status[:60])
	return status


def _scheme(order: payloads.Order, delivery: payloads.Delivery) -> Scheme:
	if not order.program_type:
		return Scheme.DBS if delivery.delivery_partner_type == DELIVERED_BY_SHOP else Scheme.FBS
	scheme = SCHEMES.get(order.program_type)
	if scheme is None:
		raise unexpected("programType", "unknown model", order.program_type[:60])
	return scheme


# --- money -----------------------------------------------------------------------------------------


def _currency(order: payloads.Order) -> str:
	"""That of the first line; the record refuses lines of another."""
	for item in order.items:
		if item.prices and item.prices.payment and item.prices.payment.currency_id:
			return our_currency(item.prices.payment.currency_id) or DEFAULT_CURRENCY
	return DEFAULT_CURRENCY


def _sum(*parts: payloads.CurrencyValue | None) -> Decimal:
	"""Parts that are missing are nothing."""
	return rounded(sum((part.value for part in parts if part and part.value is not None), Decimal(0)))


def _lines(item: payloads.Item, currency: str) -> Iterable[OrderLine]:
	"""The item as a line, or as two where its sum does not divide; none where all its units were taken out."""
	prices = item.prices
	if prices is None or prices.payment is None or prices.payment.value is None:
		raise unexpected("items.prices.payment", "nothing")
	if item.count is None:
		raise unexpected("items.count", "nothing")
	if item.count < 0:
		raise unexpected("items.count", "negative number")
	if item.count == 0:
		return
	total = _sum(prices.payment, prices.cashback, prices.subsidy)
	own_currency = our_currency(prices.payment.currency_id) or currency
	for number, (units, price) in enumerate(per_unit(total, item.count), start=1):
		yield OrderLine(
			line_id=item.id if number == 1 else f"{item.id}{LINE_SUFFIX}{number}",
			offer_id=item.offer_id,
			title=item.offer_name or "",
			quantity=Decimal(units),
			price=Money(amount=price, currency=own_currency),
			marketplace_ids={"itemId": item.id},
			tax_rate=TAX_RATES.get(prices.vat or ""),
			requires_marking=bool(OBLIGATORY_CODES & set(item.required_instance_types or ())),
		)


def _delivery_charge(order: payloads.Order, currency: str) -> tuple[Charge, ...]:
	"""What the buyer, and the marketplace for him, pay for a delivery by the seller. Where the marketplace
	delivers, the money for it is the marketplace's own.
	"""
	prices = order.prices.delivery if order.prices else None
	amount = _sum(prices.payment, prices.subsidy) if prices else Decimal(0)
	if not amount:
		return ()
	return (
		Charge(
			external_id=f"{order.order_id}-delivery",
			kind="delivery",
			amount=Money(amount=amount, currency=currency),
			order_id=order.order_id,
		),
	)


def _stated_total(order: payloads.Order, currency: str, *, with_delivery: bool) -> Money | None:
	prices = order.prices
	if prices is None or prices.payment is None or prices.payment.value is None:
		return None
	total = _sum(prices.payment, prices.cashback, prices.subsidy)
	if with_delivery and prices.delivery:
		total += _sum(prices.delivery.payment, prices.delivery.subsidy)
	return money(total, prices.payment.currency_id or currency)


# --- times and places ------------------------------------------------------------------------------


def _ship_by(shipment: payloads.Shipment | None) -> Any:
	"""The deadline: a day, and a time where one is given; else the day's end."""
	if shipment is None:
		return None
	return moment_of(shipment.shipment_date, shipment.shipment_time or END_OF_DAY)


def _number(text: str | None) -> str | None:
	"""An id of the vendor's warehouses. UNCONFIRMED: sellers may have words of their own there, which are
	of no use: such an order goes to the shop's default warehouse.
	"""
	return text if text and text.isdecimal() and text != "0" else None


def _address(delivery: payloads.Delivery, notes: str | None) -> Address | None:
	place = (delivery.pickup if delivery.type == PICKUP else delivery.courier) or delivery.courier
	pickup = delivery.pickup or payloads.PickupDelivery()
	given = (place.address if place else None) or payloads.DeliveryAddress()
	regions = _regions(place.region if place else None)
	gps = given.gps or payloads.Gps()
	address = Address(
		country=given.country or regions.get("COUNTRY"),
		region=regions.get("REPUBLIC"),
		district=given.district or None,
		city=given.city or regions.get("CITY") or regions.get("VILLAGE"),
		street=_street(given),
		postcode=given.postcode or None,
		pickup_point=(pickup.logistic_point_id or pickup.outlet_code or None)
		if delivery.type == PICKUP
		else None,
		comment=notes or None,
		latitude=gps.latitude,
		longitude=gps.longitude,
	)
	return None if address == Address() else address


def _regions(region: payloads.Region | None) -> dict[str, str]:
	"""Names of a region and of those around it, by the vendor's kind; "REPUBLIC" is any part of the country."""
	found: dict[str, str] = {}
	while region is not None:
		if region.type and region.name:
			found.setdefault(region.type, region.name)
		region = region.parent
	return found


def _street(address: payloads.DeliveryAddress) -> str | None:
	parts = (
		address.street,
		address.house and f"д. {address.house}",
		address.block and f"корп. {address.block}",
		address.entrance and f"подъезд {address.entrance}",
		address.entryphone and f"домофон {address.entryphone}",
		address.floor and f"этаж {address.floor}",
		address.apartment and f"кв. {address.apartment}",
	)
	return ", ".join(part for part in parts if part) or None


# --- people ----------------------------------------------------------------------------------------


def _buyer(order: payloads.Order) -> Party | None:
	"""Most orders name nobody. "Подменный номер": the phones the vendor gives are forwarding numbers."""
	given = order.buyer or payloads.Buyer()
	names = (given.last_name, given.first_name, given.middle_name)
	party = Party(
		external_id=given.id or None,
		name=" ".join(name for name in names if name) or None,
		phone=given.phone or None,
		phone_is_masked=bool(given.phone),
		is_company=order.buyer_type == COMPANY_BUYER,
		company_name=given.company_name or None,
		tax_id=given.tax_id or None,
	)
	return None if party == Party() else party


def _cancellation(order: payloads.Order, status: OrderStatus) -> Cancellation | None:
	if status is not OrderStatus.CANCELLED:
		return None
	cause = cancel_cause(order.substatus or "")
	units = [unit for item in order.items for unit in item.item_statuses or ()]
	return Cancellation(
		reason=cause.sentence,
		reason_id=order.substatus or None,
		initiator=cause.initiator,
		after_shipping=any(unit.status in LEFT and unit.count for unit in units),
		cancelled_at=order.update_date,
	)


def campaign_of(raw: Mapping[str, Any]) -> str:
	"""The shop an order was placed in, as the methods about single orders want it.

	Raises:
		ContractError: the order does not say.
	"""
	campaign = raw.get("campaignId")
	if isinstance(campaign, bool) or not isinstance(campaign, int | str) or not str(campaign).isdecimal():
		raise unexpected("campaignId", "nothing")
	return str(campaign)
