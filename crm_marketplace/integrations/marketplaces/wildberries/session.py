"""What the capabilities of the connector share: the transport, the token, the clock, and how the vendor's
lists and times are written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from functools import cached_property
from math import ceil, floor
from typing import Any, Generic, TypeVar

from crm_marketplace.integrations.errors import PermissionMissing
from crm_marketplace.integrations.marketplaces.wildberries.errors import refusal_in
from crm_marketplace.integrations.marketplaces.wildberries.payloads import MOSCOW
from crm_marketplace.integrations.marketplaces.wildberries.tokens import Token, read_token
from crm_marketplace.integrations.records import Fetched, RecordT
from crm_marketplace.integrations.transport import Answer, Endpoint, Transport

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part(Generic[RecordT]):
	"""A page of one of the vendor's lists. Several lists, one after the other, make one of ours.

	Args:
		following: where the list goes on; None at its end.
	"""

	items: tuple[Fetched[RecordT], ...]
	following: dict[str, Any] | None
	as_of: datetime | None


@dataclass
class WildberriesSession:
	"""One shop's connection. The capabilities of `WildberriesConnector` are its subclasses."""

	transport: Transport
	token_text: str = field(repr=False)
	clock: Callable[[], datetime]

	@cached_property
	def token(self) -> Token:
		"""Raises AuthenticationError where what was pasted is no token."""
		return read_token(self.token_text)

	def need(self, endpoint: Endpoint) -> None:
		"""Raises PermissionMissing, before anything is sent, where the token has no right for a method: a
		refused request would count as ten.
		"""
		if missing := self.token.missing_for(endpoint):
			raise PermissionMissing(values=(", ".join(missing),), detail=endpoint.path)

	def call(
		self, endpoint: Endpoint, body: Any = None, *, params: Mapping[str, Any] | None = None, **ids: str
	) -> Answer:
		"""One request. Content and price methods say in the body that they refused, with status 200.

		Args:
			ids: for the names in the path.
		"""
		self.need(endpoint)
		answer = self.transport.call(endpoint.at(**ids), body, params=params)
		if refusal := refusal_in(answer.data):
			refusal.request_id = answer.request_id
			raise refusal
		return answer


def unix(moment: datetime, *, up: bool = False) -> int:
	"""Seconds since 1970, the form of periods in the marketplace methods.

	Args:
		moment: aware.
		up: round up, for the end of a range, so that nothing falls off it.

	Raises:
		ValueError: the time has no zone.
	"""
	if moment.tzinfo is None:
		raise ValueError("a time without a zone cannot be sent")
	return ceil(moment.timestamp()) if up else floor(moment.timestamp())


def stamp(moment: datetime) -> str:
	"""`2026-07-23T00:00:00.000000Z`, the form of times in analytics (UTC)."""
	if moment.tzinfo is None:
		raise ValueError("a time without a zone cannot be sent")
	return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moscow_date(moment: datetime) -> date:
	"""The day in Moscow, by which reports go."""
	if moment.tzinfo is None:
		raise ValueError("a time without a zone cannot be sent")
	return moment.astimezone(MOSCOW).date()


def page_size(limit: int | None, maximum: int) -> int:
	"""The page size to ask for: what the caller wants, within what the method takes."""
	return maximum if limit is None else max(1, min(limit, maximum))


def chunks(items: Sequence[T], size: int) -> list[Sequence[T]]:
	return [items[start : start + size] for start in range(0, len(items), size)]
