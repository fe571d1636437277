"""Notifications the vendor sends. They carry no signature: each only says where to look. Kinds, answers and
repeats: https://yandex.ru/dev/market/partner-api/doc/ru/push-notifications/reference/sendNotification
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from crm_marketplace.integrations.connector import WebhookHint
from crm_marketplace.integrations.webhooks import id_in, introduction, read_notification

# About one order; `orderId` says which. A return changes the order it belongs to.
OF_ORDERS = frozenset(
	"""ORDER_CREATED ORDER_CANCELLED ORDER_STATUS_UPDATED ORDER_UPDATED ORDER_CANCELLATION_REQUEST
	ORDER_RETURN_CREATED ORDER_RETURN_STATUS_UPDATED""".split()
)
# What is read by streams of its own, from where they stopped.
STREAMS: Mapping[str, str] = {
	"ORDER_RETURN_CREATED": "returns",
	"ORDER_RETURN_STATUS_UPDATED": "returns",
	"GOODS_FEEDBACK_CREATED": "reviews",
	"GOODS_FEEDBACK_COMMENT_CREATED": "reviews",
}


class ReceivesYandexMarketWebhooks:
	webhook_networks: ClassVar[tuple[str, ...]] = ("5.45.207.0/25", "141.8.142.0/25", "5.255.253.0/25")

	@classmethod
	def read_webhook(cls, body: bytes, headers: Mapping[str, str]) -> WebhookHint:
		"""See `ReceivesWebhooks`. Every notification is answered as the test one (`PING`) is: with who we are.
		Kinds we do not know are taken and mean nothing, so that the vendor does not switch the address off
		when it adds one.
		"""
		kind, data = read_notification(body, "notificationType")
		order_ids = (id_in(data, "orderId"),) if kind in OF_ORDERS else ()
		streams = (STREAMS[kind],) if kind in STREAMS else ()
		return WebhookHint(order_ids=order_ids, streams=streams, answer=introduction())
