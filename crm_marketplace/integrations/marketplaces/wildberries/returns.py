"""Goods on their way back to the seller, and what buyers ask for who want to give goods back.

The vendor has two lists, and nothing in either leads to the other: the report of goods that come to the seller
(one row per unit, with its place and its task), and the claims of buyers (with their words and what was
decided). So each is a return of its own: the row by its `srid`, which is the id of the way back and not of the
order, the claim by its id. A claim tells of goods that never come back to the seller to its end; of those that
do, the report tells from then on, and the claim stays "on the way". What ties the two together is the order:
its `srid` is among the `marketplace_ids` of its line and of the claim's.

https://dev.wildberries.ru/openapi/reports#tag/returnsAndItemMovementReport
https://dev.wildberries.ru/openapi/user-communication#tag/buyersReturns
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from crm_marketplace.integrations.errors import PermissionMissing
from crm_marketplace.integrations.marketplaces.wildberries import endpoints, payloads
from crm_marketplace.integrations.marketplaces.wildberries.models import FBS, MODELS, ReadsWildberriesTasks
from crm_marketplace.integrations.marketplaces.wildberries.money import CURRENCIES
from crm_marketplace.integrations.marketplaces.wildberries.session import Part, moscow_date, page_size
from crm_marketplace.integrations.marketplaces.wildberries.statuses import (
	APPROVED,
	claim_state,
	deciding,
	item_return_state,
	return_kind,
)
from crm_marketplace.integrations.paging import bad_token, pack_token, unpack_token
from crm_marketplace.integrations.records import (
	Fetched,
	Money,
	Page,
	Return,
	ReturnKind,
	ReturnLine,
	ReturnState,
	Scheme,
)
from crm_marketplace.integrations.translation import identity, rows, translate

GOODS_PAGE = 1000
CLAIM_PAGE = 200
# UNCONFIRMED of this method; the one before it took as much.
LONGEST_PERIOD = timedelta(days=31)
# The report goes by the day the way back was ordered and has no other filter, so that a change is found only
# by reading all ways back that may still change. Longer ones have not been seen.
LONGEST_WAY_BACK = timedelta(days=90)
NO_TASK = frozenset({"", "0"})

GOODS = {"active": True, "archive": False}  # `status` → whether the goods are still on their way
REQUESTS = {"requests": "false", "decided": "true"}  # phase → `is_archive`
PHASES = (*GOODS, *REQUESTS)


@dataclass(frozen=True, slots=True)
class Days:
	"""A period of whole days of Moscow, both of them in it."""

	first: date
	last: date


class ListsWildberriesReturns(ReadsWildberriesTasks):
	def returns(
		self, since: datetime, until: datetime, token: str | None = None, limit: int | None = None
	) -> Page[Return]:
		"""Goods whose way back may have changed in the period, then all claims of the last 14 days, which is
		as far back as the vendor tells them. Neither list can be asked for changes: see `LONGEST_WAY_BACK`.
		A page is one request, and one or two for the tasks of its goods; a walk takes eight at least, and the
		report is answered once a minute (ten times at once). Pages may be empty. See `ListsReturns`.

		A token without the category of claims gets goods alone (`check_credentials` tells).
		"""
		position = unpack_token(token)
		phase = position.get("phase", PHASES[0])
		if phase not in PHASES:
			raise bad_token()
		if since >= until:
			return Page(())
		offset = position.get("offset", 0)
		if not isinstance(offset, int) or offset < 0:
			raise bad_token()
		if phase in GOODS:
			part = self._goods_part(phase, since, until, position, offset, limit)
		else:
			part = self._claims_part(phase, offset, limit)
		following = part.following
		if following is None and phase != PHASES[-1]:
			following = {"phase": PHASES[PHASES.index(phase) + 1]}
		return Page(part.items, pack_token(**following) if following else None, part.as_of)

	# --- goods ---------------------------------------------------------------------------------

	def _goods_part(
		self,
		phase: str,
		since: datetime,
		until: datetime,
		position: Mapping[str, Any],
		offset: int,
		limit: int | None,
	) -> Part[Return]:
		periods = days(since - LONGEST_WAY_BACK, min(until, self.clock()))
		number = position.get("period", 0)
		if not isinstance(number, int) or not 0 <= number < max(1, len(periods)):
			raise bad_token()
		if not periods:
			return Part((), None, None)
		period, size = periods[number], page_size(limit, GOODS_PAGE)
		params = {
			"dateFrom": period.first.isoformat(),
			"dateTo": period.last.isoformat(),
			"status": phase,
			"limit": size,
			"offset": offset,
		}
		answer = self.call(endpoints.ITEM_RETURNS, params=params)
		# "No data" is told without a body.
		found = [] if answer.status == 204 else rows(answer.data, "report")
		following: dict[str, Any] | None = None
		if len(found) >= size:
			following = {"phase": phase, "period": number, "offset": offset + size}
		elif number + 1 < len(periods):
			following = {"phase": phase, "period": number + 1}
		return Part(self._with_tasks(found, GOODS[phase]), following, answer.date)

	def _with_tasks(self, found: Sequence[Any], is_active: bool) -> tuple[Fetched[Return], ...]:
		"""Returns of rows of the report, whose tasks say whether a buyer ever had the goods."""
		wanted = {task for raw in found if (task := _task_of(raw))}
		tasks: dict[str, tuple[str | None, Any]] = {}
		for model in MODELS:
			try:
				statuses = self.statuses(model, sorted(wanted - tasks.keys()))[0]
			except PermissionMissing:
				break  # without the category of tasks, the type of the return has to do
			# Of the other model's two schemes nothing tells which it is.
			scheme = Scheme.FBS.value if model is FBS else None
			tasks |= {task: (scheme, status) for task, status in statuses.items()}
		kept = []
		for raw in found:
			scheme, status = tasks.get(_task_of(raw), (None, None))
			kept.append({"row": raw, "isActive": is_active, "scheme": scheme, "task": status})
		return tuple(map(read_item_return, kept))

	# --- claims --------------------------------------------------------------------------------

	def _claims_part(self, phase: str, offset: int, limit: int | None) -> Part[Return]:
		size = page_size(limit, CLAIM_PAGE)
		params = {"is_archive": REQUESTS[phase], "limit": size, "offset": offset}
		try:
			answer = self.call(endpoints.CLAIMS, params=params)
		except PermissionMissing:
			return Part((), None, None)  # told by the credentials check; goods must not wait for it
		found = rows(answer.data, "claims")
		following = {"phase": phase, "offset": offset + size} if len(found) >= size else None
		return Part(tuple(map(read_claim, found)), following, answer.date)


def days(since: datetime, until: datetime) -> list[Days]:
	"""[since, until) in periods of days the vendor takes, the oldest first; none if it is empty."""
	first, last = moscow_date(since), moscow_date(until)
	found = []
	while first <= last:
		end = min(last, first + LONGEST_PERIOD - timedelta(days=1))
		found.append(Days(first, end))
		first = end + timedelta(days=1)
	return found


def read_item_return(raw: Any) -> Fetched[Return]:
	"""The return of a row of the report as it is kept: `{"row": …, "isActive": …, "scheme": …, "task": …}`.
	Makes no request.
	"""
	row = raw.get("row") if isinstance(raw, Mapping) else raw
	return translate(raw, payloads.StoredItemReturn, _item_return, identity(row, "srid"))


def read_claim(raw: Any) -> Fetched[Return]:
	"""A claim of /api/v1/claims. Makes no request."""
	return translate(raw, payloads.Claim, _claim, identity(raw, "id"))


def _task_of(raw: Any) -> str:
	task = str(raw.get("orderId") or "") if isinstance(raw, Mapping) else ""
	return task if task.isascii() and task.isdecimal() and task not in NO_TASK else ""


def _item_return(kept: payloads.StoredItemReturn) -> Return:
	row = kept.row
	word = deciding(kept.task.supplier_status, kept.task.wb_status)[0] if kept.task else None
	state = item_return_state(
		row.return_status or "",
		is_active=kept.is_active,
		is_ready=row.ready_at is not None,
		is_over=row.completed_at is not None,
	)
	ids = {"nmID": row.nm_id}
	if row.sku:
		ids["sku"] = row.sku
	size = row.tech_size if row.tech_size not in (None, "", "0") else None
	order_id = None if (row.order_id or "") in NO_TASK else row.order_id
	return Return(
		external_id=row.srid,
		order_id=order_id,
		kind=return_kind(row.return_type or "", word),
		state=state,
		vendor_status=row.return_status or "",
		scheme=Scheme(kept.scheme) if kept.scheme in tuple(Scheme) else None,
		# One unit per row. The report knows neither the size's id nor the seller's article.
		lines=(
			ReturnLine(
				line_id=row.srid,
				marketplace_ids=ids,
				title=", ".join(part for part in (row.subject_name, size) if part),
			),
		),
		reason=": ".join(part for part in (row.return_type, row.return_reason) if part),
		place=row.office_address or "",
		barcode=row.sticker_id or None,
		pickup_until=row.expires_at,
		created_at=row.ordered_at,
		changed_at=row.completed_at or row.ready_at or row.ordered_at,
		received_at=row.completed_at if state is ReturnState.RECEIVED else None,
	)


def _claim(claim: payloads.Claim) -> Return:
	price = None
	currency = CURRENCIES.get(claim.currency_code or 0)
	if claim.price is not None and currency:
		price = Money(amount=claim.price, currency=currency)
	ids = {"nmID": claim.nm_id}
	if claim.srid:
		ids["srid"] = claim.srid
	return Return(
		external_id=claim.id,
		# An order from the marketplace's warehouses has this id; a task of the seller's has another one, and
		# its `srid` is on its line.
		order_id=claim.srid or None,
		kind=ReturnKind.RETURNED,
		state=claim_state(claim.status, claim.status_ex),
		vendor_status="/".join(str(code) for code in (claim.status, claim.status_ex) if code is not None),
		lines=(
			ReturnLine(
				line_id=claim.nm_id,
				marketplace_ids=ids,
				title=claim.title or "",
				price=price,
			),
		),
		refund=price if claim.status == APPROVED else None,
		comment=claim.user_comment or "",
		created_at=claim.asked_at,
		changed_at=claim.decided_at or claim.asked_at,
	)
