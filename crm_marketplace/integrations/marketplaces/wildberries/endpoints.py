"""Every method of the WB API we call: host, path, budget group, token category, whether it may be repeated,
and the vendor's page about it. Nothing else in this folder knows a path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.transport import Endpoint

COMMON, CONTENT, PRICE, MARKETPLACE, ANALYTICS = "common", "content", "prices", "marketplace", "analytics"
FEEDBACK, CLAIM = "feedbacks", "claims"
HOSTS: Mapping[str, str] = {
	COMMON: "https://common-api.wildberries.ru",
	CONTENT: "https://content-api.wildberries.ru",
	PRICE: "https://discounts-prices-api.wildberries.ru",
	MARKETPLACE: "https://marketplace-api.wildberries.ru",
	ANALYTICS: "https://seller-analytics-api.wildberries.ru",
	FEEDBACK: "https://feedbacks-api.wildberries.ru",
	CLAIM: "https://returns-api.wildberries.ru",
}
BASE_URL = HOSTS[MARKETPLACE]
DOCUMENTATION = "https://dev.wildberries.ru/openapi/"

REFUSED_COUNTS_AS = 10  # requests, in the category Marketplace ("Rate Limits" of api-information)


@dataclass(frozen=True, slots=True)
class Category:
	"""A category of methods a token may be made for.

	Args:
		bit: its position in the token's mask, from 0.
		name: what the seller's cabinet calls it.
	"""

	bit: int
	name: str


CATEGORIES: Mapping[str, Category | None] = {
	COMMON: None,  # any token may ask who the seller is
	CONTENT: Category(1, "Контент"),
	ANALYTICS: Category(2, "Аналитика"),
	PRICE: Category(3, "Цены и скидки"),
	MARKETPLACE: Category(4, "Маркетплейс"),
	FEEDBACK: Category(7, "Вопросы и отзывы"),
	CLAIM: Category(11, "Возвраты покупателями"),
}


def _method(
	http: str, path: str, host: str, page: str, *, group: str | None = None, read_timeout: float = 30.0
) -> Endpoint:
	"""Args: page: of the documentation, with its anchor; without "/operation/" it ends in the path."""
	anchor = "" if "/operation/" in page else f"/paths/{path.replace('/', '~1')}/{http.lower()}"
	return Endpoint(
		path=path,
		method=http,
		host=host,
		group=group or host,
		# All writes set a value or end in a state, so that sending one twice changes nothing more.
		safe=True,
		read_timeout=read_timeout,
		penalty=REFUSED_COUNTS_AS - 1 if host == MARKETPLACE else 0,
		doc=f"{DOCUMENTATION}{page}{anchor}",
	)


# --- the seller ------------------------------------------------------------------------------------
SELLER = _method(
	"GET",
	"/api/v1/seller-info",
	COMMON,
	"api-information#tag/sellerInformation/operation/getV1SellerInfo",
	group="default",
)

# --- warehouses ------------------------------------------------------------------------------------
WAREHOUSES = _method(
	"GET",
	"/api/v3/warehouses",
	MARKETPLACE,
	"work-with-products#tag/Sklady-prodavca",
	group="warehouses",
)

# --- cards -----------------------------------------------------------------------------------------
_CARDS = "work-with-products#tag/listings"
CARDS = _method("POST", "/content/v2/get/cards/list", CONTENT, _CARDS, read_timeout=60.0)
TRASH = _method("POST", "/content/v2/get/cards/trash", CONTENT, _CARDS, read_timeout=60.0)

# --- stock -----------------------------------------------------------------------------------------
_STOCK = "work-with-products#tag/Ostatki-na-skladah-prodavca"
STOCK = _method("POST", "/api/v3/stocks/{warehouseId}", MARKETPLACE, _STOCK, group="stock")
STOCK_PUSH = _method("PUT", "/api/v3/stocks/{warehouseId}", MARKETPLACE, _STOCK, group="stock")

# --- prices ----------------------------------------------------------------------------------------
_PRICES = "work-with-products#tag/Ceny-i-skidki"
GOODS = _method("GET", "/api/v2/list/goods/filter", PRICE, _PRICES)
SOME_GOODS = _method("POST", "/api/v2/list/goods/filter", PRICE, _PRICES)
QUARANTINE = _method("GET", "/api/v2/quarantine/goods", PRICE, _PRICES)
PRICE_PUSH = _method("POST", "/api/v2/upload/task", PRICE, _PRICES)
SIZE_PRICE_PUSH = _method("POST", "/api/v2/upload/task/size", PRICE, _PRICES)
PRICE_TASK = _method("GET", "/api/v2/history/tasks", PRICE, _PRICES)
PRICE_TASK_ROWS = _method("GET", "/api/v2/history/goods/task", PRICE, _PRICES)

# --- assembly tasks --------------------------------------------------------------------------------
_FBS = "orders-fbs#tag/Sborochnye-zadaniya-FBS"
FBS_NEW = _method("GET", "/api/v3/orders/new", MARKETPLACE, _FBS)
FBS_LIST = _method("GET", "/api/v3/orders", MARKETPLACE, _FBS)
FBS_STATUS = _method("POST", "/api/v3/orders/status", MARKETPLACE, _FBS)
FBS_CANCEL = _method("PATCH", "/api/v3/orders/{orderId}/cancel", MARKETPLACE, _FBS, group="cancel")

_DBS = "orders-dbs#tag/dbsAssemblyOrders/operation/"
DBS_NEW = _method("GET", "/api/v3/dbs/orders/new", MARKETPLACE, _DBS + "getV3DbsOrdersNew", group="dbs")
DBS_LIST = _method("GET", "/api/v3/dbs/orders", MARKETPLACE, _DBS + "getV3DbsOrders", group="dbs")
DBS_STATUS = _method(
	"POST",
	"/api/marketplace/v3/dbs/orders/status/info",
	MARKETPLACE,
	_DBS + "postV3DbsOrdersStatusInfo",
	group="dbs",
)
DBS_BUYERS = _method(
	"POST", "/api/v3/dbs/orders/client", MARKETPLACE, _DBS + "postV3DbsOrdersClient", group="dbs"
)
DBS_COMPANIES = _method(
	"POST",
	"/api/marketplace/v3/dbs/orders/b2b/info",
	MARKETPLACE,
	_DBS + "postV3DbsOrdersB2bInfo",
	group="dbs",
)
DBS_CANCEL = _method(
	"POST",
	"/api/marketplace/v3/dbs/orders/status/cancel",
	MARKETPLACE,
	_DBS + "postV3DbsOrdersStatusCancel",
	group="dbs_cancel",
)

# --- orders from the marketplace's warehouses ------------------------------------------------------
ORDER_FEED = _method(
	"POST",
	"/api/analytics/v1/order-feed",
	ANALYTICS,
	"analytics#tag/orderFeed/operation/postV1OrderFeed",
	group="order_feed",
	read_timeout=60.0,
)

# --- stickers --------------------------------------------------------------------------------------
STICKERS = _method("POST", "/api/v3/orders/stickers", MARKETPLACE, _FBS)
DBS_STICKERS = _method(
	"POST",
	"/api/marketplace/v3/dbs/orders/stickers",
	MARKETPLACE,
	_DBS + "postV3DbsOrdersStickers",
	group="dbs",
)

# --- returns ---------------------------------------------------------------------------------------
# It took the place of /api/v1/analytics/goods-return, which was switched off on 26 October 2026.
ITEM_RETURNS = _method(
	"GET",
	"/api/analytics/v1/item-returns",
	ANALYTICS,
	"reports#tag/returnsAndItemMovementReport/operation/getV1GoodsReturn",
	group="item_returns",
	read_timeout=60.0,
)
CLAIMS = _method("GET", "/api/v1/claims", CLAIM, "user-communication#tag/buyersReturns/operation/getV1Claims")

# --- reviews ---------------------------------------------------------------------------------------
_REVIEWS = "user-communication#tag/feedbacks/operation/"
REVIEWS = _method("GET", "/api/v1/feedbacks", FEEDBACK, _REVIEWS + "getV1Feedbacks", read_timeout=60.0)
REVIEW = _method("GET", "/api/v1/feedback", FEEDBACK, _REVIEWS + "getV1Feedback")
REVIEW_ANSWER = _method("POST", "/api/v1/feedbacks/answer", FEEDBACK, _REVIEWS + "postV1FeedbacksAnswer")
REVIEW_EDIT = _method("PATCH", "/api/v1/feedbacks/answer", FEEDBACK, _REVIEWS + "patchV1FeedbacksAnswer")

# Not for tokens that may only read.
WRITES = frozenset(
	{STOCK_PUSH, PRICE_PUSH, SIZE_PRICE_PUSH, FBS_CANCEL, DBS_CANCEL, REVIEW_ANSWER, REVIEW_EDIT}
)

# What a token must be allowed to call for a stream to work at all.
NEEDED: Mapping[Capability, tuple[Endpoint, ...]] = {
	Capability.CREDENTIALS: (SELLER,),
	Capability.WAREHOUSES: (WAREHOUSES,),
	Capability.LISTINGS: (CARDS, TRASH),
	Capability.ORDERS: (
		FBS_NEW,
		FBS_LIST,
		FBS_STATUS,
		DBS_NEW,
		DBS_LIST,
		DBS_STATUS,
		DBS_BUYERS,
		DBS_COMPANIES,
	),
	Capability.STOCK: (WAREHOUSES, CARDS, STOCK, STOCK_PUSH),
	Capability.PRICES: (
		GOODS,
		SOME_GOODS,
		QUARANTINE,
		PRICE_PUSH,
		SIZE_PRICE_PUSH,
		PRICE_TASK,
		PRICE_TASK_ROWS,
	),
	Capability.CANCELLATION: (FBS_STATUS, FBS_CANCEL, DBS_STATUS, DBS_CANCEL),
	Capability.LABELS: (STICKERS, DBS_STICKERS),
	Capability.RETURNS: (ITEM_RETURNS,),
	Capability.FEEDBACK: (REVIEWS, REVIEW, REVIEW_ANSWER, REVIEW_EDIT),
}
# Without it the seller's own tasks still come; only orders from the marketplace's warehouses do not.
FBO = (ORDER_FEED,)
# Without it goods on their way back are still told; only what buyers ask for is not.
REQUESTS = (CLAIMS,)
