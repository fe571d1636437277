"""Who the buyer is: keys that recognise a person again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.integrations.records import Party
from crm_marketplace.rules.customers import customer_name, identity_keys, normalise_email, normalise_phone

IVAN = Party(external_id="42", name="Иван Петров", phone="+7 903 123-45-67", email="Ivan@Example.com")


def keys(party: Party | None, marketplace: str = "Market", region: str | None = "RU") -> tuple[str, ...]:
	return identity_keys(party, marketplace, region)


# --- phones and addresses --------------------------------------------------------------------------


@pytest.mark.parametrize(
	"spelling",
	[
		"+79031234567",
		"8 (903) 123-45-67",
		"7 903 123 45 67",
		"+7-903-123-45-67",
		"903 123 45 67",
		"+7 903 1234567 доб. 12",
	],
)
def test_one_phone_has_one_spelling(spelling):
	assert normalise_phone(spelling, "RU") == "+79031234567"


def test_a_foreign_number_keeps_its_country():
	assert normalise_phone("+375 29 123-45-67", "RU") == "+375291234567"


@pytest.mark.parametrize("text", [None, "", "   ", "нет", "12", "+7", "0" * 400, "+0000000000000"])
def test_what_is_no_number_is_nothing(text):
	assert normalise_phone(text, "RU") is None


def test_a_national_number_needs_a_country():
	assert normalise_phone("8 903 123-45-67") is None
	assert normalise_phone("+7 903 123-45-67") == "+79031234567"


@pytest.mark.parametrize(
	("text", "expected"),
	[
		(" Ivan@Example.COM ", "ivan@example.com"),
		("@b", None),
		("a@", None),
		("a", None),
		("", None),
		(None, None),
	],
)
def test_an_email_has_one_spelling(text, expected):
	assert normalise_email(text) == expected


@given(st.text(max_size=40))
def test_whatever_a_buyer_types_is_a_key_or_nothing(text):
	phone = normalise_phone(text, "RU")
	assert phone is None or normalise_phone(phone) == phone
	email = normalise_email(text)
	assert email is None or normalise_email(email) == email


# --- keys ------------------------------------------------------------------------------------------


def test_a_buyer_is_recognised_by_each_thing_we_know_the_most_certain_first():
	by_id, by_phone, by_email = keys(IVAN)
	assert keys(Party(external_id="42")) == (by_id,)
	assert keys(Party(phone="8 903 123-45-67")) == (by_phone,)
	assert keys(Party(email="ivan@example.com")) == (by_email,)


def test_keys_hold_no_buyer_data_and_are_the_same_on_every_machine():
	assert keys(Party(external_id="42")) == ("c28208e1290cda8e4064e8896fb1e3b0f5c975d6",)
	assert all(len(key) == 40 and set(key) <= set("0123456789abcdef") for key in keys(IVAN))


def test_an_id_means_somebody_else_in_another_marketplace():
	assert keys(Party(external_id="42")) != keys(Party(external_id="42"), "Bazaar")
	assert keys(IVAN)[1:] == keys(IVAN, "Bazaar")[1:]


def test_a_phone_many_buyers_share_is_no_key():
	assert keys(Party(phone="+79031234567", phone_is_masked=True)) == ()


def test_a_company_is_known_by_its_tax_id_and_a_person_is_not():
	company = keys(Party(is_company=True, tax_id=" 7708 004 767"))
	assert len(company) == 1
	assert company == keys(Party(is_company=True, tax_id="7708004767"))
	assert keys(Party(tax_id="7708004767")) == ()


@pytest.mark.parametrize(
	"party", [None, Party(), Party(name="Иван"), Party(phone="?", email="?", tax_id=" ", is_company=True)]
)
def test_who_tells_nothing_has_no_keys(party):
	assert keys(party) == ()


# --- names -----------------------------------------------------------------------------------------


def test_a_customer_is_called_by_the_name_on_the_order():
	assert customer_name(Party(name="  Иван \n Петров ")) == "Иван Петров"
	assert customer_name(Party(name="Иван", is_company=True, company_name="ООО «Ромашка»")) == "ООО «Ромашка»"
	assert customer_name(Party(name="Иван", is_company=True)) == "Иван"
	assert customer_name(Party(name="Иван", company_name="ООО «Ромашка»")) == "Иван"


def test_a_nameless_buyer_gives_no_customer():
	assert customer_name(Party(name="  ")) is None


def test_a_long_name_fits_the_field():
	assert len(customer_name(Party(name="я" * 200))) == 140
