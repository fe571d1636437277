"""The answers to batches of stock and prices: HTTP 200 is not success, the rows say what became of them."""

from __future__ import annotations

from pydantic import ValidationError

from crm_marketplace.integrations.marketplaces.ozon.errors import UNEXPLAINED, RowMeaning, row_meaning
from crm_marketplace.integrations.marketplaces.ozon.payloads import PushedRow
from crm_marketplace.integrations.translation import contract_error, rows
from crm_marketplace.integrations.transport import Answer


def pushed_rows(answer: Answer) -> list[PushedRow]:
	"""The rows of the answer to a batch.

	Raises:
		ContractError: a row cannot be read. The batch may have been taken all the same.
	"""
	try:
		return [PushedRow.model_validate(raw) for raw in rows(answer.data, "result")]
	except ValidationError as error:
		raise contract_error(error) from None


def fate(row: PushedRow | None) -> tuple[bool, str | None, RowMeaning]:
	"""Whether the row was taken, and if not, the vendor's code and what it means."""
	if row is None:
		return False, None, UNEXPLAINED
	if row.updated:
		return True, None, RowMeaning("")
	return False, *row_meaning([(error.code or "", error.message or "") for error in row.errors or ()])
