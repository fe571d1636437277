"""Yandex Market's Partner API: its methods, its doors, its way to refuse.

Base: https://yandex.ru/dev/market/partner-api/doc/ru/ (specification of 19 August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from datetime import timedelta
from email.utils import format_datetime
from math import ceil
from typing import Any, ClassVar

from crm_marketplace.sandbox.clock import Clock
from crm_marketplace.sandbox.http import Refusal, Request
from crm_marketplace.sandbox.limits import Limits, Window
from crm_marketplace.sandbox.marketplace import Marketplace, Route
from crm_marketplace.sandbox.shop import Plan, Shop
from crm_marketplace.sandbox.state import State
from crm_marketplace.sandbox.yandex_market import (
	cancellations,
	credentials,
	labels,
	listings,
	orders,
	prices,
	returns,
	reviews,
	stock,
	warehouses,
)
from crm_marketplace.sandbox.yandex_market.checks import Asked, refused
from crm_marketplace.sandbox.yandex_market.credentials import OFFERS, ORDERS, PRICING, TALKS
from crm_marketplace.sandbox.yandex_market.shop import YandexMarketShop
from crm_marketplace.sandbox.yandex_market.tables import SCHEMA

_BUSINESS, _CAMPAIGN = "businesses/{businessId}", "campaigns/{campaignId}"
_ORDER = f"/v2/{_CAMPAIGN}/orders/{{orderId}}"
# Beside the name of the access in `Route.capability`: reading it is not enough.
_WRITES = "!"
HOUR = 3600
# What stands before the API answers without JSON.
_GATEWAY = {"502": "Bad Gateway", "504": "Gateway Timeout"}


def _hourly(name: str, requests: int) -> tuple[Window, ...]:
	return (Window(name, requests, HOUR),)


class YandexMarket(Marketplace):
	name = "Yandex Market"
	schema = SCHEMA
	windows = ()  # each method has its own
	routes: ClassVar[Mapping[tuple[str, str], Route]] = {
		("POST", "/v2/auth/token"): Route(credentials.token, windows=_hourly("token", 100)),
		("GET", "/v2/campaigns"): Route(
			credentials.campaigns, None, ("campaigns",), windows=_hourly("campaigns", 1000)
		),
		("POST", f"/v2/{_BUSINESS}/settings"): Route(credentials.settings, windows=_hourly("settings", 100)),
		("POST", f"/v3/{_BUSINESS}/warehouses"): Route(
			warehouses.partner_warehouses,
			ORDERS,
			("result", "warehouses"),
			windows=_hourly("warehouses", 100),
		),
		("POST", f"/v2/{_BUSINESS}/warehouses"): Route(
			warehouses.paged_warehouses,
			ORDERS,
			("result", "warehouses"),
			windows=_hourly("grouped warehouses", 100),
		),
		("POST", f"/v2/{_BUSINESS}/offer-mappings"): Route(
			listings.offer_mappings,
			OFFERS,
			("result", "offerMappings"),
			windows=(Window("offers", 100, 60),),
		),
		("POST", f"/v3/{_BUSINESS}/offers/stocks"): Route(
			stock.of_warehouse, OFFERS, ("result", "offers"), windows=(stock.READ_WINDOW,)
		),
		("POST", f"/v3/{_BUSINESS}/offers/stocks/update"): Route(
			stock.push, OFFERS + _WRITES, windows=(stock.PUSH_WINDOW,)
		),
		("POST", f"/v2/{_CAMPAIGN}/offers/stocks"): Route(
			stock.of_campaign, OFFERS, ("result", "warehouses"), windows=(Window("grouped stock", 1000, 60),)
		),
		("PUT", f"/v2/{_CAMPAIGN}/offers/stocks"): Route(
			stock.push_to_campaign, OFFERS + _WRITES, windows=(Window("grouped push", 50, 60),)
		),
		("POST", f"/v2/{_BUSINESS}/offer-prices"): Route(
			prices.base_prices, PRICING, ("result", "offers"), windows=(Window("prices", 25, 60),)
		),
		("POST", f"/v2/{_BUSINESS}/offer-prices/updates"): Route(
			prices.push_base, PRICING + _WRITES, windows=(Window("price push", 50, 60),)
		),
		("POST", f"/v2/{_CAMPAIGN}/offer-prices"): Route(
			prices.shop_prices, PRICING, ("result", "offers"), windows=(Window("shop prices", 50, 60),)
		),
		("POST", f"/v2/{_CAMPAIGN}/offer-prices/updates"): Route(
			prices.push_shop, PRICING + _WRITES, windows=(Window("shop price push", 50, 60),)
		),
		("POST", f"/v2/{_BUSINESS}/price-quarantine"): Route(prices.quarantine, PRICING),
		("POST", f"/v2/{_CAMPAIGN}/price-quarantine"): Route(prices.shop_quarantine, PRICING),
		("POST", f"/v1/{_BUSINESS}/orders"): Route(
			orders.order_list, ORDERS, ("orders",), windows=_hourly("orders", 10_000)
		),
		("GET", f"{_ORDER}/buyer"): Route(orders.buyer, ORDERS, windows=_hourly("buyers", 3000)),
		("POST", f"{_ORDER}/business-buyer"): Route(
			orders.company, ORDERS, windows=_hourly("companies", 3000)
		),
		("PUT", f"{_ORDER}/status"): Route(
			cancellations.change_status, ORDERS + _WRITES, windows=_hourly("changes", 10_000)
		),
		("PUT", f"{_ORDER}/boxes"): Route(
			cancellations.set_boxes, ORDERS + _WRITES, windows=_hourly("changes", 10_000)
		),
		("PUT", f"{_ORDER}/items"): Route(
			cancellations.set_items, ORDERS + _WRITES, windows=_hourly("changes", 10_000)
		),
		("PUT", f"{_ORDER}/cancellation/accept"): Route(
			cancellations.accept_cancellation, ORDERS + _WRITES, windows=_hourly("answers", 500)
		),
		("GET", f"{_ORDER}/delivery/labels"): Route(
			labels.of_order, ORDERS + _WRITES, windows=_hourly("labels", 10_000)
		),
		("POST", "/v2/reports/documents/labels/generate"): Route(
			labels.generate, ORDERS, windows=_hourly("label files", 1000)
		),
		("GET", "/v2/reports/info/{reportId}"): Route(labels.info, windows=(Window("reports", 100, 60),)),
		("GET", f"/v2/{_CAMPAIGN}/returns"): Route(
			returns.return_list, ORDERS, ("result", "returns"), windows=_hourly("returns", 5000)
		),
		("POST", f"/v2/{_BUSINESS}/goods-feedback"): Route(
			reviews.review_list, TALKS, ("result", "feedbacks"), windows=_hourly("reviews", 5000)
		),
		("POST", f"/v2/{_BUSINESS}/goods-feedback/comments"): Route(
			reviews.comment_list, TALKS, ("result", "comments"), windows=_hourly("comments", 5000)
		),
		("POST", f"/v2/{_BUSINESS}/goods-feedback/comments/update"): Route(
			reviews.update_comment, TALKS + _WRITES, windows=_hourly("comment updates", 1000)
		),
	}

	def make_shop(
		self, number: int, plan: Plan, state: State, clock: Clock, limits: Limits
	) -> YandexMarketShop:
		return YandexMarketShop(number, plan, state, clock, limits)

	def find_shop(self, request: Request, shops: Mapping[str, Shop]) -> Shop | None:
		api_key = request.headers.get("Api-Key", "").strip()
		query = "SELECT 1 FROM api_key WHERE api_key = ?"
		return next((shop for shop in shops.values() if shop.state.value(query, (api_key,))), None)

	def admit(self, request: Request, shop: Shop | None, route: Route) -> None:
		scope = route.capability
		writes = bool(scope) and scope.endswith(_WRITES)
		credentials.admit(request, shop, scope and scope.removesuffix(_WRITES), writes=writes)

	def read_body(self, request: Request) -> Asked:
		return Asked(super().read_body(request), request.query, request.params)

	def refusal(self, kind: str, **facts: Any) -> Refusal:
		if kind == "429":
			# A date of whole seconds, never too early.
			until = facts["now"] + timedelta(seconds=ceil(facts["seconds"]))
			headers = {
				"X-RateLimit-Resource-Until": format_datetime(until, usegmt=True),
				"X-RateLimit-Resource-Remaining": "0",
			}
			message = "Hit rate limit of 'N' requests per 'period' for resource 'R'"
			return refused(420, message, headers=headers)
		if kind == "bad_json":
			return refused(400, f"JSON: {facts['detail']}")
		if kind in _GATEWAY:
			return Refusal(int(kind), _GATEWAY[kind])
		status, message = {
			"not_found": (404, "Resource not found"),
			"wrong_key": (401, "Api-Key token is invalid"),
			"expired_key": (401, "Api-Key token is revoked"),
			"missing_role": (
				403,
				"Token does not have any of the scopes to access the API method: all-methods",
			),
			"500": (500, "Internal server error"),
			"503": (503, "Service temporarily unavailable. Please, try again later"),
		}[kind]
		return refused(status, message)

	def spoil(self, path: str, item: MutableMapping[str, Any]) -> None:
		for field in ("creationDate", "name"):
			if field in item:
				item[field] = {"нечто": "иное"}
		for field in ("stocks", "price", "items", "models", "statistics"):
			if field in item:
				item[field] = "дорого"
		if "offer" in item:
			item["offer"]["name"] = {"нечто": "иное"}

	def answer_headers(self, remaining: int) -> dict[str, str]:
		return {"X-RateLimit-Resource-Remaining": str(max(0, remaining))}
