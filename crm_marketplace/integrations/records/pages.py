"""One page of a list, as it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from crm_marketplace.integrations.errors import IntegrationError
from crm_marketplace.integrations.records.base import Record

RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True, slots=True)
class Fetched(Generic[RecordT]):
	"""One object as it came: its payload, and the record made of it or the error that prevented it.

	So one unreadable object never costs the rest of its page, and is still stored. `raw` is parsed JSON
	whose fractions are Decimals (`json.dumps(raw, default=str)`), as the connector can read it again.
	"""

	external_id: str
	raw: Any
	record: RecordT | None = None
	error: IntegrationError | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[RecordT]):
	"""One page of a list. `token` is what to ask the next one with, None on the last.

	`as_of` is the remote clock (UTC) when the page was made; cursors follow it, never our clock.
	`left_out` says why a part of the list that can wait is not in it, where that could not be read.
	"""

	items: tuple[Fetched[RecordT], ...]
	token: str | None = None
	as_of: datetime | None = None
	left_out: IntegrationError | None = None
