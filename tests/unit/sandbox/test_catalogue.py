from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.sandbox.buyers import buyer, firm, inn10
from crm_marketplace.sandbox.catalogue import MARKUP_AT, MAX_NAME, MAX_OFFER_ID, ean13, goods


@pytest.fixture(scope="module")
def many():
	return list(goods(4000))


def check_digit_is_right(barcode: str) -> bool:
	"""The rule of GS1: from the right, every second digit counts threefold."""
	return (
		sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(barcode))) % 10 == 0
	)


def test_barcodes_of_well_known_goods():
	assert ean13("400638133393") == "4006381333931"  # the example of the standard
	assert ean13("460123456789") == "4601234567893"


@given(st.text("0123456789", min_size=12, max_size=12))
def test_every_barcode_has_its_check_digit(digits):
	assert check_digit_is_right(ean13(digits))


@pytest.mark.parametrize("digits", ["", "123", "1234567890123", "12345678901x"])
def test_a_barcode_is_made_of_twelve_digits(digits):
	with pytest.raises(ValueError):
		ean13(digits)


def test_barcodes_are_valid_and_unique(many):
	barcodes = [barcode for item in many for barcode in item.barcodes]
	assert all(len(barcode) == 13 and check_digit_is_right(barcode) for barcode in barcodes)
	assert len(set(barcodes)) == len(barcodes)
	assert {len(item.barcodes) for item in many} == {0, 1, 2}


def test_offer_ids_are_unique_and_of_every_kind(many):
	offer_ids = [item.offer_id for item in many]
	assert len(set(offer_ids)) == len(offer_ids)
	assert max(map(len, offer_ids)) <= MAX_OFFER_ID
	for odd in " /\\()«№#+&'%;":
		assert any(odd in offer_id for offer_id in offer_ids), odd
	assert any(offer_id.startswith("00") for offer_id in offer_ids)
	assert any(offer_id.isascii() for offer_id in offer_ids)


def test_names_are_long_and_cyrillic(many):
	names = [item.name for item in many]
	assert max(map(len, names)) > 400
	assert max(map(len, names)) <= MAX_NAME
	assert all(any("а" <= letter <= "я" for letter in name) for name in names)
	assert "<script>" in many[MARKUP_AT].name
	assert sum("<" in name for name in names) == 1


def test_families_have_variants(many):
	sizes: dict[int, int] = {}
	for item in many:
		sizes[item.family] = sizes.get(item.family, 0) + 1
	complete = {item.family: item.family_size for item in many if item.family < many[-1].family}
	assert all(sizes[family] == size for family, size in complete.items())
	assert max(complete.values()) >= 8 and min(complete.values()) == 1


def test_prices_make_sense(many):
	assert all(0 < item.cost < item.price for item in many)
	assert all(item.old_price == 0 or item.old_price > item.price for item in many)
	assert any(item.price % 100 for item in many)
	assert {item.is_oversize for item in many} == {item.is_marked for item in many} == {True, False}


def test_the_same_seed_makes_the_same_goods(many):
	assert list(goods(300)) == many[:300]
	assert list(goods(300, seed=2)) != many[:300]


def test_goods_are_made_one_by_one():
	assert len(list(islice(goods(10**9), 3))) == 3


# --- people ----------------------------------------------------------------------------------------


def test_tax_ids_of_well_known_companies():
	assert inn10("770708389") == "7707083893"
	assert inn10("783000229") == "7830002293"


@pytest.mark.parametrize("digits", ["", "12345678", "12345678x", "1234567890"])
def test_a_tax_id_is_made_of_nine_digits(digits):
	with pytest.raises(ValueError):
		inn10(digits)


@given(st.randoms(use_true_random=False))
def test_buyers_are_complete_and_nobody_real(chance):
	person, company = buyer(chance), firm(chance)
	assert person.phone.startswith("+74950") and len(person.phone) == 12
	assert person.email.endswith("@example.com")
	assert person.name and person.address and person.town.city
	assert inn10(company.tax_id[:9]) == company.tax_id
	assert len(company.reason_code) == 9 and company.reason_code.isdecimal()
