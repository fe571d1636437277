"""A posting from the marketplace's warehouse as the vendor tells it.

https://docs.ozon.ru/api/seller/#operation/PostingFboList, #operation/PostingAPI_GetFboPosting
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crm_marketplace.sandbox.clock import rfc3339
from crm_marketplace.sandbox.ozon import payouts
from crm_marketplace.sandbox.ozon.money import CURRENCY, amount, fixed
from crm_marketplace.sandbox.ozon.postings import NOT_EXTERNAL, Extras, Posting, legal_info
from crm_marketplace.sandbox.ozon.warehouses import FBO_WAREHOUSE


def listed(posting: Posting, extras: Extras) -> dict[str, Any]:
	"""As in the v3 list of FBO."""
	row = posting.row
	cancelled = row["cancel_type"] != ""
	return {
		**_common(posting, extras),
		"products": [
			{
				"offer_id": line["offer_id"],
				"name": line["name"],
				"sku": line["sku"],
				"quantity": line["quantity"],
				"price": amount(line["price"]),
				"digital_codes": [],
				"is_marketplace_buyout": False,
			}
			for line in posting.lines
		],
		"cancellation": {
			"cancel_reason": row["cancel_reason"],
			"cancellation_type": row["cancel_type"],
			"cancellation_initiator": row["cancel_initiator"],
		}
		if cancelled
		else None,
		"financial_data": _finance(posting, payouts.v4_line, ("customer_price", "quantity"))
		if extras.financial
		else None,
		"legal_info": legal_info(posting, extras) if extras.legal and posting.firm else None,
	}


def detailed(posting: Posting, extras: Extras) -> dict[str, Any]:
	"""As in the v2 details of FBO."""
	return {
		**_common(posting, extras),
		"products": [
			{
				"offer_id": line["offer_id"],
				"name": line["name"],
				"sku": line["sku"],
				"quantity": line["quantity"],
				"price": fixed(line["price"]),
				"currency_code": CURRENCY,
				"digital_codes": [],
				"is_marketplace_buyout": False,
			}
			for line in posting.lines
		],
		"fact_delivery_date": rfc3339(posting.row["delivering_at"]),
		"financial_data": _finance(posting, payouts.v3_line, ()) if extras.financial else None,
		"legal_info": legal_info(posting, extras) if extras.legal else None,
	}


def _common(posting: Posting, extras: Extras) -> dict[str, Any]:
	row = posting.row
	return {
		"posting_number": row["posting_number"],
		"order_id": row["order_id"],
		"order_number": row["order_number"],
		"status": row["status"],
		"substatus": row["substatus"],
		"cancel_reason_id": row["cancel_reason_id"],
		"created_at": rfc3339(row["created_at"], "microseconds"),
		"in_process_at": rfc3339(row["in_process_at"], "microseconds"),
		"external_order": NOT_EXTERNAL,
		"additional_data": [],
		"analytics_data": {
			"city": "",
			"delivery_type": "PVZ",
			"is_legal": posting.firm is not None,
			"is_premium": row["id"] % 3 == 0,
			"payment_type_group_name": row["payment"],
			"warehouse_id": FBO_WAREHOUSE[0],
			"warehouse_name": FBO_WAREHOUSE[1],
			"client_delivery_date_begin": None,
			"client_delivery_date_end": None,
		}
		if extras.analytics
		else None,
	}


def _finance(
	posting: Posting, product: Callable[..., dict[str, Any]], hidden: tuple[str, ...]
) -> dict[str, Any]:
	found = payouts.of(posting, product)
	for row in found["products"]:
		for name in hidden:
			del row[name]
	return found
