"""The site's zone may be anywhere, and may change its clocks: moments stay what they are."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import frappe
import pytest

from crm_marketplace.integrations.records import OrderStatus
from crm_marketplace.sync import clock
from tests.site import builders
from tests.site.builders import changed, line, make_order, only_sales_order, take_in

UTC = timezone.utc


@pytest.fixture
def in_zone(monkeypatch):
	"""A function: the site lives in this zone."""

	def move(zone: str) -> None:
		monkeypatch.setattr(clock, "get_system_timezone", lambda: zone)

	return move


@pytest.mark.parametrize(
	("zone", "day"),
	[
		("Pacific/Kiritimati", "2026-03-03"),  # +14
		("Asia/Vladivostok", "2026-03-03"),  # +10
		("Europe/Moscow", "2026-03-03"),  # +3
		("UTC", "2026-03-02"),
		("America/New_York", "2026-03-02"),  # −5
		("Pacific/Pago_Pago", "2026-03-02"),  # −11
	],
)
def test_an_order_is_dated_by_the_sites_calendar(shop, in_zone, zone, day):
	in_zone(zone)
	order = make_order(line(builders.make_goods(shop)), created_at=datetime(2026, 3, 2, 22, 30, tzinfo=UTC))

	take_in(shop, order)

	assert str(only_sales_order(shop).transaction_date) == day


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_deadline_is_the_day_it_is_there(shop, in_zone, zone):
	in_zone(zone)
	deadline = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)

	row = take_in(shop, make_order(line(builders.make_goods(shop)), ship_by=deadline))

	local = row.ship_by.replace(tzinfo=clock.ZoneInfo(zone))
	assert local.astimezone(UTC) == deadline
	assert only_sales_order(shop).delivery_date == row.ship_by.date()


# Berlin: on 29 March 2026 two o'clock is three, on 25 October three o'clock is two once more.
SPRING = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
	"moment", [SPRING, SPRING + timedelta(minutes=1), AUTUMN, AUTUMN + timedelta(hours=1)]
)
def test_an_order_of_the_night_the_clocks_change_becomes_a_sales_order(shop, in_zone, moment):
	in_zone("Europe/Berlin")
	order = make_order(
		line(builders.make_goods(shop)), created_at=moment, ship_by=moment + timedelta(hours=1)
	)

	row = take_in(shop, order)

	assert row.state == "Done", row.hold_reason
	assert only_sales_order(shop).transaction_date == moment.date()


def test_a_deadline_in_the_hour_that_comes_twice_does_not_seem_to_move(shop, in_zone):
	in_zone("Europe/Berlin")
	deadline = AUTUMN + timedelta(hours=1)  # the second half past two
	assert clock.to_site(deadline) == clock.to_site(AUTUMN)
	order = make_order(line(builders.make_goods(shop)), ship_by=deadline)
	take_in(shop, order)
	before = only_sales_order(shop).modified

	row = take_in(shop, changed(order, status=OrderStatus.AWAITING_SHIPMENT))

	assert only_sales_order(shop).modified == before
	assert "moved_deadline" not in builders.events_of(row.name)


def test_the_cursor_does_not_know_the_sites_zone(sandbox, open_shop, in_zone):
	shop = open_shop(sandbox)
	before = clock.utc_now().replace(microsecond=0)
	for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
		in_zone(zone)
		builders.run(shop, "orders")
		assert before <= clock.from_text(builders.stream_row(shop, "orders").cursor) <= clock.utc_now()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Europe/Berlin", "Pacific/Pago_Pago"])
def test_a_moment_survives_the_way_through_the_site(in_zone, zone):
	in_zone(zone)
	for hours in range(0, 24 * 365, 7):
		moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
		assert clock.to_utc(clock.to_site(moment)) in (moment, moment - timedelta(hours=1))


@pytest.mark.parametrize(
	("zone", "midnight"),
	[
		("Pacific/Kiritimati", datetime(2026, 3, 2, 10, tzinfo=UTC)),
		("Pacific/Pago_Pago", datetime(2026, 3, 3, 11, tzinfo=UTC)),
		("Europe/Berlin", datetime(2026, 3, 2, 23, tzinfo=UTC)),
	],
)
def test_a_start_date_begins_at_midnight_there(in_zone, zone, midnight):
	in_zone(zone)

	assert clock.start_of_day_utc(date(2026, 3, 3)) == midnight


def test_times_of_a_site_are_shown_as_frappe_keeps_them(shop):
	"""No zone of our own: what a Datetime field holds is the site's time, as everywhere in Frappe."""
	row = take_in(shop, make_order(line("unknown")))

	assert row.ordered_at == clock.to_site(builders.ORDERED_AT)
	assert frappe.utils.get_system_timezone() == "Europe/Moscow"
	assert row.ordered_at.hour == 12
