"""The demo's stand-in for ERPNext obeys decisions the way a site does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal

import pytest

from crm_marketplace.demo.books import Books, ShopBooks, check_total
from crm_marketplace.demo.catalogue import SampleCatalogue, sample_catalogue
from crm_marketplace.integrations.records import (
	Cancellation,
	Listing,
	Money,
	Order,
	OrderLine,
	OrderStatus,
	Party,
	Scheme,
)
from crm_marketplace.rules.matching import CatalogueItem
from crm_marketplace.rules.orders import DocState, ShopRules, decide

RULES = ShopRules(company_currency="RUB", warehouses={"7": "Stores"})


@pytest.fixture
def company() -> Books:
	return Books(SampleCatalogue({"CUP": CatalogueItem("CUP", "Кружка")}, {"CUP": "cup-1"}))


@pytest.fixture
def books(company) -> ShopBooks:
	return shop(company, "The shop")


def shop(company: Books, name: str) -> ShopBooks:
	books = company.open_shop(name)
	books.warehouses = {"7": "Stores"}
	books.link(Listing(external_id="1", offer_id="cup-1", tax_rate=Decimal(22)), "CUP")
	books.begin()
	return books


def order(
	offer: str = "cup-1", quantity: int = 2, status: OrderStatus = OrderStatus.AWAITING_PACKING, **more
):
	line = OrderLine(
		line_id="1",
		offer_id=offer,
		quantity=Decimal(quantity),
		price=Money(amount=Decimal("122.00"), currency="RUB"),
	)
	facts = {
		"external_id": "A-1",
		"order_number": "A",
		"status": status,
		"vendor_status": "x",
		"scheme": Scheme.FBS,
		"currency": "RUB",
		"lines": (line,),
		"created_at": datetime(2026, 3, 1, tzinfo=timezone.utc),
		"warehouse_id": "7",
	}
	return Order(**{**facts, **more})


def process(books: ShopBooks, one: Order) -> None:
	books.apply(one, decide(one, books.known(one), RULES, books.mapping(one)))


def test_an_order_becomes_one_submitted_sales_order(books):
	process(books, order(buyer=Party(name="Анна Лебедева")))
	document = books.sales_orders["A-1"]
	assert (document.state, document.customer) == (DocState.SUBMITTED, "Анна Лебедева")
	assert [(line.item_code, line.qty, line.rate) for line in document.lines] == [
		("CUP", 2, Decimal("122.00"))
	]
	assert check_total(document)


def test_taxes_are_those_inside_the_price(books):
	process(books, order())
	assert [(tax.rate, tax.amount) for tax in books.sales_orders["A-1"].taxes] == [(22, Decimal("44.00"))]


def test_the_same_order_again_writes_nothing(books):
	process(books, order())
	books.begin()
	process(books, order())
	assert not books.writes


def test_a_buyer_nobody_names_is_the_shops_customer(books):
	process(books, order(buyer=Party(phone="+79990000000")))
	assert books.sales_orders["A-1"].customer == "The shop buyers"


def test_an_unknown_product_waits_and_goes_on_when_it_is_linked(books):
	process(books, order(offer="new"))
	assert list(books.unbooked) == ["A-1"] and not books.sales_orders
	books.link(Listing(external_id="2", offer_id="new"), "CUP")
	process(books, order(offer="new"))
	assert list(books.sales_orders) == ["A-1"] and not books.unbooked


def test_a_cancelled_order_gives_its_goods_back(books):
	process(books, order())
	assert books.reserved() == {("CUP", "Stores"): 2}
	process(books, order(status=OrderStatus.CANCELLED, cancellation=Cancellation()))
	assert books.sales_orders["A-1"].state is DocState.CANCELLED
	assert books.reserved() == {}


def test_goods_of_shipped_orders_have_left(books):
	process(books, order())
	process(books, order(status=OrderStatus.SHIPPED))
	assert books.reserved() == {}


def test_orders_on_hold_are_promised_as_well(books, company):
	both = order(lines=(*order().lines, *order(offer="new").lines))
	process(books, both)
	assert company.stock()["Stores"]["CUP"].waiting == 2


def test_orders_that_are_not_paid_yet_are_promised_as_well(books, company):
	process(books, order(status=OrderStatus.PENDING))
	assert not books.sales_orders
	assert company.stock()["Stores"]["CUP"].waiting == 2


def test_an_order_on_hold_that_is_booked_already_is_not_promised_twice(books, company):
	process(books, order())
	process(books, order(lines=order(offer="new").lines))
	stock = company.stock()["Stores"]["CUP"]
	assert (stock.ordered, stock.waiting) == (2, 0)


def test_every_shop_takes_from_the_same_stock(company):
	for name in ("One", "Other"):
		process(shop(company, name), order())
	stock = company.stock()["Stores"]["CUP"]
	assert stock.ordered == 4
	assert stock.free == company.on_hand("CUP", "Stores") - 4
	assert sorted(books.sales_orders["A-1"].name for books in company.shops.values()) == [
		"SAL-ORD-00001",
		"SAL-ORD-00002",
	]


def test_a_total_that_differs_is_noticed(books):
	process(books, order())
	document = replace(books.sales_orders["A-1"], charges=Decimal("0.01"))
	assert not check_total(document)


def test_the_sample_catalogue_has_every_way_of_being_matched():
	catalogue = sample_catalogue(40, seed=3)
	own_codes = [code for code in catalogue.items if code.startswith("ITEM-")]
	assert len(catalogue.items) == 38  # two goods were never entered
	assert any(catalogue.items[code].barcodes for code in own_codes)
	assert any(not catalogue.items[code].barcodes for code in own_codes)
	assert all(catalogue.offers[code] == code for code in catalogue.items if code not in own_codes)
