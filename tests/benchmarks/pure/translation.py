"""How fast connectors turn a marketplace's answers into records: the way of an answer from its bytes on.

The answers are a sandbox's. They are kept as they came over the wire, and then read again from memory, so that
neither the network nor the sandbox is measured.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from statistics import median
from typing import Any
from unittest.mock import patch

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from crm_marketplace.integrations import registry
from crm_marketplace.integrations.budget import Unlimited
from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.paging import walk
from crm_marketplace.sandbox import UNLIMITED, Clock, Sandbox

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=timezone.utc)
WINDOW = (NOW - timedelta(days=60), NOW + timedelta(days=1))
RECORDS = 1000  # of each kind
ROUNDS = 5
# The bytes are kept unpacked and in one piece; these headers say how they came.
WIRE_HEADERS = ("content-encoding", "content-length", "transfer-encoding")

# Kind → capability, and how a page of it is asked for.
LISTS: dict[str, tuple[Capability, Callable[[Any, str | None, int], Any]]] = {
	"orders": (
		Capability.ORDERS,
		lambda connector, token, limit: connector.orders_created(*WINDOW, token, limit),
	),
	"listings": (Capability.LISTINGS, lambda connector, token, limit: connector.listings(token, limit)),
}
Tape = dict[tuple[str, str, bytes], tuple[int, dict[str, str], bytes]]


def measure(figure) -> None:
	speeds: dict[str, dict[str, float]] = {kind: {} for kind in LISTS}
	for cls in registry.connectors().values():
		for kind, speed in _measure_connector(cls).items():
			speeds[kind][cls.info.title] = speed
	for kind, by_marketplace in speeds.items():
		figure(
			f"translation_{kind}",
			min(by_marketplace.values()),
			detail=f"{kind} per second of processor time, of the slowest connector: "
			+ ", ".join(f"{title} {speed:,.0f}" for title, speed in by_marketplace.items()),
		)


def _measure_connector(cls: Any) -> dict[str, float]:
	"""Kind → records per second."""
	speeds: dict[str, float] = {}
	clock = Clock(NOW)
	with Sandbox(cls.info.name, listings=RECORDS, orders=RECORDS, clock=clock, limits=UNLIMITED) as sandbox:
		for kind, (capability, fetch) in LISTS.items():
			if capability not in cls.info.capabilities:
				continue
			connector = cls.connect(
				sandbox.credentials, base_url=sandbox.url, budget=Unlimited(), clock=clock.now
			)
			tape: Tape = {}
			with _recording(tape):
				_read(connector, fetch)
			with _playing(tape):
				speeds[kind] = median(_speed(connector, fetch) for _round in range(ROUNDS))
			connector.transport.close()
	return speeds


def _read(connector: Any, fetch: Callable) -> int:
	"""Read a whole list. Returns how many records it has."""
	pages = walk(lambda token, limit: fetch(connector, token, limit), limit=connector.info.order_page_size)
	items = [item for page in pages for item in page.items]
	if not items or any(item.error for item in items):
		raise AssertionError(f"{connector.info.name}: {len(items)} records, not all of them can be read")
	return len(items)


def _speed(connector: Any, fetch: Callable) -> float:
	started = time.process_time()
	number = _read(connector, fetch)
	return number / (time.process_time() - started)


# --- the wire --------------------------------------------------------------------------------------


@contextmanager
def _recording(tape: Tape) -> Iterator[None]:
	"""Keep every answer."""
	send = HTTPAdapter.send

	def record(self: HTTPAdapter, request: requests.PreparedRequest, **options: Any) -> requests.Response:
		response = send(self, request, **{**options, "stream": False})
		tape[_key(request)] = (response.status_code, dict(response.headers), response.content)
		return _replay(self, request, tape)

	with patch.object(HTTPAdapter, "send", record):
		yield


@contextmanager
def _playing(tape: Tape) -> Iterator[None]:
	"""Give the kept answers instead of asking."""
	with patch.object(HTTPAdapter, "send", lambda self, request, **options: _replay(self, request, tape)):
		yield


def _replay(adapter: HTTPAdapter, request: requests.PreparedRequest, tape: Tape) -> requests.Response:
	status, headers, content = tape[_key(request)]
	headers = {name: value for name, value in headers.items() if name.lower() not in WIRE_HEADERS}
	raw = HTTPResponse(io.BytesIO(content), headers, status, preload_content=False)
	return adapter.build_response(request, raw)


def _key(request: requests.PreparedRequest) -> tuple[str, str, bytes]:
	body = request.body or b""
	return request.method, request.url, body if isinstance(body, bytes) else body.encode()
