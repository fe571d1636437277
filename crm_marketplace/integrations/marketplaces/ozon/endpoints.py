"""Every method of the Seller API we call: version, path, budget group, whether it may be repeated, and the
vendor's page about it. Nothing else in this folder knows a path.
"""

from __future__ import annotations

from collections.abc import Mapping

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.transport import Endpoint

BASE_URL = "https://api-seller.ozon.ru"
DOCUMENTATION = "https://docs.ozon.ru/api/seller/"


def _method(
	version: int,
	name: str,
	operation: str,
	*,
	group: str = "default",
	safe: bool = True,
	read_timeout: float = 30.0,
) -> Endpoint:
	return Endpoint(
		path=f"/v{version}/{name}",
		group=group,
		safe=safe,
		read_timeout=read_timeout,
		doc=f"{DOCUMENTATION}#operation/{operation}",
	)


# --- the key and the seller ------------------------------------------------------------------------
ROLES = _method(1, "roles", "AccessAPI_RolesByToken")
SELLER = _method(1, "seller/info", "SellerAPI_SellerInfo")

# --- warehouses ------------------------------------------------------------------------------------
WAREHOUSES = _method(2, "warehouse/list", "WarehouseListV2")
DELIVERY_METHODS = _method(2, "delivery-method/list", "WarehouseAPI_DeliveryMethodListV2")

# --- cards -----------------------------------------------------------------------------------------
PRODUCTS = _method(3, "product/list", "ProductAPI_GetProductList")
PRODUCT_DETAILS = _method(3, "product/info/list", "ProductAPI_GetProductInfoList", read_timeout=60.0)

# --- stock and prices: writes set a value, so that sending one twice changes nothing more ----------
STOCK = _method(2, "product/info/stocks-by-warehouse/fbs", "ProductAPI_GetProductInfoStocksByWarehouseFbsV2")
STOCK_PUSH = _method(2, "products/stocks", "ProductAPI_ProductsStocksV2", group="stock_push")
PRICES = _method(5, "product/info/prices", "ProductAPI_GetProductInfoPrices")
PRICE_PUSH = _method(1, "product/import/prices", "ProductAPI_ImportProductsPrices")

# --- postings --------------------------------------------------------------------------------------
FBS_LIST = _method(4, "posting/fbs/list", "PostingFbsList")
FBS_OPEN = _method(4, "posting/fbs/unfulfilled/list", "PostingFbsUnfulfilledList")
FBS_GET = _method(3, "posting/fbs/get", "PostingAPI_GetFbsPostingV3")
FBO_LIST = _method(3, "posting/fbo/list", "PostingFboList")
FBO_GET = _method(2, "posting/fbo/get", "PostingAPI_GetFboPosting")

# --- cancelling ------------------------------------------------------------------------------------
CANCEL_REASONS = _method(1, "posting/fbs/cancel-reason", "PostingAPI_GetPostingFbsCancelReasonV1")
# A posting that is cancelled already counts as success, so a repeat does no harm …
CANCEL = _method(2, "posting/fbs/cancel", "PostingAPI_CancelFbsPosting")
# … but a repeat of this one would cancel as many units once more.
CANCEL_LINES = _method(2, "posting/fbs/product/cancel", "PostingAPI_CancelFbsPostingProduct", safe=False)

# --- labels: specification of September 2026; the methods before these are switched off on 2026-11-02 ----
LABELS_CREATE = _method(3, "posting/fbs/package-label/create", "PostingFbsPackageLabelCreate")
LABELS_GET = _method(2, "posting/fbs/package-label/get", "PostingFbsPackageLabelGet")

# --- returns ---------------------------------------------------------------------------------------
RETURNS = _method(1, "returns/list", "returnsList")
RFBS_RETURNS = _method(2, "returns/rfbs/list", "RFBSReturnsAPI_ReturnsRfbsListV2")

# --- reviews: with the subscription "Управление отзывами" or Premium Pro ----------------------------
REVIEWS = _method(2, "review/list", "ReviewListV2")
REVIEW_DETAILS = _method(2, "review/info", "ReviewInfoV2")
REVIEW_COUNTS = _method(2, "review/count", "ReviewCountV2")
REVIEW_COMMENTS = _method(1, "review/comment/list", "ReviewAPI_CommentList")
# A repeat would answer once more.
REVIEW_ANSWER = _method(1, "review/comment/create", "ReviewAPI_CommentCreate", safe=False)

# What a key must be allowed to call for a stream to work at all.
NEEDED: Mapping[Capability, tuple[Endpoint, ...]] = {
	Capability.CREDENTIALS: (),  # every key may ask for its own roles
	Capability.WAREHOUSES: (WAREHOUSES, DELIVERY_METHODS),
	Capability.LISTINGS: (PRODUCTS, PRODUCT_DETAILS),
	Capability.ORDERS: (FBS_LIST, FBS_OPEN, FBS_GET),
	Capability.STOCK: (PRODUCTS, STOCK, STOCK_PUSH),
	Capability.PRICES: (PRICES, PRICE_PUSH),
	Capability.CANCELLATION: (CANCEL_REASONS, CANCEL, CANCEL_LINES, FBS_GET),
	Capability.LABELS: (LABELS_CREATE, LABELS_GET, FBS_GET),
	Capability.RETURNS: (RETURNS,),
	Capability.FEEDBACK: (REVIEWS, REVIEW_DETAILS, REVIEW_COUNTS, REVIEW_COMMENTS, REVIEW_ANSWER),
	Capability.WEBHOOKS: (),  # sent to us; switched on in the cabinet
}
# Without these FBS and rFBS postings still come; only those from the marketplace's own stock do not.
FBO = (FBO_LIST, FBO_GET)
# Without it the returns of FBS and FBO still come; only requests of rFBS buyers do not.
RFBS = (RFBS_RETURNS,)
