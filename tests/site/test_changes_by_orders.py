"""Orders of a shop change what the others may promise: their goods are marked whatever becomes of them here."""

from __future__ import annotations

import pytest

from crm_marketplace.integrations.records import OrderStatus, Scheme
from crm_marketplace.marketplace import api
from crm_marketplace.sync import changes
from tests.harness.committing import commit
from tests.site import builders


@pytest.fixture(autouse=True)
def nothing_waits(site):
	"""What other tests moved is not ours."""
	changes.take_set(changes.CHANGED)
	yield
	changes.take_set(changes.CHANGED)


@pytest.fixture
def marked():
	"""A function: the items that wait, taken off."""
	return lambda: changes.take_set(changes.CHANGED)


@pytest.mark.parametrize("status", [OrderStatus.PENDING, OrderStatus.AWAITING_PACKING, OrderStatus.SHIPPED])
def test_an_order_marks_its_goods_when_it_is_stored(shop, marked, status):
	item = builders.make_goods(shop)
	order = builders.make_order(builders.line(item), status=status)

	builders.store(shop, order)
	assert marked() == {item}

	builders.store(shop, order)
	assert marked() == set(), "nothing new was told"


def test_an_order_of_a_set_marks_what_is_in_it(shop, marked):
	cup, spoon = builders.make_item(), builders.make_item()
	listing = builders.make_listing(shop, "tea-set")
	api.link_listing(listing, components=[{"item": cup, "qty": 2}, {"item": spoon, "qty": 1}])
	commit()
	marked()

	builders.store(shop, builders.make_order(builders.line("tea-set")))

	assert marked() == {cup, spoon}


def test_a_pending_order_that_is_cancelled_marks_its_goods(shop, marked):
	item = builders.make_goods(shop)
	order = builders.make_order(builders.line(item), status=OrderStatus.PENDING)
	builders.store(shop, order)
	marked()

	builders.store(shop, builders.cancelled(order))

	assert marked() == {item}


def test_orders_the_marketplace_ships_and_goods_nobody_linked_mark_nothing(shop, marked):
	item = builders.make_goods(shop)
	builders.make_listing(shop, "unlinked")

	builders.store(
		shop,
		builders.make_order(builders.line(item), scheme=Scheme.FBO),
		builders.make_order(builders.line("unlinked")),
	)

	assert marked() == set()


def test_a_held_order_marks_the_goods_of_its_lines_we_know(shop, marked):
	item = builders.make_goods(shop)
	order = builders.make_order(builders.line(item), builders.line("unheard of"))
	builders.store(shop, order)
	marked()

	builders.process_all(shop)

	assert builders.order_row(shop, order.external_id).state == "On Hold"
	assert marked() == {item}


def test_an_order_that_waits_for_its_payment_lowers_the_other_shops_at_once(open_shop, books, queued):
	one, other = open_shop(enabled=1), open_shop(enabled=1)
	item = builders.make_goods(one)
	builders.make_listing(other, item, item)
	builders.make_stock(books.company, {item: 5}, books.warehouse)
	changes.take_set(changes.CHANGED)
	queued.clear()

	builders.store(one, builders.make_order(builders.line(item), status=OrderStatus.PENDING))
	changes.dispatch()

	assert sorted(call["shop"] for call in queued if call["stream"] == "stock") == sorted([one, other])
