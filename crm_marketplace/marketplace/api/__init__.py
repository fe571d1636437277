"""What the desk may call. Each function checks its argument types and the caller's permissions."""

from crm_marketplace.marketplace.api.listings import (
	confirm_suggestions,
	create_item,
	ignore_listings,
	link_listing,
	listing_stock,
	match_listings,
)
from crm_marketplace.marketplace.api.orders import (
	ignore_orders,
	order_buyer,
	order_hold,
	process_orders,
	release_order,
	resolve_order,
)
from crm_marketplace.marketplace.api.prices import (
	allow_price,
	allow_prices,
	listing_price,
	preview_prices,
)
from crm_marketplace.marketplace.api.shops import (
	connectors,
	fetch_warehouses,
	preview_orders,
	resume_shop,
	retry_run,
	shop_checklist,
	shop_health,
	sync_now,
	test_connection,
)

__all__ = [
	"allow_price",
	"allow_prices",
	"confirm_suggestions",
	"connectors",
	"create_item",
	"fetch_warehouses",
	"ignore_listings",
	"ignore_orders",
	"link_listing",
	"listing_price",
	"listing_stock",
	"match_listings",
	"order_buyer",
	"order_hold",
	"preview_orders",
	"preview_prices",
	"process_orders",
	"release_order",
	"resolve_order",
	"resume_shop",
	"retry_run",
	"shop_checklist",
	"shop_health",
	"sync_now",
	"test_connection",
]
