from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_marketplace.integrations import wire


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_money_survives_the_way_there_and_back(amount):
	assert wire.decode(wire.encode({"amount": amount}))["amount"] == amount


@settings(max_examples=50)
@given(
	st.recursive(
		st.none() | st.booleans() | st.integers() | st.text(),
		lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
	)
)
def test_any_json_value_survives(value):
	assert wire.decode(wire.encode(value)) == value


def test_an_emoji_cut_in_two_can_be_stored():
	content = rb'{"title": "half \ud83d", "whole": "\ud83d\ude00", "no escape": "\\ud83d"}'
	assert wire.decode(content) == {
		"title": "half \N{REPLACEMENT CHARACTER}",
		"whole": "\N{GRINNING FACE}",
		"no escape": r"\ud83d",
	}


@pytest.mark.parametrize(
	"value", [Decimal("NaN"), Decimal("Infinity"), float("nan"), Decimal("0." + "1" * 30)]
)
def test_what_json_cannot_say(value):
	with pytest.raises(ValueError):
		wire.encode(value)


def test_what_has_no_json_form():
	with pytest.raises(TypeError, match="set"):
		wire.encode({1})


def test_logs_take_what_requests_refuse():
	assert wire.to_text({"a": Decimal("0." + "1" * 30)}) == '{"a": "0.' + "1" * 30 + '"}'


@pytest.mark.parametrize(
	("headers", "seconds"),
	[
		({}, 60.0),
		({"Retry-After": ""}, 60.0),
		({"Retry-After": "0"}, 0.0),
		({"Retry-After": "1.5"}, 1.5),
		({"Retry-After": "-3"}, 0.0),
		({"Retry-After": "soon"}, 60.0),
		({"Retry-After": "Infinity"}, 60.0),
		({"X-Ratelimit-Retry": "9"}, 9.0),
		(
			{
				"X-RateLimit-Resource-Until": "Mon, 28 Sep 2026 10:00:07 GMT",
				"Date": "Mon, 28 Sep 2026 10:00:00 GMT",
			},
			7.0,
		),
		(
			{"Retry-After": "Mon, 28 Sep 2026 10:01:00 GMT", "Date": "Mon, 28 Sep 2026 10:00:00 GMT"},
			60.0,
		),
		(
			{"Retry-After": "Mon, 28 Sep 2026 09:00:00 GMT", "Date": "Mon, 28 Sep 2026 10:00:00 GMT"},
			0.0,
		),
	],
)
def test_retry_after(headers, seconds):
	assert wire.retry_after(headers) == seconds


@pytest.mark.parametrize(
	("text", "moment"),
	[
		("Sun, 25 Oct 2026 00:30:00 GMT", datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc)),
		("Sun, 25 Oct 2026 03:30:00 +0300", datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc)),
		("Sun, 25 Oct 2026 00:30:00 -0000", datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc)),
		("yesterday", None),
		("", None),
	],
)
def test_remote_clock(text, moment):
	assert wire.date_of({"Date": text}) == moment
