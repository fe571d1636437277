from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from crm_marketplace.sync import changes
from crm_marketplace.sync.shops import get_shop
from crm_marketplace.sync.stock import desired, levels


class MarketplaceListing(Document):
	def validate(self) -> None:
		self.validate_components()
		self.validate_items()
		self.set_match_status()

	def on_update(self) -> None:
		self.follow_link()

	def on_trash(self) -> None:
		self.delete_numbers()

	def follow_link(self) -> None:
		"""Other goods: the shops that sell the ones or the others are told, and nothing of the card stays on sale
		when it is of none any more."""
		before = self.get_doc_before_save()
		if before is None or before.goods == self.goods:
			return
		changes.mark({*before.goods, *self.goods})
		if before.match_status == "Matched" and self.match_status != "Matched" and self.publish_stock:
			levels.take_back(self.name, desired.channel_warehouses(get_shop(self.shop)))
			frappe.db.after_commit.add(lambda: changes.send_later(self.shop))

	@property
	def goods(self) -> dict[str, float]:
		"""Item code → units one sale takes."""
		return {row.item: row.qty for row in self.components} if self.is_kit else {self.item: 1}

	def delete_numbers(self) -> None:
		"""Its stock levels and price go with it."""
		for doctype in ("Marketplace Stock Level", "Marketplace Listing Price"):
			frappe.db.delete(doctype, {"listing": self.name})

	def validate_components(self) -> None:
		if not self.is_kit:
			self.set("components", [])
			return
		self.item = None
		items = [row.item for row in self.components]
		if len(items) != len(set(items)):
			frappe.throw(_("An item is in the set twice. Raise its quantity instead."))
		for row in self.components:
			if (row.qty or 0) <= 0:
				frappe.throw(_("Row {0}: the quantity must be more than zero.").format(row.idx))
		shares = [row.rate_share or 0 for row in self.components]
		if any(shares) and round(sum(shares), 2) != 100:
			frappe.throw(_("The shares of the price must add up to 100 per cent."))

	def validate_items(self) -> None:
		"""A template is no goods; a disabled item is allowed here, its orders wait with a reason."""
		codes = [self.item] if self.item else [row.item for row in self.components]
		templates = frappe.get_all(
			"Item", filters={"name": ("in", codes or [""]), "has_variants": 1}, pluck="name"
		)
		if templates:
			frappe.throw(
				_("Item {0} is a template with variants. Choose one of its variants.").format(templates[0])
			)

	def set_match_status(self) -> None:
		if self.item or (self.is_kit and self.components):
			if self.match_status != "Matched" and not self.match_method:
				self.match_method = "By Hand"
			self.match_status = "Matched"
			self.suggested_item = None
			self.suggestion_score = 0
		elif self.match_status == "Matched":
			self.match_status = "Unmatched"
			self.match_method = None


def on_doctype_update() -> None:
	frappe.db.add_unique("Marketplace Listing", ["shop", "external_id"], constraint_name="unique_listing")
	frappe.db.add_index("Marketplace Listing", ["shop", "offer_id"], index_name="shop_offer")
	frappe.db.add_index("Marketplace Listing", ["shop", "match_status", "state"], index_name="shop_match")
	# The few that are not published, whose numbers may still be on sale.
	frappe.db.add_index("Marketplace Listing", ["publish_stock", "shop"], index_name="unpublished")
