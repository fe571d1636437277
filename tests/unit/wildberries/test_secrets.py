"""Buyers stay out of the request log, under all the names the vendor has for them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm_marketplace.integrations.errors import IntegrationError
from crm_marketplace.integrations.marketplaces.wildberries import endpoints
from crm_marketplace.integrations.masking import mask_payload
from tests.unit.wildberries.shop import NOW, TOKEN, golden

BUYER = (
	"Иван",
	"79871234567",
	"79871234568",
	"5550123",
	"5550124",
	"Арабкира",
	"Ромб",
	"6600000001",
	"Позвоните",
)


def test_buyers_in_the_answer_of_a_failure(shop):
	kept = golden("dbs_company_extension")["payload"]
	shop.answer(endpoints.DBS_NEW, {"orders": [kept["order"]], "clients": [kept["buyer"]]}, status=500)
	with pytest.raises(IntegrationError) as caught:
		shop.connector.order_changes(NOW - timedelta(hours=1), NOW, '{"phase":"dbs_new"}')
	said = shop.log[-1].response_body + str(caught.value)
	assert "one-ring-7548" in said
	assert not [word for word in BUYER if word in said]
	assert TOKEN not in said


@pytest.mark.parametrize("name", ["express_new", "dbs_company_extension"])
def test_buyers_in_what_is_kept(name):
	said = str(mask_payload(golden(name)["payload"]))
	assert "one-ring-7548" in said
	assert not [word for word in BUYER if word in said]


@pytest.mark.parametrize(
	("name", "words"), [("claim_back_on_sale", "Длина провода"), ("review_answered", "Николай")]
)
def test_buyers_in_what_they_write_to_the_seller(name, words):
	kept = golden(name)["payload"]
	assert words in str(kept) and words not in str(mask_payload(kept))
