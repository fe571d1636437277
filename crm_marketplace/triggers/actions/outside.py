"""What reaches beyond the site: webhooks, and reports by mail."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import socket
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import frappe
import requests
from frappe.desk.query_report import build_xlsx_data
from frappe.utils.xlsxutils import make_xlsx

from crm_marketplace.rules.triggers_values import plain, resolve
from crm_marketplace.rules.triggers_words import Say
from crm_marketplace.triggers.actions.base import (
	Action,
	ActionFailed,
	Ask,
	BadSettings,
	Preview,
	Result,
	Settings,
	TryLater,
	Who,
	_,
)
from crm_marketplace.triggers.actions.letters import NOBODY
from crm_marketplace.triggers.engine import people
from crm_marketplace.triggers.engine.context import Context

TIMEOUT = (5, 20)  # seconds to connect, to answer
SIGNATURE = "X-Trigger-Signature"
REPEATABLE = frozenset({408, 425, 429})


class SendWebhook(Action):
	type = "Send Webhook"
	label = _("Call a webhook")
	help = _("Sends the document as JSON to another program; signed, and repeated until it is taken.")
	icon = "link-url"
	needs_document = False
	undoable = False
	repeatable = True  # each attempt carries the same id, by which the other side knows a repetition
	asks = (
		Ask("url", "text", _("Address"), required=True),
		Ask("body", "json", _("Content"), _("Empty: the whole document."), advanced=True),
	)

	def words(self, settings: Settings, say: Say) -> str:
		return say(_("call {0}"), urlsplit(str(settings.get("url") or "")).hostname or "…")

	def check(self, settings: Settings, document_type: str) -> None:
		super().check(settings, document_type)
		parts = urlsplit(settings["url"])
		if parts.scheme not in ("http", "https") or not parts.hostname:
			raise BadSettings(_("The address of a webhook begins with https://"))

	def preview(self, settings: Settings, context: Context) -> Preview:
		text = json.dumps(self._body(settings, context), ensure_ascii=False, indent=1, default=plain)
		shown = frappe.utils.escape_html(text[:4000])
		return Preview(_("This would be sent to {0}."), (settings["url"],), html=f"<pre>{shown}</pre>")

	def run(self, settings: Settings, context: Context) -> Result:
		url = settings["url"]
		_refuse_private(url)
		body = json.dumps(
			self._body(settings, context), ensure_ascii=False, default=plain, separators=(",", ":")
		).encode()
		identity = f"{context.log}-{settings.get('_row', '')}"
		stamp = str(int(time.time()))
		secret = context.rule.get_password("signing_secret", raise_exception=False) or ""
		headers = {
			"Content-Type": "application/json; charset=utf-8",
			"X-Trigger-Event": context.rule.event,
			"X-Trigger-Id": identity,
			"Idempotency-Key": identity,
			"X-Trigger-Timestamp": stamp,
			SIGNATURE: signature(secret, stamp, body),
		}
		try:
			answer = requests.post(url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False)
		except requests.RequestException as error:
			raise TryLater(_("{0} does not answer: {1}"), url, str(error)[:300]) from error
		if answer.ok:
			return Result(_("{0} answered {1}."), (url, answer.status_code))
		if answer.status_code >= 500 or answer.status_code in REPEATABLE:
			raise TryLater(_("{0} answered {1}."), url, answer.status_code)
		raise ActionFailed(_("{0} answered {1}."), url, answer.status_code)

	def _body(self, settings: Settings, context: Context) -> Any:
		if settings.get("body"):
			return _filled(settings["body"], context)
		document = {key: value for key, value in context.values.items() if not key.startswith("_")}
		return {
			"event": context.rule.event,
			"trigger": context.rule.name,
			"doctype": document.get("doctype"),
			"name": document.get("name"),
			"changes": {key: list(pair) for key, pair in context.changes.items()},
			"given": dict(context.given or {}),
			"doc": document,
		}


class SendReport(Action):
	type = "Send Report"
	label = _("Send a report")
	help = _("Runs a report with the rights of the trigger's user and mails it as a table.")
	icon = "file"
	needs_document = False
	asks = (
		Ask("to", "people", _("Send to"), required=True),
		Ask("report", "link", _("Report"), options="Report", required=True),
		Ask("subject", "template", _("Subject")),
		Ask(
			"filters",
			"json",
			_("Filters"),
			_("As JSON. Days may be relative: today, today-7d."),
			advanced=True,
		),
		Ask("even_if_empty", "check", _("Also when there is nothing in it")),
	)

	def words(self, settings: Settings, say: Say) -> str:
		return say(
			_("send the report {0} to {1}"), settings.get("report"), Who(settings.get("to") or ()).words(say)
		)

	def check(self, settings: Settings, document_type: str) -> None:
		super().check(settings, document_type)
		if not frappe.db.exists("Report", settings["report"]):
			raise BadSettings(_("There is no report {0}."), settings["report"])

	def preview(self, settings: Settings, context: Context) -> Preview:
		to = people.addresses(settings.get("to") or (), context)
		columns, rows = self._data(settings, context)
		head = "".join(f"<th>{frappe.utils.escape_html(str(column.get('label')))}</th>" for column in columns)
		return Preview(
			_("The report {0} with {1} rows would go to {2}."),
			(settings["report"], len(rows), ", ".join(to)),
			tuple(to),
			html=f"<table class='table table-bordered'><tr>{head}</tr></table>",
			problem=not to,
		)

	def run(self, settings: Settings, context: Context) -> Result:
		to = people.addresses(settings.get("to") or (), context)
		if not to:
			raise ActionFailed(NOBODY)
		columns, rows = self._data(settings, context)
		if not rows and not settings.get("even_if_empty"):
			return Result(_("The report {0} is empty: not sent."), (settings["report"],), skipped=True)
		title = frappe._(settings["report"])
		data = frappe._dict(columns=columns, result=rows)
		table, widths = build_xlsx_data(data, [], include_indentation=False, ignore_visible_idx=True)
		letter = frappe.sendmail(
			recipients=to,
			subject=" ".join((context.render(settings.get("subject")) or title).split())[:200],
			message=frappe.utils.escape_html(title),
			attachments=[
				{
					"fname": f"{title}.xlsx",
					"fcontent": make_xlsx(table, settings["report"], column_widths=widths).getvalue(),
				}
			],
			add_unsubscribe_link=0,
			delayed=True,
		)
		frappe.local.trigger_letters = True
		return Result(
			_("The report {0} with {1} rows was mailed to {2}."),
			(settings["report"], len(rows), ", ".join(to)),
			"Email Queue" if letter else None,
			letter.name if letter else None,
		)

	def _data(self, settings: Settings, context: Context) -> tuple[list[Mapping[str, Any]], list[Any]]:
		report = frappe.get_doc("Report", settings["report"])
		if not report.is_permitted():
			raise frappe.PermissionError(report.name)
		frappe.has_permission(report.ref_doctype, "report", throw=True)
		filters = {
			key: _day(value, context)
			for key, value in _filled(settings.get("filters") or {}, context).items()
		}
		columns, rows = report.get_data(
			filters=filters, user=frappe.session.user, as_dict=True, ignore_prepared_report=True
		)
		return columns, rows


def signature(secret: str, stamp: str, body: bytes) -> str:
	"""What the receiver computes to know it is us: HMAC-SHA256 over "<timestamp>.<body>", in hex."""
	digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
	return f"t={stamp},v1={digest}"


# --- inside ----------------------------------------------------------------------------------------


def _filled(value: Any, context: Context) -> Any:
	"""JSON with placeholders in its texts filled in."""
	if isinstance(value, str):
		return context.render(value)
	if isinstance(value, Mapping):
		return {key: _filled(part, context) for key, part in value.items()}
	if isinstance(value, list):
		return [_filled(part, context) for part in value]
	return value


def _day(value: Any, context: Context) -> Any:
	"""A value of a filter as the desk would send it: "today-7d" as that day, "now-2h" as that moment."""
	if isinstance(value, list):
		return [_day(part, context) for part in value]
	moment = resolve(value, context.now)
	if moment is value or not isinstance(moment, datetime):
		return value
	return moment.date().isoformat() if value.strip().lower().startswith("today") else plain(moment)


def _refuse_private(url: str) -> None:
	"""A trigger is no way into the network of the server, unless the administrator allows it."""
	if frappe.db.get_single_value("Trigger Settings", "allow_private_webhooks"):
		return
	host = urlsplit(url).hostname or ""
	try:
		found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
	except socket.gaierror as error:
		raise TryLater(_("{0} does not answer: {1}"), url, str(error)) from error
	if not all(ipaddress.ip_address(address.partition("%")[0]).is_global for address in found):
		raise ActionFailed(_("{0} is an address of a private network. Trigger Settings may allow it."), url)
