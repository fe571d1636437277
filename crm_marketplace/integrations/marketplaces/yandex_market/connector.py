"""The Yandex Market connector: what it is, and its capabilities put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import ClassVar

from crm_marketplace.integrations.budget import RateBudget, RateLimit, local_budget
from crm_marketplace.integrations.connector import ConnectorInfo, CredentialField, read_credentials
from crm_marketplace.integrations.errors import ConfigurationError, _
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints
from crm_marketplace.integrations.marketplaces.yandex_market.cancellations import CancelsYandexMarketOrders
from crm_marketplace.integrations.marketplaces.yandex_market.credentials import (
	ChecksYandexMarketCredentials,
)
from crm_marketplace.integrations.marketplaces.yandex_market.errors import OUTCOMES, classify
from crm_marketplace.integrations.marketplaces.yandex_market.labels import (
	LABEL_BATCH,
	PrintsYandexMarketLabels,
)
from crm_marketplace.integrations.marketplaces.yandex_market.listings import ListsYandexMarketListings
from crm_marketplace.integrations.marketplaces.yandex_market.orders import ORDER_PAGE
from crm_marketplace.integrations.marketplaces.yandex_market.prices import (
	PRICE_BATCH,
	SyncsYandexMarketPrices,
)
from crm_marketplace.integrations.marketplaces.yandex_market.returns import ListsYandexMarketReturns
from crm_marketplace.integrations.marketplaces.yandex_market.reviews import (
	ANSWER_LENGTH,
	HandlesYandexMarketReviews,
)
from crm_marketplace.integrations.marketplaces.yandex_market.statuses import ORDER_STATUSES
from crm_marketplace.integrations.marketplaces.yandex_market.stock import (
	MAXIMUM_STOCK,
	STOCK_BATCH,
	SyncsYandexMarketStock,
)
from crm_marketplace.integrations.marketplaces.yandex_market.webhooks import ReceivesYandexMarketWebhooks
from crm_marketplace.integrations.records import Scheme
from crm_marketplace.integrations.transport import Observer, Transport

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

INFO = ConnectorInfo(
	name="Yandex Market",
	title="Yandex Market",
	api_version="2026-08-19",
	documentation_url=endpoints.DOCUMENTATION,
	base_url=endpoints.BASE_URL,
	capabilities=frozenset(endpoints.NEEDED),
	credential_fields=(
		CredentialField(
			"campaign_id",
			_("Campaign ID"),
			_("Which shop of the cabinet. Empty: the whole cabinet with all its shops as one."),
			secret=False,
			required=False,
			selects_shop=True,
		),
		CredentialField(
			"business_id",
			_("Business ID"),
			_("Which cabinet the shop is in. Filled in when the shop is chosen from the list."),
			secret=False,
			required=False,
			selects_shop=True,
		),
		CredentialField(
			"api_key",
			_("API key"),
			_("Made in Settings → API and modules of the cabinet. One key opens all shops of a cabinet."),
		),
	),
	schemes=(Scheme.FBS, Scheme.FBO, Scheme.DBS, Scheme.EXPRESS),
	statuses=ORDER_STATUSES,
	rate_limits={
		# Nine tenths of what the vendor allows a cabinet without a subscription; the rest is left to the
		# seller's other programs. Some are counted in rows: full batches and pages are assumed.
		"default": (RateLimit(100, MINUTE),),
		"token": (RateLimit(90, HOUR),),
		"campaigns": (RateLimit(900, HOUR),),
		"settings": (RateLimit(90, HOUR),),
		"warehouses": (RateLimit(90, HOUR),),
		"grouped_warehouses": (RateLimit(90, HOUR),),
		"offers": (RateLimit(90, MINUTE),),
		"stock": (RateLimit(450, MINUTE),),
		"stock_push": (RateLimit(45, MINUTE),),
		"grouped_stock": (RateLimit(900, MINUTE),),
		"grouped_stock_push": (RateLimit(45, MINUTE),),
		"prices": (RateLimit(22, MINUTE),),
		"price_push": (RateLimit(45, MINUTE),),
		"shop_prices": (RateLimit(45, MINUTE),),
		"shop_price_push": (RateLimit(45, MINUTE),),
		"quarantine": (RateLimit(4_500, MINUTE),),
		"orders": (RateLimit(9_000, HOUR),),
		"buyers": (RateLimit(2_700, HOUR),),
		"companies": (RateLimit(2_700, HOUR),),
		"order_changes": (RateLimit(9_000, HOUR),),
		"cancellation_answers": (RateLimit(450, HOUR),),
		"labels": (RateLimit(9_000, HOUR),),
		"label_files": (RateLimit(900, HOUR),),
		"reports": (RateLimit(90, MINUTE),),
		"returns": (RateLimit(4_500, HOUR),),
		"reviews": (RateLimit(4_500, HOUR),),
		"review_comments": (RateLimit(4_500, HOUR),),
		"review_answers": (RateLimit(900, HOUR),),
	},
	parallel_requests=4,
	stock_batch=STOCK_BATCH,
	price_batch=PRICE_BATCH,
	maximum_stock=MAXIMUM_STOCK,
	order_page_size=ORDER_PAGE,
	label_batch=LABEL_BATCH,
	review_answer_length=ANSWER_LENGTH,
	# The vendor looks at 30 days at a time.
	first_orders_window=timedelta(days=29),
	cursor_overlap=timedelta(minutes=15),
	help_urls={
		"credentials": f"{endpoints.DOCUMENTATION}concepts/api-key",
		"cabinet": "https://partner.market.yandex.ru",
		"webhooks": f"{endpoints.DOCUMENTATION}push-notifications/reference/sendNotification",
	},
)


class YandexMarketConnector(
	ChecksYandexMarketCredentials,
	ListsYandexMarketListings,
	SyncsYandexMarketStock,
	SyncsYandexMarketPrices,
	CancelsYandexMarketOrders,
	PrintsYandexMarketLabels,
	ListsYandexMarketReturns,
	HandlesYandexMarketReviews,
	ReceivesYandexMarketWebhooks,
):
	"""One Yandex Market shop, or a cabinet with all its shops. Its warehouses come with
	`SyncsYandexMarketStock`, its orders with `CancelsYandexMarketOrders`.
	"""

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
	) -> YandexMarketConnector:
		"""See `Connector.connect`. Beside the credentials, `test_orders` = "yes" takes the test orders made in
		the cabinet, which are left out otherwise.
		"""
		given = read_credentials(INFO.credential_fields, credentials)
		for field in INFO.credential_fields:
			if field.selects_shop and given[field.name] and not given[field.name].isdecimal():
				raise ConfigurationError(
					_("{0} is a number."),
					next_step=_(
						"Test the connection with the key alone and choose one of the shops it opens."
					),
					values=(field.label,),
				)
		transport = Transport(
			base_url=base_url or INFO.base_url,
			headers={"Api-Key": given["api_key"]},
			secrets=(given["api_key"],),
			budget=budget or local_budget(INFO.rate_limits, INFO.parallel_requests),
			observer=observer,
			classify=classify,
			outcomes=OUTCOMES,
			patience=patience,
		)
		return cls(
			transport,
			clock or _now,
			own_business=given["business_id"] or None,
			own_campaign=given["campaign_id"] or None,
			test_orders=credentials.get("test_orders") == "yes",
		)


def _now() -> datetime:
	return datetime.now(timezone.utc)
