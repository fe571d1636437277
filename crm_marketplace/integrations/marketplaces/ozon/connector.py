"""The Ozon connector: what it is, and its capabilities put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import ClassVar

from crm_marketplace.integrations.budget import LimiterBudget, RateBudget, RateLimit
from crm_marketplace.integrations.connector import (
	Capability,
	ConnectorInfo,
	CredentialField,
	read_credentials,
)
from crm_marketplace.integrations.errors import _
from crm_marketplace.integrations.marketplaces.ozon import endpoints
from crm_marketplace.integrations.marketplaces.ozon.cancellations import CancelsOzonOrders
from crm_marketplace.integrations.marketplaces.ozon.credentials import ChecksOzonCredentials
from crm_marketplace.integrations.marketplaces.ozon.errors import STOCK_PAIR_PAUSE, classify
from crm_marketplace.integrations.marketplaces.ozon.labels import LABEL_BATCH, PrintsOzonLabels
from crm_marketplace.integrations.marketplaces.ozon.listings import ListsOzonListings
from crm_marketplace.integrations.marketplaces.ozon.orders import ORDER_PAGE
from crm_marketplace.integrations.marketplaces.ozon.prices import PRICE_BATCH, SyncsOzonPrices
from crm_marketplace.integrations.marketplaces.ozon.returns import ListsOzonReturns
from crm_marketplace.integrations.marketplaces.ozon.reviews import ANSWER_LENGTH, HandlesOzonFeedback
from crm_marketplace.integrations.marketplaces.ozon.statuses import ORDER_STATUSES
from crm_marketplace.integrations.marketplaces.ozon.stock import STOCK_BATCH, SyncsOzonStock
from crm_marketplace.integrations.marketplaces.ozon.warehouses import ListsOzonWarehouses
from crm_marketplace.integrations.marketplaces.ozon.webhooks import ReceivesOzonWebhooks
from crm_marketplace.integrations.records import Scheme
from crm_marketplace.integrations.transport import Observer, Transport

INFO = ConnectorInfo(
	name="Ozon",
	title="Ozon",
	api_version="2026-08-14",
	documentation_url=endpoints.DOCUMENTATION,
	base_url=endpoints.BASE_URL,
	capabilities=frozenset(endpoints.NEEDED),
	credential_fields=(
		CredentialField(
			"client_id",
			_("Client ID"),
			_("Shown beside the keys in Settings → Seller API of the cabinet."),
			secret=False,
		),
		CredentialField(
			"api_key",
			_("API key"),
			_("Made in Settings → Seller API of the cabinet. It is shown once, when it is made."),
		),
	),
	schemes=(Scheme.FBS, Scheme.FBO, Scheme.DBS, Scheme.EXPRESS),
	statuses=ORDER_STATUSES,
	rate_limits={
		# 50 a second over all methods and programs of a seller; the rest is left to his other programs.
		"default": (RateLimit(45, timedelta(seconds=1)),),
		"stock_push": (RateLimit(80, timedelta(minutes=1)),),
	},
	stock_batch=STOCK_BATCH,
	stock_repeat_after=timedelta(seconds=STOCK_PAIR_PAUSE),
	price_batch=PRICE_BATCH,
	maximum_stock=999_999,  # "less than a million"
	order_page_size=ORDER_PAGE,
	label_batch=LABEL_BATCH,
	review_answer_length=ANSWER_LENGTH,
	help_urls={
		"credentials": "https://seller.ozon.ru/app/settings/api-keys",
		"cabinet": "https://seller.ozon.ru/app",
		"webhooks": f"{endpoints.DOCUMENTATION}#tag/push_intro",
	},
)


class OzonConnector(
	ChecksOzonCredentials,
	ListsOzonWarehouses,
	ListsOzonListings,
	SyncsOzonStock,
	SyncsOzonPrices,
	CancelsOzonOrders,
	PrintsOzonLabels,
	ListsOzonReturns,
	HandlesOzonFeedback,
	ReceivesOzonWebhooks,
):
	"""One Ozon shop. Its orders come with `CancelsOzonOrders` and `PrintsOzonLabels`."""

	info: ClassVar[ConnectorInfo] = INFO

	@classmethod
	def connect(
		cls,
		credentials: Mapping[str, str],
		*,
		base_url: str | None = None,
		budget: RateBudget | None = None,
		observer: Observer | None = None,
		patience: float = 60.0,
		clock: Callable[[], datetime] | None = None,
	) -> OzonConnector:
		"""See `Connector.connect`."""
		given = read_credentials(INFO.credential_fields, credentials)
		transport = Transport(
			base_url=base_url or INFO.base_url,
			headers={"Client-Id": given["client_id"], "Api-Key": given["api_key"]},
			secrets=(given["api_key"],),
			budget=budget or LimiterBudget(INFO.rate_limits),
			observer=observer,
			classify=classify,
			patience=patience,
			request_id_headers=("x-o3-trace-id", "x-request-id"),
		)
		return cls(transport, given["client_id"], clock or _now)


def _now() -> datetime:
	return datetime.now(timezone.utc)
