"""Asking a sandbox as a shop would, without any of our connectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests

from crm_marketplace.sandbox import Sandbox

ROLES = "/v1/roles"
CARDS = "/v3/product/list"
STOCKS = "/v2/products/stocks"
FEW_CARDS = {"filter": {}, "limit": 5}

Ask = Callable[..., requests.Response]


def headers_of(credentials: dict[str, str]) -> dict[str, str]:
	return {"Client-Id": credentials["client_id"], "Api-Key": credentials["api_key"]}


def asker(session: requests.Session, sandbox: Sandbox, number: int = 1) -> Ask:
	"""A function: path, body → the answer to the n-th shop."""
	headers = headers_of(sandbox.shop_named(number).credentials)

	def ask(path: str = ROLES, body: Any = None, **settings: Any) -> requests.Response:
		settings = {"timeout": 5, **settings}
		return session.post(sandbox.url + path, json=body or {}, headers=headers, **settings)

	return ask
