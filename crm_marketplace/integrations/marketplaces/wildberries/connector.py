"""The Wildberries connector: what it is, and its capabilities put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import ClassVar

from crm_marketplace.integrations.budget import LimiterBudget, RateBudget, RateLimit
from crm_marketplace.integrations.connector import (
	ConnectorInfo,
	CredentialField,
	read_credentials,
)
from crm_marketplace.integrations.errors import _
from crm_marketplace.integrations.marketplaces.wildberries import endpoints
from crm_marketplace.integrations.marketplaces.wildberries.cancellations import CancelsWildberriesOrders
from crm_marketplace.integrations.marketplaces.wildberries.credentials import ChecksWildberriesCredentials
from crm_marketplace.integrations.marketplaces.wildberries.errors import classify
from crm_marketplace.integrations.marketplaces.wildberries.feed import FEED_PACE
from crm_marketplace.integrations.marketplaces.wildberries.labels import LABEL_BATCH, PrintsWildberriesLabels
from crm_marketplace.integrations.marketplaces.wildberries.orders import ORDER_PAGE, REFRESH_BATCH
from crm_marketplace.integrations.marketplaces.wildberries.prices import PRICE_BATCH, SyncsWildberriesPrices
from crm_marketplace.integrations.marketplaces.wildberries.returns import ListsWildberriesReturns
from crm_marketplace.integrations.marketplaces.wildberries.reviews import (
	LONGEST_ANSWER,
	HandlesWildberriesReviews,
)
from crm_marketplace.integrations.marketplaces.wildberries.statuses import ORDER_STATUSES
from crm_marketplace.integrations.marketplaces.wildberries.stock import (
	MAXIMUM_STOCK,
	STOCK_BATCH,
	SyncsWildberriesStock,
)
from crm_marketplace.integrations.marketplaces.wildberries.tokens import bare_token
from crm_marketplace.integrations.records import Scheme
from crm_marketplace.integrations.transport import Observer, Transport

# The vendor counts by "token bucket": so many at once, one more every interval. As many within the time the
# bucket takes to fill is always within it; a little is left to the seller's other programs.
MARKETPLACE_LIMIT = (RateLimit(18, timedelta(seconds=4)),)  # 300 a minute, 20 at once

INFO = ConnectorInfo(
	name="Wildberries",
	title="Wildberries",
	api_version="2026-08-17",
	documentation_url=endpoints.DOCUMENTATION,
	base_url=endpoints.BASE_URL,
	capabilities=frozenset(endpoints.NEEDED),
	credential_fields=(
		CredentialField(
			"token",
			_("API token"),
			_(
				"Made in Settings → API access of the cabinet, type Personal, with the categories Content, "
				"Marketplace, Prices and discounts, Analytics, Questions and feedback, and Buyers' returns. It is "
				"shown once and lives 180 days."
			),
		),
	),
	schemes=(Scheme.FBS, Scheme.FBO, Scheme.DBS, Scheme.EXPRESS),
	statuses=ORDER_STATUSES,
	# Of personal and service tokens; base tokens are answered far less often.
	rate_limits={
		"default": (RateLimit(9, timedelta(minutes=10)),),  # 1 a minute, 10 at once
		endpoints.CONTENT: (RateLimit(4, timedelta(seconds=3)),),  # 100 a minute, 5 at once
		endpoints.PRICE: (RateLimit(4, timedelta(seconds=3)),),  # 10 in 6 seconds, 5 at once
		endpoints.MARKETPLACE: MARKETPLACE_LIMIT,
		"warehouses": MARKETPLACE_LIMIT,
		"stock": MARKETPLACE_LIMIT,
		"dbs": MARKETPLACE_LIMIT,
		"cancel": (RateLimit(18, timedelta(seconds=12)),),  # 100 a minute, 20 at once
		"dbs_cancel": (RateLimit(9, timedelta(seconds=10)),),  # 1 a second, 10 at once
		"order_feed": (RateLimit(1, timedelta(seconds=61)),),  # 1 a minute
		"item_returns": (RateLimit(9, timedelta(minutes=10)),),  # 1 a minute, 10 at once
		endpoints.CLAIM: (RateLimit(9, timedelta(seconds=30)),),  # 20 a minute, 10 at once
		endpoints.FEEDBACK: (RateLimit(5, timedelta(seconds=2)),),  # 3 a second, 6 at once
		FEED_PACE: (RateLimit(1, timedelta(minutes=5)),),  # our own: see `keep_feed_pace`
	},
	stock_batch=STOCK_BATCH,
	stock_batch_per_warehouse=True,
	price_batch=PRICE_BATCH,
	price_step=Decimal(1),
	old_price_by_percent=True,
	keeps_minimum_price=False,
	maximum_stock=MAXIMUM_STOCK,
	order_page_size=ORDER_PAGE,
	label_batch=LABEL_BATCH,
	review_answer_length=LONGEST_ANSWER,
	refresh_batch=REFRESH_BATCH,
	help_urls={
		"credentials": "https://seller.wildberries.ru/api-integrations",
		"cabinet": "https://seller.wildberries.ru",
	},
)


class WildberriesConnector(
	ChecksWildberriesCredentials,
	SyncsWildberriesStock,
	SyncsWildberriesPrices,
	CancelsWildberriesOrders,
	PrintsWildberriesLabels,
	ListsWildberriesReturns,
	HandlesWildberriesReviews,
):
	"""One Wildberries shop. Its warehouses and listings come with `SyncsWildberriesStock`, its orders with
	`CancelsWildberriesOrders`.
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
	) -> WildberriesConnector:
		"""See `Connector.connect`. Another server than the vendor's plays all of his hosts."""
		given = read_credentials(INFO.credential_fields, credentials)
		token = bare_token(given["token"])
		transport = Transport(
			base_url=base_url or INFO.base_url,
			hosts={} if base_url else endpoints.HOSTS,
			headers={"Authorization": token},
			secrets=(token,),
			budget=budget or LimiterBudget(INFO.rate_limits),
			observer=observer,
			classify=classify,
			patience=patience,
		)
		return cls(transport, token, clock or _now)


def _now() -> datetime:
	return datetime.now(timezone.utc)
