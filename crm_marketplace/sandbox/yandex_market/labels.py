"""Labels for boxes: of one order at once, of many in a file that is made first.

https://yandex.ru/dev/market/partner-api/doc/ru/reference/order-labels/generateOrderLabels,
…/reports/generateMassOrderLabelsReport, …/reports/getReportInfo
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox import pdf
from crm_marketplace.sandbox.clock import SECOND
from crm_marketplace.sandbox.http import Reply
from crm_marketplace.sandbox.yandex_market.checks import Asked, bad, refused, whole
from crm_marketplace.sandbox.yandex_market.movement import place_of
from crm_marketplace.sandbox.yandex_market.orders import find
from crm_marketplace.sandbox.yandex_market.purchases import moscow
from crm_marketplace.sandbox.yandex_market.statuses import DBS, FBY, STARTED

if TYPE_CHECKING:
	from crm_marketplace.sandbox.yandex_market.shop import YandexMarketShop

FORMATS = ("A9_HORIZONTALLY", "A9", "A7", "A4")
SORTINGS = ("SORT_BY_GIVEN_ORDER", "SORT_BY_ORDER_CREATED_AT")
PDF = "application/pdf"
MOST_ORDERS = 1000
LOOKS = 1  # so many times it is said that a file is being made


def of_order(shop: YandexMarketShop, asked: Asked) -> Reply:
	"""GET /v2/campaigns/{campaignId}/orders/{orderId}/delivery/labels"""
	_check_format(asked)
	row = find(shop, asked)
	if why := _why_none(row):
		raise bad(f"Order {row['id']} {why}")
	return Reply(200, pdf.document(_pages(row)), {"Content-Type": PDF})


def generate(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v2/reports/documents/labels/generate"""
	_check_format(asked)
	if whole(asked.body.get("businessId"), "businessId") != shop.account["business_id"]:
		raise refused(403, "Access denied")
	ids = [whole(each, "orderIds") for each in asked.listed("orderIds", MOST_ORDERS, required=True)]
	if len(set(ids)) < len(ids):
		raise bad("orderIds must be unique")
	sorting = asked.body.get("sortingType", SORTINGS[1])
	if sorting not in SORTINGS:
		raise bad(f"Unexpected character '{sorting}': expected a valid value {list(SORTINGS)}")
	made = shop.state.value("SELECT count(*) FROM label_file")
	report_id = sha256(f"{shop.account['api_key']} {made}".encode()).hexdigest()[:32]
	shop.state.insert(
		"label_file",
		id=report_id,
		purchases=json.dumps(ids if sorting == SORTINGS[0] else sorted(ids)),
		ordered_at=shop.clock.micros(),
	)
	return {"status": "OK", "result": {"reportId": report_id, "estimatedGenerationTime": 1000}}


def info(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""GET /v2/reports/info/{reportId}"""
	row = shop.state.one("SELECT * FROM label_file WHERE id = ?", (asked.params["reportId"],))
	if row is None:
		raise refused(404, f"Report not found: {asked.params['reportId']}")
	shop.state.update("label_file", {"id": row["id"]}, looks=row["looks"] + 1)
	found = {"status": "PROCESSING", "generationRequestedAt": moscow(row["ordered_at"])}
	if row["looks"] < LOOKS:
		return {"status": "OK", "result": {**found, "estimatedGenerationTime": 1000}}
	ids = json.loads(row["purchases"])
	pages = [page for id_ in ids for page in _pages_of(shop, id_)]
	missing = [id_ for id_ in ids if not _pages_of(shop, id_)]
	if missing:
		found["subStatus"] = "RESOURCE_NOT_FOUND" if pages else "NO_DATA"
	found["generationFinishedAt"] = moscow(row["ordered_at"] + SECOND)
	if not pages:
		return {"status": "OK", "result": {**found, "status": "FAILED"}}
	link = shop.files.publish(f"labels-{row['id']}.pdf", pdf.document(pages), PDF)
	return {"status": "OK", "result": {**found, "status": "DONE", "file": link}}


def _check_format(asked: Asked) -> None:
	given = asked.query.get("format", "A7")
	if given not in FORMATS:
		raise bad(f"Unexpected character '{given}': expected a valid value {list(FORMATS)}")


def _pages_of(shop: YandexMarketShop, purchase_id: int) -> list[list[str]]:
	row = shop.state.one("SELECT * FROM purchase WHERE id = ?", (purchase_id,))
	return [] if row is None or _why_none(row) else _pages(row)


def _why_none(row: Any) -> str | None:
	"""Why an order has no label."""
	if row["program"] == FBY:
		return "is of a campaign type that is not allowed"
	if row["status"] not in ("PROCESSING", "DELIVERY", "PICKUP"):
		return f"with status {row['status']} has no labels"
	if row["program"] != DBS and not row["boxes"] and place_of(row).joined == STARTED.joined:
		return "has no boxes yet"
	return None


def _pages(row: Any) -> list[list[str]]:
	"""One label for each box."""
	boxes = json.loads(row["boxes"]) if row["boxes"] else [{"barcode": f"{row['id']}-1"}]
	return [
		[str(row["id"]), box["barcode"], f"{number} / {len(boxes)}"]
		for number, box in enumerate(boxes, start=1)
	]
