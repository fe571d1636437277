"""The Connections tab of ERPNext's documents: their deals."""

from __future__ import annotations

from frappe import _


def customer(data: dict) -> dict:
	return _of_party(data, "Customer")


def lead(data: dict) -> dict:
	return _of_party(data, "Lead")


def prospect(data: dict) -> dict:
	return _of_party(data, "Prospect")


def contact(data: dict) -> dict:
	return _with_deals(data, {"Deal": "contact_person"})


def opportunity(data: dict) -> dict:
	return _with_deals(data, {"Deal": "opportunity"})


def supplier(data: dict) -> dict:
	return _with_deals(data, {"Deal": "supplier"})


def item(data: dict) -> dict:
	return _with_deals(data, {"Deal": "item_code"})


def _of_party(data: dict, party_type: str) -> dict:
	data.setdefault("dynamic_links", {})["party"] = [party_type, "party_type"]
	return _with_deals(data, {"Deal": "party"})


def _with_deals(data: dict, fieldnames: dict[str, str]) -> dict:
	data.setdefault("non_standard_fieldnames", {}).update(fieldnames)
	data.setdefault("transactions", []).insert(0, {"label": _("Deals"), "items": ["Deal"]})
	return data
