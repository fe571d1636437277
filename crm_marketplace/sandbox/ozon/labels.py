"""Labels: a task first, a link to a file later.

https://docs.ozon.ru/api/seller/#operation/PostingFbsPackageLabelCreate, #operation/PostingFbsPackageLabelGet
(September 2026)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox import pdf
from crm_marketplace.sandbox.ozon.checks import INVALID_ARGUMENT, NOT_FOUND, Body, refused
from crm_marketplace.sandbox.ozon.fulfilment import PACKED_STATUS
from crm_marketplace.sandbox.ozon.statuses import FBO

if TYPE_CHECKING:
	from crm_marketplace.sandbox.ozon.shop import OzonShop

SIZES = ("big_label", "small_label")
READY_SECONDS = 45  # "ask 45–60 seconds after packing"
# What a task says at the first looks at it; then it is completed.
_PROGRESS = ("pending", "in_progress")
_NOT_READY = "The next postings aren't ready"
_NOT_ALLOWED = "label not allowed for delivered postings"


def create(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v3/posting/fbs/package-label/create"""
	body = Body(data, "CreateLabelBatchV3Request")
	numbers = body.texts("posting_numbers")
	if not numbers:
		raise body.invalid("posting_numbers", "value must contain at least 1 item(s)")
	rows = [_posting(shop, number) for number in numbers]
	if None in rows:
		raise refused(INVALID_ARGUMENT, "POSTING_NUMBERS_IS_INCORRECT_FOR_COMPANY")
	if all(row["status"] != PACKED_STATUS for row in rows):
		raise refused(INVALID_ARGUMENT, "NO_POSTINGS_FOR_BATCH_DOWNLOAD")
	postings = json.dumps(numbers)
	tasks = [
		{"task_id": shop.state.insert("label_task", size=size, postings=postings), "task_type": size}
		for size in SIZES
	]
	return {"tasks": tasks}


def get(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v2/posting/fbs/package-label/get"""
	body = Body(data, "GetLabelBatchV2Request")
	task = shop.state.one("SELECT * FROM label_task WHERE id = ?", (body.integer("task_id", least=1),))
	if task is None:
		raise refused(NOT_FOUND, "TASK_NOT_FOUND")
	shop.state.update("label_task", {"id": task["id"]}, looks=task["looks"] + 1)
	numbers = json.loads(task["postings"])
	status: dict[str, Any] = {"postings_count": len(numbers), "printed_postings_count": 0}
	if task["looks"] < len(_PROGRESS):
		return {"file_url": "", "status": {**status, "code": _PROGRESS[task["looks"]]}}
	unprinted = {number: reason for number in numbers if (reason := _why_none(shop, number))}
	printed = [number for number in numbers if number not in unprinted]
	status |= {
		"printed_postings_count": len(printed),
		"unprinted_postings": [
			{"posting_number": number, "message": reason} for number, reason in unprinted.items()
		],
	}
	if not printed:
		error = {"code": "LABELS_NOT_CREATED", "message": next(iter(unprinted.values()))}
		return {"file_url": "", "error": error, "status": {**status, "code": "error"}}
	name = f"ticket-{shop.account['client_id']}-{task['id']}.pdf"
	link = shop.files.publish(name, _document(shop, printed, task["size"]), "application/pdf")
	return {"file_url": link, "status": {**status, "code": "completed"}}


def _posting(shop: OzonShop, number: str) -> Any:
	return shop.state.one("SELECT * FROM posting WHERE posting_number = ? AND scheme != ?", (number, FBO))


def _why_none(shop: OzonShop, number: str) -> str | None:
	row = _posting(shop, number)
	if row["status"] != PACKED_STATUS:
		return _NOT_ALLOWED
	if shop.clock.micros() < row["changed_at"] + shop.limits.micros(READY_SECONDS):
		return _NOT_READY
	return None


def _document(shop: OzonShop, numbers: list[str], size: str) -> bytes:
	pages = []
	for number in numbers:
		row = _posting(shop, number)
		pages += [
			(number, f"ii{row['id']:011d}", f"{size} {box} / {row['boxes']}")
			for box in range(1, row["boxes"] + 1)
		]
	return pdf.document(pages)
