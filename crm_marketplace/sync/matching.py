"""Link listings to Items: by exact keys page by page, then suggestions for what is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import frappe

from crm_marketplace.integrations.records import Listing
from crm_marketplace.rules.matching import Catalogue, CatalogueItem, Match, normalise_barcode
from crm_marketplace.rules.triggers_values import changes_between
from crm_marketplace.sync import announce, told
from crm_marketplace.sync.orders.process import release_holds
from crm_marketplace.sync.text import plain

PAGE = 1000
MAX_SUGGESTIONS = 3000  # listings compared by name in one run; the rest come with the next
FIELDS = ["name", "external_id", "offer_id", "title", "barcodes", *told.MATCHING]


def match_shop(shop: str, listings: Sequence[str] | None = None, *, suggest: bool = True) -> dict[str, int]:
	"""Match the unmatched listings of a shop (or these of them).

	Returns:
		How many are matched, suggested and unmatched now, of those looked at.
	"""
	company = frappe.db.get_value("Marketplace Shop", shop, "company")
	counts = {"matched": 0, "suggested": 0, "unmatched": 0}
	left: list[frappe._dict] = []
	last = ""
	while rows := _unmatched(shop, last, listings):
		last = rows[-1].name
		catalogue = _exact_catalogue(shop, company, rows)
		# A suggestion needs the whole catalogue; here exact keys only.
		found = {row.name: catalogue.match(_record(row), suggest_from=101) for row in rows}
		matched = {name: match for name, match in found.items() if match}
		_write(rows, matched)
		counts["matched"] += len(matched)
		left += [row for row in rows if row.name not in matched][: MAX_SUGGESTIONS - len(left)]
		counts["unmatched"] += len(rows) - len(matched)
	if suggest and left:
		suggested = _suggest(left)
		counts["suggested"] += suggested
		counts["unmatched"] -= suggested
	if counts["matched"]:
		release_holds(shop, "unknown_product")
	return counts


def link(
	listing: str, item: str | None = None, components: Sequence[dict] | None = None, method="By Hand"
) -> int:
	"""Link a listing to an item, or to the components of a kit. Returns how many held orders that releases.

	Raises:
		frappe.ValidationError: the item cannot be sold.
	"""
	doc = frappe.get_doc("Marketplace Listing", listing)
	doc.item = item
	doc.is_kit = int(bool(components))
	doc.set("components", list(components or []))
	doc.match_method = method
	doc.save()
	return release_holds(doc.shop, offer_id=doc.offer_id)


def confirm_suggestions(listings: Iterable[str]) -> tuple[int, int]:
	"""Accept the suggested items. Returns how many listings were linked, and how many orders released."""
	matched = released = 0
	for row in frappe.get_all(
		"Marketplace Listing",
		filters={
			"name": ("in", list(listings)),
			"match_status": "Suggested",
			"suggested_item": ("is", "set"),
		},
		fields=["name", "suggested_item"],
	):
		released += link(row.name, row.suggested_item, method="Suggestion")
		matched += 1
	return matched, released


def create_item(
	listing: str,
	item_code: str | None = None,
	item_group: str | None = None,
	stock_uom: str | None = None,
) -> tuple[str, int]:
	"""Make an Item of a listing and link it. Returns the item's code and how many orders it releases.

	An Item of that code is linked, not made again.
	"""
	doc = frappe.get_doc("Marketplace Listing", listing)
	code = (item_code or doc.offer_id).strip()
	if not frappe.db.exists("Item", code):
		item = frappe.new_doc("Item")
		item.update(
			{
				"item_code": code,
				"item_name": plain(doc.title[:140]),
				"description": frappe.utils.escape_html(doc.title),
				"item_group": item_group or _default_item_group(),
				"stock_uom": stock_uom or frappe.db.get_single_value("Stock Settings", "stock_uom") or "Nos",
				"is_stock_item": 1,
				"image": doc.image,
			}
		)
		for barcode in _free_barcodes(doc.barcodes):
			item.append("barcodes", {"barcode": barcode})
		item.insert()
	return code, link(listing, code, method="Created")


# --- inside ----------------------------------------------------------------------------------------


def _unmatched(shop: str, after: str, listings: Sequence[str] | None) -> list[frappe._dict]:
	filters: list = [
		["shop", "=", shop],
		["match_status", "in", ("Unmatched", "Suggested")],
		["state", "!=", "Archived"],
		["name", ">", after],
	]
	if listings is not None:
		filters.append(["name", "in", list(listings)])
	return frappe.get_all(
		"Marketplace Listing", filters=filters, fields=FIELDS, order_by="name asc", limit=PAGE
	)


def _record(row: frappe._dict) -> Listing:
	return Listing(
		external_id=row.external_id,
		offer_id=row.offer_id or "",
		title=row.title or "",
		barcodes=tuple((row.barcodes or "").split()),
	)


def _exact_catalogue(shop: str, company: str, rows: Sequence[frappe._dict]) -> Catalogue:
	"""Items these listings may be by their keys: three queries, whatever the size of the catalogue."""
	offers = [row.offer_id for row in rows if row.offer_id]
	barcodes = {code for row in rows for code in (row.barcodes or "").split()}
	barcodes |= {normalise_barcode(code) for code in barcodes} | {code.lstrip("0") for code in barcodes}
	by_code = frappe.get_all(
		"Item", filters={"name": ("in", offers or [""]), "has_variants": 0}, pluck="name"
	)
	by_barcode: dict[str, list[str]] = {}
	for row in frappe.get_all(
		"Item Barcode",
		filters={"barcode": ("in", list(barcodes) or [""]), "parenttype": "Item"},
		fields=["parent", "barcode"],
	):
		by_barcode.setdefault(row.parent, []).append(row.barcode)
	items = [
		CatalogueItem(code, barcodes=tuple(by_barcode.get(code, ()))) for code in {*by_code, *by_barcode}
	]
	return Catalogue(items, _known_offers(shop, company, offers))


def _known_offers(shop: str, company: str, offers: list[str]) -> dict[str, str]:
	"""Offer id → item, from listings of the company's other shops that somebody linked. Kits are left out."""
	listing = frappe.qb.DocType("Marketplace Listing")
	other = frappe.qb.DocType("Marketplace Shop")
	rows = (
		frappe.qb.from_(listing)
		.inner_join(other)
		.on(other.name == listing.shop)
		.select(listing.offer_id, listing.item)
		.distinct()
		.where(other.company == company)
		.where(listing.shop != shop)
		.where(listing.match_status == "Matched")
		.where(listing.is_kit == 0)
		.where(listing.offer_id.isin(offers or [""]))
	).run()
	found: dict[str, set[str]] = {}
	for offer, item in rows:
		found.setdefault(offer, set()).add(item)
	return {offer: next(iter(items)) for offer, items in found.items() if len(items) == 1}


def _suggest(rows: Sequence[frappe._dict]) -> int:
	"""Compare names with all items for sale. One query; memory grows with the items, not with the listings."""
	threshold = frappe.db.get_single_value("Marketplace Settings", "suggestion_score") or 70
	catalogue = Catalogue(
		CatalogueItem(name, item_name or "")
		for name, item_name in frappe.get_all(
			"Item",
			filters={"disabled": 0, "has_variants": 0, "is_sales_item": 1},
			fields=["name", "item_name"],
			as_list=True,
		)
	)
	found = {row.name: catalogue.match(_record(row), suggest_from=float(threshold)) for row in rows}
	suggestions = {name: match for name, match in found.items() if match}
	_write(rows, suggestions)
	return len(suggestions)


def _write(rows: Sequence[frappe._dict], matches: dict[str, Match]) -> None:
	before = {row.name: row for row in rows}
	changes = {}
	for name, match in matches.items():
		if match.is_certain:
			values = {
				"item": match.item_code,
				"match_status": "Matched",
				"match_method": match.method.value,
				"suggested_item": None,
				"suggestion_score": 0,
			}
		else:
			values = {
				"match_status": "Suggested",
				"suggested_item": match.item_code,
				"suggestion_score": match.score,
			}
		frappe.db.set_value("Marketplace Listing", name, values)
		changes[name] = changes_between(before[name], values, values)
	announce.changed("Marketplace Listing", changes)


def _free_barcodes(text: str | None) -> list[str]:
	codes = (text or "").split()
	taken = set(frappe.get_all("Item Barcode", filters={"barcode": ("in", codes or [""])}, pluck="barcode"))
	return [code for code in codes if code not in taken]


def _default_item_group() -> str:
	return frappe.db.get_single_value("Stock Settings", "item_group") or frappe.db.get_value(
		"Item Group", {"is_group": 0}, order_by="lft asc"
	)
