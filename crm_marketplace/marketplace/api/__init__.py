"""What the desk may call. Each function checks its argument types and the caller's permissions."""

from crm_marketplace.marketplace.api.after_sale import (
	answer_review,
	labels,
	request_labels,
	review_answering,
)
from crm_marketplace.marketplace.api.items import item_in_shops
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
	connect_accounts,
	connectors,
	fetch_warehouses,
	new_webhook_address,
	preview_orders,
	resume_shop,
	retry_run,
	shop_checklist,
	shop_health,
	sync_now,
	test_connection,
)
from crm_marketplace.marketplace.api.stock import (
	check_stock_rules,
	export_stock_rules,
	import_stock_rules,
	repair_stock,
	stock_rules_template,
)

__all__ = [
	"allow_price",
	"allow_prices",
	"answer_review",
	"check_stock_rules",
	"confirm_suggestions",
	"connect_accounts",
	"connectors",
	"create_item",
	"export_stock_rules",
	"fetch_warehouses",
	"ignore_listings",
	"ignore_orders",
	"import_stock_rules",
	"item_in_shops",
	"labels",
	"link_listing",
	"listing_price",
	"listing_stock",
	"match_listings",
	"new_webhook_address",
	"order_buyer",
	"order_hold",
	"preview_orders",
	"preview_prices",
	"process_orders",
	"release_order",
	"repair_stock",
	"request_labels",
	"resolve_order",
	"resume_shop",
	"retry_run",
	"review_answering",
	"shop_checklist",
	"shop_health",
	"stock_rules_template",
	"sync_now",
	"test_connection",
]
