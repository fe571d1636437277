"""Golden payloads: what is kept of the vendor's answers, and exactly what it becomes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crm_marketplace.integrations.marketplaces.wildberries.feed import read_feed_order
from crm_marketplace.integrations.marketplaces.wildberries.listings import read_card
from crm_marketplace.integrations.marketplaces.wildberries.prices import read_goods
from crm_marketplace.integrations.marketplaces.wildberries.returns import read_claim, read_item_return
from crm_marketplace.integrations.marketplaces.wildberries.reviews import read_review
from crm_marketplace.integrations.marketplaces.wildberries.stock import read_stock_level
from crm_marketplace.integrations.marketplaces.wildberries.tasks import read_task, refreshed
from crm_marketplace.integrations.marketplaces.wildberries.warehouses import read_warehouse
from tests.unit.wildberries.shop import GOLDEN, golden

READERS = {
	"task": lambda raw: [read_task(raw)],
	"feed": lambda raw: [read_feed_order(raw)],
	"card": read_card,
	"goods": read_goods,
	"stock": lambda raw: [read_stock_level(raw, "658434", {"12345678": "CUP-7"})],
	"warehouse": lambda raw: [read_warehouse(raw)],
	"item_return": lambda raw: [read_item_return(raw)],
	"claim": lambda raw: [read_claim(raw)],
	"review": lambda raw: [read_review(raw)],
}
NAMES = sorted(path.stem for path in GOLDEN.glob("*.json"))
TASKS = [name for name in NAMES if golden(name)["kind"] == "task"]


def read(case: dict[str, Any]) -> list[Any]:
	return READERS[case["kind"]](case["payload"])


@pytest.mark.parametrize("name", NAMES)
def test_payload_becomes_exactly_these_records(name):
	case = golden(name)
	found = read(case)
	assert [item.error for item in found] == [None] * len(found)
	expected = case["records"] if "records" in case else [case["record"]]
	assert json.loads(json.dumps(expected)) == [
		item.record.model_dump(mode="json", exclude_defaults=True) for item in found
	]


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_payload_gives_the_same_records(name):
	case = golden(name)
	stored = {**case, "payload": json.loads(json.dumps(case["payload"], default=float))}
	assert [item.record.digest for item in read(stored)] == [item.record.digest for item in read(case)]


@pytest.mark.parametrize("name", ["card_of_sizes", "goods_of_sizes"])
def test_the_payload_of_a_size_is_its_card_with_that_size_alone(name):
	case = golden(name)
	for place, item in enumerate(read(case)):
		assert item.raw == {**case["payload"], "sizes": [case["payload"]["sizes"][place]]}


def test_both_lists_tell_the_same_of_a_task():
	records = [read(golden(name))[0].record for name in ("fbs_new_abroad", "fbs_listed_abroad")]
	assert records[0] == records[1]
	assert records[0].digest == records[1].digest


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("later", TASKS)
def test_a_known_order_with_a_fresh_status_is_what_reading_it_anew_would_be(name, later):
	case, status = golden(name), golden(later)["payload"]["status"]
	known = read(case)[0].record
	anew = read({**case, "payload": {**case["payload"], "status": status}})[0].record
	found = refreshed(known, status)
	assert (found.record, found.record.digest) == (anew, anew.digest)
	assert (found.external_id, found.raw) == (known.external_id, {"status": status})
