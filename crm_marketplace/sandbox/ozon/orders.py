"""Lists and details of postings.

https://docs.ozon.ru/api/seller/#operation/PostingFbsList, #operation/PostingFbsUnfulfilledList,
#operation/PostingAPI_GetFbsPostingV3, #operation/PostingFboList, #operation/PostingAPI_GetFboPosting
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.clock import DAY
from crm_marketplace.sandbox.ozon import cursors, fbo_postings, postings
from crm_marketplace.sandbox.ozon.checks import INVALID_ARGUMENT, NOT_FOUND, Body, refused
from crm_marketplace.sandbox.ozon.postings import Extras
from crm_marketplace.sandbox.ozon.statuses import FBO, FBO_STATUSES, FBS_STATUSES, UNFULFILLED
from crm_marketplace.sandbox.state import marks

if TYPE_CHECKING:
	from crm_marketplace.sandbox.ozon.shop import OzonShop

MOST_ROWS = 100
LONGEST_PERIOD = 366 * DAY
_SORTS = ("ASC", "DESC")


class _Query:
	"""A growing WHERE over `posting p`."""

	def __init__(self, *conditions: str) -> None:
		self.conditions = list(conditions)
		self.values: list[Any] = []

	def add(self, condition: str, *values: Any) -> None:
		self.conditions.append(condition)
		self.values += values

	def among(self, column: str, choices: list[Any]) -> None:
		if choices:
			self.add(f"{column} IN ({marks(choices)})", *choices)

	def between(self, column: str, since: int | None, until: int | None) -> None:
		"""Both ends included; an end that is None is open."""
		if since is not None:
			self.add(f"{column} >= ?", since)
		if until is not None:
			self.add(f"{column} <= ?", until)

	def page(self, shop: OzonShop, columns: tuple[str, ...], body: Body, limit: int) -> tuple[list[Any], str]:
		"""One page sorted by columns, and the cursor of the next one ("" on the last)."""
		direction = body.choice("sort_dir", _SORTS, "ASC")
		place = ", ".join(columns)
		if body.text("cursor"):
			after = cursors.read(body, "cursor", (0,) * len(columns))
			self.add(f"({place}) {'>' if direction == 'ASC' else '<'} ({marks(columns)})", *after)
		order = ", ".join(f"{column} {direction}" for column in columns)
		rows = shop.state.all(
			f"""SELECT p.* FROM posting p LEFT JOIN delivery_method m ON m.id = p.delivery_method_id
			WHERE {" AND ".join(self.conditions)} ORDER BY {order} LIMIT ?""",
			(*self.values, limit + 1),
		)
		if len(rows) <= limit:
			return rows, ""
		last = rows[limit - 1]
		return rows[:limit], cursors.write(*(last[column.removeprefix("p.")] for column in columns))


# --- the seller's warehouses ----------------------------------------------------------------------------


def fbs_list(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v4/posting/fbs/list"""
	body = Body(data, "PostingFbsListRequest")
	wanted = body.child("filter", required=True)
	since, until = wanted.moment("since", required=True), wanted.moment("to", required=True)
	_check_period(since, until)
	limit = body.integer("limit", least=1, most=MOST_ROWS)
	query = _fbs_query(wanted, FBS_STATUSES)
	query.between("p.in_process_at", since, until)
	query.among("p.order_number", wanted.texts("order_numbers", most=100))
	query.among("p.flow", wanted.texts("integration_type_flow"))
	if order_id := wanted.integer("order_id"):
		query.add("p.order_id = ?", order_id)
	rows, cursor = query.page(shop, ("p.in_process_at", "p.id"), body, limit)
	return {"postings": _listed(shop, rows, body), "has_next": bool(cursor), "cursor": cursor}


def unfulfilled(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v4/posting/fbs/unfulfilled/list: for a period of either cut-off or hand-over times."""
	body = Body(data, "PostingFbsUnfulfilledListRequest")
	wanted = body.child("filter")
	cutoff = wanted.moment("cutoff_from"), wanted.moment("cutoff_to")
	delivering = wanted.moment("delivering_date_from"), wanted.moment("delivering_date_to")
	if any(cutoff) == any(delivering) or None in (cutoff if any(cutoff) else delivering):
		message = (
			"either cutoff_from and cutoff_to or delivering_date_from and delivering_date_to are required"
		)
		raise refused(INVALID_ARGUMENT, message)
	_check_period(*(cutoff if any(cutoff) else delivering))
	limit = body.integer("limit", least=1, most=MOST_ROWS)
	query = _fbs_query(wanted, UNFULFILLED)
	query.between("p.shipment_at", *cutoff)
	query.between("p.delivering_at", *delivering)
	rows, cursor = query.page(shop, ("p.shipment_at", "p.in_process_at", "p.id"), body, limit)
	return {
		"postings": _listed(shop, rows, body),
		"count": len(rows),
		"has_next": bool(cursor),
		"cursor": cursor,
	}


def fbs_get(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v3/posting/fbs/get"""
	body = Body(data, "GetFbsPostingV3Request")
	row = find(shop, body.text("posting_number", required=True))
	related = [
		other["posting_number"]
		for other in shop.state.all(
			"SELECT posting_number FROM posting WHERE order_number = ? AND id != ? ORDER BY id",
			(row["order_number"], row["id"]),
		)
	]
	posting = postings.load(shop, [row])[0]
	return {"result": postings.detailed(posting, Extras.asked(body), related)}


def find(shop: OzonShop, posting_number: str, *, fbo: bool = False) -> Any:
	"""The row of a posting.

	Raises:
		Refusal: there is none of that kind.
	"""
	row = shop.state.one("SELECT * FROM posting WHERE posting_number = ?", (posting_number,))
	if row is None or (row["scheme"] == FBO) != fbo:
		raise refused(NOT_FOUND, "POSTING_NOT_FOUND")
	return row


def _fbs_query(wanted: Body, known: frozenset[str]) -> _Query:
	"""What the two lists have in common."""
	query = _Query("p.scheme != 'fbo'")
	statuses = wanted.texts("statuses")
	for status in statuses:
		if status not in known:
			raise refused(INVALID_ARGUMENT, f"unknown status {status!r}")
	query.among("p.status", statuses or sorted(known))
	query.among("p.warehouse_id", wanted.integers("warehouse_ids", most=1000))
	query.among("p.delivery_method_id", wanted.integers("delivery_method_ids", most=1000))
	query.among("m.provider_id", wanted.integers("provider_ids", most=1000))
	changed = wanted.child("last_changed_status_date")
	query.between("p.changed_at", changed.moment("from"), changed.moment("to"))
	return query


def _check_period(since: int, until: int) -> None:
	if until < since:
		raise refused(INVALID_ARGUMENT, "PERIOD_IS_INVALID")
	if until - since > LONGEST_PERIOD:
		raise refused(INVALID_ARGUMENT, "PERIOD_IS_TOO_LONG")


def _listed(shop: OzonShop, rows: list[Any], body: Body) -> list[dict[str, Any]]:
	extras = Extras.asked(body)
	return [postings.listed(posting, extras) for posting in postings.load(shop, rows)]


# --- the marketplace's warehouses ------------------------------------------------------------------------


def fbo_list(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v3/posting/fbo/list"""
	body = Body(data, "PostingFboListRequest")
	wanted = body.child("filter")
	limit = body.integer("limit", least=1, most=MOST_ROWS)
	query = _Query("p.scheme = 'fbo'")
	numbers = wanted.texts("posting_numbers", most=1000)
	query.among("p.posting_number", numbers)
	query.among("p.order_number", wanted.texts("order_numbers", most=1000))
	statuses = wanted.texts("statuses")
	for status in statuses:
		if status not in FBO_STATUSES:
			raise refused(INVALID_ARGUMENT, f"unknown status {status!r}")
	query.among("p.status", statuses)
	since, until = wanted.moment("since"), wanted.moment("to")
	if since is not None and until is not None:
		_check_period(since, until)
	query.between("p.created_at", since, until)
	rows, cursor = query.page(shop, ("p.created_at", "p.id"), body, limit)
	extras = Extras.asked(body)
	return {
		"postings": [fbo_postings.listed(posting, extras) for posting in postings.load(shop, rows)],
		"has_next": bool(cursor),
		"cursor": cursor,
	}


def fbo_get(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v2/posting/fbo/get"""
	body = Body(data, "GetFboPostingRequest")
	row = find(shop, body.text("posting_number", required=True), fbo=True)
	return {"result": fbo_postings.detailed(postings.load(shop, [row])[0], Extras.asked(body))}
