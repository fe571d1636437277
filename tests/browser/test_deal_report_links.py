"""Reports of deals open with the filters they should: the pipeline of the link, the month of the site."""

from __future__ import annotations

import json
from datetime import datetime, time, timezone
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
from frappe.utils import get_system_timezone, getdate, nowdate

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


def test_plans_open_at_the_month_of_the_site(log_in, two):
	"""The browser of the tests runs in UTC: for some hours of the last day of a month the site is in the next one."""
	zone = get_system_timezone()
	month = getdate(nowdate()).replace(day=1)
	first_hour = datetime.combine(month, time(0, 30), ZoneInfo(zone)).astimezone(timezone.utc)
	assert first_hour.month != month.month, f"The site's zone must be east of UTC, and is {zone}."
	page = log_in(MANAGER)
	page.clock.set_fixed_time(first_hour)
	Hands(page).open("query-report/Deals Plan and Fact")
	assert page.evaluate("frappe.query_report.get_filter_value('month')") == str(month)
