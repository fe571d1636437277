"""Uploads of prices: taken at once, worked off later, told row by row in the end.

https://dev.wildberries.ru/openapi/work-with-products#tag/Ceny-i-skidki
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from crm_marketplace.integrations.connector import PENDING
from crm_marketplace.integrations.errors import IntegrationError, RejectedError, _
from crm_marketplace.integrations.marketplaces.wildberries import endpoints, payloads
from crm_marketplace.integrations.marketplaces.wildberries.errors import RowMeaning, price_meaning
from crm_marketplace.integrations.marketplaces.wildberries.session import WildberriesSession
from crm_marketplace.integrations.translation import contract_error, rows, unexpected
from crm_marketplace.integrations.transport import Endpoint

ROWS_PAGE = 1000
# Seconds between looks at an upload. A few rows take a second or two, a thousand of them a minute.
LOOKS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
PENDING_PAUSE = 120.0

# `status` of an upload: 3 done, 4 cancelled, 5 done with refused rows, 6 all rows refused.
DONE, CANCELLED, SOME_REFUSED, ALL_REFUSED = 3, 4, 5, 6
ROW_TAKEN = 2  # `status` of a row; 3 is refused
ALREADY_SET = "already set"  # "The specified prices and discounts are already set"

Subject = tuple[str, str | None]  # the card, and the size where it has a price of its own
# None: the price is what it should be. Else a code of ours, and what it means.
Fate = tuple[str, RowMeaning] | None

MEANINGS: Mapping[str, RowMeaning] = {
	"not_found": RowMeaning(_("The shop has no such product, or it has no price yet.")),
	"currency": RowMeaning(_("The marketplace keeps the price of this product in another currency.")),
	"not_whole": RowMeaning(
		_("The marketplace takes whole prices only: let the shop round its prices to whole ones.")
	),
	"zero": RowMeaning(_("The price must be above zero.")),
	"discount": RowMeaning(_("The old price is too far above the price: the discount must be below 100 %.")),
	"sizes_differ": RowMeaning(
		_("All sizes of this card have one price on the marketplace, and yours differ. Give them the same.")
	),
	PENDING: RowMeaning(_("The marketplace is still working on the new price."), PENDING_PAUSE),
	"cancelled": RowMeaning(_("The marketplace cancelled the upload of this price."), PENDING_PAUSE),
}


@dataclass(frozen=True, slots=True)
class Wanted:
	"""What a card, or one size of it, is to cost: before the discount, and the discount in per cent."""

	nm_id: str
	size_id: str | None
	price: int
	discount: int

	@property
	def subject(self) -> Subject:
		return self.nm_id, self.size_id


def refused(code: str) -> tuple[str, RowMeaning]:
	"""The fate of a row we know the vendor would refuse."""
	return code, MEANINGS[code]


class UploadsWildberriesPrices(WildberriesSession):
	def upload(self, wanted: Mapping[str, Wanted]) -> dict[str, Fate]:
		"""Upload prices and tell what became of them: listing → fate."""
		fates: dict[str, Fate] = {}
		subjects: dict[Subject, set[tuple[int, int]]] = defaultdict(set)
		for row in wanted.values():
			subjects[row.subject].add((row.price, row.discount))
		for listing_id, row in wanted.items():
			if len(subjects[row.subject]) > 1:
				fates[listing_id] = refused("sizes_differ")
		agreed = {row.subject: row for id_, row in wanted.items() if id_ not in fates}
		told = self._upload(endpoints.PRICE_PUSH, [row for row in agreed.values() if row.size_id is None])
		told |= self._upload(endpoints.SIZE_PRICE_PUSH, [row for row in agreed.values() if row.size_id])
		return fates | {id_: told[row.subject] for id_, row in wanted.items() if id_ not in fates}

	def _upload(self, method: Endpoint, wanted: list[Wanted]) -> dict[Subject, Fate]:
		if not wanted:
			return {}
		try:
			data = self.call(method, {"data": [_body(row) for row in wanted]}).data
		except RejectedError as refusal:
			words = str(refusal.values[0]) if refusal.values else ""
			fate = None if ALREADY_SET in words.lower() else price_meaning(words)
			return {row.subject: fate for row in wanted}
		upload_id = _upload_id(data)
		try:
			return self._fates(upload_id, wanted)
		except IntegrationError as error:
			# The upload is taken: what hinders us from looking at it says nothing about its rows.
			if not error.policy.retry:
				raise
			return {row.subject: refused(PENDING) for row in wanted}

	def _fates(self, upload_id: int, wanted: list[Wanted]) -> dict[Subject, Fate]:
		status = self._wait_for(upload_id)
		if status == DONE:
			return {row.subject: None for row in wanted}
		if status not in (SOME_REFUSED, ALL_REFUSED):
			code = "cancelled" if status == CANCELLED else PENDING
			return {row.subject: refused(code) for row in wanted}
		told = self._rows(upload_id)
		if wanted[0].size_id is None:  # rows of cards may name a size, which then says nothing
			told = {(nm_id, None): fate for (nm_id, _size_id), fate in told.items()}
		return {row.subject: told.get(row.subject, price_meaning("")) for row in wanted}

	def _wait_for(self, upload_id: int) -> int | None:
		"""The status an upload ends with; None where the patience ends first."""
		for seconds in (*LOOKS, None):
			data = self.call(endpoints.PRICE_TASK, params={"uploadID": upload_id}).data
			raw = data.get("data") if isinstance(data, Mapping) else None
			try:
				task = payloads.UploadTask.model_validate(raw or {})
			except ValidationError as error:
				raise contract_error(error) from None
			if task.status in (DONE, CANCELLED, SOME_REFUSED, ALL_REFUSED):
				return task.status
			if seconds is None or not self.transport.pause(seconds):
				break
		return None

	def _rows(self, upload_id: int) -> dict[Subject, Fate]:
		told: dict[Subject, Fate] = {}
		offset = 0
		while True:
			params = {"uploadID": upload_id, "limit": ROWS_PAGE, "offset": offset}
			found = rows(self.call(endpoints.PRICE_TASK_ROWS, params=params).data, "data", "historyGoods")
			for raw in found:
				try:
					row = payloads.UploadedRow.model_validate(raw)
				except ValidationError as error:
					raise contract_error(error) from None
				size_id = row.size_id if row.size_id not in ("", "0") else None
				told[row.nm_id, size_id] = (
					None if row.status == ROW_TAKEN else price_meaning(row.error_text or "")
				)
			if len(found) < ROWS_PAGE:
				return told
			offset += ROWS_PAGE


def _body(row: Wanted) -> dict[str, int]:
	if row.size_id is None:
		return {"nmID": int(row.nm_id), "price": row.price, "discount": row.discount}
	return {"nmID": int(row.nm_id), "sizeID": int(row.size_id), "price": row.price}


def _upload_id(data: Any) -> int:
	"""Also of an upload that is there already (status 208): it is the same one."""
	found = data.get("data") if isinstance(data, Mapping) else None
	id_ = found.get("id") if isinstance(found, Mapping) else None
	if not isinstance(id_, int) or isinstance(id_, bool):
		raise unexpected("data.id", "nothing")
	return id_
