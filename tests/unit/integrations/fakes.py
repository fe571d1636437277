"""What the core is given instead of the real world."""

from __future__ import annotations

from typing import Any

import responses

from crm_marketplace.integrations.transport import Endpoint, RequestRecord, Transport

BASE = "https://api.market.example"
SECRET = "k-7f3a91c05d"


class Clock:
	"""A clock that moves only when somebody sleeps on it. Seconds; `slept` lists the naps."""

	def __init__(self, now: float = 1_000_000.0) -> None:
		self.now = now
		self.slept: list[float] = []

	def sleep(self, seconds: float) -> None:
		self.slept.append(seconds)
		self.now += seconds

	def milliseconds(self) -> int:
		return int(self.now * 1000)


class World:
	"""A transport, and everything that can be seen of what it does."""

	def __init__(self, **settings: Any) -> None:
		self.clock = Clock()
		self.log: list[RequestRecord] = []
		settings = {"headers": {"Api-Key": SECRET}, "secrets": (SECRET,), **settings}
		self.transport = Transport(BASE, observer=self.log.append, sleep=self.clock.sleep, **settings)

	def call(self, path: str = "/v1/things", body: Any = None, **endpoint: Any) -> Any:
		return self.transport.call(Endpoint(path, **endpoint), body).data


def answers(*replies: tuple[int, Any] | Exception, path: str = "/v1/things", method: str = "POST") -> None:
	"""Register replies, given in turn: (status, JSON or text[, headers]) or an exception."""
	for reply in replies:
		if isinstance(reply, Exception):
			responses.add(method, BASE + path, body=reply)
			continue
		status, body, *rest = reply
		headers = rest[0] if rest else {}
		if isinstance(body, str | bytes):
			responses.add(method, BASE + path, status=status, body=body, headers=headers)
		else:
			responses.add(method, BASE + path, status=status, json=body, headers=headers)
