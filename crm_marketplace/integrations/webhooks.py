"""What the notifications of several marketplaces have in common: JSON, ids that must look like ids, and the
answer that tells who we are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from crm_marketplace import __version__
from crm_marketplace.integrations import wire
from crm_marketplace.integrations.errors import ContractError, _

NAME = "CRM Marketplace"
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.:-]{0,63}", re.ASCII)


def read_notification(body: bytes, kind_field: str) -> tuple[str, Mapping[str, Any]]:
	"""The kind of a notification and its fields.

	Args:
		kind_field: where the vendor writes the kind.

	Raises:
		ContractError: it is no JSON object, or has no kind.
	"""
	try:
		data = wire.decode(body)
	except ValueError:
		raise not_a_notification("no JSON") from None
	kind = data.get(kind_field) if isinstance(data, Mapping) else None
	if not isinstance(kind, str) or not kind:
		raise not_a_notification(f"no {kind_field}")
	return kind, data


def id_in(data: Mapping[str, Any], field: str) -> str:
	"""The id in a field, as text. It will be asked for, so it must look like one.

	Raises:
		ContractError: it does not.
	"""
	value = data.get(field)
	text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
	if not _ID.fullmatch(text):
		raise not_a_notification(f"{field} is no id")
	return text


def introduction(now: datetime | None = None) -> dict[str, str]:
	"""Who answers, as vendors ask for in answer to a test notification: version, name, time (UTC).

	Args:
		now: aware; the present if not given.
	"""
	moment = (now or datetime.now(timezone.utc)).astimezone(timezone.utc)
	return {
		"version": __version__,
		"name": NAME,
		"time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
	}


def not_a_notification(why: str) -> ContractError:
	"""`why` must not repeat anything of the body: anybody may have sent it."""
	return ContractError(_("This is not a notification of the marketplace."), detail=why)
