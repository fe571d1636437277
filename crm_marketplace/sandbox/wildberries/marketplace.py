"""The WB API: its methods, its doors, its way to refuse. One server plays all of its hosts, whose paths do not
overlap.

Base: https://dev.wildberries.ru/openapi/ (specifications of 17 August 2026).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from math import ceil
from typing import Any, ClassVar

from crm_marketplace.sandbox.clock import Clock
from crm_marketplace.sandbox.http import Refusal, Request
from crm_marketplace.sandbox.limits import Limits, Window
from crm_marketplace.sandbox.marketplace import WHOLE_ANSWER, Handler, Marketplace, Route
from crm_marketplace.sandbox.shop import Plan, Shop
from crm_marketplace.sandbox.state import State
from crm_marketplace.sandbox.wildberries import (
	credentials,
	feed,
	listings,
	orders,
	prices,
	returns,
	reviews,
	stickers,
	stock,
	warehouses,
)
from crm_marketplace.sandbox.wildberries.checks import Call, problem, refused
from crm_marketplace.sandbox.wildberries.shop import WildberriesShop
from crm_marketplace.sandbox.wildberries.tables import SCHEMA

_CONTENT_WINDOWS = (Window("content", 100, 60), Window("content at once", 5, 3))
_WAREHOUSE_WINDOWS = (Window("warehouses", 300, 60), Window("warehouses at once", 20, 4))
# "One request with 4XX response codes is counted as 10 requests", in the category Marketplace.
_REFUSED_COUNTS_AS = 10

# What stands before the API answers without JSON.
_GATEWAY = {
	"502": "<html><head><title>502 Bad Gateway</title></head></html>",
	"503": "upstream connect error or disconnect/reset before headers",
	"504": "upstream request timeout",
}


def _marketplace(
	handler: Handler, capability: str, windows: tuple[Window, ...], items: tuple[str, ...] = ()
) -> Route:
	return Route(handler, capability, items, windows, _REFUSED_COUNTS_AS)


class Wildberries(Marketplace):
	name = "Wildberries"
	schema = SCHEMA
	windows = ()
	routes: ClassVar[Mapping[tuple[str, str], Route]] = {
		("GET", "/api/v1/seller-info"): Route(
			credentials.seller_info, windows=credentials.SELLER_INFO_WINDOWS
		),
		("GET", "/api/v3/warehouses"): _marketplace(
			warehouses.warehouse_list, "warehouses", _WAREHOUSE_WINDOWS, WHOLE_ANSWER
		),
		("POST", "/content/v2/get/cards/list"): Route(
			listings.card_list, "listings", ("cards",), _CONTENT_WINDOWS
		),
		("POST", "/content/v2/get/cards/trash"): Route(
			listings.trash, "listings", ("cards",), _CONTENT_WINDOWS
		),
		("POST", "/api/v3/stocks/{warehouseId}"): _marketplace(
			stock.amounts, "stock", stock.WINDOWS, ("stocks",)
		),
		("PUT", "/api/v3/stocks/{warehouseId}"): _marketplace(stock.push, "stock", stock.WINDOWS),
		("GET", "/api/v2/list/goods/filter"): Route(
			prices.goods, "prices", ("data", "listGoods"), prices.WINDOWS
		),
		("POST", "/api/v2/list/goods/filter"): Route(
			prices.some_goods, "prices", ("data", "listGoods"), prices.WINDOWS
		),
		("GET", "/api/v2/quarantine/goods"): Route(prices.quarantine, "prices", windows=prices.WINDOWS),
		("POST", "/api/v2/upload/task"): Route(prices.push, "prices", windows=prices.WINDOWS),
		("POST", "/api/v2/upload/task/size"): Route(prices.push_sizes, "prices", windows=prices.WINDOWS),
		("GET", "/api/v2/history/tasks"): Route(prices.task, "prices", windows=prices.WINDOWS),
		("GET", "/api/v2/history/goods/task"): Route(prices.task_rows, "prices", windows=prices.WINDOWS),
		("GET", "/api/v3/orders/new"): _marketplace(
			orders.fbs_new, "orders", orders.FBS_WINDOWS, ("orders",)
		),
		("GET", "/api/v3/orders"): _marketplace(orders.fbs_list, "orders", orders.FBS_WINDOWS, ("orders",)),
		("POST", "/api/v3/orders/status"): _marketplace(
			orders.fbs_statuses, "orders", orders.FBS_WINDOWS, ("orders",)
		),
		("PATCH", "/api/v3/orders/{orderId}/cancel"): _marketplace(
			orders.fbs_cancel, "cancellation", orders.CANCEL_WINDOWS
		),
		("GET", "/api/v3/dbs/orders/new"): _marketplace(
			orders.dbs_new, "orders", orders.DBS_WINDOWS, ("orders",)
		),
		("GET", "/api/v3/dbs/orders"): _marketplace(
			orders.dbs_list, "orders", orders.DBS_WINDOWS, ("orders",)
		),
		("POST", "/api/marketplace/v3/dbs/orders/status/info"): _marketplace(
			orders.dbs_statuses, "orders", orders.DBS_WINDOWS, ("orders",)
		),
		("POST", "/api/v3/dbs/orders/client"): _marketplace(
			orders.dbs_buyers, "orders", orders.DBS_WINDOWS, ("orders",)
		),
		("POST", "/api/marketplace/v3/dbs/orders/b2b/info"): _marketplace(
			orders.dbs_companies, "orders", orders.DBS_WINDOWS, ("results",)
		),
		("POST", "/api/marketplace/v3/dbs/orders/status/cancel"): _marketplace(
			orders.dbs_cancel, "cancellation", orders.DBS_CANCEL_WINDOWS
		),
		("POST", "/api/analytics/v1/order-feed"): Route(
			feed.order_feed, "fbo_orders", ("data", "orders"), feed.WINDOWS
		),
		("POST", "/api/v3/orders/stickers"): _marketplace(
			stickers.fbs_stickers, "labels", orders.FBS_WINDOWS, ("stickers",)
		),
		("POST", "/api/marketplace/v3/dbs/orders/stickers"): _marketplace(
			stickers.dbs_stickers, "labels", orders.DBS_WINDOWS, ("stickers",)
		),
		("GET", "/api/analytics/v1/item-returns"): Route(
			returns.item_returns, "returns", ("report",), returns.ITEM_WINDOWS
		),
		("GET", "/api/v1/claims"): Route(returns.claims, "claims", ("claims",), returns.CLAIM_WINDOWS),
		("GET", "/api/v1/feedbacks"): Route(
			reviews.review_list, "feedback", ("data", "feedbacks"), reviews.WINDOWS
		),
		("GET", "/api/v1/feedback"): Route(reviews.one_review, "feedback", windows=reviews.WINDOWS),
		("POST", "/api/v1/feedbacks/answer"): Route(reviews.answer, "feedback", windows=reviews.WINDOWS),
		("PATCH", "/api/v1/feedbacks/answer"): Route(
			reviews.edit_answer, "feedback", windows=reviews.WINDOWS
		),
	}
	# Not for tokens that may only read (`x-readonly-method` of the specification).
	writes: ClassVar[frozenset[Handler]] = frozenset(
		{
			stock.push,
			prices.push,
			prices.push_sizes,
			orders.fbs_cancel,
			orders.dbs_cancel,
			reviews.answer,
			reviews.edit_answer,
		}
	)

	def make_shop(
		self, number: int, plan: Plan, state: State, clock: Clock, limits: Limits
	) -> WildberriesShop:
		return WildberriesShop(number, plan, state, clock, limits)

	def find_shop(self, request: Request, shops: Mapping[str, Shop]) -> Shop | None:
		seller = credentials.seller_of(credentials.token_of(request))
		return next((shop for shop in shops.values() if shop.sid == seller), None)

	def admit(self, request: Request, shop: Shop | None, route: Route) -> None:
		category = credentials.CATEGORIES[route.capability] if route.capability else None
		credentials.admit(shop, credentials.token_of(request), category, route.handler in self.writes)

	def read_body(self, request: Request) -> Call:
		data: Any = None
		if request.body.strip():
			try:
				data = json.loads(request.body)
			except ValueError as error:
				raise self.refusal("bad_json", detail=str(error)) from error
		return Call(data, request.query, request.params)

	def refusal(self, kind: str, **facts: Any) -> Refusal:
		if kind == "429":
			# Seconds are whole and never too few.
			seconds = str(ceil(facts["seconds"]))
			headers = {"X-Ratelimit-Retry": seconds, "X-Ratelimit-Limit": "10", "X-Ratelimit-Reset": seconds}
			detail = "limited by c122a060-a7fb-4bb4-abb0-32fd4e18d489"
			return problem(429, "too many requests", detail, headers)
		if kind == "not_found":
			detail = "Please consult the https://dev.wildberries.ru/openapi/api-information"
			return problem(404, "path not found", detail)
		if kind == "bad_json":
			return refused(400, "IncorrectRequestBody", "Некорректное тело запроса")
		if kind in _GATEWAY:
			return Refusal(int(kind), _GATEWAY[kind])
		if kind == "500":
			return refused(500, "InternalServerError", "Внутренняя ошибка сервиса")
		detail = {
			"wrong_key": "token problem; token is malformed: could not base64 decode signature",
			"expired_key": "token problem; token is expired",
			"missing_role": "token scope not allowed for this API route",
		}[kind]
		return problem(401, "unauthorized", detail)

	def spoil(self, path: str, item: MutableMapping[str, Any]) -> None:
		if "sizes" in item and path.startswith("/content"):
			item["sizes"][0]["skus"] = {"нечто": "иное"}
		elif "sizes" in item:
			item["sizes"][0]["price"] = "дорого"
		for field in ("amount", "deliveryType", "returnStatus", "user_comment", "productValuation"):
			if field in item:
				item[field] = {"нечто": "иное"}

	def answer_headers(self, remaining: int) -> dict[str, str]:
		return {"X-Ratelimit-Remaining": str(max(0, remaining))}
