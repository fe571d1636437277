"""The address marketplaces send notifications to: /marketplace-webhook/<secret of the shop>."""

from __future__ import annotations

import json

import frappe
from werkzeug.wrappers import Response

from crm_marketplace.sync import webhooks


class WebhookPage:
	"""A page renderer of Frappe (hook `page_renderer`)."""

	def __init__(self, path: str, http_status_code: int | None = None) -> None:
		self.path = (path or "").strip("/")

	def can_render(self) -> bool:
		return self.path.startswith(f"{webhooks.ROUTE}/")

	def render(self) -> Response:
		"""Always answers JSON. Forged notifications get a plain 404: nothing to learn from it."""
		request = frappe.local.request
		secret = self.path.split("/")[1]
		if request.method != "POST" or (request.content_length or 0) > webhooks.MAX_BODY:
			return _answer({"error": "not found"}, 404)
		try:
			# The data of a request as it came: forms are not parsed, nothing is believed.
			body = request.get_data(cache=True)
			answer = webhooks.receive(secret, body, request.headers, frappe.local.request_ip)
		except webhooks.Forbidden:
			return _answer({"error": "not found"}, 404)
		# A POST of a guest is rolled back by Frappe otherwise; the time of the last notification is kept.
		frappe.db.commit()
		return _answer(answer, 200)


def _answer(body: object, status: int) -> Response:
	return Response(json.dumps(body), status=status, content_type="application/json")
