from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_marketplace.integrations.masking import (
	BUYER_KEYS,
	MASK,
	SECRET_KEYS,
	mask_broken,
	mask_headers,
	mask_payload,
	mask_text,
)


@pytest.mark.parametrize(
	("text", "masked"),
	[
		("write to ivan.petrov+shop@mail.example.ru!", f"write to {MASK}!"),
		("call +7 (903) 123-45-67 now", f"call {MASK} now"),
		("posting 0184526630-0112-1", "posting 0184526630-0112-1"),
		("warehouse 1020005000217829", "warehouse 1020005000217829"),
		("2026-09-28T10:00:00.000Z", "2026-09-28T10:00:00.000Z"),
	],
)
def test_text(text, masked):
	assert mask_text(text) == masked


def test_secrets_of_a_reasonable_length():
	assert mask_text("key abcdef and x", ["abcdef", "x", ""]) == f"key {MASK} and x"


def test_headers():
	headers = {"Api-Key": "s3cret", "Client-Id": "17", "X-Note": "of s3cret"}
	assert mask_headers(headers, ["s3cret"]) == {"Api-Key": MASK, "Client-Id": "17", "X-Note": f"of {MASK}"}


def test_payload_keeps_its_shape():
	payload = {
		"posting_number": "17-1",
		"customer": {
			"name": "Оксана",
			"address": {"city": "Пермь", "zip_code": ""},
			"phones": ["+79990001122"],
		},
		"products": [{"name": "Чашка", "price": 7}],
		"API-Key": "s3cret",
		"note": "for s3cret",
		"comment": None,
	}
	assert mask_payload(payload, ["s3cret"]) == {
		"posting_number": "17-1",
		"customer": {"name": MASK, "address": {"city": MASK, "zip_code": ""}, "phones": [MASK]},
		"products": [{"name": "Чашка", "price": 7}],
		"API-Key": MASK,
		"note": f"for {MASK}",
		"comment": None,
	}


@settings(max_examples=50)
@given(
	st.sampled_from(sorted(BUYER_KEYS | SECRET_KEYS)),
	st.recursive(
		st.text(alphabet="Ж", min_size=1),
		lambda inner: st.lists(inner) | st.dictionaries(st.just("any"), inner),
	),
)
def test_nothing_below_a_buyers_key_is_seen(key, value):
	assert "Ж" not in repr(mask_payload([{key.upper(): value}]))


@pytest.mark.parametrize(
	("text", "masked"),
	[
		('{"name": "Оксана", "tags": ["a", "b"]', f'{{"name": "{MASK}", "tags": ["{MASK}", "{MASK}"]'),
		('  [{"say \\"hi\\"" : "the \\"name\\"', f'  [{{"say \\"hi\\"" : "{MASK}"'),
		('{"total": 17, "ok": true', '{"total": 17, "ok": true'),
		("<html>Сервис недоступен</html>", "<html>Сервис недоступен</html>"),
	],
)
def test_broken_json(text, masked):
	assert mask_broken(text) == masked


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
	"text", ["x" * 300_000, "1 " * 150_000, "a@" * 150_000, '{"' + '"\\' * 150_000, "+7(" * 100_000]
)
def test_long_texts_cost_little(text):
	assert mask_broken(mask_text(text)) is not None
