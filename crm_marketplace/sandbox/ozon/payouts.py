"""What a posting brings the seller: `financial_data`. Commission and payout stay zero until the goods are
delivered, as in the vendor's examples.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.ozon.money import CURRENCY, amount, number

if TYPE_CHECKING:
	from crm_marketplace.sandbox.ozon.postings import Posting


def of(posting: Posting, line: Callable[[Any, bool], dict[str, Any]]) -> dict[str, Any]:
	"""`financial_data` of a posting; `line` makes one product of it."""
	is_delivered = posting.row["status"] == "delivered"
	return {
		"cluster_from": "Москва, МО и Дальние регионы",
		"cluster_to": posting.buyer["cluster"],
		"products": [line(row, is_delivered) for row in posting.lines],
	}


def _common(line: Any, commission: int, is_delivered: bool) -> dict[str, Any]:
	discount = max(0, line["old_price"] - line["price"])
	return {
		"product_id": line["sku"],
		"quantity": line["quantity"],
		"price": number(line["price"]),
		"old_price": number(line["old_price"] or line["price"]),
		"total_discount_value": number(discount),
		"total_discount_percent": round(100 * discount / line["old_price"], 2) if line["old_price"] else 0,
		"payout": number(line["price"] * line["quantity"] - commission) if is_delivered else 0,
		"actions": ["Системная виртуальная скидка селлера"] if discount else [],
	}


def v4_line(line: Any, is_delivered: bool) -> dict[str, Any]:
	commission = _commission(line) if is_delivered else 0
	return {
		**_common(line, commission, is_delivered),
		"customer_price": amount(line["customer_price"]),
		"commission": {
			"amount": number(commission),
			"percent": line["commission"] if is_delivered else 0,
			"currency": CURRENCY,
		},
	}


def v3_line(line: Any, is_delivered: bool) -> dict[str, Any]:
	commission = _commission(line) if is_delivered else 0
	return {
		**_common(line, commission, is_delivered),
		"currency_code": CURRENCY,
		"customer_price": number(line["customer_price"]),
		"customer_currency_code": CURRENCY,
		"commission_amount": number(commission),
		"commission_percent": line["commission"] if is_delivered else 0,
		"commissions_currency_code": CURRENCY,
	}


def _commission(line: Any) -> int:
	return line["price"] * line["quantity"] * line["commission"] // 100
