"""Batches of stock and prices. The vendor takes a batch or refuses it as a whole, and names the rows he means
in his message at best; so the good rows are told from the bad ones here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from crm_marketplace.integrations.marketplaces.yandex_market.errors import (
	NOT_SENT,
	REFUSED,
	Refusal,
	RowMeaning,
	words_of,
)

RowT = TypeVar("RowT", bound=Hashable)

# Finding one bad row among two thousand by halves takes twice eleven.
MOST_REQUESTS = 24


def send_rows(
	rows: Sequence[RowT], send: Callable[[Sequence[RowT]], object], names: Callable[[RowT], Sequence[str]]
) -> dict[RowT, RowMeaning | None]:
	"""Send rows; a batch that is refused is sent again without the rows the vendor names, or in halves.

	Args:
		rows: without repetition.
		send: sends some of them; raises `Refusal` where none of them was taken.
		names: what a row may be called by in a message of the vendor.

	Returns:
		Row → None where it was taken, else why not.
	"""
	fate: dict[RowT, RowMeaning | None] = {}
	waiting = [list(rows)] if rows else []
	requests = 0
	while waiting:
		some = waiting.pop(0)
		if requests >= MOST_REQUESTS:
			fate.update(dict.fromkeys(some, NOT_SENT))
			continue
		requests += 1
		try:
			send(some)
		except Refusal as refusal:
			bad = [row for row in some if _is_named(names(row), refusal.messages)]
			if len(some) == 1:
				bad = some
			fate.update(dict.fromkeys(bad, RowMeaning(REFUSED, words_of(refusal))))
			refused = set(bad)
			rest = [row for row in some if row not in refused]
			middle = len(rest) // 2
			waiting += [half for half in ([rest] if bad else [rest[:middle], rest[middle:]]) if half]
		else:
			fate.update(dict.fromkeys(some, None))
	return fate


def _is_named(names: Sequence[str], messages: Sequence[str]) -> bool:
	"""Whether a message has one of the names as a word of its own. Very short ones are found in any message."""
	return any(
		name in message and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", message)
		for name in names
		if len(name) > 2
		for message in messages
	)
