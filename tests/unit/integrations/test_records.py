from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crm_marketplace.integrations.records import (
	Address,
	ChannelWarehouse,
	Charge,
	DeliveryMethod,
	Listing,
	Money,
	Order,
	OrderLine,
	OrderStatus,
	Party,
	Scheme,
	StockLevel,
	rounded,
)

AMOUNTS = st.decimals(-(10**12), 10**12, places=2, allow_nan=False, allow_infinity=False)
UTC = timezone.utc


def rub(amount: str | int | Decimal) -> Money:
	return Money(amount=amount, currency="RUB")


def order(**changes) -> Order:
	fields = {
		"external_id": "17-1",
		"order_number": "17",
		"status": OrderStatus.AWAITING_PACKING,
		"vendor_status": "awaiting_packaging",
		"scheme": Scheme.FBS,
		"currency": "RUB",
		"lines": (OrderLine(line_id="1", offer_id="A", quantity=2, price=rub("649.00")),),
		"created_at": datetime(2026, 9, 21, 6, 12, 44, tzinfo=UTC),
	}
	return Order(**{**fields, **changes})


# --- money -----------------------------------------------------------------------------------------


@given(AMOUNTS, st.integers(0, 6))
def test_equal_amounts_are_one_record(amount, zeros):
	longer = Decimal(f"{amount:f}" + ("" if "." in f"{amount:f}" else ".") + "0" * zeros)
	assert rub(amount) == rub(longer)
	assert rub(amount).digest == rub(longer).digest
	assert str(rub(longer)) == f"{amount:.2f} RUB" if amount else "0.00 RUB"


@given(st.lists(AMOUNTS, min_size=1, max_size=30))
def test_sums_are_exact(amounts):
	total = rub(0)
	for amount in amounts:
		total += rub(amount)
	assert total.amount == sum(int(amount * 100) for amount in amounts) / Decimal(100)


@given(AMOUNTS)
def test_there_is_no_minus_zero(amount):
	assert (rub(amount) - rub(amount)).model_dump_json() == '{"amount":"0.00","currency":"RUB"}'


def test_finer_amounts_keep_their_digits():
	assert rub("0.12340").amount == Decimal("0.1234")


def test_currencies_do_not_mix():
	with pytest.raises(ValueError, match="cannot add BYN to RUB"):
		rub(1) + Money(amount=1, currency="BYN")


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e999999", "1e15", "0.00000000001", "ten", None])
def test_amounts_that_are_none(amount):
	with pytest.raises(ValidationError):
		rub(amount)


@pytest.mark.parametrize("currency", ["rub", "RU", "₽", "", None])
def test_currencies_that_are_none(currency):
	with pytest.raises(ValidationError):
		Money(amount=1, currency=currency)


@given(st.decimals(-(10**9), 10**9, places=4))
def test_rounding_is_half_up(value):
	assert abs(rounded(value) - value) <= Decimal("0.005")
	assert rounded(Decimal("2.345")) == Decimal("2.35")
	assert rounded(Decimal("-2.345")) == Decimal("-2.35")


# --- times -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("written", "utc"),
	[
		("2026-03-29T03:30:00+03:00", "2026-03-29T00:30:00Z"),
		# The hour that comes twice in Berlin, and the one that does not come at all.
		("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00Z"),
		("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00Z"),
		("2026-03-29T02:30:00+01:00", "2026-03-29T01:30:00Z"),
		("2026-12-31T23:59:59.999999+14:00", "2026-12-31T09:59:59.999999Z"),
		("2026-01-01T00:00:00-11:00", "2026-01-01T11:00:00Z"),
	],
)
def test_times_become_utc(written, utc):
	assert order(created_at=written).model_dump(mode="json")["created_at"] == utc


@given(
	st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),
	st.sampled_from(["Europe/Berlin", "Asia/Kamchatka"]),
)
def test_a_moment_has_one_digest_in_every_zone(moment, zone):
	here = moment.replace(tzinfo=UTC)
	assert order(created_at=here).digest == order(created_at=here.astimezone(ZoneInfo(zone))).digest


@pytest.mark.parametrize(
	"moment",
	[
		datetime(2026, 9, 21, 6, 12),
		"2026-09-21T06:12:44",
		"yesterday",
		datetime.max.replace(tzinfo=timezone(timedelta(hours=-5))),
	],
)
def test_times_that_are_none(moment):
	with pytest.raises(ValidationError):
		order(created_at=moment)


# --- digests and the way to the database -----------------------------------------------------------


def test_digest_follows_content():
	assert order().digest == order().digest
	assert order().digest != order(vendor_substatus="posting_created").digest


def test_digest_does_not_depend_on_the_order_of_ids():
	one = Listing(external_id="1", offer_id="A", marketplace_ids={"sku": "2", "product_id": "1"})
	other = Listing(external_id="1", offer_id="A", marketplace_ids={"product_id": "1", "sku": "2"})
	assert one.digest == other.digest


@pytest.mark.parametrize(
	("one", "other"), [("2", "2.0"), ("2", "2.000"), ("1000", "1E+3"), ("0.5", "0.50"), ("0", "-0")]
)
def test_digest_does_not_depend_on_how_a_number_is_written(one, other):
	def with_quantity(text: str) -> Order:
		line = OrderLine(line_id="1", offer_id="A", quantity=Decimal(text), price=rub(1))
		return order(lines=(line,))

	assert with_quantity(one).digest == with_quantity(other).digest


def test_digest_does_not_depend_on_noise_in_coordinates():
	one = order(address=Address(latitude=Decimal("56.834321000000003"), longitude=Decimal("60.61582")))
	other = order(address=Address(latitude=Decimal("56.834321"), longitude=Decimal("60.615820")))
	assert one.digest == other.digest


def test_records_survive_the_database():
	original = order(
		charges=(Charge(external_id="d", kind="delivery", amount=rub("199.90")),),
		buyer=Party(name="Оксана", phone="+79990001122", phone_is_masked=True),
		ship_by="2026-09-22T10:00:00.123456Z",
	)
	copy = Order.model_validate_json(original.model_dump_json())
	assert copy == original
	assert copy.digest == original.digest


def test_records_do_not_change():
	with pytest.raises(ValidationError):
		order().status = OrderStatus.SHIPPED


def test_misspelt_fields_are_errors():
	with pytest.raises(ValidationError):
		Party(nmae="Оксана")


# --- what records know -----------------------------------------------------------------------------


def test_total_is_lines_and_charges():
	lines = (
		OrderLine(line_id="1", offer_id="A", quantity=2, price=rub("649.00")),
		OrderLine(line_id="2", offer_id="B", quantity=Decimal("0.5"), price=rub("10.01")),
	)
	charges = (
		Charge(external_id="d", kind="delivery", amount=rub(150)),
		Charge(external_id="s", kind="discount", amount=rub("-0.005")),
	)
	assert order(lines=lines, charges=charges).total == rub("1453")


def test_an_order_of_two_currencies_is_none():
	line = OrderLine(line_id="2", offer_id="B", quantity=1, price=Money(amount=1, currency="BYN"))
	with pytest.raises(ValidationError, match="cannot add"):
		order(lines=(*order().lines, line))


def test_an_empty_order_costs_nothing():
	assert order(lines=()).total == rub(0)


@pytest.mark.parametrize(
	("party", "known"),
	[
		(Party(), False),
		(Party(name="Оксана"), False),
		(Party(phone="+7"), True),
		(Party(email="a@b"), True),
		(Party(external_id="5"), True),
		(Party(tax_id="66"), True),
	],
)
def test_who_can_be_recognised(party, known):
	assert party.is_known is known


def test_stock_is_never_negative():
	with pytest.raises(ValidationError):
		StockLevel(listing_id="1", offer_id="A", warehouse_id="9", quantity=-1)


def test_warehouses_hold_their_delivery_methods():
	method = DeliveryMethod(external_id="5", name="Курьер")
	assert ChannelWarehouse(
		external_id="9", name="Склад", scheme=Scheme.DBS, delivery_methods=(method,)
	).delivery_methods == (method,)
