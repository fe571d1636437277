"""A posting from the seller's warehouse as the vendor tells it: in v4 lists and in v3 details.

https://docs.ozon.ru/api/seller/#operation/PostingFbsList, #operation/PostingAPI_GetFbsPostingV3
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.clock import DAY, rfc3339
from crm_marketplace.sandbox.ozon import payouts
from crm_marketplace.sandbox.ozon.checks import Body
from crm_marketplace.sandbox.ozon.money import CURRENCY, amount, fixed
from crm_marketplace.sandbox.ozon.statuses import FBS, SELLER_SCHEMES, actions
from crm_marketplace.sandbox.state import marks

if TYPE_CHECKING:
	from crm_marketplace.sandbox.ozon.shop import OzonShop

NOT_EXTERNAL = {"is_external": False, "platform_name": ""}
_REQUIREMENTS = tuple(
	f"products_requiring_{name}"
	for name in ("gtd", "country", "mandatory_mark", "rnpt", "jw_uin", "change_country", "imei", "weight")
)


@dataclass(frozen=True, slots=True)
class Extras:
	"""What the request asked for beside the posting itself (`with`)."""

	analytics: bool
	barcodes: bool
	financial: bool
	legal: bool
	related: bool = False

	@classmethod
	def asked(cls, body: Body) -> Extras:
		wanted = body.child("with")
		return cls(
			wanted.flag("analytics_data"),
			wanted.flag("barcodes"),
			wanted.flag("financial_data"),
			wanted.flag("legal_info"),
			wanted.flag("related_postings"),
		)


@dataclass(frozen=True, slots=True)
class Posting:
	"""A posting with what belongs to it."""

	row: Any
	lines: list[Any]
	method: Any  # its delivery method, with the warehouse's name; None for FBO
	buyer: dict[str, Any]
	firm: dict[str, str] | None


def load(shop: OzonShop, rows: Iterable[Any]) -> list[Posting]:
	"""The lines and delivery methods of some rows of `posting`, in two queries."""
	rows = list(rows)
	lines: dict[int, list[Any]] = {row["id"]: [] for row in rows}
	for line in shop.state.all(
		f"SELECT * FROM posting_line WHERE posting_id IN ({marks(rows)}) ORDER BY posting_id, place",
		[row["id"] for row in rows],
	):
		lines[line["posting_id"]].append(line)
	methods = {
		row["id"]: row
		for row in shop.state.all(
			"""SELECT m.*, w.name AS warehouse_name FROM delivery_method m
			JOIN warehouse w USING (warehouse_id)"""
		)
	}
	return [
		Posting(
			row,
			lines[row["id"]],
			methods.get(row["delivery_method_id"]),
			json.loads(row["buyer"]),
			json.loads(row["firm"]) if row["firm"] else None,
		)
		for row in rows
	]


# --- the seller's own postings ------------------------------------------------------------------------


def listed(posting: Posting, extras: Extras) -> dict[str, Any]:
	"""As in the v4 lists: sums are objects, `customer_email` is told."""
	row = posting.row
	return {
		**_common(posting, extras),
		"products": [
			{
				"offer_id": line["offer_id"],
				"name": line["name"],
				"sku": line["sku"],
				"quantity": line["quantity"],
				"price": amount(line["price"]),
				"imei": [],
				"weight": line["weight"] / 1000,
				"product_color": line["colour"],
				"is_blr_traceable": False,
				"is_marketplace_buyout": False,
			}
			for line in posting.lines
		],
		"customer": _customer(posting, with_email=True),
		"addressee": {"name": posting.buyer["name"]} if _tells_buyer(row) else None,
		"financial_data": payouts.of(posting, payouts.v4_line) if extras.financial else None,
		"delivery_schema": "FBS",
		"prr_option": "",
		"quantum_id": 0,
		"volume_weight": 0.4,
		"tariffication": {
			"current_tariff_rate": 0,
			"current_tariff_type": "",
			"current_tariff_charge": None,
			"current_tariff_min_charge": None,
			"next_tariff_rate": 0,
			"next_tariff_type": "",
			"next_tariff_charge": None,
			"next_tariff_min_charge": None,
			"next_tariff_starts_at": None,
		},
	}


def detailed(posting: Posting, extras: Extras, related: list[str]) -> dict[str, Any]:
	"""As in the details: sums are strings with four places."""
	row = posting.row
	return {
		**_common(posting, extras),
		"previous_substatus": row["previous_substatus"],
		"products": [
			{
				"offer_id": line["offer_id"],
				"name": line["name"],
				"sku": line["sku"],
				"quantity": line["quantity"],
				"price": fixed(line["price"], 4),
				"currency_code": CURRENCY,
				"dimensions": {
					"height": "150.00",
					"length": "500.00",
					"weight": str(line["weight"]),
					"width": "300.00",
				},
				"mandatory_mark": [],
				"jw_uin": [],
				"is_blr_traceable": False,
				"is_marketplace_buyout": False,
				"has_imei": False,
				"is_weight_needed": False,
				"weight_max": line["weight"] / 1000,
				"weight_min": 0,
			}
			for line in posting.lines
		],
		"customer": _customer(posting, with_email=False),
		"addressee": {"name": posting.buyer["name"], "phone": posting.buyer["phone"], "pin": "4021"}
		if _tells_buyer(row)
		else None,
		"financial_data": payouts.of(posting, payouts.v3_line) if extras.financial else None,
		"additional_data": [],
		"courier": None,
		"delivery_price": "",
		"fact_delivery_date": rfc3339(row["delivering_at"]),
		"product_exemplars": None,
		"provider_status": "",
		"prr_option": {"code": "", "price": "", "currency_code": CURRENCY, "floor": ""},
		"related_postings": {"related_posting_numbers": related} if extras.related else None,
		"related_weight_postings": [],
		"tariffication": {
			"current_tariff_rate": 0,
			"current_tariff_type": "",
			"current_tariff_charge": "",
			"current_tariff_charge_currency_code": CURRENCY,
			"next_tariff_rate": 0,
			"next_tariff_type": "",
			"next_tariff_charge": "",
			"next_tariff_starts_at": None,
			"next_tariff_charge_currency_code": CURRENCY,
		},
	}


def _common(posting: Posting, extras: Extras) -> dict[str, Any]:
	row, method = posting.row, posting.method
	units = sum(line["quantity"] for line in posting.lines)
	marked = [line["sku"] for line in posting.lines if line["is_marked"]]
	barcode = f"{row['order_id']}{row['id'] % 10_000:04d}"
	return {
		"posting_number": row["posting_number"],
		"order_id": row["order_id"],
		"order_number": row["order_number"],
		"parent_posting_number": row["parent"],
		"status": row["status"],
		"substatus": row["substatus"],
		"available_actions": actions(row["scheme"], row["status"], units, bool(marked)),
		"in_process_at": rfc3339(row["in_process_at"]),
		"shipment_date": rfc3339(row["shipment_at"]),
		"shipment_date_without_delay": rfc3339(row["deadline_at"]),
		"delivering_date": rfc3339(row["delivering_at"]),
		"delivery_method": {
			"id": method["id"],
			"name": method["name"],
			"warehouse_id": method["warehouse_id"],
			"warehouse": method["warehouse_name"],
			"tpl_provider_id": method["provider_id"],
			"tpl_provider": method["provider"],
		},
		"integration_type_flow": row["flow"],
		"tpl_integration_type": row["flow"],
		"tracking_number": row["tracking_number"],
		"is_express": row["scheme"] == "express",
		"is_click_and_collect": False,
		"is_presortable": False,
		"is_multibox": bool(row["is_multibox"]),
		"multi_box_qty": row["boxes"],
		"barcodes": {"upper_barcode": f"%101%{barcode}", "lower_barcode": barcode}
		if extras.barcodes
		else None,
		"analytics_data": _analytics(posting) if extras.analytics else None,
		"legal_info": legal_info(posting, extras),
		"cancellation": {
			"cancel_reason_id": row["cancel_reason_id"],
			"cancel_reason": row["cancel_reason"],
			"cancellation_type": row["cancel_type"],
			"cancellation_initiator": row["cancel_initiator"],
			"cancelled_after_ship": bool(row["cancelled_after_ship"]),
			"affect_cancellation_rating": row["cancel_type"] == "seller",
		},
		"requirements": {name: marked if name.endswith("mandatory_mark") else [] for name in _REQUIREMENTS},
		"optional": {"products_with_possible_mandatory_mark": []},
		"external_order": NOT_EXTERNAL,
		"container": None,
		"container_sort_type": "",
		"destination_place_id": 0,
		"destination_place_name": "",
		"pickup_code_verified_at": None,
		"require_blr_traceable_attrs": False,
		"sorting_center": None,
		"tariffication_steps": [],
	}


def _tells_buyer(row: Any) -> bool:
	"""Ozon tells the buyer only to a seller who delivers himself."""
	return row["scheme"] in SELLER_SCHEMES and row["scheme"] != FBS


def _customer(posting: Posting, *, with_email: bool) -> dict[str, Any] | None:
	if not _tells_buyer(posting.row):
		return None
	buyer = posting.buyer
	found = {
		"customer_id": buyer["number"],
		"name": buyer["name"],
		"phone": buyer["phone"],
		"address": {
			"address_tail": f"{buyer['city']}, {buyer['address']}",
			"city": buyer["city"],
			"comment": buyer["comment"],
			"country": "Россия",
			"district": "",
			"latitude": buyer["latitude"],
			"longitude": buyer["longitude"],
			"provider_pvz_code": "",
			"pvz_code": 0,
			"region": buyer["region"],
			"zip_code": buyer["postcode"],
		},
	}
	if with_email:
		found["customer_email"] = buyer["email"]
	return found


def _analytics(posting: Posting) -> dict[str, Any]:
	row, method = posting.row, posting.method
	tells = _tells_buyer(row)
	return {
		"region": posting.buyer["region"] if tells else "",
		"city": posting.buyer["city"] if tells else "",
		"delivery_type": "Courier" if tells else "PVZ",
		"is_premium": row["id"] % 3 == 0,
		"is_legal": posting.firm is not None,
		"payment_type_group_name": row["payment"],
		"warehouse_id": method["warehouse_id"],
		"warehouse": method["warehouse_name"],
		"tpl_provider_id": method["provider_id"],
		"tpl_provider": method["provider"],
		"delivery_date_begin": rfc3339(row["in_process_at"] + 2 * DAY),
		"delivery_date_end": rfc3339(row["in_process_at"] + 5 * DAY),
		"client_delivery_date_begin": None,
		"client_delivery_date_end": None,
	}


def legal_info(posting: Posting, extras: Extras) -> dict[str, str]:
	firm = posting.firm if extras.legal else None
	return {
		"company_name": firm["name"] if firm else "",
		"inn": firm["tax_id"] if firm else "",
		"kpp": firm["reason_code"] if firm else "",
	}
