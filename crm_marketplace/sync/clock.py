"""The only place where UTC, the site's time zone and those of its users meet.

Connectors and rules speak aware UTC; Frappe's Datetime fields hold naive times of the site's zone; people type and
read in the zone of their User.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import frappe
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


def for_user(moment: datetime | None, user: str | None = None) -> datetime | None:
	"""A naive time of the site → the naive time by the clock of a user; of the session's if none is given."""
	return None if moment is None else _moved(moment, ZoneInfo(get_system_timezone()), _zone_of(user))


def of_user(moment: datetime, user: str | None = None) -> datetime:
	"""The other way round."""
	return _moved(moment, _zone_of(user), ZoneInfo(get_system_timezone()))


def midnight_of_user(now: datetime, user: str | None = None) -> datetime:
	"""When the user's day ends: a naive time of the site."""
	day = for_user(now, user).date() + timedelta(days=1)
	return of_user(datetime.combine(day, time()), user)


def to_text(moment: datetime | None) -> str | None:
	"""How cursors are stored: ISO 8601 in UTC with its offset."""
	return moment.astimezone(timezone.utc).isoformat() if moment else None


def from_text(text: str | None) -> datetime | None:
	return datetime.fromisoformat(text).astimezone(timezone.utc) if text else None


def _in_zone(moment: datetime) -> datetime:
	return moment.astimezone(ZoneInfo(get_system_timezone())).replace(tzinfo=None)


def _moved(moment: datetime, zone: ZoneInfo, to_zone: ZoneInfo) -> datetime:
	return moment if zone == to_zone else moment.replace(tzinfo=zone).astimezone(to_zone).replace(tzinfo=None)


def _zone_of(user: str | None) -> ZoneInfo:
	"""The zone of the User, as the desk shows times in it; the site's where there is none."""
	name = frappe.get_cached_value("User", user or frappe.session.user, "time_zone")
	try:
		return ZoneInfo(name or get_system_timezone())
	except (ZoneInfoNotFoundError, ValueError):
		return ZoneInfo(get_system_timezone())
