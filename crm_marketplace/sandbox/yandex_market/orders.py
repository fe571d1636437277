"""Lists of orders, and who placed them.

https://yandex.ru/dev/market/partner-api/doc/ru/reference/orders/getBusinessOrders,
…/order-delivery/getOrderBuyerInfo, …/order-business-information/getOrderBusinessBuyerInfo
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.state import marks
from crm_marketplace.sandbox.yandex_market import purchases
from crm_marketplace.sandbox.yandex_market.checks import (
	MOSCOW,
	Asked,
	bad,
	day,
	midnight,
	moment,
	page_token,
	refused,
)
from crm_marketplace.sandbox.yandex_market.statuses import DBS, PROGRAMS, STATUSES

if TYPE_CHECKING:
	from crm_marketplace.sandbox.yandex_market.shop import YandexMarketShop

MOST_ROWS = 50
LONGEST = timedelta(days=30)


def order_list(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v1/businesses/{businessId}/orders"""
	limit = asked.limit(50, MOST_ROWS)
	conditions, values = ["1"], []

	def among(column: str, choices: list[Any]) -> None:
		if choices:
			conditions.append(f"{column} IN ({marks(choices)})")
			values.extend(choices)

	ids = asked.numbers("orderIds", 50)
	among("id", ids)
	among("campaign_id", asked.numbers("campaignIds", 50))
	among("program", asked.words("programTypes", PROGRAMS))
	among("status", asked.words("statuses", STATUSES))
	fake = asked.flag("fake")
	if fake is not None:
		among("fake", [int(fake)])
	_by_date(shop, asked.body.get("dates") or {}, conditions, values, has_ids=bool(ids))
	(after,) = asked.after(0)
	rows = shop.state.all(
		f"SELECT * FROM purchase WHERE {' AND '.join(conditions)} AND id > ? ORDER BY id LIMIT ?",
		(*values, after, limit + 1),
	)
	return {
		"orders": purchases.told(shop, rows[:limit]),
		"paging": page_token(rows[limit - 1]["id"]) if len(rows) > limit else {},
	}


def _by_date(
	shop: YandexMarketShop,
	dates: Mapping[str, Any],
	conditions: list[str],
	values: list[Any],
	*,
	has_ids: bool,
) -> None:
	first, last = day(dates, "creationDateFrom"), day(dates, "creationDateTo")
	if first and last:
		_check_period(last - first)
		conditions.append("created_at >= ? AND created_at < ?")
		values += [midnight(first), midnight(max(last, first + timedelta(days=1)))]
	since, until = moment(dates, "updateDateFrom"), moment(dates, "updateDateTo")
	if since is not None and until is not None:
		_check_period(timedelta(microseconds=until - since))
		conditions.append("changed_at >= ? AND changed_at <= ?")
		values += [since, until]
	if not first and not has_ids:
		today = shop.clock.now().astimezone(MOSCOW).date()
		conditions.append("created_at >= ?")
		values.append(midnight(today - LONGEST))


def _check_period(period: timedelta) -> None:
	if period > LONGEST:
		raise bad("Too long time period. Maximum is '30' days")


def find(shop: YandexMarketShop, asked: Asked) -> Any:
	"""The order of a request.

	Raises:
		Refusal: its shop has no such order.
	"""
	row = shop.state.one(
		"SELECT * FROM purchase WHERE id = ? AND campaign_id = ?", (asked.order_id, asked.campaign_id)
	)
	if row is None:
		raise refused(404, f"Order not found: {asked.order_id}")
	return row


def buyer(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""GET /v2/campaigns/{campaignId}/orders/{orderId}/buyer"""
	row = find(shop, asked)
	if row["program"] != DBS:
		raise bad("Campaign type is not allowed")
	if row["status"] not in ("PROCESSING", "DELIVERY", "PICKUP"):
		raise bad(f"Order {row['id']} with status {row['status']} has no buyer information")
	facts = json.loads(row["buyer"])
	first, last = facts["name"].split(" ", 1)
	return {
		"status": "OK",
		"result": {
			"id": str(facts["number"]),
			"lastName": last,
			"firstName": first,
			"type": "PERSON",
			"phone": facts["phone"],
			"trusted": False,
		},
	}


def company(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v2/campaigns/{campaignId}/orders/{orderId}/business-buyer"""
	row = find(shop, asked)
	if not row["firm"]:
		raise bad(f"Order {row['id']} has no business buyer")
	firm = json.loads(row["firm"])
	return {
		"status": "OK",
		"result": {
			"inn": firm["tax_id"],
			"kpp": firm["reason_code"],
			"organizationName": firm["name"],
			"organizationJurAddress": "Россия, Москва",
		},
	}
