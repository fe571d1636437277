"""A shop on the other side of a wire that leads nowhere: answers are given, requests are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import responses

from crm_marketplace.integrations import wire
from crm_marketplace.integrations.budget import Unlimited
from crm_marketplace.integrations.marketplaces.ozon.connector import OzonConnector
from crm_marketplace.integrations.transport import Endpoint, RequestRecord

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 9, 28, 9, 30, tzinfo=timezone.utc)
DATE = "Mon, 28 Sep 2026 09:30:05 GMT"
AS_OF = datetime(2026, 9, 28, 9, 30, 5, tzinfo=timezone.utc)
CREDENTIALS = {"client_id": "1043217", "api_key": "0f7c2b1e-66aa-4c39-9d55-1b0a7c2f9e11"}


def golden(name: str) -> dict[str, Any]:
	"""A golden file: `payload` as the vendor sends it, `record` as it must become."""
	return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"), parse_float=Decimal)


def goldens(kind: str) -> list[str]:
	names = sorted(path.stem for path in GOLDEN.glob("*.json"))
	return [name for name in names if golden(name)["kind"] == kind]


class Shop:
	"""A connector and its wire."""

	def __init__(self, mock: responses.RequestsMock) -> None:
		self._mock = mock
		self.log: list[RequestRecord] = []
		self.connector = OzonConnector.connect(
			CREDENTIALS, budget=Unlimited(), observer=self.log.append, patience=0, clock=lambda: NOW
		)

	def answer(self, endpoint: Endpoint, *bodies: Any, status: int = 200) -> None:
		"""Answers to calls of `endpoint`, one after the other."""
		for body in bodies:
			content = body if isinstance(body, bytes) else wire.encode(body)
			self._mock.add(
				endpoint.method,
				self.connector.info.base_url + endpoint.path,
				body=content,
				status=status,
				headers={"Date": DATE},
			)

	def refuse(self, endpoint: Endpoint, status: int, message: str, code: int = 3) -> None:
		self.answer(endpoint, {"code": code, "message": message, "details": []}, status=status)

	@property
	def requests(self) -> list[tuple[str, Mapping[str, Any]]]:
		"""(path, body) of all requests so far."""
		return [(call.request.path_url, json.loads(call.request.body)) for call in self._mock.calls]

	@property
	def bodies(self) -> list[Mapping[str, Any]]:
		return [body for _path, body in self.requests]
