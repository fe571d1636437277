"""What a shop still needs before it runs by itself: live checks, each with the way to mend it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
from frappe import _
from frappe.utils.background_jobs import get_workers
from frappe.utils.scheduler import is_scheduler_disabled
from redis.exceptions import RedisError

from crm_marketplace.sync import alerts, keys
from crm_marketplace.sync.shops import Shop


def check(shop: Shop) -> list[dict[str, Any]]:
	"""Rows of the setup checklist, in the order a new user works through them.

	Each: key, label, ok (True, False, None for a warning), message, and fix (label with `action` or `route`).
	"""
	return [row for check_one in CHECKS if (row := check_one(shop))]


# --- the checks ------------------------------------------------------------------------------------


def _credentials(shop: Shop) -> dict[str, Any]:
	needed = [field.name for field in shop.info.credential_fields if field.required]
	missing = [name for name in needed if name not in shop.credentials()]
	if missing:
		return _row(
			"credentials",
			_("Credentials", context="Marketplace Shop"),
			False,
			_("Fill in the credentials of the shop and save."),
		)
	return _row("credentials", _("Credentials", context="Marketplace Shop"), True, _("Filled in."))


def _connection(shop: Shop) -> dict[str, Any]:
	label = _("Connection")
	fix = {"label": _("Test connection"), "action": "test_connection", "route": None}
	status = shop.doc.connection_status
	if status == "Working":
		return _row("connection", label, True, _("The key works and has all rights."))
	if status == "Limited":
		return _row("connection", label, None, _limits(shop), fix)
	if status == "Refused":
		return _row("connection", label, False, _("The marketplace refuses the key of this shop."), fix)
	return _row("connection", label, False, _("Not tested yet."), fix)


def _limits(shop: Shop) -> str:
	"""Which streams stand still, and what the key lacks for each."""
	blocked = keys.blocked_streams(shop.doc)
	if not blocked:
		return _("The key works, but some rights are missing.")
	streams = ", ".join(f"“{alerts.stream_label(stream)}”" for stream in blocked)
	rights = ", ".join(dict.fromkeys(right for missing in blocked.values() for right in missing))
	return _("The key has no right for {0}: nothing runs there. Missing at the marketplace: {1}").format(
		streams, rights or "—"
	)


def _key_age(shop: Shop) -> dict[str, Any] | None:
	expires = shop.doc.credential_expires_on
	if not expires:
		return None
	days = keys.days_left(expires)
	if days < 0:
		return _row("key_age", _("Key"), False, _("The key has expired."))
	longest, *_others, shortest = keys.THRESHOLDS
	ok = True if days > longest else None if days > shortest else False
	return _row("key_age", _("Key"), ok, _("Expires in {0} days.").format(days))


def _warehouses(shop: Shop) -> dict[str, Any]:
	label = _("Warehouses")
	rows = [row for row in shop.doc.warehouses if row.is_active and row.scheme != "FBO"]
	fetch = {"label": _("Fetch warehouses"), "action": "fetch_warehouses", "route": None}
	if not rows:
		return _row("warehouses", label, False, _("The channel's warehouses are not fetched yet."), fetch)
	unmapped = [row.channel_warehouse_name or row.channel_warehouse_id for row in rows if not row.warehouse]
	if unmapped:
		return _row(
			"warehouses",
			label,
			False,
			_("Choose the ERPNext warehouse for: {0}").format(", ".join(unmapped)),
			{"label": _("Map warehouses"), "action": "go_to_warehouses", "route": None},
		)
	return _row("warehouses", label, True, _("All are mapped."))


def _price_list(shop: Shop) -> dict[str, Any]:
	label = _("Price List")
	if not shop.doc.selling_price_list:
		return _row(
			"price_list", label, False, _("Choose a price list for selling."), _go("selling_price_list")
		)
	row = frappe.db.get_value("Price List", shop.doc.selling_price_list, ["enabled", "selling"], as_dict=True)
	if not row or not row.enabled or not row.selling:
		return _row(
			"price_list",
			label,
			False,
			_("The price list is disabled or not for selling."),
			_go("selling_price_list"),
		)
	return _row("price_list", label, True, shop.doc.selling_price_list)


def _taxes(shop: Shop) -> dict[str, Any]:
	label = _("Taxes")
	template = shop.doc.taxes_and_charges
	if not template:
		return _row(
			"taxes",
			label,
			None,
			_("No taxes template: Sales Orders will carry no tax. Right if you pay none."),
			_go("taxes_and_charges"),
		)
	on_top = frappe.get_all(
		"Sales Taxes and Charges",
		filters={
			"parent": template,
			"parenttype": "Sales Taxes and Charges Template",
			"charge_type": ("!=", "Actual"),
			"included_in_print_rate": 0,
		},
		limit=1,
	)
	if on_top:
		return _row(
			"taxes",
			label,
			False,
			_("A tax of the template is added on top of the price, but marketplaces send prices with tax."),
			{
				"label": _("Open the template"),
				"action": None,
				"route": ["Form", "Sales Taxes and Charges Template", template],
			},
		)
	return _row("taxes", label, True, template)


def _listings(shop: Shop) -> dict[str, Any]:
	label = _("Listings")
	total = frappe.db.count("Marketplace Listing", {"shop": shop.name, "state": ("!=", "Archived")})
	if not total:
		fix = {"label": _("Pull listings"), "action": "sync_listings", "route": None}
		return _row("listings", label, False, _("No listings were pulled yet."), fix)
	unmatched = frappe.db.count(
		"Marketplace Listing",
		{"shop": shop.name, "state": ("!=", "Archived"), "match_status": ("in", ("Unmatched", "Suggested"))},
	)
	if unmatched:
		return _row(
			"listings",
			label,
			None,
			_("{0} of {1} have no item yet. Orders of them wait.").format(unmatched, total),
			{"label": _("Match listings"), "action": "match_listings", "route": None},
		)
	return _row("listings", label, True, _("All {0} are matched.").format(total))


def _scheduler(shop: Shop) -> dict[str, Any]:
	label = _("Background jobs")
	if is_scheduler_disabled(verbose=False):
		return _row(
			"scheduler",
			label,
			False,
			_("The scheduler of this site is off. Ask your administrator to enable it."),
		)
	if not frappe.db.get_single_value("Marketplace Settings", "jobs_enabled"):
		return _row(
			"scheduler",
			label,
			False,
			_("Jobs are switched off in the Marketplace Settings."),
			{
				"label": _("Open settings"),
				"action": None,
				"route": ["Form", "Marketplace Settings", "Marketplace Settings"],
			},
		)
	try:
		alive = bool(get_workers())
	except RedisError:
		alive = False
	if not alive:
		return _row(
			"scheduler", label, False, _("No worker is running. Ask your administrator to start the bench.")
		)
	return _row("scheduler", label, True, _("Scheduler and workers are running."))


def _enabled(shop: Shop) -> dict[str, Any]:
	if shop.doc.enabled:
		return _row("enabled", _("Switched on"), True, _("The jobs of this shop run by themselves."))
	return _row(
		"enabled",
		_("Switched on"),
		False,
		_("When all is green, tick Enabled and save."),
		_go("enabled", _("Go to Enabled")),
	)


CHECKS: tuple[Callable[[Shop], dict[str, Any] | None], ...] = (
	_credentials,
	_connection,
	_key_age,
	_warehouses,
	_price_list,
	_taxes,
	_listings,
	_scheduler,
	_enabled,
)


# --- inside ----------------------------------------------------------------------------------------


def _row(
	key: str, label: str, ok: bool | None, message: str, fix: dict[str, Any] | None = None
) -> dict[str, Any]:
	return {"key": key, "label": label, "ok": ok, "message": message, "fix": fix}


def _go(fieldname: str, label: str | None = None) -> dict[str, Any]:
	"""A fix that scrolls to a field of the shop."""
	return {"label": label or _("Choose"), "action": f"go_to:{fieldname}", "route": None}
