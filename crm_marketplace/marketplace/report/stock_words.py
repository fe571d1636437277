"""How reports tell of stock levels."""

from __future__ import annotations

import json

from crm_marketplace.marketplace.api.listings import sentence
from crm_marketplace.sync.stock.levels import UNKNOWN


def explained(explanation: str | None, desired: int) -> str:
	"""The stored explanation of a number as a sentence in the reader's language."""
	return sentence(json.loads(explanation), desired) if explanation else ""


def quantity(value: int | None) -> int | None:
	"""A quantity of the table; None for one that is not known."""
	return None if value is None or value == UNKNOWN else value
