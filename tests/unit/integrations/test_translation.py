from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.records import Money, Party
from crm_marketplace.integrations.translation import (
	Payload,
	VendorNumber,
	VendorTime,
	identity,
	rows,
	text_of,
	translate,
	unexpected,
)


class Thing(Payload):
	id: str
	name: str
	price: VendorNumber = None
	at: VendorTime = None


def read(raw: Any):
	return translate(
		raw, Thing, lambda thing: Party(name=thing.name, external_id=thing.id), identity(raw, "id")
	)


def test_numbers_become_ids():
	assert read({"id": 17, "name": "a", "more": []}).record == Party(external_id="17", name="a")


@pytest.mark.parametrize(
	("raw", "field", "kind"),
	[
		({"id": 17}, "name", "nothing"),
		({"id": 17, "name": None}, "name", "null"),
		({"id": 17, "name": True}, "name", "true or false"),
		({"id": 17, "name": ["Оксана"]}, "name", "list"),
		({"id": 17, "name": {"first": "Оксана"}}, "name", "object"),
		({"id": 17, "name": "a", "price": "Оксана"}, "price", "text"),
		({"id": 17, "name": "a", "price": Decimal("1e99")}, "price", "number"),
		({"id": 17, "name": "a", "at": 1758434400}, "at", "number"),
		({"id": 17, "name": "a", "at": "2026-09-21T06:00:00"}, "at", "text"),
	],
)
def test_what_does_not_fit_is_named_without_its_value(raw, field, kind):
	fetched = read(raw)
	assert fetched.record is None and fetched.raw is raw and fetched.external_id == "17"
	error = fetched.error
	assert isinstance(error, ContractError)
	assert (error.field, error.value_kind, error.record_id) == (field, kind, "17")
	assert "Оксана" not in str(error) and field in error.text


@pytest.mark.parametrize(
	"raw", [None, 5, "text", [], {}, {"id": None}, {"id": True}, {"id": ""}, {"id": "x" * 141}]
)
def test_what_has_no_id_still_gets_one_and_the_same(raw):
	one, other = read(raw), read(raw)
	assert one.error is not None
	assert one.external_id == other.external_id
	assert one.external_id.startswith("unreadable-")


def test_several_problems_are_counted():
	assert "and 2 more" in read({"id": [], "price": []}).error.detail


def test_a_record_that_refuses_is_a_contract_error_too():
	fetched = translate({"id": 1, "name": "a"}, Thing, lambda _thing: Money(amount=1, currency="?"), "1")
	assert fetched.error.field == "currency"


def test_a_builder_that_objects():
	def build(_thing: Thing) -> Party:
		raise unexpected("status", "unknown status", "new_word")

	error = translate({"id": 1, "name": "a"}, Thing, build, "1").error
	assert error.record_id == "1" and "new_word" in error.detail


@pytest.mark.parametrize(
	("given", "kept"),
	[("", None), (None, None), ("12.50", "12.5"), (Decimal("299.90000000000003"), "299.9"), (7, "7")],
)
def test_numbers_as_vendors_write_them(given, kept):
	price = Thing.model_validate({"id": 1, "name": "a", "price": given}).price
	assert price == (None if kept is None else Decimal(kept))


def test_times_as_vendors_write_them():
	assert Thing.model_validate({"id": 1, "name": "a", "at": ""}).at is None
	nanoseconds = Thing.model_validate({"id": 1, "name": "a", "at": "2026-09-21T06:00:00.123456789Z"}).at
	assert nanoseconds.isoformat() == "2026-09-21T06:00:00.123456+00:00"


def test_lists_of_an_answer():
	assert rows({"result": {"items": [1]}}, "result", "items") == [1]
	assert rows({"items": None}, "items") == []


@pytest.mark.parametrize(
	"data", [{}, {"result": None}, {"result": []}, {"result": {}}, {"result": {"items": {}}}, [], "x"]
)
def test_an_answer_without_its_list_is_not_an_empty_one(data):
	with pytest.raises(ContractError, match=r"result\.items"):
		rows(data, "result", "items")


def test_texts_of_an_answer():
	assert text_of({"result": {"last_id": "x"}}, "result", "last_id") == "x"
	for data in ({}, {"result": None}, {"result": {"last_id": None}}, {"result": {"last_id": 5}}, [], None):
		assert text_of(data, "result", "last_id") == ""
