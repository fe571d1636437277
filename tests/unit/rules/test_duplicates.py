"""Who may be the same: keys, likeness of names, on pairs a person has labelled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.rules.duplicates import (
	ALIKE,
	KeyKind,
	Party,
	choose_rare,
	compare,
	differing,
	keys_of,
	name_likeness,
	name_parts,
	normalise_name,
	normalise_tax_id,
	pair,
)

SAME = [
	("ООО «Ромашка»", "Ромашка ООО"),
	("ООО Ромашка", "ООО Рамашка"),
	("ИП Кузнецова Анна Викторовна", "Кузнецова Анна Викторовна"),
	("Кузнецова Анна Викторовна", "Анна Викторовна Кузнецова"),
	("Acme Trading Ltd.", "ACME Trading"),
	("Вкусный дом", "Вкусныйдом"),
	("Артём Королёв", "Артем Королев"),
	("Меридиан-Логистика", "Меридиан Логистика"),
	("Global Foods GmbH", "Global Food GmbH"),
	("Технопрогресс", "Технопрогрес"),
]
DIFFERENT = [
	("ООО Ромашка", "ООО Василёк"),
	("Анна Кузнецова", "Пётр Кузнецов"),
	("ИП Иванов", "ИП Петров"),
	("Север", "Юг"),
	("Acme Trading", "Apex Trading"),
	("Первая городская больница", "Вторая городская аптека"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_are_found_and_recognised(one, other):
	assert name_parts(one) & name_parts(other), "no common key: the search would never compare them"
	assert name_likeness(one, other) >= ALIKE


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_ones_are_left_alone(one, other):
	assert name_likeness(one, other) < ALIKE


def test_an_equal_phone_is_certain_however_it_is_written():
	one, other = Party("Анна", phones=("8 (903) 123-45-67",)), Party("Кафе", phones=("+79031234567",))
	likeness = compare(one, other, "RU")
	assert likeness.is_certain and likeness.reasons == (KeyKind.PHONE,)


def test_two_reasons_are_more_than_one():
	one, other = Party("Анна", emails=("A@x.ru",)), Party("Анна", emails=("a@X.ru ",))
	assert compare(one, other).score == 100
	assert compare(Party("Анна"), Party("Анна")).score < 95


def test_a_tax_id_alone_is_enough():
	assert compare(Party("А", tax_ids=("7707 083893",)), Party("Б", tax_ids=("7707-083893",))).score == 100


@pytest.mark.parametrize("text", ["", None, "0000000000", "-", "12345", "нет"])
def test_placeholders_are_no_tax_ids(text):
	assert normalise_tax_id(text) is None


def test_keys_hold_nobodys_data():
	keys = keys_of(Party("Анна", ("+79031234567",), ("a@x.ru",), ("7707083893",)), "RU")
	text = "".join(value for values in keys.values() for value in values)
	assert "7903" not in text and "@" not in text and "7707" not in text
	assert all(keys.values())


def test_a_name_of_nothing_but_a_form_stays_whole():
	assert normalise_name("ООО") == "ооо"


@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_does_not_depend_on_the_order(one, other):
	assert name_likeness(one, other) == name_likeness(other, one)
	assert 0 <= name_likeness(one, other) <= 100


@given(st.text(min_size=1, max_size=60))
def test_a_party_is_like_itself(name):
	if normalise_name(name):
		assert name_likeness(name, name) == 100


@given(
	st.dictionaries(st.text(min_size=1, max_size=4), st.integers(1, 500), max_size=12), st.integers(1, 600)
)
def test_rare_keys_lead_to_few_parties(counts, most):
	chosen = choose_rare(counts, most)
	assert sum(counts[key] for key in chosen) <= most
	if counts and min(counts.values()) <= most:
		assert chosen and counts[chosen[0]] == min(counts.values())


def test_a_pair_has_one_order():
	assert pair("b", "a") == pair("a", "b") == ("a", "b")


def test_a_person_chooses_only_where_both_have_something():
	one, other = {"a": 1, "b": "", "c": 3, "d": 4}, {"a": 2, "b": 5, "c": None, "d": 4}
	assert differing(["a", "b", "c", "d"], one, other) == ["a"]
