"""The address other programs call: /trigger-webhook/<secret of the trigger>."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import frappe
from werkzeug.wrappers import Response

from crm_marketplace.rules.triggers_events import Match, Rule
from crm_marketplace.rules.triggers_schedule import firing_key, period
from crm_marketplace.sync import clock
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
		told = receive(self.path.split("/")[1], body, request.headers) if len(body) <= MAX_BODY else None
		if told is None:
			return _answer({"error": "not found"}, 404)
		# A POST of a guest is rolled back by Frappe otherwise.
		frappe.db.commit()
		return _answer(told, 200)


def receive(secret: str, body: bytes, headers: Mapping[str, str]) -> dict[str, bool] | None:
	"""Take a call. Returns what to answer; None when it was for no trigger that is on.

	The same call twice fires once: by its id, or for want of one by its content within a minute or two.
	"""
	row = frappe.db.get_value(
		"Trigger",
		{"webhook_digest": digest(secret), "event": "Webhook Received", "enabled": 1},
		list(index.FIELDS),
		as_dict=True,
	)
	if not row or not index.is_on():
		return None
	rule = index.rule_of(row)
	given = _read(body)
	name = _document(rule.document_type, row.event_field, given)
	doctype = rule.document_type if name else ""
	event_ids = _event_ids(body, headers)
	if _is_known(rule, doctype, name or "", event_ids):
		return {"ok": True, "duplicate": True}
	outbox.put(doctype, name or "", [Match(rule, certain=not rule.conditions)], event_ids[0], given=given)
	return {"ok": True}


def _event_ids(body: bytes, headers: Mapping[str, str]) -> list[str]:
	"""The id of this call, then those under which the same one may have come before."""
	identity = next((headers[key] for key in IDS if headers.get(key)), None)
	if identity:
		return [_event_id(identity)]
	# A program that calls again for want of an answer does it at once; an equal call later is another one.
	minute = int(clock.utc_now().timestamp() // 60)
	text = body.decode("utf-8", "replace")
	return [_event_id(f"{one} {text}") for one in (minute, minute - 1)]


def _event_id(identity: str) -> str:
	return f"webhook {hashlib.sha256(identity.encode()).hexdigest()[:40]}"


def _is_known(rule: Rule, doctype: str, name: str, event_ids: list[str]) -> bool:
	"""Whether a firing of this call is there. Calls at the very same moment are told apart by the unique key."""
	now = clock.site_now()
	keys = {firing_key(rule.name, doctype, name, period(rule.frequency, now, one)) for one in event_ids}
	found = frappe.get_all(outbox.DOCTYPE, filters={"event_key": ("in", sorted(keys))}, pluck="event_id")
	return not set(event_ids).isdisjoint(found)


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
