"""Walk the pages of a list: notices a page that repeats, and halves the page when it is too large.
Also the tokens that connectors hand out between pages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from crm_marketplace.integrations.errors import ContractError, IntegrationError, RejectedError, _
from crm_marketplace.integrations.records import Page, RecordT
from crm_marketplace.integrations.transport import PageTooLarge


def walk(
	fetch: Callable[[str | None, int], Page[RecordT]],
	*,
	token: str | None = None,
	limit: int = 100,
	max_pages: int | None = None,
) -> Iterator[Page[RecordT]]:
	"""Yield pages from `token` on until the last one, or `max_pages`.

	Args:
		fetch: token, limit → page.
		limit: page size to start with.

	Raises:
		ContractError: the marketplace sends the same page again, which would never end.
		PageTooLarge: even a page of one record is too large.
	"""
	seen_tokens: set[str | None] = {token}
	last_ids: tuple[str, ...] | None = None
	count = 0
	while max_pages is None or count < max_pages:
		try:
			page = fetch(token, limit)
		except PageTooLarge:
			if limit == 1:
				raise
			limit = max(1, limit // 2)
			continue
		ids = tuple(item.external_id for item in page.items)
		if page.token is not None and (page.token in seen_tokens or (ids and ids == last_ids)):
			raise ContractError(
				_("The marketplace sends the same page again and again."),
				detail=f"page {count + 1} of {len(ids)} records repeats",
			)
		yield page
		if page.token is None:
			return
		seen_tokens.add(page.token)
		last_ids, token = ids, page.token
		count += 1


def walk_on(
	fetch: Callable[[str | None, int], Page[RecordT]],
	token: str | None,
	*,
	limit: int = 100,
	begun_anew: Callable[[IntegrationError], None] = lambda _error: None,
) -> Iterator[Page[RecordT]]:
	"""Yield pages from a token saved by an earlier walk on. Where that leads nowhere any more, because it
	expired or is of another account, the list is read from its beginning, once.

	Args:
		begun_anew: told why.
	"""
	pages = walk(fetch, token=token, limit=limit)
	if token is not None:
		try:
			first = next(pages)
		except (ContractError, RejectedError) as error:
			begun_anew(error)
			pages = walk(fetch, limit=limit)
		else:
			yield first
	yield from pages


def pack_token(**position: Any) -> str:
	"""A page token: text that survives a restart. Takes JSON values."""
	return json.dumps(position, ensure_ascii=False, separators=(",", ":"))


def unpack_token(token: str | None) -> dict[str, Any]:
	"""The position in a token of `pack_token`; empty at the start of a list.

	Raises:
		ContractError: it is not such a token: it was cut off or belongs to another version.
	"""
	if token is None:
		return {}
	try:
		position = json.loads(token)
	except ValueError:
		position = None
	if not isinstance(position, dict):
		raise bad_token()
	return position


def bad_token() -> ContractError:
	"""For a token that does not lead anywhere."""
	return ContractError(
		_("The saved position in this list cannot be read."),
		next_step=_("Run the synchronisation again: it starts this list from its beginning."),
	)
