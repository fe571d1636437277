from __future__ import annotations

import pytest

from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.paging import pack_token, unpack_token, walk
from crm_marketplace.integrations.records import Fetched, Page
from crm_marketplace.integrations.transport import PageTooLarge


class Shelf:
	"""A list of numbered things, given in pages; `heaviest` is the largest page that can be carried."""

	def __init__(self, size: int, heaviest: int = 1000) -> None:
		self.size = size
		self.heaviest = heaviest
		self.asked: list[tuple[str | None, int]] = []

	def fetch(self, token: str | None, limit: int) -> Page:
		self.asked.append((token, limit))
		if limit > self.heaviest:
			raise PageTooLarge()
		start = int(token or 0)
		end = min(self.size, start + limit)
		items = tuple(Fetched(str(number), number) for number in range(start, end))
		return Page(items, str(end) if end < self.size else None)


def ids(pages) -> list[str]:
	return [item.external_id for page in pages for item in page.items]


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 95])
def test_everything_once_and_in_order(size):
	assert ids(walk(Shelf(size).fetch, limit=10)) == [str(number) for number in range(size)]


def test_goes_on_from_a_token():
	assert ids(walk(Shelf(30).fetch, token="17", limit=10)) == [str(number) for number in range(17, 30)]


def test_stops_after_so_many_pages_and_says_where():
	pages = list(walk(Shelf(30).fetch, limit=10, max_pages=2))
	assert [page.token for page in pages] == ["10", "20"]


def test_a_page_that_is_too_large_is_halved_until_it_fits():
	shelf = Shelf(40, heaviest=12)
	assert ids(walk(shelf.fetch, limit=100)) == [str(number) for number in range(40)]
	assert [limit for _token, limit in shelf.asked[:4]] == [100, 50, 25, 12]
	assert {limit for _token, limit in shelf.asked[4:]} == {12}


def test_a_single_record_that_is_too_large():
	with pytest.raises(PageTooLarge):
		list(walk(Shelf(5, heaviest=0).fetch, limit=8))


def test_a_token_that_comes_back():
	pages = iter(
		[Page((Fetched("1", 1),), "a"), Page((Fetched("2", 2),), "b"), Page((Fetched("3", 3),), "a")]
	)
	seen = []
	with pytest.raises(ContractError, match="same page"):
		for page in walk(lambda _token, _limit: next(pages)):
			seen += [item.external_id for item in page.items]
	assert seen == ["1", "2"]


def test_new_tokens_with_old_records():
	pages = iter([Page((Fetched("1", 1),), "a"), Page((Fetched("1", 1),), "b")])
	with pytest.raises(ContractError, match="same page"):
		list(walk(lambda _token, _limit: next(pages)))


def test_empty_pages_in_between_are_no_repetition():
	pages = iter([Page((), "a"), Page((), "b"), Page((Fetched("1", 1),), None)])
	assert ids(walk(lambda _token, _limit: next(pages))) == ["1"]


def test_tokens_survive():
	position = {"phase": "fbs", "piece": 0, "cursor": "eyJ", "last_id": "Ж"}
	assert unpack_token(pack_token(**position)) == position
	assert unpack_token(None) == {}


@pytest.mark.parametrize("token", ["", "17", "[]", '"x"', "{", "null"])
def test_a_token_that_is_none(token):
	with pytest.raises(ContractError, match="saved position"):
		unpack_token(token)
