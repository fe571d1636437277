"""From a request to a reply: whose it is, what goes wrong with it, whether it may pass, who answers it."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from crm_marketplace.sandbox.clock import Clock
from crm_marketplace.sandbox.faults import AFTERWARDS, INSTEAD, Fault, Faults
from crm_marketplace.sandbox.http import JSON, Refusal, Reply, Request
from crm_marketplace.sandbox.journal import Journal
from crm_marketplace.sandbox.limits import RateLimiter
from crm_marketplace.sandbox.marketplace import WHOLE_ANSWER, Marketplace, Route
from crm_marketplace.sandbox.shop import Shop

TIMEOUT_SECONDS = 120.0  # longer than any client waits
HUGE_BYTES = 32 * 1024 * 1024
HTML_PAGE = """<!DOCTYPE html><html lang="ru"><head><title>502 Bad Gateway</title></head>
<body><h1>Ведутся технические работы</h1><p>Мы скоро вернёмся.</p></body></html>""".encode()


class Application:
	"""The sandbox behind its web server; knows no sockets."""

	def __init__(
		self, marketplace: Marketplace, shops: Mapping[str, Shop], clock: Clock, limiter: RateLimiter
	) -> None:
		self.marketplace = marketplace
		self.shops = shops
		self.clock = clock
		self.limiter = limiter
		self.faults = Faults()
		self.journal = Journal()
		self._patterns = [
			(method, _pattern(path), route)
			for (method, path), route in marketplace.routes.items()
			if "{" in path
		]
		# What was last answered, by shop and path: for the fault that sends a page twice.
		self._answered: OrderedDict[tuple[str, str], Any] = OrderedDict()

	def handle(self, request: Request) -> Reply:
		"""Answer a request of the marketplace's API, faults included."""
		shop = self.marketplace.find_shop(request, self.shops)
		fault = self.faults.take(request.path, shop.name if shop else None)
		moment = self.clock.now()
		if fault and fault.kind in INSTEAD:
			reply = self._instead(fault)
		else:
			reply = self._answer(request, shop, fault)
		skewed = fault.seconds or 3600.0 if fault and fault.kind == "clock_skew" else 0.0
		reply.headers.setdefault("Date", format_datetime(moment + timedelta(seconds=skewed), usegmt=True))
		exchange = self.journal.add(
			request=request.body,
			answer=reply.body,
			at=moment.isoformat(),
			shop=shop.name if shop else None,
			method=request.method,
			path=request.path,
			query=dict(request.query),
			status=None if reply.silent else reply.status,
			fault=fault.kind if fault else None,
		)
		reply.headers.setdefault(self.marketplace.request_id_header, f"{exchange.number:032x}")
		return reply

	# --- the answer itself -----------------------------------------------------------------------

	def _answer(self, request: Request, shop: Shop | None, fault: Fault | None) -> Reply:
		remaining = 0
		route = None
		try:
			route, request = self._route(request)
			self.marketplace.admit(request, shop, route)
			remaining = self._count(shop, route)
			body = self.marketplace.read_body(request)
			with shop.state.transaction():
				shop.settle()
				data = route.handler(shop, body)
		except Refusal as refusal:
			reply = refusal.reply()
			if shop and route and 400 <= reply.status < 500 and reply.status != 429:
				self._count_refusal(shop, route)
		else:
			reply = self._spoilt(request, shop, route, data, fault)
		reply.headers = {**self.marketplace.answer_headers(remaining), **reply.headers}
		return reply

	def _route(self, request: Request) -> tuple[Route, Request]:
		route = self.marketplace.routes.get((request.method, request.path))
		if route is not None:
			return route, request
		for method, pattern, route in self._patterns:
			found = pattern.fullmatch(request.path) if method == request.method else None
			if found:
				params = {name: unquote(value) for name, value in found.groupdict().items()}
				return route, replace(request, params=params)
		raise self.marketplace.refusal("not_found", path=request.path)

	def _count(self, shop: Shop, route: Route) -> int:
		windows = (*self.marketplace.windows, *route.windows)
		wait, remaining = self.limiter.take(shop.name, windows, self.clock.micros())
		if wait:
			raise self.marketplace.refusal("429", seconds=wait, now=self.clock.now())
		return remaining

	def _count_refusal(self, shop: Shop, route: Route) -> None:
		windows = (*self.marketplace.windows, *route.windows)
		self.limiter.charge(shop.name, windows, self.clock.micros(), route.refusal_counts_as - 1)

	# --- what goes wrong ---------------------------------------------------------------------------

	def _instead(self, fault: Fault) -> Reply:
		if fault.kind == "timeout":
			return Reply(0, silent=True, delay=fault.seconds or TIMEOUT_SECONDS)
		if fault.kind == "drop_connection":
			return Reply(0, silent=True)
		if fault.kind == "broken_json":
			return Reply(200, b'{"result": {"items": [{"id": 1, "na', {"Content-Type": JSON})
		if fault.kind == "html":
			status = int(fault.options.get("status", 200))
			return Reply(status, HTML_PAGE, {"Content-Type": "text/html; charset=utf-8"})
		facts = {"seconds": fault.seconds or 1.0, "now": self.clock.now()} if fault.kind == "429" else {}
		return self.marketplace.refusal(fault.kind, **facts).reply()

	def _spoilt(self, request: Request, shop: Shop, route: Route, data: Any, fault: Fault | None) -> Reply:
		kind = fault.kind if fault and fault.kind in AFTERWARDS else ""
		place = (shop.name, request.path)
		if kind == "repeat_page":
			if place in self._answered:
				return Reply.of(self._answered[place])
			self.faults.give_back(fault)
		if route.items and not isinstance(data, Reply):
			self._remember(place, data)
		items = _items(data, route.items)
		if kind in ("duplicate_items", "out_of_order", "bad_record", "empty_page"):
			if items:
				data = deepcopy(data)
				self._rearrange(kind, request.path, _items(data, route.items))
			else:
				self.faults.give_back(fault)
		reply = data if isinstance(data, Reply) else Reply.of(data)
		if kind == "huge_page":
			if items is None or len(items) < int(fault.options.get("above", 1)):
				self.faults.give_back(fault)
			else:
				reply.body += b" " * max(0, int(fault.options.get("bytes", HUGE_BYTES)) - len(reply.body))
		elif kind == "slow":
			reply.delay = 1.0 if fault.seconds is None else fault.seconds
		elif kind == "lost_answer":
			reply.silent = True
		elif kind == "cut_answer":
			reply.cut = True
		return reply

	def _rearrange(self, kind: str, path: str, items: list[Any]) -> None:
		if kind == "duplicate_items":
			items.append(deepcopy(items[0]))
		elif kind == "out_of_order":
			items.reverse()
		elif kind == "empty_page":
			items.clear()
		else:
			self.marketplace.spoil(path, items[0])

	def _remember(self, place: tuple[str, str], data: Any) -> None:
		self._answered[place] = data
		self._answered.move_to_end(place)
		while len(self._answered) > 16:
			self._answered.popitem(last=False)

	def clear(self) -> None:
		"""Forget faults, counts and answers."""
		self.faults.clear()
		self.journal.clear()
		self.limiter.clear()
		self._answered.clear()

	def paths(self, pattern: str = "*") -> list[str]:
		"""The vendor's paths this sandbox answers."""
		return sorted({path for _method, path in self.marketplace.routes if fnmatchcase(path, pattern)})


def _pattern(path: str) -> re.Pattern[str]:
	"""A path with `{name}` marks as an expression with groups of those names."""
	parts = re.split(r"\{(\w+)\}", path)
	return re.compile(
		"".join(f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
	)


def _items(data: Any, keys: tuple[str, ...]) -> list[Any] | None:
	if not keys or isinstance(data, Reply):  # an answer that is no JSON, as "no data" without a body
		return None
	for key in () if keys == WHOLE_ANSWER else keys:
		data = data[key]
	return data
