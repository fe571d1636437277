"""Ozon's Seller API: its methods, its doors, its way to refuse.

Base: https://docs.ozon.ru/api/seller/ (specification of 14 August 2026 with the changes announced up to
28 September 2026).
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from math import ceil
from typing import Any, ClassVar

from crm_marketplace.sandbox.clock import Clock
from crm_marketplace.sandbox.http import Refusal, Request
from crm_marketplace.sandbox.limits import Limits, Window
from crm_marketplace.sandbox.marketplace import Marketplace, Route
from crm_marketplace.sandbox.ozon import (
	cancellations,
	checks,
	credentials,
	fulfilment,
	labels,
	listings,
	orders,
	prices,
	returns,
	reviews,
	stock,
	warehouses,
)
from crm_marketplace.sandbox.ozon.shop import OzonShop
from crm_marketplace.sandbox.ozon.tables import SCHEMA
from crm_marketplace.sandbox.shop import Plan, Shop
from crm_marketplace.sandbox.state import State

# What stands before the API answers without JSON.
_GATEWAY = {
	"502": "Bad Gateway",
	"503": "upstream connect error or disconnect/reset before headers",
	"504": "upstream request timeout",
}


class Ozon(Marketplace):
	name = "Ozon"
	schema = SCHEMA
	request_id_header = "x-o3-trace-id"
	windows = (Window("all", 50, 1),)  # requests per Client-Id over all methods
	routes: ClassVar[Mapping[tuple[str, str], Route]] = {
		("POST", "/v1/roles"): Route(credentials.roles),
		("POST", "/v1/seller/info"): Route(credentials.seller_info),
		("POST", "/v2/warehouse/list"): Route(warehouses.warehouse_list, "warehouses", ("warehouses",)),
		("POST", "/v2/delivery-method/list"): Route(
			warehouses.delivery_methods, "warehouses", ("delivery_methods",)
		),
		("POST", "/v3/product/list"): Route(listings.product_list, "listings", ("result", "items")),
		("POST", "/v3/product/info/list"): Route(listings.product_info, "listings", ("items",)),
		("POST", "/v2/product/info/stocks-by-warehouse/fbs"): Route(
			stock.by_warehouse, "stock", ("products",)
		),
		("POST", "/v4/product/info/stocks"): Route(stock.totals, "stock", ("items",)),
		("POST", "/v2/products/stocks"): Route(stock.push, "stock", windows=(stock.PUSH_WINDOW,)),
		("POST", "/v5/product/info/prices"): Route(prices.price_list, "prices", ("items",)),
		("POST", "/v1/product/import/prices"): Route(prices.push, "prices"),
		("POST", "/v4/posting/fbs/list"): Route(orders.fbs_list, "orders", ("postings",)),
		("POST", "/v4/posting/fbs/unfulfilled/list"): Route(orders.unfulfilled, "orders", ("postings",)),
		("POST", "/v3/posting/fbs/get"): Route(orders.fbs_get, "orders"),
		("POST", "/v3/posting/fbo/list"): Route(orders.fbo_list, "fbo_orders", ("postings",)),
		("POST", "/v2/posting/fbo/get"): Route(orders.fbo_get, "fbo_orders"),
		("POST", "/v2/posting/fbs/cancel-reason/list"): Route(cancellations.reason_list, "cancellation"),
		("POST", "/v1/posting/fbs/cancel-reason"): Route(cancellations.reasons_of, "cancellation"),
		("POST", "/v2/posting/fbs/cancel"): Route(cancellations.cancel, "cancellation"),
		("POST", "/v2/posting/fbs/product/cancel"): Route(cancellations.cancel_products, "cancellation"),
		("POST", "/v4/posting/fbs/ship"): Route(fulfilment.ship, "fulfilment"),
		("POST", "/v3/posting/fbs/package-label/create"): Route(labels.create, "labels"),
		("POST", "/v2/posting/fbs/package-label/get"): Route(labels.get, "labels"),
		("POST", "/v1/returns/list"): Route(returns.return_list, "returns", ("returns",)),
		("POST", "/v2/returns/rfbs/list"): Route(returns.rfbs_list, "rfbs_returns", ("returns",)),
		("POST", "/v2/review/list"): Route(reviews.review_list, "feedback", ("reviews",)),
		("POST", "/v2/review/info"): Route(reviews.review_info, "feedback"),
		("POST", "/v2/review/count"): Route(reviews.review_count, "feedback"),
		("POST", "/v1/review/comment/list"): Route(reviews.comment_list, "feedback"),
		("POST", "/v1/review/comment/create"): Route(reviews.comment_create, "feedback"),
	}

	def make_shop(self, number: int, plan: Plan, state: State, clock: Clock, limits: Limits) -> OzonShop:
		shop = OzonShop(number, plan, state, clock, limits)
		shop.rights = {path: route.capability for (_method, path), route in self.routes.items()}
		return shop

	def find_shop(self, request: Request, shops: Mapping[str, Shop]) -> Shop | None:
		client_id = request.headers.get("Client-Id", "").strip()
		return next((shop for shop in shops.values() if shop.credentials["client_id"] == client_id), None)

	def admit(self, request: Request, shop: Shop | None, route: Route) -> None:
		client_id = request.headers.get("Client-Id", "").strip()
		api_key = request.headers.get("Api-Key", "").strip()
		if not client_id or not api_key:
			raise checks.refused(*credentials.HEADERS_MISSING)
		if not client_id.isdecimal():
			raise checks.refused(*credentials.CLIENT_ID_INVALID)
		credentials.admit(shop, api_key, route.capability)

	def refusal(self, kind: str, **facts: Any) -> Refusal:
		if kind == "429":
			# The header is in whole seconds and never too short.
			headers = {"Retry-After": str(ceil(facts["seconds"])), "Ratelimit-Remaining": "0"}
			message = "You have reached request rate limit per second"
			return checks.refused(checks.RESOURCE_EXHAUSTED, message, headers=headers)
		if kind == "not_found":
			return Refusal(404, "404 page not found")
		if kind == "bad_json":
			return checks.refused(checks.INVALID_ARGUMENT, f"Invalid JSON payload: {facts['detail']}")
		if kind in _GATEWAY:
			return Refusal(int(kind), _GATEWAY[kind])
		code, message = {
			"wrong_key": credentials.WRONG_KEY,
			"expired_key": credentials.EXPIRED_KEY,
			"missing_role": credentials.MISSING_ROLE,
			"500": (checks.INTERNAL, "Internal error"),
		}[kind]
		return checks.refused(code, message)

	def spoil(self, path: str, item: MutableMapping[str, Any]) -> None:
		for field in ("in_process_at", "created_at", "published_at"):
			if field in item:
				item[field] = "вчера"
		for field in ("products", "product", "price", "statuses", "present", "free_stock", "name"):
			if field in item:
				item[field] = {"нечто": "иное"} if field != "price" else "дорого"
		if set(item) >= {"product_id", "archived"}:
			item["product_id"] = None

	def answer_headers(self, remaining: int) -> dict[str, str]:
		return {"Ratelimit-Remaining": str(max(0, remaining))}
