"""Lines that name their listing: an article several sizes share leads to the right item."""

from __future__ import annotations

import frappe

from tests.harness.committing import commit
from tests.site import builders


def size(shop: str, article: str, listing_id: str, text: str) -> str:
	"""A listing of one size of a card, linked to an item of its own. Returns the item."""
	item = builders.make_item()
	builders.make_listing(shop, f"{article}-{text}", item, external_id=listing_id)
	return item


def test_each_size_becomes_its_own_item(shop):
	article = builders.unique("art")
	small, large = size(shop, article, f"{article}1", "S"), size(shop, article, f"{article}2", "L")
	commit()
	order = builders.make_order(
		builders.line(article, listing_id=f"{article}2"), builders.line(article, listing_id=f"{article}1")
	)
	builders.take_in(shop, order)
	assert [row.item_code for row in builders.only_sales_order(shop).items] == [large, small]


def test_an_order_that_came_before_its_card_goes_on_when_the_card_is_linked(shop):
	article = builders.unique("art")
	order = builders.make_order(builders.line(article, listing_id=f"{article}7"))
	builders.take_in(shop, order)
	assert builders.order_row(shop, order.external_id).hold_code == "unknown_product"

	item = size(shop, article, f"{article}7", "M")
	frappe.db.set_value("Marketplace Order", {"external_id": order.external_id}, "state", "To Process")
	commit()
	builders.process_all(shop)
	assert [row.item_code for row in builders.only_sales_order(shop).items] == [item]
	stored = frappe.get_all(
		"Marketplace Order Line",
		filters={"parent": builders.order_row(shop, order.external_id).name},
		pluck="offer_id",
	)
	assert stored == [f"{article}-M"]
