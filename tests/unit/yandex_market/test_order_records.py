"""Orders, field by field, beyond the golden ones."""

from __future__ import annotations

import copy
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.marketplaces.yandex_market.connector import INFO
from crm_marketplace.integrations.marketplaces.yandex_market.order_records import (
	campaign_of,
	item_of,
	per_unit,
	read_order,
)
from crm_marketplace.integrations.marketplaces.yandex_market.statuses import (
	ORDER_STATUSES,
	SCHEMES,
	TAX_RATES,
)
from crm_marketplace.integrations.records import Money, OrderAction, OrderStatus, Scheme
from tests.unit.yandex_market.shop import golden

ORDER_ID = "41250187392"


def order(name: str = "fbs_started", /, **changes: Any) -> dict[str, Any]:
	return {**copy.deepcopy(golden(name)["payload"]), **changes}


def sums(
	payment: Any, subsidy: Any = 0, cashback: Any = 0, currency: str = "RUR", **more: Any
) -> dict[str, Any]:
	parts = {"payment": payment, "subsidy": subsidy, "cashback": cashback}
	found = {name: {"value": value, "currencyId": currency} for name, value in parts.items()}
	return {**found, **more}


def item(count: Any = 1, **facts: Any) -> dict[str, Any]:
	return {"id": 5, "offerId": "A-5", "offerName": "Чай", "count": count, "prices": sums(100), **facts}


def record_of(raw: Any):
	fetched = read_order(raw)
	assert fetched.error is None, fetched.error
	return fetched.record


def error_of(raw: Any) -> ContractError:
	fetched = read_order(raw)
	assert isinstance(fetched.error, ContractError) and fetched.record is None
	return fetched.error


def lines_of(*items: dict[str, Any]) -> list[tuple[str, int, str]]:
	found = record_of(order(items=list(items), prices=None))
	return [(line.line_id, int(line.quantity), str(line.price.amount)) for line in found.lines]


# --- statuses and schemes --------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "status"), ORDER_STATUSES.items())
def test_statuses(word, status):
	vendor_status, _slash, substatus = word.partition("/")
	found = record_of(order(status=vendor_status, substatus=substatus or None))
	assert (found.status, found.vendor_status, found.vendor_substatus) == (
		status,
		vendor_status,
		substatus or None,
	)
	assert INFO.status_of(vendor_status, substatus) is status


def test_a_substatus_we_do_not_know_changes_nothing():
	found = record_of(order(substatus="PACKED_BY_ROBOT"))
	assert found.status is OrderStatus.AWAITING_PACKING
	assert found.vendor_substatus == "PACKED_BY_ROBOT"
	assert found.actions == ()


def test_a_status_we_do_not_know_is_told_not_guessed():
	error = error_of(order(status="TELEPORTED"))
	assert (error.field, error.record_id) == ("status", ORDER_ID)
	assert "TELEPORTED" in error.detail


@pytest.mark.parametrize(("word", "scheme"), SCHEMES.items())
def test_schemes(word, scheme):
	found = record_of(order(programType=word))
	assert (found.scheme, found.is_express) == (scheme, word == "EXPRESS")


@pytest.mark.parametrize(("partner", "scheme"), [("SHOP", Scheme.DBS), ("YANDEX_MARKET", Scheme.FBS)])
def test_without_a_model_who_delivers_says_it(partner, scheme):
	raw = order(programType=None)
	raw["delivery"]["deliveryPartnerType"] = partner
	assert record_of(raw).scheme is scheme


def test_orders_that_only_use_the_vendors_delivery_are_not_read_as_something_else():
	assert error_of(order(programType="LAAS")).field == "programType"


def test_the_marketplaces_own_orders_are_nothing_to_do():
	assert record_of(order(programType="FBY")).actions == ()
	assert OrderAction.PACK in record_of(order()).actions


# --- money -----------------------------------------------------------------------------------------


@given(kopecks=st.integers(0, 10**11), count=st.integers(1, 5000))
def test_units_times_price_is_the_sum_to_the_kopeck(kopecks, count):
	total = Decimal(kopecks) / 100
	parts = per_unit(total, count)
	assert sum((units * price for units, price in parts), Decimal(0)) == total
	assert sum(units for units, _price in parts) == count
	assert 1 <= len(parts) <= 2
	prices = [price for _units, price in parts]
	assert prices == sorted(prices) and prices[-1] - prices[0] <= Decimal("0.01")


def test_a_price_is_what_the_buyer_and_the_marketplace_pay_for_a_unit():
	assert lines_of(item(2, prices=sums(1500, subsidy=300, cashback=200))) == [("5", 2, "1000.00")]


def test_a_sum_that_does_not_divide_is_two_lines():
	assert lines_of(item(3, prices=sums(100))) == [("5", 2, "33.33"), ("5~2", 1, "33.34")]
	assert (item_of("5"), item_of("5~2")) == ("5", "5")


def test_both_lines_are_of_one_product():
	first, second = record_of(order(items=[item(3)], prices=None)).lines
	same = {"line_id": "", "quantity": Decimal(1), "price": first.price}
	assert first.model_copy(update=same) == second.model_copy(update=same)
	assert first.marketplace_ids == {"itemId": "5"}


def test_what_was_taken_out_is_no_line():
	assert lines_of(item(0), item(1, id=6)) == [("6", 1, "100.00")]


def test_a_gift_costs_nothing():
	assert lines_of(item(1, prices=sums(0))) == [("5", 1, "0.00")]


def test_binary_fractions_leave_no_trace():
	raw = item(3, prices=sums(Decimal("299.90000000000003"), subsidy=Decimal("0.0999999999999")))
	assert lines_of(raw) == [("5", 3, "100.00")]


@pytest.mark.parametrize(
	("changes", "field"),
	[
		({"prices": None}, "items.prices.payment"),
		({"prices": {"subsidy": {"value": 5}}}, "items.prices.payment"),
		({"prices": sums(None)}, "items.prices.payment"),
		({"count": None}, "items.count"),
		({"count": -1}, "items.count"),
	],
)
def test_without_a_sum_or_a_number_there_is_no_price(changes, field):
	assert error_of(order(items=[item(**changes)])).field == field


def test_the_old_rouble_is_the_rouble():
	assert record_of(order()).currency == "RUB"
	assert record_of(order(items=[item(prices=sums(5, currency="UZS"))], prices=None)).currency == "UZS"


def test_lines_of_two_currencies_are_not_added_up():
	error_of(order(items=[item(), item(id=6, prices=sums(5, currency="KZT"))], prices=None))


@pytest.mark.parametrize(("word", "rate"), [*TAX_RATES.items(), ("UNKNOWN_VALUE", None), (None, None)])
def test_tax_rates(word, rate):
	found = record_of(order(items=[item(prices=sums(100, vat=word))], prices=None))
	assert found.lines[0].tax_rate == rate


def test_what_the_vendor_says_it_costs():
	found = record_of(order())
	assert found.stated_total == found.total == Money(amount=Decimal("3499.99"), currency="RUB")
	assert record_of(order(prices=None)).stated_total is None
	assert record_of(order(prices=sums(1))).stated_total == Money(amount=1, currency="RUB")


def with_delivery(partner: str, **delivery: Any) -> dict[str, Any]:
	raw = order(items=[item()], prices=sums(100, delivery=delivery))
	raw["delivery"]["deliveryPartnerType"] = partner
	return raw


def test_a_delivery_by_the_seller_is_a_charge():
	paid = {"payment": {"value": 250, "currencyId": "RUR"}, "subsidy": {"value": 49.5, "currencyId": "RUR"}}
	found = record_of(with_delivery("SHOP", **paid))
	(charge,) = found.charges
	assert (charge.external_id, charge.kind) == (f"{ORDER_ID}-delivery", "delivery")
	assert charge.amount == Money(amount=Decimal("299.50"), currency="RUB")
	assert found.stated_total == found.total == Money(amount=Decimal("399.50"), currency="RUB")


def test_a_delivery_by_the_marketplace_is_its_own_money():
	found = record_of(with_delivery("YANDEX_MARKET", payment={"value": 250, "currencyId": "RUR"}))
	assert found.charges == ()
	assert found.stated_total == found.total == Money(amount=100, currency="RUB")


def test_a_free_delivery_is_no_charge():
	assert record_of(with_delivery("SHOP", payment={"value": 0, "currencyId": "RUR"})).charges == ()
	assert record_of(with_delivery("SHOP")).charges == ()


# --- goods -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("kinds", "must_be_marked"),
	[
		(["CIS"], True),
		(["GTD", "RNPT"], True),
		(["UIN"], True),
		(["CIS_OPTIONAL"], False),
		([], False),
		(None, False),
	],
)
def test_codes_that_must_be_given(kinds, must_be_marked):
	found = record_of(order(items=[item(requiredInstanceTypes=kinds)], prices=None))
	assert found.lines[0].requires_marking is must_be_marked


def test_boxes():
	raw = order()
	raw["delivery"]["boxesLayout"] = [{"barcode": "B-1"}, {"barcode": "B-2"}, {"barcode": "B-1"}]
	found = record_of(raw)
	assert (found.is_multibox, found.box_count, found.barcodes) == (True, 3, ("B-1", "B-2"))
	one = record_of(order())
	assert (one.is_multibox, one.box_count, one.barcodes) == (False, 1, ())


# --- times and places ------------------------------------------------------------------------------


def at(*moment: int) -> datetime:
	return datetime(*moment, tzinfo=timezone.utc)


def with_times(dates: Any = None, shipment: Any = None, **changes: Any) -> dict[str, Any]:
	raw = order(**changes)
	raw["delivery"].update(dates=dates, shipment=shipment)
	return raw


@pytest.mark.parametrize(
	("shipment", "ship_by"),
	[
		({"shipmentDate": "2026-09-28", "shipmentTime": "18:30"}, at(2026, 9, 28, 15, 30)),
		({"shipmentDate": "2026-09-28", "shipmentTime": "00:00:00"}, at(2026, 9, 27, 21)),
		({"shipmentDate": "2026-09-28"}, at(2026, 9, 28, 20, 59)),
		({"shipmentDate": "", "shipmentTime": "18:30"}, None),
		({}, None),
		(None, None),
	],
)
def test_the_deadline_is_in_moscows_time(shipment, ship_by):
	assert record_of(with_times(shipment=shipment)).ship_by == ship_by


@pytest.mark.parametrize(
	("dates", "start", "end"),
	[
		(
			{"fromDate": "2026-09-28", "toDate": "2026-09-29", "fromTime": "10:00", "toTime": "18:00"},
			at(2026, 9, 28, 7),
			at(2026, 9, 29, 15),
		),
		({"fromDate": "2026-09-28"}, at(2026, 9, 27, 21), at(2026, 9, 28, 20, 59)),
		({}, None, None),
		(None, None, None),
	],
)
def test_when_the_buyer_gets_it(dates, start, end):
	found = record_of(with_times(dates))
	assert (found.deliver_from, found.deliver_to) == (start, end)


def test_when_the_buyer_got_it():
	dates = {"fromDate": "2026-09-20", "realDeliveryDate": "2026-09-21"}
	got = with_times(dates, status="DELIVERED", substatus="DELIVERY_SERVICE_DELIVERED")
	assert record_of(got).delivered_at == at(2026, 9, 20, 21)
	assert record_of(with_times(dates)).delivered_at is None


@pytest.mark.parametrize("text", ["28-09-2026", "soon", 20260928])
def test_days_that_are_none(text):
	assert "shipmentDate" in error_of(with_times(shipment={"shipmentDate": text})).field


def test_an_order_without_a_day_of_placing_cannot_be_kept():
	assert error_of(order(creationDate=None)).field == "creationDate"


@pytest.mark.parametrize(
	("given", "id_"), [("500113", "500113"), ("0", None), ("main", None), ("", None), (None, None)]
)
def test_warehouses_that_cannot_be_one_are_none(given, id_):
	raw = order()
	raw["delivery"]["warehouseId"] = given
	assert record_of(raw).warehouse_id == id_


def test_an_order_without_a_delivery():
	found = record_of(order(delivery=None))
	assert (found.ship_by, found.warehouse_id, found.address, found.box_count) == (None, None, None, 1)


def test_a_place_to_collect_it_and_one_to_bring_it_to():
	region = {"name": "Казань", "type": "CITY", "parent": {"name": "Татарстан", "type": "REPUBLIC"}}
	raw = order(notes="")
	raw["delivery"].update(type="PICKUP", pickup={"outletCode": "К-7", "region": region})
	address = record_of(raw).address
	assert (address.region, address.city, address.pickup_point) == ("Татарстан", "Казань", "К-7")
	assert address.comment is None
	raw["delivery"].update(
		type="DELIVERY", courier={"address": {"city": "Уфа", "house": "5"}, "region": region}
	)
	address = record_of(raw).address
	assert (address.region, address.city, address.street, address.pickup_point) == (
		"Татарстан",
		"Уфа",
		"д. 5",
		None,
	)


# --- people ----------------------------------------------------------------------------------------


def test_most_orders_name_nobody():
	assert record_of(order()).buyer is None
	assert record_of(order(buyer={"type": "PERSON"})).buyer is None


def test_a_company_that_has_not_been_asked_for_is_a_company():
	buyer = record_of(order(buyerType="BUSINESS")).buyer
	assert (buyer.is_company, buyer.name, buyer.phone_is_masked) == (True, None, False)


# --- cancellations ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("substatus", "units", "initiator", "after_shipping"),
	[
		("SHOP_FAILED", None, "shop", False),
		("USER_CHANGED_MIND", [{"status": "RETURNED", "count": 1}], "buyer", True),
		("USER_CHANGED_MIND", [{"status": "RETURNED", "count": 0}], "buyer", False),
		("USER_CHANGED_MIND", [{"status": "CANCELLED", "count": 1}], "buyer", False),
		(None, None, "marketplace", False),
	],
)
def test_who_cancelled_and_whether_it_comes_back(substatus, units, initiator, after_shipping):
	raw = order(status="CANCELLED", substatus=substatus, items=[item(itemStatuses=units)], prices=None)
	found = record_of(raw)
	assert (found.cancellation.initiator, found.cancellation.after_shipping) == (initiator, after_shipping)
	assert found.cancellation.reason_id == substatus
	assert found.cancellation.cancelled_at == found.changed_at
	assert found.actions == ()


def test_an_order_that_stands_has_no_cancellation():
	assert record_of(order()).cancellation is None


# --- what it is known by ---------------------------------------------------------------------------


@pytest.mark.parametrize("campaign", [None, "", True, "21653214x", "../1", 1.5])
def test_an_order_without_a_shop_cannot_be_asked_about(campaign):
	with pytest.raises(ContractError):
		campaign_of({"campaignId": campaign})


def test_the_shop_of_an_order():
	assert campaign_of({"campaignId": 21653214}) == campaign_of({"campaignId": "21653214"}) == "21653214"


@pytest.mark.parametrize("raw", [None, [], "order", {}, {"orderId": None}, {"orderId": 1}])
def test_what_is_no_order(raw):
	fetched = read_order(raw)
	assert fetched.record is None and fetched.external_id
