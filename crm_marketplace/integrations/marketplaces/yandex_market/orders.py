"""Lists of orders: what changed, what is open, what was placed; and single ones.

One method gives them all, with three kinds of filters: by the moment of the last change, by the day of
placing, and by id. Who ordered is asked for separately, where the vendor tells it at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from crm_marketplace.integrations.errors import (
	ContractError,
	PermissionMissing,
	RateLimited,
	RejectedError,
	_,
)
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints
from crm_marketplace.integrations.marketplaces.yandex_market.order_records import (
	COMPANY_BUYER,
	campaign_of,
	read_order,
)
from crm_marketplace.integrations.marketplaces.yandex_market.session import (
	MOSCOW,
	YandexMarketSession,
	day,
	is_id,
	next_page,
	page_of,
	page_size,
	pieces,
	stamp,
)
from crm_marketplace.integrations.marketplaces.yandex_market.statuses import (
	OPEN_STATUSES,
	SCHEMES,
	SELLER_PROGRAMS,
)
from crm_marketplace.integrations.paging import bad_token, pack_token, unpack_token
from crm_marketplace.integrations.records import Fetched, Order, Page, Scheme
from crm_marketplace.integrations.translation import rows
from crm_marketplace.integrations.transport import Answer

ORDER_PAGE = 50
LONGEST_PERIOD = timedelta(days=28)  # "not more than 30 days"; days are whole, so a little less
# Where no days of placing are asked for, the method looks at the last 30. Orders placed before, up to so many
# times 30 days ago, are asked for beside them. UNCONFIRMED: that their days may be joined with other filters;
# where they may not, those orders are found by the nightly `orders_created` only.
DAYS_LOOKED_AT = 30
OLDER_PERIODS = 3

# Statuses in which the vendor tells who ordered.
PERSON_IS_TOLD = frozenset({"PROCESSING", "DELIVERY", "PICKUP"})
COMPANY_IS_TOLD = PERSON_IS_TOLD | {"DELIVERED"}

UNKNOWN_ORDER = _("The marketplace does not know this order.")
TEST_ORDER = _("This is a test order; it is not taken.")

Period = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Question:
	"""One question of a walk.

	Args:
		filter: as the vendor takes it.
		placed_in: answers that were placed outside of it are left out.
		is_extra: a refusal of it means nothing.
	"""

	filter: Mapping[str, Any]
	placed_in: Period | None = None
	is_extra: bool = False


class ListsYandexMarketOrders(YandexMarketSession):
	def order_changes(
		self,
		since: datetime,
		until: datetime,
		token: str | None = None,
		limit: int | None = None,
		*,
		with_fbo: bool = True,
	) -> Page[Order]:
		"""Orders of every scheme by the moment of their last change. One request a page, and one for each
		buyer the vendor tells of (see `_with_buyer`). FBY ones come in the same answers. See `ListsOrders`.
		"""

		def questions(today: date) -> Iterator[Question]:
			for start, end in pieces(since, until, LONGEST_PERIOD):
				dates = {"updateDateFrom": stamp(start), "updateDateTo": stamp(end, up=True)}
				yield from _with_older({"dates": dates}, today)

		return self._walk(questions, token, limit)

	def orders_created(
		self, since: datetime, until: datetime, token: str | None = None, limit: int | None = None
	) -> Page[Order]:
		"""Orders of every scheme by the moment of placing. The method takes days; what was placed on them
		outside the window is left out. Requests as in `order_changes`. See `ListsOrders`.
		"""

		def questions(today: date) -> Iterator[Question]:
			for start, end in pieces(since, until, LONGEST_PERIOD):
				# In which zone days begin is not said: the widest reading of both that are likely.
				first, last = day(start, timezone.utc), day(end + timedelta(days=1), MOSCOW)
				dates = {"creationDateFrom": first, "creationDateTo": last}
				yield Question({"dates": dates}, placed_in=(start, end))

		return self._walk(questions, token, limit)

	def open_orders(self, token: str | None = None, limit: int | None = None) -> Page[Order]:
		"""Orders to be packed or handed over by the seller. Requests as in `order_changes`. See `ListsOrders`."""
		filter_ = {"statuses": list(OPEN_STATUSES), "programTypes": list(SELLER_PROGRAMS)}
		return self._walk(lambda today: _with_older(filter_, today), token, limit)

	def order(self, external_id: str, scheme: Scheme | None = None) -> Fetched[Order]:
		"""One order, and its buyer where he is told. See `ListsOrders`."""
		return self._complete(read_order(self.raw_order(external_id)))

	def raw_order(self, external_id: str) -> Mapping[str, Any]:
		"""One order as the vendor gives it. One request.

		Raises:
			RejectedError: the shop has no such order, or it is a test.
		"""
		found: list[Any] = []
		if is_id(external_id):
			try:
				found = rows(self._ask({"orderIds": [int(external_id)]}, {}, None).data, "orders")
			except RejectedError as error:
				error.record_id = external_id
				raise
		for raw in found:
			if isinstance(raw, Mapping) and str(raw.get("orderId")) == external_id:
				if self._is_test(raw):
					raise RejectedError(TEST_ORDER, record_id=external_id)
				return raw
		raise RejectedError(UNKNOWN_ORDER, record_id=external_id)

	# --- inside --------------------------------------------------------------------------------

	def _walk(
		self, questions: Callable[[date], Iterable[Question]], token: str | None, limit: int | None
	) -> Page[Order]:
		"""The answers to some questions, one after the other. The token says which question, the vendor's page
		of its answer, and the day the first one was asked on, by which they are put.
		"""
		position = unpack_token(token)
		number, today = position.get("question", 0), position.setdefault("day", day(self.clock(), MOSCOW))
		try:
			first_day = date.fromisoformat(today)
		except (TypeError, ValueError):
			raise bad_token() from None
		asked = list(questions(first_day))
		if not asked:
			return Page(())
		if not isinstance(number, int) or not 0 <= number < len(asked):
			raise bad_token()
		question = asked[number]
		try:
			answer = self._ask(question.filter, position, limit)
		except RejectedError:
			if not question.is_extra:
				raise
			return Page((), _after(number, asked, today))
		page = next_page(answer.data)
		items = self._read(rows(answer.data, "orders"), question.placed_in)
		if page is not None:
			return Page(items, pack_token(question=number, page=page, day=today), answer.date)
		return Page(items, _after(number, asked, today), answer.date)

	def _ask(self, filter_: Mapping[str, Any], position: Mapping[str, Any], limit: int | None) -> Answer:
		body = {"programTypes": list(SCHEMES), **filter_}
		if self.own_campaign:
			body["campaignIds"] = [int(self.own_campaign)]
		if not self.test_orders and "orderIds" not in filter_:
			body["fake"] = False
		params = {"limit": page_size(limit, ORDER_PAGE), "pageToken": page_of(position)}
		return self.call(endpoints.ORDERS, body, params=params)

	def _read(self, raws: Iterable[Any], placed_in: Period | None = None) -> tuple[Fetched[Order], ...]:
		"""Records of raw orders; without test orders, and those that can be read and were placed outside of
		a period.
		"""
		found = []
		for raw in raws:
			if self._is_test(raw):
				continue
			item = read_order(raw)
			if placed_in and item.record and not placed_in[0] <= item.record.created_at < placed_in[1]:
				continue
			found.append(self._complete(item))
		return tuple(found)

	def _is_test(self, raw: Any) -> bool:
		return not self.test_orders and isinstance(raw, Mapping) and raw.get("fake") is True

	def _complete(self, item: Fetched[Order]) -> Fetched[Order]:
		"""The same order with its buyer; as it is where it cannot be read anyway."""
		if item.record is None:
			return item
		raw = self._with_buyer(item.raw)
		if raw is item.raw:
			return item
		complete = read_order(raw)
		return complete if complete.record else item

	def _with_buyer(self, raw: Mapping[str, Any]) -> Mapping[str, Any]:
		"""The order with who placed it under `buyer`. One request where that is told: of persons, to sellers
		who deliver themselves; of companies, to all. An order never waits for its buyer: without the right
		to ask, or the budget, or an answer that can be read, it comes without.
		"""
		status = raw.get("status")
		if raw.get("buyerType") == COMPANY_BUYER:
			endpoint = endpoints.COMPANY if status in COMPANY_IS_TOLD else None
		elif raw.get("programType") == "DBS":
			endpoint = endpoints.BUYER if status in PERSON_IS_TOLD else None
		else:
			endpoint = None
		if endpoint is None:
			return raw
		try:
			data = self.call(endpoint, campaignId=campaign_of(raw), orderId=str(raw["orderId"])).data
		except (PermissionMissing, RejectedError, RateLimited, ContractError):
			return raw
		buyer = data.get("result") if isinstance(data, Mapping) else None
		return {**raw, "buyer": buyer} if isinstance(buyer, Mapping) else raw


def _after(number: int, asked: Sequence[Question], today: str) -> str | None:
	return pack_token(question=number + 1, day=today) if number + 1 < len(asked) else None


def _with_older(filter_: Mapping[str, Any], today: date) -> Iterator[Question]:
	"""A question about recent orders, and the same about those placed before."""
	yield Question(filter_)
	for number in range(1, OLDER_PERIODS + 1):
		last = today - timedelta(days=DAYS_LOOKED_AT * number)
		first = last - timedelta(days=DAYS_LOOKED_AT)
		days = {"creationDateFrom": first.isoformat(), "creationDateTo": last.isoformat()}
		yield Question({**filter_, "dates": {**filter_.get("dates", {}), **days}}, is_extra=True)
