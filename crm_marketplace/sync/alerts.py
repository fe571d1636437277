"""Silence is a fault: tell people when a stream has no success, or a shop was paused."""

from __future__ import annotations

from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import get_link_to_form
from frappe.utils.user import get_users_with_role

from crm_marketplace.integrations.errors import IntegrationError
from crm_marketplace.setup.roles import MANAGER
from crm_marketplace.sync import announce, clock
from crm_marketplace.sync.messages import error_next_step, error_sentence
from crm_marketplace.sync.runs import interrupted_runs


def check_silence() -> None:
	"""Scheduler: streams without success for longer than they may be, each told once until it recovers."""
	interrupted_runs()
	intervals = frappe.db.get_single_value("Marketplace Settings", "silent_after") or 5
	for row in silent_streams(intervals):
		if row.silent_since:
			continue
		now = clock.site_now()
		frappe.db.set_value("Marketplace Stream", row.name, {"silent_since": now}, update_modified=False)
		given = {"stream": row.stream, "last_success_at": row.last_success_at, "error": row.last_error}
		announce.tell(
			[
				announce.Happening(
					"stream_silent", "Marketplace Shop", row.shop, given=given, id=f"{row.stream} {now}"
				)
			]
		)
		notify(
			row.shop,
			_("{0}: nothing from “{1}” since {2}").format(
				row.shop,
				stream_label(row.stream),
				frappe.utils.format_datetime(row.last_success_at or row.creation),
			),
			row.last_error or _("The jobs of this stream do not run: is the scheduler on, do workers live?"),
		)


def silent_streams(intervals: int) -> list[frappe._dict]:
	"""Enabled streams with no success for `intervals` of their own intervals, at least half an hour."""
	rows = frappe.get_all(
		"Marketplace Stream",
		filters={"enabled": 1},
		fields=[
			"name",
			"shop",
			"stream",
			"interval_minutes",
			"last_success_at",
			"last_error",
			"silent_since",
			"creation",
			"next_run_at",
		],
	)
	now = clock.site_now()
	return [row for row in rows if now - _last_sign(row) > _patience(row, intervals)]


def shop_paused(shop: str, error: IntegrationError) -> None:
	"""The breaker of a shop opened."""
	notify(
		shop,
		_("{0} is paused: {1}").format(shop, error_sentence(error)),
		error_next_step(error),
	)


def notify(shop: str, subject: str, message: str) -> None:
	"""Desk notification and e-mail to the recipients of the settings, or to all marketplace managers."""
	users, emails = recipients()
	for user in users:
		frappe.get_doc(
			{
				"doctype": "Notification Log",
				# Both are shown as HTML, and may quote a marketplace.
				"subject": frappe.utils.escape_html(subject),
				"email_content": frappe.utils.escape_html(message),
				"for_user": user,
				"type": "Alert",
				"document_type": "Marketplace Shop",
				"document_name": shop,
			}
		).insert(ignore_permissions=True)  # a notice of the system to its user
	if emails and frappe.db.exists("Email Account", {"default_outgoing": 1, "enable_outgoing": 1}):
		frappe.sendmail(
			recipients=emails,
			subject=subject,
			message="<p>{0}</p><p>{1}</p>".format(
				frappe.utils.escape_html(message),
				get_link_to_form("Marketplace Shop", shop, frappe.utils.escape_html(shop)),
			),
			reference_doctype="Marketplace Shop",
			reference_name=shop,
		)


def recipients() -> tuple[list[str], list[str]]:
	"""Users to notify on the desk, and the addresses of those who want e-mail too.

	Those the settings name, else all marketplace managers, else whoever looks after the system.
	"""
	settings = frappe.get_cached_doc("Marketplace Settings")
	if settings.alert_recipients:
		users = [row.user for row in settings.alert_recipients]
		mailed = [row.user for row in settings.alert_recipients if row.notify_by_email]
	else:
		# Frappe leaves the Administrator out of those with a role; on a new site there may be nobody else.
		users = mailed = (
			get_users_with_role(MANAGER) or get_users_with_role("System Manager") or ["Administrator"]
		)
	emails = frappe.get_all("User", filters={"name": ("in", mailed or [""]), "enabled": 1}, pluck="email")
	return list(users), [email for email in emails if email]


def stream_label(stream: str) -> str:
	"""A stream's name for people."""
	labels = {
		"orders": _("Orders"),
		"listings": _("Listings"),
		"stock": _("Stock", context="Marketplace Stream"),
		"prices": _("Prices"),
		"reconciliation": _("Reconciliation of orders"),
		"drift": _("Stock check"),
		"returns": _("Returns", context="Marketplace Stream"),
		"reviews": _("Reviews", context="Marketplace Stream"),
	}
	return labels.get(stream, stream)


def _last_sign(row: frappe._dict):
	"""When the stream was last well: its last success, or when it was to start."""
	return row.last_success_at or max(row.creation, row.next_run_at or row.creation)


def _patience(row: frappe._dict, intervals: int) -> timedelta:
	return max(timedelta(minutes=(row.interval_minutes or 60) * intervals), timedelta(minutes=30))
