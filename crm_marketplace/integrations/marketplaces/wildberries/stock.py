"""Stock of the seller's warehouses. What lies in the marketplace's own is not the seller's to set.

Stock is addressed by size (`chrtId`) and warehouse, one warehouse per request. What can be sold falls by
itself with every order; UNCONFIRMED, but common practice: a pushed amount is the free quantity.

An answer without a refusal proves little: "names of parameters are not validated, with wrong ones you get 204
and nothing changes". So the daily drift run reads the amounts back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from crm_marketplace.integrations.errors import IntegrationError, RateLimited, RejectedError
from crm_marketplace.integrations.marketplaces.wildberries import endpoints, payloads
from crm_marketplace.integrations.marketplaces.wildberries.errors import (
	NOT_FOUND,
	NOT_SENT,
	NOT_SENT_PAUSE,
	TOO_MUCH,
	LinesRefused,
	stock_meaning,
)
from crm_marketplace.integrations.marketplaces.wildberries.listings import ListsWildberriesListings
from crm_marketplace.integrations.marketplaces.wildberries.session import chunks, page_size
from crm_marketplace.integrations.marketplaces.wildberries.warehouses import ListsWildberriesWarehouses
from crm_marketplace.integrations.paging import bad_token, pack_token, unpack_token
from crm_marketplace.integrations.records import Fetched, Page, PushResult, StockLevel
from crm_marketplace.integrations.translation import identity, rows, translate, unexpected

STOCK_PAGE = 1000  # sizes in one question
STOCK_BATCH = 1000
MAXIMUM_STOCK = 100_000
# Requests one push may take for a warehouse: enough to find one bad line among a thousand where the
# refusal names none. Each refused one counts as ten; the rest of the rows waits for the next push.
MOST_REQUESTS = 24

Fate = tuple[str, str]  # the vendor's code and words; ("", "") is success
TAKEN: Fate = ("", "")


class SyncsWildberriesStock(ListsWildberriesListings, ListsWildberriesWarehouses):
	def stock_levels(
		self, token: str | None = None, listing_ids: Sequence[str] | None = None, limit: int | None = None
	) -> Page[StockLevel]:
		"""The amounts of up to `limit` sizes in every active warehouse: a request for the cards, and one per
		warehouse. Cards in the bin are left out. See `SyncsStock`.

		Args:
			listing_ids: the same for all pages of a walk. The levels then have no `offer_id`.
		"""
		position = unpack_token(token)
		if listing_ids is None:
			part = self.card_part(position, page_size(limit, STOCK_PAGE))
			offers = {item.external_id: item.record.offer_id for item in part.items if item.record}
			following = pack_token(**part.following) if part.following else None
			return Page(self._levels(offers), following, part.as_of)
		start, size = position.get("start", 0), page_size(limit, STOCK_PAGE)
		if not listing_ids:
			return Page(())
		if not isinstance(start, int) or not 0 <= start < len(listing_ids):
			raise bad_token()
		end = start + size
		items = self._levels(dict.fromkeys(listing_ids[start:end], ""))
		return Page(items, pack_token(start=end) if end < len(listing_ids) else None)

	def _levels(self, offers: Mapping[str, str]) -> tuple[Fetched[StockLevel], ...]:
		"""Args: offers: size → its offer id."""
		found: list[Fetched[StockLevel]] = []
		known = [int(id_) for id_ in offers if id_.isdecimal()]
		for warehouse_id in self._stocked_warehouses if known else ():
			for some in chunks(known, STOCK_PAGE):
				data = self.call(endpoints.STOCK, {"chrtIds": list(some)}, warehouseId=warehouse_id).data
				found += (read_stock_level(raw, warehouse_id, offers) for raw in rows(data, "stocks"))
		return tuple(found)

	@cached_property
	def _stocked_warehouses(self) -> tuple[str, ...]:
		return tuple(
			item.external_id for item in self.warehouses().items if item.record and item.record.is_active
		)

	def push_stock(self, levels: Sequence[StockLevel]) -> Sequence[PushResult]:
		"""Set what can be sold. One request per warehouse among the rows, and one more where some lines are
		refused: a refusal names them, nothing of the request is taken, and the others are sent again.

		Raises:
			ValueError: more rows than the vendor takes.
		"""
		if len(levels) > STOCK_BATCH:
			raise ValueError(f"{len(levels)} rows; the method takes {STOCK_BATCH}")
		fates: dict[tuple[str, str], tuple[Fate, float | None]] = {}
		amounts: dict[str, dict[str, int]] = defaultdict(dict)
		for level in levels:
			if fate := _why_not(level):
				fates[level.warehouse_id, level.listing_id] = fate, None
			else:
				amounts[level.warehouse_id][level.listing_id] = level.quantity
		for warehouse_id, lines in amounts.items():
			push = _Push(self, warehouse_id, is_first=not fates)
			for listing_id, fate in push.run(lines).items():
				fates[warehouse_id, listing_id] = fate
		return tuple(_result(level, *fates[level.warehouse_id, level.listing_id]) for level in levels)


class _Push:
	"""One warehouse's rows on their way: what is refused is told apart from what can be taken.

	Args:
		is_first: nothing is known of any row yet, so nothing is lost where a request fails.
	"""

	def __init__(self, session: SyncsWildberriesStock, warehouse_id: str, *, is_first: bool) -> None:
		self.session = session
		self.warehouse_id = warehouse_id
		self.is_first = is_first
		self.fates: dict[str, tuple[Fate, float | None]] = {}
		self.requests = 0

	def run(self, lines: Mapping[str, int]) -> dict[str, tuple[Fate, float | None]]:
		"""Size → fate, and the seconds after which to come back where the marketplace said so."""
		waiting = [dict(lines)]
		while waiting:
			part = waiting.pop()
			if self.requests >= MOST_REQUESTS:
				self._settle(part, (NOT_SENT, ""), NOT_SENT_PAUSE)
				continue
			try:
				waiting += self._send(part)
			except IntegrationError as error:
				# What the marketplace has said of the other rows so far is worth ten requests: it is kept.
				if not error.policy.retry or (self.is_first and not self.fates):
					raise
				pause = error.retry_after if isinstance(error, RateLimited) else NOT_SENT_PAUSE
				self._settle(part, (NOT_SENT, ""), pause)
		return self.fates

	def _send(self, part: dict[str, int]) -> list[dict[str, int]]:
		"""Send some rows. Returns what is to be sent again."""
		body = {"stocks": [{"chrtId": int(id_), "amount": amount} for id_, amount in part.items()]}
		self.requests += 1
		try:
			self.session.call(endpoints.STOCK_PUSH, body, warehouseId=self.warehouse_id)
		except RejectedError as refusal:
			return self._refused(part, refusal)
		self._settle(part, TAKEN)
		return []

	def _refused(self, part: dict[str, int], refusal: RejectedError) -> list[dict[str, int]]:
		why = f"HTTP {refusal.http_status}", str(refusal.values[0]) if refusal.values else ""
		if isinstance(refusal, LinesRefused):
			if refusal.everything:
				self._settle(part, refusal.everything)
				return []
			why = refusal.why or why
			named = {id_: fate for id_, fate in refusal.lines.items() if id_ in part}
			for id_, fate in named.items():
				self._settle([id_], fate)
			if named:
				rest = {id_: amount for id_, amount in part.items() if id_ not in named}
				return [rest] if rest else []
		if refusal.http_status == 404:
			why = NOT_FOUND, why[1]
		if len(part) == 1 or refusal.http_status == 404:
			self._settle(part, why)
			return []
		# Some line is bad and the refusal does not say which: each half is sent on its own.
		half = len(part) // 2
		return [dict(list(part.items())[half:]), dict(list(part.items())[:half])]

	def _settle(self, ids: Mapping[str, int] | list[str], fate: Fate, pause: float | None = None) -> None:
		for id_ in ids:
			self.fates[id_] = fate, pause


def _why_not(level: StockLevel) -> Fate | None:
	"""What is known to be refused is not sent: a refused request counts as ten."""
	if not (level.warehouse_id.isdecimal() and level.listing_id.isdecimal()):
		return NOT_FOUND, ""
	return (TOO_MUCH, "") if level.quantity > MAXIMUM_STOCK else None


def _result(level: StockLevel, fate: Fate, pause: float | None) -> PushResult:
	code, words = fate
	meaning = None if fate == TAKEN else stock_meaning(code, words)
	return PushResult(
		listing_id=level.listing_id,
		warehouse_id=level.warehouse_id,
		ok=meaning is None,
		code=(meaning.code if meaning else None) or code or None,
		message=meaning.sentence if meaning else "",
		retry_after=(meaning.retry_after if pause is None else pause) if meaning else None,
	)


def read_stock_level(raw: Any, warehouse_id: str, offers: Mapping[str, str]) -> Fetched[StockLevel]:
	"""A row of /api/v3/stocks/{warehouseId}. Makes no request.

	Args:
		offers: size → its offer id, where it is known.
	"""
	whole = {**raw, "warehouseId": warehouse_id} if isinstance(raw, Mapping) else raw
	external_id = identity(whole, "chrtId", "warehouseId")
	return translate(whole, payloads.StockRow, lambda row: _stock_level(row, offers), external_id)


def _stock_level(row: payloads.StockRow, offers: Mapping[str, str]) -> StockLevel:
	if row.amount is None:
		raise unexpected("amount", "nothing")
	return StockLevel(
		listing_id=row.chrt_id,
		offer_id=offers.get(row.chrt_id, ""),
		warehouse_id=row.warehouse_id,
		quantity=max(0, row.amount),
	)
