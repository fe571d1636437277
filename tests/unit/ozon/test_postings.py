"""Postings, field by field, beyond the golden ones."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest

from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.marketplaces.ozon.connector import INFO
from crm_marketplace.integrations.marketplaces.ozon.postings import read_posting, sku_of
from crm_marketplace.integrations.marketplaces.ozon.statuses import OPEN_STATUSES, ORDER_STATUSES
from crm_marketplace.integrations.records import Money, OrderAction, OrderStatus, Scheme
from tests.unit.ozon.shop import golden
from tests.unit.ozon.specification import needs_specification, specification


def posting(**changes: Any) -> dict[str, Any]:
	return {**copy.deepcopy(golden("fbs_awaiting_packaging")["payload"]), **changes}


def order_of(raw: Any):
	fetched = read_posting(raw)
	assert fetched.error is None, fetched.error
	return fetched.record


def error_of(raw: Any) -> ContractError:
	fetched = read_posting(raw)
	assert isinstance(fetched.error, ContractError) and fetched.record is None
	return fetched.error


# --- statuses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "status"), ORDER_STATUSES.items())
def test_statuses(word, status):
	order = order_of(posting(status=word))
	assert (order.status, order.vendor_status) == (status, word)


def test_an_unknown_status_is_told_not_guessed():
	error = error_of(posting(status="teleported"))
	assert (error.field, error.record_id) == ("status", "0184526630-0112-1")
	assert "teleported" in error.detail


@needs_specification
def test_every_status_of_the_specification_is_known():
	import re

	def words(schema: dict[str, Any]) -> set[str]:
		text = schema["properties"]["status"]["description"]
		return set(re.findall(r"^\s*- `([a-z_]+)`", text, re.MULTILINE))

	schemas = specification()["components"]["schemas"]
	found: set[str] = set()
	for name, schema in schemas.items():
		if "posting_number" in schema.get("properties", {}) and "status" in schema["properties"]:
			if name.startswith(("posting.v4", "posting.v3", "v3FbsPosting", "v3GetFbsPosting")):
				found |= words(schema)
	assert {"awaiting_packaging", "delivering", "cancelled"} <= found
	assert found <= set(ORDER_STATUSES)


def test_open_statuses_are_those_of_the_seller():
	assert {ORDER_STATUSES[word] for word in OPEN_STATUSES} == {
		OrderStatus.PENDING,
		OrderStatus.AWAITING_PACKING,
		OrderStatus.AWAITING_SHIPMENT,
	}


# --- schemes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("flow", "older", "express", "scheme"),
	[
		("ozon", "ozon", False, Scheme.FBS),
		("", "ozon", False, Scheme.FBS),
		(None, None, None, Scheme.FBS),
		("aggregator", "aggregator", False, Scheme.DBS),
		("non_integrated", "non_integrated", False, Scheme.DBS),
		("3pl_tracking", "3pl_tracking", False, Scheme.DBS),
		("hybrid", "hybryd", False, Scheme.DBS),
		("hybrid_3pl_tracking", "3pl_tracking", False, Scheme.DBS),
		("click_and_collect", "non_integrated", False, Scheme.DBS),
		("", "non_integrated", False, Scheme.DBS),
		("aggregator", "aggregator", True, Scheme.EXPRESS),
		("FBP", "ozon", False, Scheme.FBO),
		("FBP", "ozon", True, Scheme.FBO),
	],
)
def test_schemes(flow, older, express, scheme):
	raw = posting(integration_type_flow=flow, tpl_integration_type=older, is_express=express)
	order = order_of(raw)
	assert order.scheme is scheme
	assert order.scheme in INFO.schemes
	assert order.is_express is bool(express)


@pytest.mark.parametrize(
	("is_multibox", "quantity", "boxes"),
	[(True, 3, 3), (False, 1, 1), (True, 0, 1), (None, None, 1), (False, 4, 4)],
)
def test_boxes(is_multibox, quantity, boxes):
	order = order_of(posting(is_multibox=is_multibox, multi_box_qty=quantity))
	assert (order.is_multibox, order.box_count) == (bool(is_multibox), boxes)


# --- lines and money -------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"price",
	[
		{"price": {"amount": "649.0000", "currency": "RUB"}},
		{"price": {"amount": 649, "currency": "RUB"}},
		{"price": "649.00", "currency_code": "RUB"},
		{"price": Decimal("649.0"), "currency_code": "RUB"},
		{"price": 649, "currency_code": "RUB"},
	],
)
def test_prices_of_both_versions(price):
	raw = posting(products=[{"sku": 5, "offer_id": "A", "name": "", "quantity": 1, **price}])
	assert order_of(raw).lines[0].price == Money(amount="649.00", currency="RUB")


@pytest.mark.parametrize(
	"price", [{"amount": "", "currency": "RUB"}, {"amount": None}, None, {}, "", "free", [], True]
)
def test_prices_that_are_none(price):
	raw = posting(products=[{"sku": 5, "offer_id": "A", "quantity": 1, "price": price}])
	assert error_of(raw).field.startswith("products")


def test_line_ids_do_not_depend_on_names():
	raw = posting()
	renamed = copy.deepcopy(raw)
	for product in renamed["products"]:
		product["offer_id"] += "-новый"
		product["name"] = "Другое название"
	ids = [line.line_id for line in order_of(raw).lines]
	assert ids == [line.line_id for line in order_of(renamed).lines] == ["1583920417", "1583920533"]


def test_line_ids_lead_back_to_the_sku():
	lines = order_of(golden("fbs_split_same_sku")["payload"]).lines
	assert len({line.line_id for line in lines}) == 2
	assert {sku_of(line.line_id) for line in lines} == {"1583920417"}


@pytest.mark.parametrize("quantity", [0, -1, Decimal("1.5"), 10**6])
def test_odd_quantities_are_kept_for_the_rules_to_hold(quantity):
	raw = posting(financial_data=None)
	raw["products"][0]["quantity"] = quantity
	assert order_of(raw).lines[0].quantity == quantity


def test_a_product_without_an_article_is_still_a_line():
	raw = posting()
	raw["products"][0]["offer_id"] = None
	assert order_of(raw).lines[0].offer_id == ""


def test_lines_of_two_currencies_are_a_contract_error():
	raw = posting()
	raw["products"][1]["price"]["currency"] = "BYN"
	assert error_of(raw).record_id == "0184526630-0112-1"


def test_a_posting_emptied_by_a_split():
	order = order_of(posting(products=[], status="cancelled_from_split_pending"))
	assert order.lines == () and order.currency == "RUB" and order.stated_total is None


@pytest.mark.parametrize(
	("financial", "total"),
	[
		(
			[
				{"product_id": 1583920417, "price": 649},
				{"product_id": 1583920533, "price": Decimal("1190.5")},
			],
			"2488.50",
		),
		([{"product_id": 1583920417, "price": 640}, {"product_id": 1583920533, "price": 1190}], "2470"),
		# A price is missing, zero, given twice, or in another currency: the vendor states no total.
		([{"product_id": 1583920417, "price": 649}], None),
		([{"product_id": 1583920417, "price": 649}, {"product_id": 1583920533, "price": 0}], None),
		(
			[
				{"product_id": 1583920417, "price": 649},
				{"product_id": 1583920417, "price": 649},
				{"product_id": 1583920533, "price": 1190},
			],
			None,
		),
		(
			[
				{"product_id": 1583920417, "price": 649, "currency_code": "BYN"},
				{"product_id": 1583920533, "price": 1190, "currency_code": "BYN"},
			],
			None,
		),
		([], None),
		(None, None),
	],
)
def test_stated_total(financial, total):
	order = order_of(posting(financial_data={"products": financial}))
	assert order.total == Money(amount="2488.50", currency="RUB")
	assert order.stated_total == (None if total is None else Money(amount=total, currency="RUB"))


def test_noise_of_binary_fractions_is_no_difference():
	raw = posting()
	raw["financial_data"]["products"][1]["price"] = Decimal("1190.5000000000002")
	assert order_of(raw).stated_total == order_of(raw).total


@pytest.mark.parametrize(
	"row",
	[
		{"commission": {"amount": Decimal("168.74"), "percent": 13, "currency": "RUB"}},
		{
			"commission_amount": Decimal("168.74"),
			"commission_percent": 13,
			"commissions_currency_code": "RUB",
		},
	],
)
def test_commissions_of_both_versions(row):
	raw = posting(financial_data={"products": [{"product_id": 1583920417, "price": 649, **row}]})
	first, second = order_of(raw).lines
	assert first.commission == Money(amount="168.74", currency="RUB")
	assert second.commission is None


# --- people and places -----------------------------------------------------------------------------


def test_usual_postings_name_nobody():
	order = order_of(posting())
	assert (order.buyer, order.recipient, order.address) == (None, None, None)


def test_an_empty_customer_is_nobody():
	raw = posting(
		customer={
			"customer_id": 0,
			"name": "",
			"phone": "",
			"customer_email": "",
			"address": {"pvz_code": 0, "latitude": 0},
		},
		addressee={"name": "", "phone": ""},
	)
	order = order_of(raw)
	assert (order.buyer, order.recipient, order.address) == (None, None, None)


def test_a_company_buys():
	raw = posting(legal_info={"company_name": "ООО «Ромб»", "inn": "6600000001", "kpp": "660001001"})
	buyer = order_of(raw).buyer
	assert (buyer.is_company, buyer.company_name, buyer.tax_id) == (True, "ООО «Ромб»", "6600000001")


def test_phones_are_forwarding_numbers():
	order = order_of(golden("rfbs_multibox")["payload"])
	assert order.buyer.phone_is_masked and order.recipient.phone_is_masked


@pytest.mark.parametrize(
	("provider", "own", "point"), [("PVZ123", 456, "PVZ123"), ("", 456, "456"), ("", 0, None)]
)
def test_pickup_points(provider, own, point):
	address = {"city": "Пермь", "provider_pvz_code": provider, "pvz_code": own}
	assert order_of(posting(customer={"address": address})).address.pickup_point == point


# --- times, actions, cancelling --------------------------------------------------------------------


def test_times_come_in_any_zone_and_are_utc():
	order = order_of(golden("rfbs_multibox")["payload"])
	assert order.created_at.isoformat() == "2026-09-20T20:40:00+00:00"
	assert order.ship_by.isoformat() == "2026-09-23T09:00:00+00:00"


def test_a_time_without_a_zone_is_not_guessed():
	assert error_of(posting(shipment_date="2026-09-22T10:00:00")).field == "shipment_date"


def test_an_order_without_its_time_is_told():
	assert error_of(posting(in_process_at=None)).field == "in_process_at"
	fbo = {**golden("fbo_delivered")["payload"], "created_at": None, "in_process_at": ""}
	assert error_of(fbo).field == "created_at"


def test_the_time_an_fbo_order_was_taken_up_does_for_its_creation():
	fbo = {**golden("fbo_delivered")["payload"], "created_at": None}
	assert order_of(fbo).created_at.isoformat() == "2026-09-10T18:22:47+00:00"


@pytest.mark.parametrize(
	("words", "actions"),
	[
		(["ship", "ship_async"], (OrderAction.PACK,)),
		(["label_download_small", "cancel"], (OrderAction.CANCEL, OrderAction.LABEL)),
		(["set_cutoff", "set_track_number"], (OrderAction.SET_TRACKING, OrderAction.SET_DEADLINE)),
		(["hide_region_and_city", "something_new"], ()),
		(None, ()),
	],
)
def test_actions(words, actions):
	assert order_of(posting(available_actions=words)).actions == actions


@pytest.mark.parametrize(
	("flag", "handed_over", "after"),
	[(False, None, False), (True, None, True), (False, "2026-09-22T15:00:00Z", True)],
)
def test_whether_the_goods_may_be_gone_already(flag, handed_over, after):
	raw = copy.deepcopy(golden("fbs_cancelled_after_ship")["payload"])
	raw["cancellation"]["cancelled_after_ship"] = flag
	raw["delivering_date"] = handed_over
	assert order_of(raw).cancellation.after_shipping is after


def test_a_cancelled_posting_has_a_cancellation_even_without_words():
	assert order_of(posting(status="cancelled", cancellation=None)).cancellation is not None
	assert order_of(posting()).cancellation is None


def test_barcodes_are_distinct_and_real():
	barcodes = {"upper_barcode": "601302481800001", "lower_barcode": "601302481800001"}
	assert order_of(posting(barcodes=barcodes)).barcodes == ("601302481800001",)
	assert order_of(posting(barcodes={"upper_barcode": "0", "lower_barcode": ""})).barcodes == ()


# --- what is no posting ----------------------------------------------------------------------------


@pytest.mark.parametrize("raw", [None, 17, "text", [], {}, {"posting_number": ""}, {"posting_number": None}])
def test_what_is_no_posting_at_all(raw):
	fetched = read_posting(raw)
	assert fetched.external_id.startswith("unreadable-")
	assert isinstance(fetched.error, ContractError)
	assert fetched.raw is raw


def test_errors_do_not_name_buyers():
	raw = copy.deepcopy(golden("rfbs_multibox")["payload"])
	raw["customer"]["address"]["latitude"] = "Оксана Юрьевна Вяземская"
	error = error_of(raw)
	assert (error.field, error.value_kind) == ("customer.address.latitude", "text")
	assert "Вяземская" not in str(error)
