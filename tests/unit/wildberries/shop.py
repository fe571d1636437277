"""A shop on the other side of a wire that leads nowhere: answers are given, requests are kept."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import responses

from crm_marketplace.integrations import wire
from crm_marketplace.integrations.budget import Unlimited
from crm_marketplace.integrations.marketplaces.wildberries import endpoints
from crm_marketplace.integrations.marketplaces.wildberries.connector import WildberriesConnector
from crm_marketplace.integrations.transport import Endpoint, RequestRecord

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 9, 28, 9, 30, tzinfo=timezone.utc)
DATE = "Mon, 28 Sep 2026 09:30:05 GMT"
AS_OF = datetime(2026, 9, 28, 9, 30, 5, tzinfo=timezone.utc)
SELLER = "e5f6c1a0-1f3b-4c54-9a3c-6c4a3c9d2b11"
EVERYTHING = 0b11111011111110  # categories 1 to 7 and 9 to 13
EXPIRES = datetime(2027, 3, 1, 12, 0, tzinfo=timezone.utc)


def encoded(part: Any) -> str:
	return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def make_token(**claims: Any) -> str:
	"""A token as the vendor makes them, with other claims than the usual ones."""
	usual = {
		"acc": 3,
		"exp": int(EXPIRES.timestamp()),
		"for": "self",
		"s": EVERYTHING,
		"sid": SELLER,
		"t": False,
	}
	kept = {name: value for name, value in {**usual, **claims}.items() if value is not ...}
	return f"{encoded({'alg': 'ES256', 'typ': 'JWT'})}.{encoded(kept)}.c2lnbmF0dXJl"


TOKEN = make_token()


def golden(name: str) -> dict[str, Any]:
	"""A golden file: `payload` as it is kept, `record` (or `records`) as it must become."""
	return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"), parse_float=Decimal)


class Shop:
	"""A connector and its wire."""

	def __init__(self, mock: responses.RequestsMock, token: str = TOKEN, patience: float = 0) -> None:
		self._mock = mock
		self.log: list[RequestRecord] = []
		self.naps: list[float] = []
		self.connector = WildberriesConnector.connect(
			{"token": token},
			budget=Unlimited(),
			observer=self.log.append,
			patience=patience,
			clock=lambda: NOW,
		)
		self.connector.transport.sleep = self.naps.append

	def answer(
		self,
		endpoint: Endpoint,
		*bodies: Any,
		status: int = 200,
		headers: dict[str, str] | None = None,
		**ids: Any,
	) -> None:
		"""Answers to calls of `endpoint`, one after the other."""
		for body in bodies:
			self._mock.add(
				endpoint.method,
				endpoints.HOSTS[endpoint.host] + endpoint.at(**ids).path,
				body=body if isinstance(body, bytes) else wire.encode(body),
				status=status,
				headers={"Date": DATE, **(headers or {})},
			)

	@property
	def requests(self) -> list[tuple[str, Any]]:
		"""(method and address, body) of all requests so far."""
		return [
			(
				f"{call.request.method} {call.request.path_url}",
				json.loads(call.request.body) if call.request.body else None,
			)
			for call in self._mock.calls
		]

	@property
	def bodies(self) -> list[Any]:
		return [body for _address, body in self.requests]

	@property
	def addresses(self) -> list[str]:
		return [address for address, _body in self.requests]
