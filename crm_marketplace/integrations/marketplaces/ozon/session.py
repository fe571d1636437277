"""What the capabilities of the connector share: the transport, the clock, and how the vendor's lists and
times are written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from crm_marketplace.integrations.errors import ContractError, _
from crm_marketplace.integrations.records import Money
from crm_marketplace.integrations.transport import Answer, Endpoint, Transport


@dataclass
class OzonSession:
	"""One shop's connection. The capabilities of `OzonConnector` are its subclasses."""

	transport: Transport
	client_id: str
	clock: Callable[[], datetime]

	def post(self, endpoint: Endpoint, body: Mapping[str, Any]) -> Answer:
		"""One request. Methods without parameters get an empty object: all of them are POST."""
		return self.transport.call(endpoint, body)


def stamp(moment: datetime, *, up: bool = False) -> str:
	"""`2026-09-28T09:30:00.123Z`, the form of all times of the API (UTC).

	Args:
		moment: aware.
		up: round up to the millisecond, for the end of a range, so that nothing falls off it.

	Raises:
		ValueError: the time has no zone.
	"""
	if moment.tzinfo is None:
		raise ValueError("a time without a zone cannot be sent")
	moment = moment.astimezone(timezone.utc)
	if up:
		moment += timedelta(microseconds=999)
	return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def next_cursor(data: Any) -> str | None:
	"""Where a list with `cursor` and `has_next` goes on; None at its end.

	Raises:
		ContractError: there is more, but not said where.
	"""
	if not isinstance(data, Mapping) or data.get("has_next") is not True:
		return None
	cursor = data.get("cursor")
	if not cursor:
		raise ContractError(
			_("The marketplace says there is more and does not say where."),
			field="cursor",
			value_kind="nothing",
		)
	return str(cursor)


def page_size(limit: int | None, maximum: int) -> int:
	"""The page size to ask for: what the caller wants, within what the method takes."""
	return maximum if limit is None else max(1, min(limit, maximum))


def id_or_none(value: str | None) -> str | None:
	"""The vendor writes 0 or "" for "none"."""
	return None if value in (None, "", "0") else value


def money(amount: Any, currency: str | None) -> Money | None:
	"""Money, or None where the vendor gives none or zero, its way to say "not set"."""
	return Money(amount=amount, currency=currency) if amount else None


def chunks(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
	return [items[start : start + size] for start in range(0, len(items), size)]
