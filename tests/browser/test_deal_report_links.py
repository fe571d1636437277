"""Links from the board into a report: it opens with the pipeline that was looked at."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import pytest

from tests.browser.deals_world import MANAGER, sales
from tests.browser.hands import Hands


@pytest.fixture
def two(site):
	with sales() as first, sales() as second:
		yield first, second


@pytest.mark.parametrize("report", ["Deals Plan and Fact", "Deal Forecast"])
def test_a_report_opens_with_the_pipeline_of_its_link(log_in, two, report):
	page = log_in(MANAGER)
	_first, second = two
	second.add("Сделка отчёта", amount=5000)
	with page.expect_request(lambda request: "query_report.run" in request.url) as sent:
		Hands(page).open(f"query-report/{report}?pipeline={second.pipeline}")
	text = sent.value.post_data or sent.value.url.partition("?")[2]
	assert json.loads(parse_qs(text)["filters"][0]).get("pipeline") == second.pipeline
