"""Lists of postings: what changed, what is open, what was placed; and a single one.

FBS and rFBS postings can be asked for by the date of their last change. FBO postings cannot, so a sliding
window of them is read again each time, as a second part of the same walk.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from crm_marketplace.integrations.errors import (
	IntegrationError,
	PermissionMissing,
	RateLimited,
	RejectedError,
)
from crm_marketplace.integrations.marketplaces.ozon import endpoints
from crm_marketplace.integrations.marketplaces.ozon.postings import read_posting
from crm_marketplace.integrations.marketplaces.ozon.session import (
	OzonSession,
	next_cursor,
	page_size,
	stamp,
)
from crm_marketplace.integrations.marketplaces.ozon.statuses import OPEN_STATUSES
from crm_marketplace.integrations.paging import bad_token, pack_token, unpack_token
from crm_marketplace.integrations.records import Fetched, Order, Page, Scheme
from crm_marketplace.integrations.translation import rows, unexpected
from crm_marketplace.integrations.transport import Answer, Endpoint

ORDER_PAGE = 100
LONGEST_PERIOD = timedelta(days=364)  # "not more than a year"; a longer one is asked for in pieces
# How long after it was placed a posting may still change. The method wants a period of placing beside the
# period of change. UNCONFIRMED: the vendor names no limit; delivery, storage and the way back stay below.
LONGEST_LIFE = timedelta(days=180)
# FBO postings placed up to so long ago are read again with every walk over changes that asks for them: most
# are delivered by then. Later ones are found by the nightly `orders_created`. Each 100 of them cost a request.
FBO_WINDOW = timedelta(days=14)
# Around now, the time to pack by of what is open; together not more than a year.
CUTOFF_BEFORE = timedelta(days=180)
CUTOFF_AFTER = timedelta(days=180)

WITH = {"analytics_data": True, "financial_data": True, "legal_info": True}
WITH_FBS = {**WITH, "barcodes": True}

FBS, FBO = "fbs", "fbo"
Period = tuple[datetime, datetime]


class ListsOzonOrders(OzonSession):
	def order_changes(
		self,
		since: datetime,
		until: datetime,
		token: str | None = None,
		limit: int | None = None,
		*,
		with_fbo: bool = True,
	) -> Page[Order]:
		"""One request a page: first FBS and rFBS postings whose status changed in the window, then FBO
		postings placed within `FBO_WINDOW`. See `ListsOrders`.
		"""
		changed = {"last_changed_status_date": {"from": stamp(since), "to": stamp(until, up=True)}}
		phases = {
			FBS: _pieces(since - LONGEST_LIFE, until) if since < until else [],
			FBO: _pieces(min(since, until - FBO_WINDOW), until) if since < until and with_fbo else [],
		}
		return self._walk(phases, changed, token, limit)

	def orders_created(
		self, since: datetime, until: datetime, token: str | None = None, limit: int | None = None
	) -> Page[Order]:
		"""One request a page: first FBS and rFBS postings, then FBO ones. See `ListsOrders`."""
		pieces = _pieces(since, until)
		return self._walk({FBS: pieces, FBO: pieces}, {}, token, limit)

	def open_orders(self, token: str | None = None, limit: int | None = None) -> Page[Order]:
		"""One request a page: FBS and rFBS postings to be packed or handed over. The vendor ships FBO ones
		himself. See `ListsOrders`.
		"""
		position = unpack_token(token)
		# The period is carried along: a cursor belongs to the filter it came with.
		now = self.clock()
		position.setdefault("from", stamp(now - CUTOFF_BEFORE))
		position.setdefault("to", stamp(now + CUTOFF_AFTER))
		filter_ = {
			"cutoff_from": position["from"],
			"cutoff_to": position["to"],
			"statuses": list(OPEN_STATUSES),
		}
		answer = self._ask(endpoints.FBS_OPEN, filter_, position, limit, WITH_FBS)
		cursor = next_cursor(answer.data)
		return _page(answer, None if cursor is None else pack_token(**{**position, "cursor": cursor}))

	def order(self, external_id: str, scheme: Scheme | None = None) -> Fetched[Order]:
		"""One posting. One request; a second where the scheme is not known or is FBO, and the first method
		asked does not know it: postings from a partner's warehouse (FBP) are FBO to us, and in the FBS
		methods. See `ListsOrders`.
		"""
		fbs, fbo = (endpoints.FBS_GET, WITH_FBS), (endpoints.FBO_GET, WITH)
		if scheme is Scheme.FBO:
			first, second = fbo, fbs
		elif scheme is None:
			first, second = fbs, fbo
		else:
			return self._one(*fbs, external_id)
		try:
			return self._one(*first, external_id)
		except RejectedError:
			return self._one(*second, external_id)

	def _one(self, endpoint: Endpoint, with_: Mapping[str, bool], external_id: str) -> Fetched[Order]:
		try:
			data = self.post(endpoint, {"posting_number": external_id, "with": dict(with_)}).data
		except RejectedError as error:
			error.record_id = external_id
			raise
		raw = data.get("result") if isinstance(data, Mapping) else None
		if not isinstance(raw, Mapping):
			raise unexpected("result", "nothing")
		return read_posting(raw)

	def _walk(
		self,
		phases: Mapping[str, list[Period]],
		extra: Mapping[str, Any],
		token: str | None,
		limit: int | None,
	) -> Page[Order]:
		"""One page of a walk over the periods of FBS, then over those of FBO. The token tells the phase, the
		period in it, and the vendor's cursor.
		"""
		position = unpack_token(token)
		phase, piece = position.get("phase", FBS), position.get("piece", 0)
		if phase not in phases or not isinstance(piece, int):
			raise bad_token()
		if not phases[phase]:
			return Page(())
		if not 0 <= piece < len(phases[phase]):
			raise bad_token()
		if phase == FBS:
			return self._piece(phases, phase, piece, extra, position, limit)
		# FBS orders must not wait for FBO ones: a walk that cannot go on in their list ends without them.
		try:
			return self._piece(phases, phase, piece, {}, position, limit)
		except PermissionMissing:
			return Page(())  # told by the credentials check
		except IntegrationError as error:
			return Page((), left_out=error)

	def _piece(
		self,
		phases: Mapping[str, list[Period]],
		phase: str,
		piece: int,
		extra: Mapping[str, Any],
		position: Mapping[str, Any],
		limit: int | None,
	) -> Page[Order]:
		"""A page of a period of a phase, with the token of what follows it."""
		start, end = phases[phase][piece]
		filter_ = {"since": stamp(start), "to": stamp(end, up=True), **extra}
		endpoint, with_ = (endpoints.FBS_LIST, WITH_FBS) if phase == FBS else (endpoints.FBO_LIST, WITH)
		answer = self._ask(endpoint, filter_, position, limit, with_)
		cursor = next_cursor(answer.data)
		if cursor is not None:
			return _page(answer, pack_token(phase=phase, piece=piece, cursor=cursor))
		if piece + 1 < len(phases[phase]):
			return _page(answer, pack_token(phase=phase, piece=piece + 1))
		if phase == FBS and phases[FBO]:
			return _page(answer, pack_token(phase=FBO, piece=0))
		return _page(answer, None)

	def _ask(
		self,
		endpoint: Endpoint,
		filter_: Mapping[str, Any],
		position: Mapping[str, Any],
		limit: int | None,
		with_: Mapping[str, bool],
	) -> Answer:
		body = {
			"filter": dict(filter_),
			"limit": page_size(limit, ORDER_PAGE),
			"cursor": str(position.get("cursor", "")),
			"sort_dir": "ASC",
			"with": dict(with_),
		}
		return self.post(endpoint, body)


def _page(answer: Answer, token: str | None) -> Page[Order]:
	items = tuple(read_posting(raw) for raw in rows(answer.data, "postings"))
	return Page(items, token, answer.date)


def _pieces(since: datetime, until: datetime) -> list[Period]:
	"""[since, until) in periods the vendor takes, the oldest first; none if it is empty."""
	found = []
	while since < until:
		end = min(until, since + LONGEST_PERIOD)
		found.append((since, end))
		since = end
	return found
