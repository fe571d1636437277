"""Calls about stock: sending again what differs, and rules of many listings from a file."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import frappe
from frappe import _

from crm_marketplace.marketplace import stock_rules_file, stock_rules_import
from crm_marketplace.marketplace.api.guard import names
from crm_marketplace.sync import scheduler
from crm_marketplace.sync.shops import CAPABILITY_OF_STREAM, get_shop
from crm_marketplace.sync.stock import desired, levels


@frappe.whitelist(methods=["POST"])
def repair_stock(shops: list | str) -> dict[str, Any]:
	"""Send everything these shops publish again, whatever we think they show, refused ones too. Operators may.

	Returns:
		queued: shops whose stock run was queued; skipped: shop → why not.
	"""
	frappe.has_permission("Marketplace Order", "write", throw=True)
	queued: list[str] = []
	skipped: dict[str, str] = {}
	chosen = names(shops)
	for name in frappe.get_list(
		"Marketplace Shop", filters={"name": ("in", chosen)}, pluck="name", order_by="name", limit=len(chosen)
	):
		reason = _why_not(name)
		if reason:
			skipped[name] = reason
			continue
		levels.send_again(name, desired.channel_warehouses(get_shop(name)))
		scheduler.enqueue(name, "stock", started_by="Button")
		queued.append(name)
	return {"queued": queued, "skipped": skipped}


@frappe.whitelist()
def stock_rules_template(file_type: str = "xlsx") -> None:
	"""Download an empty file of stock rules with its header and how to fill it in."""
	frappe.has_permission("Marketplace Listing", "write", throw=True)
	_download("stock-rules-template", [], file_type)


@frappe.whitelist()
def export_stock_rules(shop: str | None = None, file_type: str = "xlsx") -> None:
	"""Download the present stock rules of the listings the caller may see."""
	frappe.has_permission("Marketplace Listing", "read", throw=True)
	_download("stock-rules", stock_rules_import.export(shop), file_type)


@frappe.whitelist(methods=["POST"])
def check_stock_rules(name: str, content: str) -> dict[str, Any]:
	"""What a file of stock rules would change, and what is wrong with which row. Writes nothing.

	Args:
		name: of the file; its ending says whether it is XLSX or CSV.
		content: of the file, in Base64.
	"""
	frappe.has_permission("Marketplace Listing", "write", throw=True)
	return stock_rules_import.check(name, _decoded(content)).describe()


@frappe.whitelist(methods=["POST"])
def import_stock_rules(name: str, content: str, only_correct: bool | int = False) -> dict[str, int]:
	"""Write the rules of a file. With wrong rows in it nothing is written, unless the others alone are wanted.

	Returns:
		changed, left_out.
	"""
	frappe.has_permission("Marketplace Listing", "write", throw=True)
	checked = stock_rules_import.check(name, _decoded(content))
	if checked.wrong and not only_correct:
		frappe.throw(
			_("{0} rows are wrong. Correct them, or import the others alone.").format(len(checked.wrong))
		)
	for shop in stock_rules_import.write(checked):
		if _why_not(shop) is None:
			scheduler.enqueue(shop, "stock", started_by="Button")
	return {"changed": len(checked.changes), "left_out": len(checked.wrong)}


# --- inside ----------------------------------------------------------------------------------------


def _download(name: str, rows: Any, file_type: str) -> None:
	if file_type not in ("xlsx", "csv"):
		frappe.throw(_("Choose XLSX or CSV."))
	content = (
		stock_rules_file.write_csv(rows)
		if file_type == "csv"
		else stock_rules_file.write_xlsx(rows, stock_rules_import.notes())
	)
	frappe.response.update({"type": "binary", "filename": f"{name}.{file_type}", "filecontent": content})


def _decoded(content: str) -> bytes:
	if len(content) > stock_rules_file.MOST_BYTES * 4 // 3 + 4:
		frappe.throw(_("The file is larger than {0} MB.").format(stock_rules_file.MOST_BYTES // 1024 // 1024))
	try:
		return base64.b64decode(content, validate=True)
	except binascii.Error:
		frappe.throw(_("The file did not arrive whole. Choose it again."))


def _why_not(name: str) -> str | None:
	shop = get_shop(name)
	if CAPABILITY_OF_STREAM["stock"] not in shop.info.capabilities:
		return _("This marketplace takes no stock.")
	if not any(row.stream == "stock" and row.enabled for row in shop.doc.streams):
		return _("The stream of stock is switched off.")
	if shop.doc.breaker_state == "Open":
		return _("The shop is paused.")
	return None
