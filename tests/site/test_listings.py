"""Cards of a shop: pulled, matched to items by exact keys, suggested by name, linked by people."""

from __future__ import annotations

import json

import frappe
import pytest

from crm_marketplace.integrations.records import Fetched, Listing, ListingState
from crm_marketplace.marketplace import api
from crm_marketplace.sync import clock, listings, matching
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import get_shop
from tests.site import builders


@pytest.fixture
def pulled(sandbox, open_shop) -> str:
	"""A shop whose six cards were pulled and match nothing."""
	shop = open_shop(sandbox)
	builders.run(shop, "listings")
	return shop


def rows(shop: str, **filters) -> list[frappe._dict]:
	return frappe.get_all(
		"Marketplace Listing", filters={"shop": shop, **filters}, fields=["*"], order_by="offer_id"
	)


def barcode() -> str:
	"""An EAN-13 nobody has had."""
	digits = f"460{int(frappe.generate_hash(length=12), 16) % 10**9:09d}"
	weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
	return f"{digits}{-weighed % 10}"


# --- pulling ---------------------------------------------------------------------------------------


def test_every_card_is_pulled_once(sandbox, pulled):
	assert sorted(row.external_id for row in rows(pulled)) == sorted(sandbox.listing_ids())

	log = builders.run(pulled, "listings")

	assert (log.created_count, log.updated_count, log.unchanged) == (0, 0, 6)


def test_a_card_is_what_the_marketplace_shows(sandbox, pulled):
	row = rows(pulled)[0]

	assert row.title and row.image and row.barcodes
	assert row.external_id in json.loads(row.marketplace_ids).values()
	assert (row.price, row.currency) == (float(sandbox.price(row.offer_id)["price"]), "RUB")


def store(shop: str, *cards: Listing, at=None) -> None:
	run = Run(shop, "listings")
	items = [Fetched(card.external_id, {}, record=card) for card in cards]
	listings.store_page(get_shop(shop), items, run, at or clock.site_now())


def test_a_changed_card_is_updated_and_keeps_its_item(shop):
	store(shop, Listing(external_id="1", offer_id="cup", title="Cup"))
	item = builders.make_item()
	api.link_listing(rows(shop)[0].name, item)

	store(shop, Listing(external_id="1", offer_id="cup-renamed", title="Cup, red"))

	(row,) = rows(shop)
	assert (row.title, row.offer_id, row.item, row.match_status) == (
		"Cup, red",
		"cup-renamed",
		item,
		"Matched",
	)


def test_a_card_the_marketplace_no_longer_lists_is_archived_and_comes_back(shop):
	card = Listing(external_id="1", offer_id="cup", title="Cup")
	other = Listing(external_id="2", offer_id="saucer", title="Saucer")
	first, second, third = (clock.site_now().replace(minute=minute) for minute in (10, 20, 30))
	store(shop, card, other, at=first)
	store(shop, other, at=second)

	listings.retire_unseen(get_shop(shop), second)
	assert {row.offer_id: row.state for row in rows(shop)} == {"cup": "Archived", "saucer": "Active"}

	store(shop, card, other, at=third)
	listings.retire_unseen(get_shop(shop), third)
	assert {row.state for row in rows(shop)} == {"Active"}


def test_a_clock_that_is_set_back_while_cards_are_pulled_archives_nothing(sandbox, open_shop, monkeypatch):
	"""The walk begins before the hour that comes twice, and ends in it."""
	shop = open_shop(sandbox)
	builders.run(shop, "listings")
	store_page = listings.store_page

	def set_back(*args):
		monkeypatch.setattr(clock, "site_now", lambda: clock.to_site(clock.utc_now()).replace(year=2020))
		return store_page(*args)

	monkeypatch.setattr(listings, "store_page", set_back)

	builders.run(shop, "listings")

	assert rows(shop, state="Archived") == []


# --- matching --------------------------------------------------------------------------------------


def test_an_item_of_that_code_is_the_one(shop):
	item = builders.make_item()
	builders.make_listing(shop, item.lower())

	assert matching.match_shop(shop)["matched"] == 1

	assert (rows(shop)[0].item, rows(shop)[0].match_method) == (item, "Item Code")


def test_an_item_with_that_barcode_is_the_one(shop):
	code = barcode()
	item = builders.make_item(barcodes=[{"barcode": code}])
	builders.make_listing(shop, "cup", barcodes=code)

	matching.match_shop(shop)

	assert (rows(shop)[0].item, rows(shop)[0].match_method) == (item, "Barcode")


def test_what_people_linked_in_another_shop_of_the_company_is_known_here(open_shop, other_books):
	one, same_company, other_company = open_shop(), open_shop(), open_shop(of=other_books)
	item, article = builders.make_item(), builders.unique("article")
	builders.make_listing(one, article, item)
	for shop in (same_company, other_company):
		builders.make_listing(shop, article)
		matching.match_shop(shop, suggest=False)

	assert (rows(same_company)[0].item, rows(same_company)[0].match_method) == (item, "Offer ID")
	assert rows(other_company)[0].match_status == "Unmatched"


def test_a_key_that_leads_to_two_items_is_no_match(shop):
	codes = [barcode(), barcode()]
	for code in codes:
		builders.make_item(barcodes=[{"barcode": code}])
	builders.make_listing(shop, "cup", barcodes="\n".join(codes))

	matching.match_shop(shop, suggest=False)

	assert rows(shop)[0].match_status == "Unmatched"


@pytest.fixture
def suggested(shop) -> tuple[str, str]:
	"""A listing whose name is like that of an item; the listing and the item."""
	mark = builders.unique("fm")
	item = builders.make_item(item_name=f"Кружка фарфоровая белая {mark} 300 мл")
	listing = builders.make_listing(shop, "cup", title=f"Кружка белая фарфоровая {mark}, 300 мл")
	assert matching.match_shop(shop)["suggested"] == 1
	return listing, item


def test_a_name_alone_is_only_a_suggestion(shop, suggested):
	listing, item = suggested

	row = frappe.get_doc("Marketplace Listing", listing)
	assert (row.match_status, row.suggested_item, row.item) == ("Suggested", item, None)
	assert row.suggestion_score >= 70


def test_a_person_confirms_suggestions_in_bulk(shop, suggested):
	listing, item = suggested
	order = builders.take_in(shop, builders.make_order(builders.line("cup")))

	assert api.confirm_suggestions([listing]) == {"matched": 1, "released_orders": 1}

	builders.process_all(shop)
	assert frappe.db.get_value("Marketplace Listing", listing, ["item", "match_method"]) == (
		item,
		"Suggestion",
	)
	assert builders.order_row(shop, order.external_id).state == "Done"


def test_what_nobody_wants_to_link_leaves_the_inbox(shop, suggested):
	listing, _item = suggested

	api.ignore_listings([listing])
	matching.match_shop(shop)

	assert frappe.db.get_value("Marketplace Listing", listing, "match_status") == "Ignored"


def test_chosen_listings_are_matched_and_the_others_left(shop):
	items = [builders.make_item() for _ in range(2)]
	names = [builders.make_listing(shop, item) for item in items]

	assert api.match_listings(listings=names[:1])["matched"] == 1

	assert frappe.db.get_value("Marketplace Listing", names[1], "match_status") == "Unmatched"


# --- linking by hand -------------------------------------------------------------------------------


def test_a_template_is_no_goods(shop):
	template = builders.make_item()
	frappe.db.set_value("Item", template, "has_variants", 1)

	with pytest.raises(frappe.ValidationError, match="template with variants"):
		api.link_listing(builders.make_listing(shop, "cup"), template)


@pytest.mark.parametrize(
	("parts", "message"),
	[
		([("one", 1, 0), ("one", 2, 0)], "twice"),
		([("one", 0, 0)], "more than zero"),
		([("one", 1, 60), ("two", 1, 30)], "100 per cent"),
	],
)
def test_a_set_that_makes_no_sense_is_refused(shop, parts, message):
	items = {name: builders.make_item() for name in ("one", "two")}
	components = [{"item": items[name], "qty": qty, "rate_share": share} for name, qty, share in parts]

	with pytest.raises(frappe.ValidationError, match=message):
		builders.make_listing(shop, "set", is_kit=1, components=components)


def test_an_item_made_of_a_listing_carries_what_the_card_says(shop):
	offer, code = builders.unique("cup"), barcode()
	listing = builders.make_listing(shop, offer, title="Кружка, 300 мл", barcodes=code)

	made = api.create_item(listing, item_group="Products")

	item = frappe.get_doc("Item", made["item"])
	assert (item.item_code, item.item_name, item.is_stock_item) == (offer, "Кружка, 300 мл", 1)
	assert [row.barcode for row in item.barcodes] == [code]
	assert frappe.db.get_value("Marketplace Listing", listing, "match_method") == "Created"


def test_an_item_that_exists_is_linked_and_not_made_again(shop):
	item = builders.make_item()
	listing = builders.make_listing(shop, item)

	assert api.create_item(listing)["item"] == item
	assert frappe.db.count("Item", {"item_code": item}) == 1


def test_unlinking_puts_a_listing_back_into_the_inbox(shop):
	listing = frappe.get_doc("Marketplace Listing", builders.make_listing(shop, "cup", builders.make_item()))

	listing.item = None
	listing.save()

	assert (listing.match_status, listing.match_method) == ("Unmatched", None)


def test_the_states_of_cards_are_the_marketplaces(shop):
	for number, state in enumerate(ListingState):
		store(
			shop, Listing(external_id=str(number), offer_id=f"cup-{number}", state=state, state_reason="why")
		)

	assert [row.state for row in rows(shop)] == [state.value for state in ListingState]
	assert {row.state_reason for row in rows(shop)} == {"why"}
