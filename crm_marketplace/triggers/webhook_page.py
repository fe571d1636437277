"""The address other programs call: /trigger-webhook/<secret of the trigger>."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import frappe
from werkzeug.wrappers import Response

from crm_marketplace.rules.triggers_events import Match
from crm_marketplace.triggers.definition import WEBHOOK_ROUTE, digest
from crm_marketplace.triggers.engine import index, outbox

MAX_BODY = 256 * 1024  # bytes
IDS = ("Idempotency-Key", "X-Event-Id", "X-Request-Id", "X-Github-Delivery")


class TriggerWebhookPage:
	"""A page renderer of Frappe (hook `page_renderer`)."""

	def __init__(self, path: str, http_status_code: int | None = None) -> None:
		self.path = (path or "").strip("/")

	def can_render(self) -> bool:
		return self.path.startswith(f"{WEBHOOK_ROUTE}/")

	def render(self) -> Response:
		"""Answers JSON at once; what it sets off runs in the background. An unknown address is a plain 404."""
		request = frappe.local.request
		if request.method != "POST" or (request.content_length or 0) > MAX_BODY:
			return _answer({"error": "not found"}, 404)
		body = request.get_data(cache=True)
		if len(body) > MAX_BODY or not receive(self.path.split("/")[1], body, request.headers):
			return _answer({"error": "not found"}, 404)
		# A POST of a guest is rolled back by Frappe otherwise.
		frappe.db.commit()
		return _answer({"ok": True}, 200)


def receive(secret: str, body: bytes, headers: Mapping[str, str]) -> bool:
	"""Take a call; returns whether it was for a trigger that is on.

	The same call twice (by its id, or for want of one by its content within a day) fires once.
	"""
	row = frappe.db.get_value(
		"Trigger",
		{"webhook_digest": digest(secret), "event": "Webhook Received", "enabled": 1},
		list(index.FIELDS),
		as_dict=True,
	)
	if not row or not index.is_on():
		return False
	rule = index.rule_of(row)
	given = _read(body)
	name = _document(rule.document_type, row.event_field, given)
	identity = next((headers[key] for key in IDS if headers.get(key)), None)
	event_id = "webhook {}".format(
		hashlib.sha256(
			(identity or f"{frappe.utils.today()} {body.decode('utf-8', 'replace')}").encode()
		).hexdigest()[:40]
	)
	outbox.put(
		rule.document_type if name else "",
		name or "",
		[Match(rule, certain=not rule.conditions)],
		event_id,
		given=given,
	)
	return True


def _read(body: bytes) -> dict[str, Any]:
	try:
		value = json.loads(body or b"{}")
	except ValueError:
		return {"text": body.decode("utf-8", "replace")[:4000]}
	return value if isinstance(value, dict) else {"items": value}


def _document(doctype: str, field: str | None, given: Mapping[str, Any]) -> str | None:
	"""The document the call is about: its name in "name", or the trigger's field by the field of that name."""
	if not doctype:
		return None
	wanted = given.get(field or "name")
	if not isinstance(wanted, str | int) or not str(wanted):
		return None
	if field and frappe.get_meta(doctype).get_field(field):
		return frappe.db.get_value(doctype, {field: str(wanted)})
	return frappe.db.exists(doctype, str(wanted))


def _answer(body: object, status: int) -> Response:
	return Response(json.dumps(body), status=status, content_type="application/json")
