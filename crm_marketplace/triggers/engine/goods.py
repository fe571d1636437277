"""The goods of a document with what a storekeeper needs: picture, article, quantity, where it lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import frappe
from frappe.utils import get_url

KNOWN = frozenset(
	{
		"Marketplace Order",
		"Sales Order",
		"Delivery Note",
		"Sales Invoice",
		"Pick List",
		"Material Request",
		"Purchase Order",
		"Quotation",
	}
)


class Lazy:
	"""Goods that are read when a template asks for them: rows of title, code, quantity, image, price, place."""

	def __init__(self, values: Mapping[str, Any]) -> None:
		self._document = values

	def __iter__(self) -> Iterator[Mapping[str, Any]]:
		return iter(self._rows)

	def __len__(self) -> int:
		return len(self._rows)

	@cached_property
	def _rows(self) -> list[frappe._dict]:
		if self._document["doctype"] == "Marketplace Order":
			return _of_order(self._document)
		lines = self._document.get("items") or self._document.get("locations") or ()
		codes = [line.get("item_code") for line in lines if line.get("item_code")]
		images = _images("Item", {"name": ("in", codes or [""])}, "name")
		return [
			frappe._dict(
				title=line.get("item_name") or line.get("item_code"),
				code=line.get("item_code"),
				quantity=_number(line.get("qty")),
				unit=line.get("uom"),
				price=line.get("rate"),
				place=line.get("warehouse"),
				image=_address(line.get("image") or images.get(line.get("item_code"))),
			)
			for line in lines
		]


def _of_order(order: Mapping[str, Any]) -> list[frappe._dict]:
	lines = order.get("lines") or ()
	offers = [line.get("offer_id") for line in lines]
	pictures = _images(
		"Marketplace Listing", {"shop": order.get("shop"), "offer_id": ("in", offers or [""])}, "offer_id"
	)
	items = _images(
		"Item", {"name": ("in", [line.get("item") for line in lines if line.get("item")] or [""])}, "name"
	)
	return [
		frappe._dict(
			title=line.get("title") or line.get("offer_id"),
			code=line.get("offer_id"),
			item=line.get("item"),
			quantity=_number(line.get("quantity")),
			price=line.get("price"),
			place=order.get("warehouse") or "",
			image=_address(pictures.get(line.get("offer_id")) or items.get(line.get("item"))),
		)
		for line in lines
	]


def _images(doctype: str, filters: dict[str, Any], key: str) -> dict[str, str]:
	rows = frappe.get_all(doctype, filters=filters, fields=[key, "image"])
	return {row[key]: row.image for row in rows if row.image}


def _address(image: str | None) -> str:
	"""Where the reader of a letter finds the picture: a full address, never a script."""
	if not image:
		return ""
	if image.startswith(("https://", "http://")):
		return image
	return get_url(image) if image.startswith("/") else ""


def _number(value: Any) -> str:
	return f"{float(value or 0):g}"
