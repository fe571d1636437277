"""A shop on the other side of a wire that leads nowhere: answers are given, requests are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import responses

from crm_marketplace.integrations import wire
from crm_marketplace.integrations.budget import Unlimited
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints
from crm_marketplace.integrations.marketplaces.yandex_market.connector import YandexMarketConnector
from crm_marketplace.integrations.transport import Endpoint, RequestRecord

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 9, 28, 9, 30, tzinfo=timezone.utc)
DATE = "Mon, 28 Sep 2026 09:30:05 GMT"
AS_OF = datetime(2026, 9, 28, 9, 30, 5, tzinfo=timezone.utc)
BUSINESS, CAMPAIGN = "1043217", "21653214"
KEY = {"api_key": "ACMA:I4c4CxCSYaI41RSC2uYWP2qj3Rhhm4knMiBEga5K:151c0664"}
OWN_SHOP = {**KEY, "business_id": BUSINESS, "campaign_id": CAMPAIGN}
CABINET = {**KEY, "business_id": BUSINESS}


def golden(name: str) -> dict[str, Any]:
	"""A golden file: `payload` as the vendor sends it, `record` as it must become."""
	return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"), parse_float=Decimal)


def goldens(kind: str) -> list[str]:
	names = sorted(path.stem for path in GOLDEN.glob("*.json"))
	return [name for name in names if golden(name)["kind"] == kind]


def campaign(id_: str | int = CAMPAIGN, **facts: Any) -> dict[str, Any]:
	return {
		"id": int(id_),
		"domain": f"Магазин {id_}",
		"business": {"id": int(BUSINESS), "name": "Домовёнок"},
		"placementType": "FBS",
		"apiAvailability": "AVAILABLE",
		**facts,
	}


class Shop:
	"""A connector and its wire."""

	def __init__(self, mock: responses.RequestsMock, credentials: Mapping[str, str] = OWN_SHOP) -> None:
		self._mock = mock
		self.log: list[RequestRecord] = []
		self.connector = self.connect(credentials)

	def connect(self, credentials: Mapping[str, str]) -> YandexMarketConnector:
		self.connector = YandexMarketConnector.connect(
			credentials, budget=Unlimited(), observer=self.log.append, patience=0, clock=lambda: NOW
		)
		return self.connector

	def answer(
		self,
		endpoint: Endpoint,
		*bodies: Any,
		status: int = 200,
		headers: Mapping[str, str] | None = None,
		**ids: str,
	) -> None:
		"""Answers to calls of `endpoint`, one after the other. Ids that are not given are the shop's."""
		path = endpoint.at(**{"businessId": BUSINESS, "campaignId": CAMPAIGN, **ids}).path
		for body in bodies:
			content = body if isinstance(body, bytes) else wire.encode(body)
			self._mock.add(
				endpoint.method,
				self.connector.info.base_url + path,
				body=content,
				status=status,
				headers={"Date": DATE, **(headers or {})},
			)

	def refuse(self, endpoint: Endpoint, status: int, *messages: str, **settings: Any) -> None:
		errors = [{"code": "CODE", "message": message} for message in messages]
		self.answer(endpoint, {"status": "ERROR", "errors": errors}, status=status, **settings)

	def settings(self, *, only_default_price: bool = True, currency: str = "RUR") -> None:
		"""Answer the question for the cabinet's settings."""
		facts = {"onlyDefaultPrice": only_default_price, "currency": currency}
		self.answer(endpoints.SETTINGS, {"status": "OK", "result": {"settings": facts}})

	def campaigns(self, *campaigns: Mapping[str, Any]) -> None:
		"""Answer the question for the cabinet's shops."""
		self.answer(endpoints.CAMPAIGNS, {"campaigns": list(campaigns or (campaign(),)), "paging": {}})

	@property
	def requests(self) -> list[tuple[str, str, dict[str, str], Any]]:
		"""(method, path, query, body) of all requests so far."""
		found = []
		for call in self._mock.calls:
			parts = urlsplit(call.request.path_url)
			body = json.loads(call.request.body) if call.request.body else None
			found.append((call.request.method, parts.path, dict(parse_qsl(parts.query)), body))
		return found

	@property
	def bodies(self) -> list[Any]:
		return [body for _method, _path, _query, body in self.requests]

	@property
	def paths(self) -> list[str]:
		return [path for _method, path, _query, _body in self.requests]
