"""The feed of orders from all warehouses, with their present statuses.

https://dev.wildberries.ru/openapi/analytics#tag/orderFeed/operation/postV1OrderFeed
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.clock import DAY, parse_rfc3339, rfc3339
from crm_marketplace.sandbox.http import Refusal
from crm_marketplace.sandbox.limits import Window
from crm_marketplace.sandbox.wildberries.checks import Call, is_integer
from crm_marketplace.sandbox.wildberries.prices import CURRENCY
from crm_marketplace.sandbox.wildberries.statuses import FBW

if TYPE_CHECKING:
	from crm_marketplace.sandbox.wildberries.shop import WildberriesShop

MOST_ROWS = 10_000
OLDEST = 31 * DAY
WINDOWS = (Window("order feed", 1, 60),)

# What the feed calls the statuses of tasks.
_WORDS = {
	"sold": "buyout",
	"canceled": "cancel",
	"canceled_by_client": "cancel",
	"declined_by_client": "cancel",
	"defect": "cancel",
}


def order_feed(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""POST /api/analytics/v1/order-feed: the latest status first."""
	since, until = _moment(call, "start"), _moment(call, "end")
	now = shop.clock.micros()
	if since > until or since < now - OLDEST:
		raise _invalid("selectedPeriod: invalid start (date range)")
	pagination = call.data.get("pagination") or {}
	limit, offset = pagination.get("limit", 100), pagination.get("offset", 0)
	if not (is_integer(limit) and 1 <= limit <= MOST_ROWS and is_integer(offset) and offset >= 0):
		raise _invalid("pagination: invalid limit or offset")
	snapshot = parse_rfc3339(pagination["snapshotTime"]) if pagination.get("snapshotTime") else now
	rows = shop.state.all(
		"""SELECT t.*, s.nm_id FROM task t JOIN size s USING (chrt_id)
		WHERE t.changed_at BETWEEN ? AND ? AND t.changed_at <= ?
		ORDER BY t.changed_at DESC, t.id DESC LIMIT ? OFFSET ?""",
		(since, until, snapshot, limit, offset),
	)
	return {
		"data": {
			"snapshotTime": rfc3339(snapshot, "microseconds"),
			"currency": CURRENCY,
			"orders": [_order(row) for row in rows],
		}
	}


def _order(row: Any) -> dict[str, Any]:
	buyer = json.loads(row["buyer"])
	is_own = row["model"] == FBW
	told = {
		"nmId": row["nm_id"],
		"chrtId": row["chrt_id"],
		"srid": row["srid"],
		"createdAt": rfc3339(row["created_at"]),
		"updatedAt": rfc3339(row["changed_at"]),
		"status": row["supplier_status"] if is_own else _WORDS.get(row["wb_status"], "created"),
		"warehouseName": "Коледино" if is_own else "Склад продавца Софьино",
		"warehouseRegion": "Центральный",
		"isMp": not is_own,
		"destinationCity": buyer["city"],
		"destinationDistrict": buyer["region"],
		"sellerPrice": row["sale_price"] / 100,
		"isB2b": row["firm"] is not None,
	}
	if told["status"] == "cancel":
		told["cancelType"] = row["cancel_type"] or "other"
	return told


def _moment(call: Call, name: str) -> int:
	period = call.data.get("selectedPeriod") if isinstance(call.data, Mapping) else None
	try:
		return parse_rfc3339(period[name])
	except (TypeError, KeyError, ValueError, AttributeError) as error:
		raise _invalid(f"selectedPeriod.{name}: field required") from error


def _invalid(detail: str) -> Refusal:
	body = {
		"title": "Invalid request body",
		"detail": f"code=400, message={detail}",
		"requestId": "kXJ6YwXVMEhFB7Ns9snJNE",
		"origin": "analytics-open-api",
	}
	return Refusal(400, body)
