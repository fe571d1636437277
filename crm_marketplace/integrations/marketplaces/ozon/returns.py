"""Returns: of FBS and FBO postings by the date of their last change, then requests of rFBS buyers, which the
vendor tells by the date they were made only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from crm_marketplace.integrations.errors import ContractError, PermissionMissing, _
from crm_marketplace.integrations.marketplaces.ozon import aftersales_payloads as payloads
from crm_marketplace.integrations.marketplaces.ozon import endpoints
from crm_marketplace.integrations.marketplaces.ozon.session import (
	OzonSession,
	id_or_none,
	money,
	page_size,
	stamp,
)
from crm_marketplace.integrations.marketplaces.ozon.statuses import (
	return_kind,
	return_scheme,
	return_state,
	rfbs_return_state,
)
from crm_marketplace.integrations.paging import bad_token, pack_token, unpack_token
from crm_marketplace.integrations.records import (
	Fetched,
	Page,
	Return,
	ReturnKind,
	ReturnLine,
	ReturnState,
	Scheme,
)
from crm_marketplace.integrations.translation import identity, rows, translate

RETURN_PAGE = 500
# UNCONFIRMED: the vendor names no maximum; his example asks for 1000.
RFBS_PAGE = 500
# How long a request of an rFBS buyer may still change. UNCONFIRMED: a buyer may ask 30 days after delivery;
# the way back, the check and a dispute are below another 60 days.
RFBS_LIFE = timedelta(days=90)
# Ids of requests are the vendor's as well, and counted apart from those of returns.
RFBS_PREFIX = "rfbs-"

BY_CHANGE, RFBS = "changed", "rfbs"


class ListsOzonReturns(OzonSession):
	def returns(
		self, since: datetime, until: datetime, token: str | None = None, limit: int | None = None
	) -> Page[Return]:
		"""One request a page: first FBS and FBO returns whose status changed in the window, then every request
		of an rFBS buyer made within `RFBS_LIFE` before it: of them the vendor tells no date of change, so all
		that may still have changed are read again. See `ListsReturns`.
		"""
		position = unpack_token(token)
		phase, last_id = position.get("phase", BY_CHANGE), position.get("last_id", 0)
		if phase not in (BY_CHANGE, RFBS) or not isinstance(last_id, int):
			raise bad_token()
		if since >= until:
			return Page(())
		if phase == BY_CHANGE:
			return self._changed_returns(since, until, last_id, limit)
		return self._rfbs_requests(since, until, last_id, limit)

	def _changed_returns(
		self, since: datetime, until: datetime, last_id: int, limit: int | None
	) -> Page[Return]:
		period = {"time_from": stamp(since), "time_to": stamp(until, up=True)}
		body = {
			"filter": {"visual_status_change_moment": period},
			"limit": page_size(limit, RETURN_PAGE),
			"last_id": last_id,
		}
		answer = self.post(endpoints.RETURNS, body)
		raws = rows(answer.data, "returns")
		more = isinstance(answer.data, Mapping) and answer.data.get("has_next") is True
		following = {"phase": BY_CHANGE, "last_id": _last_id(raws, "id")} if more else {"phase": RFBS}
		return Page(tuple(read_return(raw) for raw in raws), pack_token(**following), answer.date)

	def _rfbs_requests(
		self, since: datetime, until: datetime, last_id: int, limit: int | None
	) -> Page[Return]:
		period = {"from": stamp(since - RFBS_LIFE), "to": stamp(until, up=True)}
		body = {
			"filter": {"created_at": period},
			"limit": page_size(limit, RFBS_PAGE),
			"last_id": last_id,
		}
		try:
			answer = self.post(endpoints.RFBS_RETURNS, body)
		except PermissionMissing:
			# Told by the credentials check; the other returns must not wait for it.
			return Page(())
		raws = rows(answer.data, "returns")
		# The answer does not say whether there is more: an empty page is the sure sign of the end.
		token = pack_token(phase=RFBS, last_id=_last_id(raws, "return_id")) if raws else None
		return Page(tuple(read_rfbs_return(raw) for raw in raws), token, answer.date)


def _last_id(raws: Sequence[Any], key: str) -> int:
	"""Where the list goes on: after its last row that can be told."""
	for raw in reversed(raws):
		id_ = identity(raw, key)
		if id_.isdecimal():
			return int(id_)
	raise ContractError(
		_("The marketplace says there is more and does not say where."), field=key, value_kind="nothing"
	)


# --- FBS and FBO: /v1/returns/list -----------------------------------------------------------------


def read_return(raw: Any) -> Fetched[Return]:
	"""A row of /v1/returns/list: goods of one card. Makes no request."""
	return translate(raw, payloads.ReturnRow, _return, identity(raw, "id"))


def _return(row: payloads.ReturnRow) -> Return:
	logistic = row.logistic or payloads.ReturnLogistic()
	storage = row.storage or payloads.ReturnStorage()
	visual = row.visual or payloads.ReturnVisual()
	status = visual.status or payloads.ReturnStatus()
	scheme = return_scheme(row.schema_name or "")
	state = return_state(
		status.sys_name or "",
		is_fbo=scheme is Scheme.FBO,
		has_arrived=storage.arrived_moment is not None,
		is_over=logistic.final_moment is not None,
	)
	return Return(
		external_id=row.id,
		order_id=id_or_none(row.posting_number),
		order_number=id_or_none(row.order_number),
		kind=return_kind(row.type or ""),
		state=state,
		vendor_status=status.sys_name or status.display_name or "",
		scheme=scheme,
		lines=(_line(row.product),),
		reason=row.return_reason_name or "",
		place=_place(row.place),
		barcode=id_or_none(logistic.barcode),
		# What is not collected by then is destroyed.
		pickup_until=storage.utilization_forecast_date if state is ReturnState.READY else None,
		created_at=logistic.return_date or logistic.technical_return_moment,
		changed_at=visual.change_moment,
		received_at=logistic.final_moment if state is ReturnState.RECEIVED else None,
	)


def _line(product: payloads.ReturnProduct) -> ReturnLine:
	"""The goods of a return. `price` is taken for that of one unit. UNCONFIRMED: "Стоимость товара"."""
	price = product.price or payloads.ReturnMoney()
	return ReturnLine(
		line_id=product.sku,
		offer_id=product.offer_id or "",
		marketplace_ids={"sku": product.sku},
		title=product.name or "",
		quantity=product.quantity,
		price=money(price.price, price.currency_code),
	)


def _place(place: payloads.ReturnPlace | None) -> str:
	return "" if place is None else ", ".join(part for part in (place.name, place.address) if part)


# --- rFBS: /v2/returns/rfbs/list -------------------------------------------------------------------


def read_rfbs_return(raw: Any) -> Fetched[Return]:
	"""A row of /v2/returns/rfbs/list: a buyer's request. Its reason and the buyer's words are told one by one
	only, so they are left to the cabinet. Makes no request.
	"""
	number = identity(raw, "return_id")
	external_id = RFBS_PREFIX + number if number.isdecimal() else number
	return translate(raw, payloads.RfbsReturnRow, _rfbs_return, external_id)


def _rfbs_return(row: payloads.RfbsReturnRow) -> Return:
	state = row.state or payloads.RfbsReturnState()
	product = row.product
	return Return(
		external_id=f"{RFBS_PREFIX}{row.return_id}",
		order_id=id_or_none(row.posting_number),
		order_number=id_or_none(row.order_number),
		kind=ReturnKind.RETURNED,
		state=rfbs_return_state(state.state or "", state.group_state or ""),
		vendor_status=state.state or state.state_name or state.group_state or "",
		scheme=Scheme.DBS,
		# UNCONFIRMED: the list tells no quantity; a request is taken to be about one unit.
		lines=(
			ReturnLine(
				line_id=product.sku,
				offer_id=product.offer_id or "",
				marketplace_ids={"sku": product.sku},
				title=product.name or "",
				price=money(product.price, product.currency_code),
			),
		),
		created_at=row.created_at,
	)
