"""Who may be the same: keys, likeness of names, on pairs a person has labelled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.rules.duplicates import (
	KeyKind,
	Party,
	choose_rare,
	compare,
	differing,
	keys_of,
	normalise_tax_id,
	pair,
)
from crm_marketplace.rules.names import ALIKE, fold, name_likeness, name_parts, normalise_name
from tests.unit.rules.labelled_names import DIFFERENT, SAME


def shown(one, other):
	"""Whether a search for one name shows the other: a common key, and names that are alike."""
	return bool(name_parts(one) & name_parts(other)) and name_likeness(one, other) >= ALIKE


def test_recall_and_precision_on_labelled_names():
	found = [pair for pair in SAME if shown(*pair)]
	wrong = [pair for pair in DIFFERENT if shown(*pair)]
	missed = [pair for pair in SAME if not shown(*pair)]
	assert len(found) / len(SAME) >= 0.98, missed
	assert len(found) / (len(found) + len(wrong)) >= 0.95, wrong


@pytest.mark.parametrize(
	("one", "other"),
	[
		("Детский сад 12", "Детский сад 15"),
		("Соколов Саша", "Соколова Саша"),
		("Магнит Казань", "Магнит Рязань"),
		("Вектор", "Сектор"),
	],
)
def test_numbers_relatives_and_places_are_no_mistakes_of_typing(one, other):
	assert name_likeness(one, other) < ALIKE


NAMES = st.lists(st.from_regex(r"\A([бвгдклмнпрст][аеиоу]){3,6}\Z"), min_size=1, max_size=4)


@given(NAMES, st.data())
def test_one_wrong_letter_leaves_a_common_key(words, data):
	word = data.draw(st.integers(0, len(words) - 1))
	at = data.draw(st.integers(1, len(words[word]) - 1))
	letter = data.draw(st.sampled_from("аеионст"))
	typed = [*words]
	typed[word] = typed[word][:at] + letter + typed[word][at + 1 :]
	assert name_parts(" ".join(words)) & name_parts(" ".join(typed))


@pytest.mark.parametrize(
	("cyrillic", "latin"),
	[("щукин", "shchukin"), ("юлия", "yulia"), ("хохлов", "khokhlov"), ("чайкина", "chaykina")],
)
def test_both_scripts_are_one_alphabet(cyrillic, latin):
	assert fold(cyrillic) == fold(latin)


def test_a_name_of_common_words_has_keys_of_its_own():
	"""Every word alone is in thousands of names; both together are in few."""
	both = name_parts("Север Алмаз")
	assert both - name_parts("Север Кедр") - name_parts("Вектор Алмаз")


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
