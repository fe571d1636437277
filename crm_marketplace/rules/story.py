"""One timeline out of many sources: the order of events, and the place where the next page goes on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm_marketplace.integrations.records import StrEnum


class Event(StrEnum):
	"""What can happen; its letter decides the order among events of one moment."""

	CALL = "call"
	CHANGE = "change"
	COMMENT = "comment"
	DEAL = "deal"
	DELIVERY = "delivery"
	FILE = "file"
	INVOICE = "invoice"
	LETTER = "letter"
	ORDER = "order"
	PAYMENT = "payment"
	QUOTATION = "quotation"
	RETURN = "return"
	STAGE = "stage"
	TASK = "task"


@dataclass(frozen=True, slots=True)
class Place:
	"""Where a page ended: its last event. The next page begins right after it.

	Events are ordered newest first, then by kind and key, falling, so that no two stand in one place.
	"""

	at: datetime
	kind: str
	key: str

	def __str__(self) -> str:
		return f"{self.at.isoformat()}|{self.kind}|{self.key}"


def read_place(text: str | None) -> Place | None:
	"""A place as a page gave it.

	Raises:
		ValueError: it is none.
	"""
	if not text:
		return None
	at, kind, key = text.split("|", 2)
	return Place(datetime.fromisoformat(at), kind, key)


def page_of(events: Iterable[Mapping[str, Any]], size: int) -> tuple[list[Mapping[str, Any]], Place | None]:
	"""The newest `size` events in order, and where the next page begins; None when there is no next one.

	Args:
		events: with `at`, `kind`, `key`; from each source at least its newest `size + 1`.
	"""
	ordered = sorted(events, key=lambda event: (event["at"], event["kind"], event["key"]), reverse=True)
	page = ordered[:size]
	if len(ordered) <= size:
		return page, None
	last = page[-1]
	return page, Place(last["at"], last["kind"], last["key"])
