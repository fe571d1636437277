"""Golden payloads: what the vendor sends, and exactly what it becomes."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from crm_marketplace.integrations.marketplaces.ozon.listings import read_listing
from crm_marketplace.integrations.marketplaces.ozon.postings import read_posting
from crm_marketplace.integrations.marketplaces.ozon.prices import read_price
from crm_marketplace.integrations.marketplaces.ozon.returns import read_return, read_rfbs_return
from crm_marketplace.integrations.marketplaces.ozon.reviews import read_review
from crm_marketplace.integrations.marketplaces.ozon.stock import read_stock_level
from crm_marketplace.integrations.marketplaces.ozon.warehouses import read_warehouse
from tests.unit.ozon.shop import GOLDEN, golden

READERS = {
	"posting": read_posting,
	"listing": read_listing,
	"price": read_price,
	"stock": read_stock_level,
	"warehouse": read_warehouse,
	"return": read_return,
	"rfbs_return": read_rfbs_return,
	"review": read_review,
}
NAMES = sorted(path.stem for path in GOLDEN.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_payload_becomes_exactly_this_record(name):
	case = golden(name)
	fetched = READERS[case["kind"]](case["payload"])
	assert fetched.error is None
	assert json.loads(json.dumps(case["record"])) == fetched.record.model_dump(
		mode="json", exclude_defaults=True
	)
	assert fetched.raw is case["payload"]


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_payload_gives_the_same_record(name):
	case = golden(name)
	read = READERS[case["kind"]]
	stored = json.loads(json.dumps(case["payload"], default=str))
	assert read(stored).record.digest == read(case["payload"]).record.digest


@pytest.mark.parametrize(
	("one", "other"), [("rfbs_multibox", "rfbs_multibox_get"), ("fbo_delivered", "fbo_delivered_get")]
)
def test_the_list_and_the_single_method_tell_the_same(one, other):
	records = [read_posting(golden(name)["payload"]).record for name in (one, other)]
	assert records[0] == records[1]
	assert records[0].digest == records[1].digest


@pytest.mark.parametrize("name", [name for name in NAMES if golden(name)["kind"] == "posting"])
def test_totals_agree_where_the_vendor_states_one(name):
	order = read_posting(golden(name)["payload"]).record
	assert order.stated_total in (None, order.total)
	assert order.total.amount == sum((line.price.amount * line.quantity for line in order.lines), Decimal(0))
