"""The demo runs as its users run it, and its exit status tells the truth."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from crm_marketplace.cli import main
from crm_marketplace.demo.books import Books
from crm_marketplace.demo.run import run
from crm_marketplace.demo.show import InPlainLines
from crm_marketplace.integrations import registry
from crm_marketplace.sandbox.marketplace import marketplaces

NAMES = sorted(set(marketplaces()) & set(registry.connectors()))
SMALL = {"listings": 40, "orders": 230, "seed": 5}


@pytest.fixture(params=NAMES)
def marketplace(request) -> str:
	return request.param


def test_every_check_holds_and_nothing_is_written_twice(marketplace, tmp_path):
	report = tmp_path / "report.html"
	outcome = run(marketplace, InPlainLines(), **SMALL, report=report)
	assert [name for name, ok, _detail in outcome.all_checks if not ok] == []
	first, second = outcome.cycles
	assert first.writes["Sales Orders made"] > 10 and first.pushed > 10
	assert not second.writes and not second.pushed
	assert set(second.orders) == set(first.orders)
	page = report.read_text(encoding="utf-8")
	assert page.count("<svg") == 2 and "Every check holds." in page
	assert "<script>document" not in page  # a title of the sandbox carries one


def test_the_command_says_what_it_does_in_plain_lines(marketplace, tmp_path):
	report = tmp_path / "report.html"
	words = [
		"demo",
		"--marketplace",
		marketplace,
		"--listings",
		"40",
		"--orders",
		"230",
		"--report",
		str(report),
	]
	done = CliRunner().invoke(main, words)
	assert done.exit_code == 0, done.output
	assert "\x1b" not in done.output
	assert "ok: the second cycle wrote nothing" in done.output


def test_a_shop_that_forgets_what_it_was_sent_fails_the_demo(marketplace, tmp_path, monkeypatch):
	cls = registry.get(marketplace)
	honest = cls.push_stock

	def one_too_many(self, levels):
		return honest(self, [level.model_copy(update={"quantity": level.quantity + 1}) for level in levels])

	monkeypatch.setattr(cls, "push_stock", one_too_many)
	done = CliRunner().invoke(
		main,
		[
			"demo",
			"--marketplace",
			marketplace,
			"--listings",
			"40",
			"--orders",
			"230",
			"--report",
			str(tmp_path / "r"),
		],
	)
	assert done.exit_code == 1
	assert "FAILED: the shop shows what it should" in done.output


def test_books_that_forget_their_orders_fail_the_demo(marketplace, monkeypatch):
	begin = Books.begin

	def forgetful(self):
		begin(self)
		self.sales_orders.clear()
		self.digests.clear()

	monkeypatch.setattr(Books, "begin", forgetful)
	outcome = run(marketplace, InPlainLines(), **SMALL, report=None)
	assert not outcome.good


def test_an_unknown_marketplace_is_a_sentence_not_a_traceback():
	done = CliRunner().invoke(main, ["demo", "--marketplace", "Nowhere"])
	assert done.exit_code == 1
	assert "There is no connector for Nowhere." in done.output


def test_connectors_are_listed():
	done = CliRunner().invoke(main, ["connectors"])
	assert done.exit_code == 0
	assert all(registry.get(name).info.title in done.output for name in NAMES)


def test_a_broken_connector_is_told_of():
	done = CliRunner().invoke(main, ["connectors", "--extra", "crm_marketplace.nowhere.Connector"])
	assert done.exit_code == 1
	assert "crm_marketplace.nowhere.Connector" in done.output
