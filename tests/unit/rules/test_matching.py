"""Which Item a listing is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.integrations.records import Listing
from crm_marketplace.rules.matching import (
	COMMON_TOKEN,
	Catalogue,
	CatalogueItem,
	Method,
	normalise_barcode,
	normalise_code,
	normalise_name,
)

KETTLE = CatalogueItem("KT-100", "Чайник электрический белый 1,7 л", ("4601234567893",))
PAN = CatalogueItem("SK-24", "Сковорода чугунная 24 см", ("036000291452",))
ITEMS = (KETTLE, PAN)


def listing(offer_id: str = "?", title: str = "", *barcodes: str) -> Listing:
	return Listing(external_id="1", offer_id=offer_id, title=title, barcodes=barcodes)


def match(a_listing: Listing, items=ITEMS, known=None, **options):
	found = Catalogue(items, known or {}).match(a_listing, **options)
	return found and (found.item_code, found.method)


# --- exact keys ------------------------------------------------------------------------------------


@pytest.mark.parametrize("offer", ["KT-100", "kt-100", " KT-100 "])
def test_an_offer_id_that_is_an_item_code_matches(offer):
	assert match(listing(offer)) == ("KT-100", Method.ITEM_CODE)


def test_inner_spaces_of_a_code_count_once():
	assert match(listing("my  item"), [CatalogueItem("MY ITEM")]) == ("MY ITEM", Method.ITEM_CODE)


def test_a_barcode_matches():
	assert match(listing("?", "", "000", "4601234567893")) == ("KT-100", Method.BARCODE)


@pytest.mark.parametrize("printed", ["036000291452", "0036000291452", "36000291452", " 036000291452 "])
def test_a_short_barcode_is_the_long_one_with_zeros_in_front(printed):
	assert match(listing("?", "", printed)) == ("SK-24", Method.BARCODE)


def test_what_a_person_linked_before_comes_first():
	found = match(listing("KT-100", "", "4601234567893"), known={"KT-100": "SK-24"})
	assert found == ("SK-24", Method.OFFER_ID)


def test_an_item_code_comes_before_a_barcode():
	assert match(listing("SK-24", "", "4601234567893")) == ("SK-24", Method.ITEM_CODE)


def test_a_key_that_leads_to_two_items_is_no_match():
	twins = [CatalogueItem("a", barcodes=("111",)), CatalogueItem("A", barcodes=("111",))]
	assert match(listing("A", "", "111"), twins) is None
	assert match(listing("?", "", "4601234567893", "036000291452")) is None


def test_an_ambiguous_code_is_settled_by_a_barcode():
	twins = [CatalogueItem("a", barcodes=("111",)), CatalogueItem("A", barcodes=("222",))]
	assert match(listing("A", "", "222"), twins) == ("A", Method.BARCODE)


def test_a_missing_barcode_or_code_is_not_a_key():
	nameless = CatalogueItem("X", barcodes=("", " "))
	assert match(listing("", "", "", " "), [nameless]) is None


def test_exact_matches_are_certain_and_suggestions_are_not():
	catalogue = Catalogue(ITEMS)
	assert catalogue.match(listing("KT-100")).is_certain
	assert not catalogue.match(listing("?", "чайник электрический белый")).is_certain


# --- likeness --------------------------------------------------------------------------------------


def test_a_like_name_is_suggested_with_its_score():
	found = Catalogue(ITEMS).match(listing("?", "Электрический чайник, 1.7 л, БЕЛЫЙ"))
	assert (found.item_code, found.method) == ("KT-100", Method.SUGGESTION)
	assert 90 <= found.score <= 100


@pytest.mark.parametrize("title", ["", "…", "Палатка туристическая трёхместная", "Чайник"])
def test_an_unlike_name_is_not(title):
	assert match(listing("?", title)) is None


def test_the_threshold_is_the_shops():
	title = "Чайник белый"
	assert match(listing("?", title), suggest_from=70) is None
	assert match(listing("?", title), suggest_from=40) == ("KT-100", Method.SUGGESTION)
	assert match(listing("?", KETTLE.name), suggest_from=101) is None


def test_words_everybody_uses_do_not_make_candidates():
	crowd = [CatalogueItem(f"I-{n}", "Товар") for n in range(COMMON_TOKEN + 1)]
	assert match(listing("?", "Товар"), crowd) is None


def test_the_best_of_equal_names_is_always_the_same():
	same = [CatalogueItem(code, "Чайник электрический") for code in ("B", "A", "C")]
	assert {match(listing("?", "Чайник электрический"), order)[0] for order in (same, same[::-1])} == {"A"}


@pytest.mark.parametrize(
	("title", "name"),
	[
		("Смартфон Nova X5 256 ГБ чёрный", "Смартфон Nova X5 128 ГБ чёрный"),
		("Футболка мужская хлопок XL", "Футболка мужская хлопок L"),
		("Краска акриловая 1,5 л белая", "Краска акриловая 2,5 л белая"),
		("Носки детские 3 пары 18-20", "Носки детские 3 пары 20-22"),
	],
)
def test_another_size_is_another_product(title, name):
	assert match(listing("?", title), [CatalogueItem("A", name)]) is None


def test_a_name_that_says_less_may_be_the_same_product():
	items = [CatalogueItem("A", "Футболка мужская хлопок XL арт. 1177")]
	assert match(listing("?", "Футболка мужская хлопок"), items, suggest_from=60)[0] == "A"
	assert match(listing("?", "Футболка мужская хлопок XL"), items, suggest_from=60)[0] == "A"


# --- spelling --------------------------------------------------------------------------------------


def test_yo_and_ye_are_one_letter_and_punctuation_is_none():
	assert normalise_name("Ёлка, «живая»!") == "елка живая"


@given(st.text(max_size=30))
def test_spelling_is_settled_after_one_pass(text):
	for normalise in (normalise_code, normalise_barcode, normalise_name):
		assert normalise(normalise(text)) == normalise(text)


@given(st.lists(st.text(min_size=1, max_size=8), max_size=8), st.text(max_size=8), st.text(max_size=20))
def test_a_match_is_always_an_item_of_the_catalogue(codes, offer, title):
	items = [CatalogueItem(code, f"{code} {title}", (code,)) for code in codes]
	found = Catalogue(items).match(listing(offer, title, offer))
	assert found is None or found.item_code in codes
