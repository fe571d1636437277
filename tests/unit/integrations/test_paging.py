from __future__ import annotations

import pytest

from crm_marketplace.integrations.errors import ContractError, RejectedError, TemporaryError
from crm_marketplace.integrations.paging import pack_token, unpack_token, walk, walk_on
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


# --- going on from a saved place -------------------------------------------------------------------


class Refusing(Shelf):
	"""A shelf that does not know one of its tokens any more."""

	def __init__(self, size: int, token: str, error: Exception) -> None:
		super().__init__(size)
		self.refused, self.error = token, error

	def fetch(self, token: str | None, limit: int) -> Page:
		page = super().fetch(token, limit)
		if token == self.refused:
			raise self.error
		return page


@pytest.mark.parametrize("token", [None, "20"])
def test_goes_on_from_a_saved_token(token):
	shelf = Shelf(30)
	assert ids(walk_on(shelf.fetch, token, limit=10)) == [
		str(number) for number in range(int(token or 0), 30)
	]
	assert shelf.asked[0] == (token, 10)


@pytest.mark.parametrize("error", [ContractError(), RejectedError()])
def test_a_saved_token_that_leads_nowhere_begins_the_list_anew(error):
	told = []
	shelf = Refusing(30, "17", error)
	assert ids(walk_on(shelf.fetch, "17", limit=10, begun_anew=told.append)) == [str(n) for n in range(30)]
	assert told == [error]


def test_a_saved_token_that_leads_to_itself_begins_the_list_anew():
	def fetch(token: str | None, limit: int) -> Page:
		if token == "same":
			return Page((Fetched("1", 1),), "same")
		return Page((Fetched("1", 1),))

	assert ids(walk_on(fetch, "same", limit=10)) == ["1"]


def test_a_list_is_begun_anew_once():
	shelf = Refusing(30, "10", ContractError())
	with pytest.raises(ContractError):
		list(walk_on(shelf.fetch, "10", limit=10))
	assert [token for token, _limit in shelf.asked] == ["10", None, "10"]


def test_what_passes_by_itself_costs_no_place():
	shelf = Refusing(30, "17", TemporaryError())
	with pytest.raises(TemporaryError):
		list(walk_on(shelf.fetch, "17", limit=10))
	assert len(shelf.asked) == 1
