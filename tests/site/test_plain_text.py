"""Text from outside is stored so that no page can take it for markup, and reads the same."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.sync.text import plain, plain_values


class Tags(HTMLParser):
	"""Collects what a browser would take for markup."""

	def __init__(self) -> None:
		super().__init__()
		self.found: list[str] = []

	def handle_starttag(self, tag, attrs):
		self.found.append(tag)

	def handle_endtag(self, tag):
		self.found.append(tag)

	def handle_comment(self, data):
		self.found.append(data)

	handle_decl = unknown_decl = handle_pi = handle_comment


@pytest.mark.parametrize(
	("text", "stored"),
	[
		("Кружка 450 мл", "Кружка 450 мл"),
		("3 < 5 и 7 > 2", "3 < 5 и 7 > 2"),
		("<b>Full HD</b>", "‹b›Full HD‹/b›"),
		("<script>alert(1)</script>", "‹script›alert(1)‹/script›"),
		("<img src=x onerror=alert(1)", "‹img src=x onerror=alert(1)"),
		("<<b>>", "<‹b›>"),
		("<!-- x -->", "‹!-- x --›"),
		("", ""),
	],
)
def test_tags_become_text(text, stored):
	assert plain(text) == stored


@given(st.text(alphabet="<>/!?ab \"'=&-", max_size=40))
def test_no_tag_is_left_whatever_comes(text):
	page = Tags()
	page.feed(f"{plain(text)} end")
	page.close()
	assert page.found == []
	assert plain(plain(text)) == plain(text)


def test_ids_stay_exact(site):
	values = {"title": "<b>x</b>", "offer_id": "A<b>", "price": 5, "state_reason": None}
	assert plain_values("Marketplace Listing", values, keep=frozenset({"offer_id"})) == {
		"title": "‹b›x‹/b›",
		"offer_id": "A<b>",
		"price": 5,
		"state_reason": None,
	}


def test_texts_longer_than_their_field_are_cut(site):
	values = plain_values("Marketplace Listing", {"title": "ы" * 500})
	assert values == {"title": "ы" * 140}
