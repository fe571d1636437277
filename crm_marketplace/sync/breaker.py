"""The breaker of a shop: after repeated failures nothing is sent for a while, then one run probes.

It closes by itself when the probe succeeds; each further failure doubles the pause. While one run probes, the
others wait.
"""

from __future__ import annotations

from datetime import timedelta

import frappe

from crm_marketplace.integrations.errors import AuthenticationError, IntegrationError
from crm_marketplace.rules.triggers_values import changes_between
from crm_marketplace.sync import alerts, announce, clock, told
from crm_marketplace.sync.messages import error_sentence

AUTHENTICATION_FAILURES = 2  # a refused key does not heal by asking more often
LONGEST_PAUSE = timedelta(hours=2)
LONGEST_PROBE = timedelta(minutes=15)  # a probe that says nothing for so long is dead: another may try
FIELDS = (
	"breaker_state",
	"breaker_failures",
	"breaker_openings",
	"breaker_until",
	"breaker_reason",
)


def may_run(shop: str) -> bool:
	"""Whether a job may talk to the marketplace now; turns a pause that is over into a probe."""
	row = _row(shop, for_update=True)
	if row.breaker_state == "Closed":
		return True
	now = clock.site_now()
	if row.breaker_until and row.breaker_until > now:
		return False
	_set(shop, row, breaker_state="Probing", breaker_until=now + LONGEST_PROBE)
	return True


def put_off(shop: str, stream: str) -> None:
	"""A stream that may not run now looks again when the pause is over."""
	until = frappe.db.get_value("Marketplace Shop", shop, "breaker_until")
	frappe.db.set_value(
		"Marketplace Stream", {"shop": shop, "stream": stream}, {"next_run_at": until}, update_modified=False
	)


def record_success(shop: str) -> None:
	row = _row(shop)
	if row.breaker_state != "Closed" or row.breaker_failures:
		_close(shop, row)


def record_failure(shop: str, error: IntegrationError) -> None:
	"""Count a failure; opens the breaker when there were enough in a row, or when a probe failed."""
	if not error.policy.trips_breaker:
		return
	row = _row(shop, for_update=True)
	failures = (row.breaker_failures or 0) + 1
	settings = frappe.get_cached_doc("Marketplace Settings")
	threshold = (
		AUTHENTICATION_FAILURES if isinstance(error, AuthenticationError) else settings.breaker_threshold or 5
	)
	if row.breaker_state != "Probing" and failures < threshold:
		_set(shop, row, breaker_failures=failures)
		return
	openings = (row.breaker_openings or 0) + 1
	pause = min(timedelta(minutes=settings.breaker_minutes or 5) * 2 ** (openings - 1), LONGEST_PAUSE)
	sentence = error_sentence(error)
	_set(
		shop,
		row,
		breaker_state="Open",
		breaker_failures=failures,
		breaker_openings=openings,
		breaker_until=clock.site_now() + pause,
		breaker_reason=sentence,
	)
	if openings == 1:
		alerts.shop_paused(shop, error)


def close(shop: str) -> None:
	"""A person says it is mended."""
	_close(shop, _row(shop))


def _close(shop: str, row: frappe._dict) -> None:
	_set(
		shop,
		row,
		breaker_state="Closed",
		breaker_failures=0,
		breaker_openings=0,
		breaker_until=None,
		breaker_reason=None,
	)
	if row.breaker_until:
		# Those that were put off need not wait any longer.
		frappe.db.set_value(
			"Marketplace Stream",
			{"shop": shop, "next_run_at": row.breaker_until},
			{"next_run_at": clock.site_now()},
			update_modified=False,
		)


def _row(shop: str, for_update: bool = False) -> frappe._dict:
	return frappe.db.get_value("Marketplace Shop", shop, FIELDS, as_dict=True, for_update=for_update)


def _set(shop: str, before: frappe._dict, **values) -> None:
	# Not a change of the shop by a person: an open form must not complain about it.
	frappe.db.set_value("Marketplace Shop", shop, values, update_modified=False)
	heard = [field for field in told.SHOP if field in values]
	announce.changed("Marketplace Shop", {shop: changes_between(before, values, heard)})
