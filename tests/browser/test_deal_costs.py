"""From what a source cost, in the report, to what is behind it: entries of the ledger, figures that were entered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from secrets import token_hex

import frappe
import pytest
from frappe.utils import flt, nowdate
from playwright.sync_api import Page, expect

from tests.browser.deals_world import MANAGER, sales
from tests.browser.hands import Hands
from tests.harness.committing import commit

READER = (*MANAGER, "Accounts User")


@dataclass
class Campaign:
	"""A source that costs money, and the accounts it is booked on."""

	pipeline: str
	source: str
	company: str
	accounts: list[str] = field(default_factory=list)

	def book(self, amount: float) -> str:
		"""An expense account of the source, and an entry of so much on it, today. Returns the account."""
		number = len(self.accounts) + 1
		account = make(
			"Account",
			account_name=f"{self.source} {number}",
			company=self.company,
			parent_account=some_account(self.company, root_type="Expense", is_group=1),
		)
		make("Advertising Expense", **self.named, company=self.company, account=account)
		bank = some_account(
			self.company, root_type="Asset", account_type=("in", ("Bank", "Cash")), is_group=0
		)
		center = frappe.get_cached_value("Company", self.company, "cost_center")
		frappe.get_doc(
			doctype="Journal Entry",
			company=self.company,
			posting_date=nowdate(),
			accounts=[
				{"account": account, "cost_center": center, "debit_in_account_currency": amount},
				{"account": bank, "cost_center": center, "credit_in_account_currency": amount},
			],
		).insert().submit()
		self.accounts.append(account)
		commit()
		return account

	def enter(self, amount: float) -> None:
		make("Advertising Cost", **self.named, from_date=nowdate(), to_date=nowdate(), amount=amount)
		commit()

	@property
	def named(self) -> dict[str, str]:
		return {"by": "Source", "source": self.source, "pipeline": self.pipeline}


@pytest.fixture
def campaign(company) -> Iterator[Campaign]:
	with sales() as found:
		source = make("Lead Source", source_name=f"Радио {token_hex(3)}")
		found.add("Сделка с радио", source=source, amount=1000)
		yield Campaign(found.pipeline, source, company)
		frappe.db.rollback()
		for doctype in ("Advertising Expense", "Advertising Cost"):
			frappe.db.delete(doctype, {"source": source})
		commit()


def make(doctype: str, **values) -> str:
	return frappe.get_doc(doctype=doctype, **values).insert().name


def some_account(company: str, **filters) -> str:
	return frappe.get_all(
		"Account",
		filters={"company": company, "parent_account": ("is", "set"), **filters},
		pluck="name",
		order_by="lft",
		limit=1,
	)[0]


def open_report(page: Page, campaign: Campaign) -> None:
	Hands(page).open(f"query-report/Deals by Source?pipeline={campaign.pipeline}")
	expect(page.locator(".dt-scrollable")).to_contain_text(campaign.source)


def shown_in_ledger(page: Page) -> tuple[dict, float]:
	"""Filters of the ledger that came into view, and the debits of the entries in it."""
	page.wait_for_function(
		"frappe.get_route()[1] === 'General Ledger' && frappe.query_report.report_name === 'General Ledger'"
		" && (frappe.query_report.data || []).some((row) => row.voucher_no)"
	)
	filters, rows = page.evaluate(
		"[frappe.query_report.get_filter_values(), frappe.query_report.data.filter((row) => row.voucher_no)]"
	)
	return filters, sum(flt(row["debit"]) for row in rows)


def test_a_booked_cost_leads_to_its_entries(log_in, campaign, screenshot):
	account = campaign.book(750)
	page = log_in(READER)
	open_report(page, campaign)
	screenshot(page, "deals-by-source")
	page.locator("[data-deals-cost=booked]", has_text="750").click()
	filters, debit = shown_in_ledger(page)
	assert (filters["account"], filters["company"]) == ([account], campaign.company)
	assert debit == 750
	screenshot(page, "deals-by-source-ledger")


def test_a_cost_of_several_places_asks_which(log_in, campaign):
	campaign.book(100)
	second = campaign.book(40)
	page = log_in(READER)
	hands = Hands(page)
	open_report(page, campaign)
	page.locator("[data-deals-cost=booked]", has_text="140").click()
	expect(hands.dialog.get_by_role("button", name=campaign.company)).to_have_count(2)
	hands.dialog.get_by_role("button", name=second).click()
	filters, debit = shown_in_ledger(page)
	assert (filters["account"], debit) == ([second], 40)


def test_an_entered_cost_leads_to_the_figures_of_its_source(log_in, campaign):
	campaign.enter(33)
	page = log_in(READER, language="ru")
	open_report(page, campaign)
	page.locator("[data-deals-cost=entered]", has_text="33").click()
	page.wait_for_function("window.cur_list && cur_list.doctype === 'Advertising Cost'")
	expect(page.locator(".frappe-list .list-row:visible")).to_have_count(1)
	expect(page.locator(".frappe-list .list-row:visible")).to_contain_text(campaign.source)


def test_who_may_not_read_the_ledger_sees_a_figure_and_no_link(log_in, campaign):
	campaign.book(750)
	page = log_in(("Deals Manager",))
	open_report(page, campaign)
	expect(page.locator(".dt-scrollable")).to_contain_text("750")
	expect(page.locator("[data-deals-cost=booked]")).to_have_count(0)
