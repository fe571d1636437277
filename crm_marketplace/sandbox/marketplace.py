"""What a marketplace's folder brings: its paths, its way to refuse, its shops. A folder is found by its
`MARKETPLACE` attribute; nothing else in the sandbox names a marketplace.
"""

from __future__ import annotations

import json
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

from crm_marketplace.sandbox.clock import Clock
from crm_marketplace.sandbox.http import Refusal, Request
from crm_marketplace.sandbox.limits import Limits, Window
from crm_marketplace.sandbox.shop import Plan, Shop
from crm_marketplace.sandbox.state import State

# Reads the body, changes the shop, returns the answer as JSON, or a Reply where it is more than JSON with
# status 200. May raise Refusal.
Handler = Callable[[Any, Any], Any]
WHOLE_ANSWER = ("",)  # `Route.items` of a list that has nothing around it


@dataclass(frozen=True, slots=True)
class Route:
	"""One method of the vendor's API.

	Args:
		handler: called with the shop and the parsed body.
		windows: its own rate limits, beside the marketplace's general ones.
		items: where the rows of its answer are, as keys from the top; empty where it is no list.
		capability: the right a key needs for it; None: every key may.
		refusal_counts_as: so many requests a refused one (4xx) counts as in its windows.
	"""

	handler: Handler
	capability: str | None = None
	items: tuple[str, ...] = ()
	windows: tuple[Window, ...] = ()
	refusal_counts_as: int = 1


class Marketplace(ABC):
	name: ClassVar[str]
	schema: ClassVar[str]  # SQL of a shop's tables
	routes: ClassVar[Mapping[tuple[str, str], Route]]  # (method, path, maybe with `{name}` marks) → route
	windows: ClassVar[tuple[Window, ...]]  # rate limits over all methods
	request_id_header: ClassVar[str] = "X-Request-Id"

	@abstractmethod
	def make_shop(self, number: int, plan: Plan, state: State, clock: Clock, limits: Limits) -> Shop: ...

	@abstractmethod
	def find_shop(self, request: Request, shops: Mapping[str, Shop]) -> Shop | None:
		"""Whose request it is, as far as its headers say; the key is not checked yet."""

	@abstractmethod
	def admit(self, request: Request, shop: Shop | None, route: Route) -> None:
		"""Check the key and its rights.

		Raises:
			Refusal: as the vendor refuses.
		"""

	@abstractmethod
	def refusal(self, kind: str, **facts: Any) -> Refusal:
		"""The vendor's refusal of a kind: wrong_key, expired_key, missing_role, not_found, bad_json,
		429 (with `seconds` and `now`), 500, 502, 503, 504.
		"""

	@abstractmethod
	def spoil(self, path: str, item: MutableMapping[str, Any]) -> None:
		"""Make one row of an answer unreadable, its id kept."""

	def read_body(self, request: Request) -> Any:
		"""The parsed body.

		Raises:
			Refusal: it is not JSON.
		"""
		if not request.body.strip():
			return {}
		try:
			body = json.loads(request.body)
		except ValueError as error:
			raise self.refusal("bad_json", detail=str(error)) from error
		if not isinstance(body, Mapping):
			raise self.refusal("bad_json", detail="an object is expected")
		return body

	def answer_headers(self, remaining: int) -> dict[str, str]:
		"""Headers of every answer. `remaining`: requests left in the tightest rate window."""
		return {}


def marketplaces() -> dict[str, type[Marketplace]]:
	"""The marketplaces there is a sandbox for, by name."""
	package = import_module("crm_marketplace.sandbox")
	found = {}
	for module in pkgutil.iter_modules(package.__path__):
		if module.ispkg:
			cls = getattr(import_module(f"{package.__name__}.{module.name}"), "MARKETPLACE", None)
			if cls is not None:
				found[cls.name] = cls
	return found


def marketplace(name: str) -> Marketplace:
	"""The sandbox marketplace called `name`, in any case.

	Raises:
		LookupError: there is none.
	"""
	found = marketplaces()
	for known, cls in found.items():
		if known.lower() == name.lower():
			return cls()
	raise LookupError(f"there is no sandbox for {name!r}; there is one for: {', '.join(sorted(found))}")
