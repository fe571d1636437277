"""One timeline out of many sources."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.rules.story import Event, Place, page_of, read_place

NOW = datetime(2026, 3, 10, 12, 0, 0, 123456)

events = st.lists(
	st.builds(
		lambda hours, kind, key: {"at": NOW - timedelta(hours=hours), "kind": str(kind), "key": str(key)},
		st.integers(0, 5),
		st.sampled_from(Event),
		st.integers(0, 50),
	),
	unique_by=lambda event: (event["at"], event["kind"], event["key"]),
	max_size=60,
)


def after(found, place):
	"""What the sources give for the next page."""
	if place is None:
		return found
	mark = (place.at, place.kind, place.key)
	return [event for event in found if (event["at"], event["kind"], event["key"]) < mark]


@given(events, st.integers(1, 10))
def test_pages_tell_everything_once_and_in_order(found, size):
	told, place = [], None
	while True:
		page, place = page_of(after(found, place), size)
		told += page
		if place is None:
			break
		place = read_place(str(place))
	assert len(told) == len(found)
	keys = [(event["at"], event["kind"], event["key"]) for event in told]
	assert keys == sorted(keys, reverse=True)


def test_a_place_survives_the_browser():
	place = Place(NOW, "letter", "a|b|c")
	assert read_place(str(place)) == place
	assert read_place(None) is None and read_place("") is None


@pytest.mark.parametrize("text", ["x", "2026-01-01", "never|letter|a"])
def test_what_is_no_place_is_an_error(text):
	with pytest.raises(ValueError):
		read_place(text)
