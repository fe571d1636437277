"""The only place where UTC and the site's time zone meet.

Connectors and rules speak aware UTC; Frappe's Datetime fields hold naive times of the site's zone.
"""

from __future__ import annotations

from datetime import date, datetime, timezone
from zoneinfo import ZoneInfo

from frappe.utils import get_datetime, get_system_timezone


def utc_now() -> datetime:
	return datetime.now(timezone.utc)


def site_now() -> datetime:
	"""Now as a Datetime field holds it, whole seconds."""
	return to_site(utc_now())


def exact_site_now() -> datetime:
	"""Now with microseconds, for what must stay in the order in which it happened."""
	return _in_zone(utc_now())


def to_site(moment: datetime | None) -> datetime | None:
	"""Aware UTC → naive time of the site, whole seconds."""
	return None if moment is None else _in_zone(moment).replace(microsecond=0)


def to_site_date(moment: datetime | None) -> date | None:
	local = to_site(moment)
	return local.date() if local else None


def to_utc(local: datetime | str | None) -> datetime | None:
	"""A value of a Datetime field → aware UTC. In the hour a clock is set back, the first pass is meant."""
	if not local:
		return None
	value = get_datetime(local)
	return value.replace(tzinfo=ZoneInfo(get_system_timezone())).astimezone(timezone.utc)


def start_of_day_utc(day: date | str | None) -> datetime | None:
	"""Midnight of a day of the site's zone, in UTC."""
	return to_utc(get_datetime(day).replace(hour=0, minute=0, second=0, microsecond=0)) if day else None


def to_text(moment: datetime | None) -> str | None:
	"""How cursors are stored: ISO 8601 in UTC with its offset."""
	return moment.astimezone(timezone.utc).isoformat() if moment else None


def from_text(text: str | None) -> datetime | None:
	return datetime.fromisoformat(text).astimezone(timezone.utc) if text else None


def _in_zone(moment: datetime) -> datetime:
	return moment.astimezone(ZoneInfo(get_system_timezone())).replace(tzinfo=None)
