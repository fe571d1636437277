"""Finding the rows the vendor means when it refuses a batch."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.integrations.marketplaces.yandex_market.batches import MOST_REQUESTS, send_rows
from crm_marketplace.integrations.marketplaces.yandex_market.errors import NOT_SENT, REFUSED, Refusal


class Vendor:
	"""Takes rows unless a bad one is among them, as it names them or not."""

	def __init__(self, bad: Sequence[str], *, names_them: bool) -> None:
		self.bad = set(bad)
		self.names_them = names_them
		self.taken: list[str] = []
		self.requests = 0

	def send(self, rows: Sequence[str]) -> None:
		self.requests += 1
		bad = [row for row in rows if row in self.bad]
		if bad:
			message = f"Offers not found: {', '.join(bad)}" if self.names_them else "Something is wrong"
			raise Refusal(messages=(message,))
		self.taken += rows


def send(vendor: Vendor, rows: Sequence[str]):
	return send_rows(rows, vendor.send, lambda row: (row,))


ROWS = [f"CUP-{number:04}" for number in range(2000)]


def test_good_rows_are_one_request():
	vendor = Vendor([], names_them=True)
	assert send(vendor, ROWS) == dict.fromkeys(ROWS)
	assert vendor.requests == 1


def test_no_rows_are_no_request():
	vendor = Vendor([], names_them=True)
	assert send(vendor, []) == {}
	assert vendor.requests == 0


def test_named_rows_cost_one_more():
	vendor = Vendor(ROWS[5:300:7], names_them=True)
	fate = send(vendor, ROWS)
	assert {row for row, problem in fate.items() if problem} == vendor.bad
	assert vendor.requests == 2


@pytest.mark.parametrize("place", [0, 999, 1000, 1999])
def test_one_nameless_row_among_two_thousand_is_found(place):
	vendor = Vendor([ROWS[place]], names_them=False)
	fate = send(vendor, ROWS)
	assert {row: problem.code for row, problem in fate.items() if problem} == {ROWS[place]: REFUSED}
	assert vendor.requests <= MOST_REQUESTS


def test_what_could_not_be_told_apart_in_time_is_to_be_sent_again():
	vendor = Vendor(ROWS[::3], names_them=False)
	fate = send(vendor, ROWS)
	assert vendor.requests == MOST_REQUESTS
	assert list(fate) != [] and set(fate) == set(ROWS)
	assert {row for row, problem in fate.items() if problem is None} == set(vendor.taken)
	assert NOT_SENT in fate.values() and NOT_SENT.retry_after


@given(
	rows=st.lists(st.text("abcdefgh-_. 0123456789", min_size=1, max_size=6), unique=True, max_size=30),
	data=st.data(),
)
def test_every_row_has_its_fate(rows, data):
	bad = data.draw(st.sets(st.sampled_from(rows))) if rows else set()
	vendor = Vendor(sorted(bad), names_them=data.draw(st.booleans()))
	fate = send(vendor, rows)
	assert set(fate) == set(rows)
	assert {row for row, problem in fate.items() if problem is None} == set(vendor.taken)
	assert not bad & set(vendor.taken)


@pytest.mark.parametrize(
	("message", "named"),
	[
		("Offer CUP-1 not found", {"CUP-1"}),
		("Offer 'CUP-1', CUP-10.", {"CUP-1", "CUP-10"}),
		("Offer XCUP-1 and CUP-1-1 not found", set()),
	],
)
def test_a_name_is_a_word_of_its_own(message, named):
	def refuse_once(rows: Sequence[str]) -> None:
		if len(rows) == 4:
			raise Refusal(messages=(message,))

	fate = send_rows(["CUP-1", "CUP-10", "CUP-2", "No"], refuse_once, lambda row: (row,))
	assert {row for row, problem in fate.items() if problem} == named
