"""Notifications the vendor sends ("push notifications"). They carry no signature: each only says where to
look. Answers, kinds and source addresses: https://docs.ozon.ru/api/seller/#tag/push_intro
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from crm_marketplace.integrations.connector import WebhookHint
from crm_marketplace.integrations.webhooks import id_in, introduction, read_notification

TAKEN = {"result": True}
PING = "TYPE_PING"

# About one posting; `posting_number` says which.
OF_POSTINGS = frozenset(
	"""TYPE_NEW_POSTING TYPE_POSTING_CANCELLED TYPE_STATE_CHANGED TYPE_CUTOFF_DATE_CHANGED
	TYPE_DELIVERY_DATE_CHANGED TYPE_FBO_POSTING_NEW TYPE_FBO_POSTING_CANCELLED
	TYPE_FBO_POSTING_STATE_CHANGED TYPE_FBO_POSTING_DELIVERY_DATE_CHANGED""".split()
)
# About something a stream reads; the orders named by `TYPE_ORDER_…` are not postings. A change of stock is
# mostly the echo of our own push, and is looked at by the daily comparison.
STREAMS: Mapping[str, tuple[str, ...]] = {
	"TYPE_ORDER_NEW": ("orders",),
	"TYPE_ORDER_CANCELLED": ("orders",),
	"TYPE_ORDER_STATE_CHANGED": ("orders",),
	"TYPE_CREATE_OR_UPDATE_ITEM": ("listings",),
}


class ReceivesOzonWebhooks:
	webhook_networks: ClassVar[tuple[str, ...]] = ("195.34.21.0/24", "185.73.192.0/22", "91.223.93.0/24")

	@classmethod
	def read_webhook(cls, body: bytes, headers: Mapping[str, str]) -> WebhookHint:
		"""See `ReceivesWebhooks`. Kinds we do not know are taken and mean nothing, so that the vendor does not
		switch the address off when it adds one.
		"""
		kind, data = read_notification(body, "message_type")
		if kind == PING:
			return WebhookHint(answer=introduction())
		if kind in OF_POSTINGS:
			return WebhookHint(order_ids=(id_in(data, "posting_number"),), answer=TAKEN)
		return WebhookHint(streams=STREAMS.get(kind, ()), answer=TAKEN)
