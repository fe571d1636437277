"""Every method of the Partner API we call: version, path, budget group, whether it may be repeated, which
access of a key opens it, and the vendor's page about it. Nothing else in this folder knows a path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.transport import Endpoint

BASE_URL = "https://api.partner.market.yandex.ru"
DOCUMENTATION = "https://yandex.ru/dev/market/partner-api/doc/ru/"
HELP = "https://yandex.ru/support/marketplace/"

# Accesses of a key, as the documentation writes them.
ORDERS_ACCESS = "inventory-and-order-processing"
OFFERS_ACCESS = "offers-and-cards-management"
PRICES_ACCESS = "pricing"
TALK_ACCESS = "communication"


@dataclass(frozen=True, slots=True)
class Access:
	"""What a key must have for a method.

	Args:
		scope: one of the accesses above; None: any key.
		writes: the read-only kind of the access is not enough.
	"""

	scope: str | None = None
	writes: bool = False


ACCESS: dict[Endpoint, Access] = {}


def _method(
	path: str,
	page: str,
	*,
	method: str = "POST",
	group: str = "default",
	scope: str | None = None,
	writes: bool = False,
	read_timeout: float = 30.0,
	safe: bool = True,
) -> Endpoint:
	endpoint = Endpoint(
		path=path,
		method=method,
		group=group,
		read_timeout=read_timeout,
		safe=safe,
		doc=f"{DOCUMENTATION}reference/{page}",
	)
	ACCESS[endpoint] = Access(scope, writes)
	return endpoint


_BUSINESS = "businesses/{businessId}"
_CAMPAIGN = "campaigns/{campaignId}"
_ORDER = f"/v2/{_CAMPAIGN}/orders/{{orderId}}"

# --- the key, the cabinet and its shops ------------------------------------------------------------
TOKEN = _method("/v2/auth/token", "auth/getAuthTokenInfo", group="token")
CAMPAIGNS = _method("/v2/campaigns", "campaigns/getCampaigns", method="GET", group="campaigns")
SETTINGS = _method(f"/v2/{_BUSINESS}/settings", "businesses/getBusinessSettings", group="settings")

# --- warehouses: the first in cabinets without groups of warehouses, the second in those with ------
WAREHOUSES = _method(
	f"/v3/{_BUSINESS}/warehouses",
	"warehouses/getPartnerWarehouses",
	group="warehouses",
	scope=ORDERS_ACCESS,
)
GROUPED_WAREHOUSES = _method(
	f"/v2/{_BUSINESS}/warehouses",
	"warehouses/getPagedWarehouses",
	group="grouped_warehouses",
	scope=ORDERS_ACCESS,
)

# --- cards -----------------------------------------------------------------------------------------
OFFERS = _method(
	f"/v2/{_BUSINESS}/offer-mappings",
	"business-offer-mappings/getOfferMappings",
	group="offers",
	scope=OFFERS_ACCESS,
	read_timeout=60.0,
)

# --- stock, in the same two families; writes set a value, so that sending one twice does no harm ---
STOCK = _method(
	f"/v3/{_BUSINESS}/offers/stocks",
	"stocks/getStocksOnPartnerWarehouses",
	group="stock",
	scope=OFFERS_ACCESS,
)
STOCK_PUSH = _method(
	f"/v3/{_BUSINESS}/offers/stocks/update",
	"stocks/updateStocksOnPartnerWarehouses",
	group="stock_push",
	scope=OFFERS_ACCESS,
	writes=True,
)
GROUPED_STOCK = _method(
	f"/v2/{_CAMPAIGN}/offers/stocks", "stocks/getStocks", group="grouped_stock", scope=OFFERS_ACCESS
)
GROUPED_STOCK_PUSH = _method(
	f"/v2/{_CAMPAIGN}/offers/stocks",
	"stocks/updateStocks",
	method="PUT",
	group="grouped_stock_push",
	scope=OFFERS_ACCESS,
	writes=True,
)

# --- prices: of the cabinet for all its shops, and of one shop -------------------------------------
PRICES = _method(
	f"/v2/{_BUSINESS}/offer-prices", "prices/getDefaultPrices", group="prices", scope=PRICES_ACCESS
)
PRICE_PUSH = _method(
	f"/v2/{_BUSINESS}/offer-prices/updates",
	"prices/updateBusinessPrices",
	group="price_push",
	scope=PRICES_ACCESS,
	writes=True,
)
SHOP_PRICES = _method(
	f"/v2/{_CAMPAIGN}/offer-prices", "prices/getPricesByOfferIds", group="shop_prices", scope=PRICES_ACCESS
)
SHOP_PRICE_PUSH = _method(
	f"/v2/{_CAMPAIGN}/offer-prices/updates",
	"prices/updatePrices",
	group="shop_price_push",
	scope=PRICES_ACCESS,
	writes=True,
)
QUARANTINE = _method(
	f"/v2/{_BUSINESS}/price-quarantine",
	"price-quarantine/getBusinessQuarantineOffers",
	group="quarantine",
	scope=PRICES_ACCESS,
)
SHOP_QUARANTINE = _method(
	f"/v2/{_CAMPAIGN}/price-quarantine",
	"price-quarantine/getCampaignQuarantineOffers",
	group="quarantine",
	scope=PRICES_ACCESS,
)

# --- orders ----------------------------------------------------------------------------------------
ORDERS = _method(f"/v1/{_BUSINESS}/orders", "orders/getBusinessOrders", group="orders", scope=ORDERS_ACCESS)
BUYER = _method(
	f"{_ORDER}/buyer", "order-delivery/getOrderBuyerInfo", method="GET", group="buyers", scope=ORDERS_ACCESS
)
COMPANY = _method(
	f"{_ORDER}/business-buyer",
	"order-business-information/getOrderBusinessBuyerInfo",
	group="companies",
	scope=ORDERS_ACCESS,
)

# --- changing orders: all of them say how it is to be, so that a repeat changes nothing more -------
ORDER_STATUS = _method(
	f"{_ORDER}/status",
	"orders/updateOrderStatus",
	method="PUT",
	group="order_changes",
	scope=ORDERS_ACCESS,
	writes=True,
)
ORDER_BOXES = _method(
	f"{_ORDER}/boxes",
	"orders/setOrderBoxLayout",
	method="PUT",
	group="order_changes",
	scope=ORDERS_ACCESS,
	writes=True,
)
ORDER_ITEMS = _method(
	f"{_ORDER}/items",
	"orders/updateOrderItems",
	method="PUT",
	group="order_changes",
	scope=ORDERS_ACCESS,
	writes=True,
)
CANCELLATION_ACCEPT = _method(
	f"{_ORDER}/cancellation/accept",
	"orders/acceptOrderCancellation",
	method="PUT",
	group="cancellation_answers",
	scope=ORDERS_ACCESS,
	writes=True,
)

# --- labels: of one order, and of many in a file that is made first ---------------------------------
ORDER_LABELS = _method(
	f"{_ORDER}/delivery/labels",
	"order-labels/generateOrderLabels",
	method="GET",
	group="labels",
	scope=ORDERS_ACCESS,
	writes=True,  # as the vendor has it: a key that only reads gets the labels of many, not those of one
)
LABELS = _method(
	"/v2/reports/documents/labels/generate",
	"reports/generateMassOrderLabelsReport",
	group="label_files",
	scope=ORDERS_ACCESS,
)
REPORT_INFO = _method("/v2/reports/info/{reportId}", "reports/getReportInfo", method="GET", group="reports")

# --- returns ---------------------------------------------------------------------------------------
RETURNS = _method(
	f"/v2/{_CAMPAIGN}/returns", "returns/getReturns", method="GET", group="returns", scope=ORDERS_ACCESS
)

# --- reviews ---------------------------------------------------------------------------------------
REVIEWS = _method(
	f"/v2/{_BUSINESS}/goods-feedback", "goods-feedback/getGoodsFeedbacks", group="reviews", scope=TALK_ACCESS
)
REVIEW_COMMENTS = _method(
	f"/v2/{_BUSINESS}/goods-feedback/comments",
	"goods-feedback/getGoodsFeedbackComments",
	group="review_comments",
	scope=TALK_ACCESS,
)
ANSWER_REVIEW = _method(
	f"/v2/{_BUSINESS}/goods-feedback/comments/update",
	"goods-feedback/updateGoodsFeedbackComment",
	group="review_answers",
	scope=TALK_ACCESS,
	writes=True,
	safe=False,  # twice is two answers
)

# What a key must be allowed to call for a stream to work at all.
NEEDED: Mapping[Capability, tuple[Endpoint, ...]] = {
	Capability.CREDENTIALS: (TOKEN, CAMPAIGNS, SETTINGS),
	Capability.WAREHOUSES: (WAREHOUSES, GROUPED_WAREHOUSES),
	Capability.LISTINGS: (OFFERS,),
	Capability.ORDERS: (ORDERS, BUYER, COMPANY),
	Capability.STOCK: (STOCK, STOCK_PUSH, GROUPED_STOCK, GROUPED_STOCK_PUSH, WAREHOUSES, GROUPED_WAREHOUSES),
	Capability.PRICES: (PRICES, PRICE_PUSH, SHOP_PRICES, SHOP_PRICE_PUSH, QUARANTINE, SHOP_QUARANTINE),
	Capability.CANCELLATION: (ORDERS, ORDER_STATUS, ORDER_BOXES, ORDER_ITEMS, CANCELLATION_ACCEPT),
	Capability.LABELS: (ORDERS, ORDER_LABELS, LABELS, REPORT_INFO),
	Capability.RETURNS: (CAMPAIGNS, RETURNS),
	Capability.FEEDBACK: (REVIEWS, REVIEW_COMMENTS, ANSWER_REVIEW),
	Capability.WEBHOOKS: (),  # sent to us; switched on in the cabinet
}
