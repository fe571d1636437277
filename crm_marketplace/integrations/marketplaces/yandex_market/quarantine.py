"""Prices the vendor holds back because they look like mistakes. They are read and shown; confirming one is
for a person, in the cabinet, or by sending another price.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from crm_marketplace.integrations.marketplaces.yandex_market import endpoints, payloads
from crm_marketplace.integrations.marketplaces.yandex_market.session import (
	YandexMarketSession,
	money,
)
from crm_marketplace.integrations.records import LARGEST, Money
from crm_marketplace.integrations.translation import rows, text_of

QUARANTINE_IDS = 200  # in one filter


class ReadsQuarantine(YandexMarketSession):
	def quarantined(self, offer_ids: Sequence[str]) -> dict[str, Any]:
		"""Those of some offers whose price is held back: offer id → the vendor's row. One request per 200 of
		them, for a shop with prices of its own two.
		"""
		found: dict[str, Any] = {}
		for start in range(0, len(offer_ids), QUARANTINE_IDS):
			body = {"offerIds": list(dict.fromkeys(offer_ids[start : start + QUARANTINE_IDS]))}
			answers = [self.call(endpoints.QUARANTINE, body)]
			if self.has_own_prices:
				answers.append(self.call(endpoints.SHOP_QUARANTINE, body, campaignId=self.own_campaign or ""))
			for answer in answers:
				for raw in rows(answer.data, "result", "offers"):
					found[text_of(raw, "offerId")] = raw
		return found


def held_price(row: payloads.Quarantined | None, currency: str | None) -> Money | None:
	"""The price that is held back; None where there is none, or the vendor does not say it.

	Args:
		currency: the vendor's code, where the row has none.
	"""
	if row is None:
		return None
	for verdict in row.verdicts or ():
		params = {param.name: param.value for param in verdict.params or ()}
		amount = _amount(params.get("CURRENT_PRICE"))
		if amount is not None:
			return money(amount, params.get("CURRENCY") or currency)
	current = row.current_price or payloads.Price()
	return money(current.value, current.currency_id or currency)


def _amount(text: str | None) -> Decimal | None:
	try:
		amount = Decimal(text or "")
	except InvalidOperation:
		return None
	return amount if amount.is_finite() and abs(amount) < LARGEST else None
