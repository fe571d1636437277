"""The demo runs as its users run it, and its exit status tells the truth."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from click.testing import CliRunner

from crm_marketplace.cli import main
from crm_marketplace.demo import shared
from crm_marketplace.demo.books import ShopBooks
from crm_marketplace.demo.report import sale_bars
from crm_marketplace.demo.run import Outcome, available, run
from crm_marketplace.demo.show import InPlainLines
from crm_marketplace.demo.stock import StockOut
from crm_marketplace.integrations import registry
from crm_marketplace.integrations.errors import TemporaryError

NAMES = available()
SMALL = {"listings": 120, "orders": 230, "seed": 5}
WORDS = ["demo", "--listings", "120", "--orders", "230", "--seed", "5"]


@pytest.fixture(params=NAMES)
def marketplace(request) -> str:
	return request.param


@pytest.fixture(scope="module")
def together(tmp_path_factory) -> tuple[Outcome, str]:
	"""The demo as it runs when nothing is chosen, and its report."""
	report = tmp_path_factory.mktemp("demo") / "report.html"
	outcome = run(NAMES, InPlainLines(), **SMALL, report=report)
	return outcome, report.read_text(encoding="utf-8")


def failed(outcome: Outcome) -> list[str]:
	return [check.name for check in outcome.all_checks if not check.ok]


def demo(*words: str, report) -> tuple[int, str]:
	done = CliRunner().invoke(main, [*WORDS, *words, "--report", str(report)])
	return done.exit_code, done.output


# --- all shops -------------------------------------------------------------------------------------


def test_every_check_holds_and_nothing_is_written_twice(together):
	outcome, _page = together
	assert failed(outcome) == [] and outcome.good
	assert [result.shop for result in outcome.cycles[0]] == outcome.shops
	for first, second in zip(*outcome.cycles, strict=True):
		assert first.writes["Sales Orders made"] > 10 and first.pushed > 10
		assert not second.writes and not second.pushed
		assert set(first.orders) <= set(second.orders)


def test_an_order_in_one_shop_lowers_all_of_them(together):
	outcome, _page = together
	assert [sale.shop for sale in outcome.sales] == outcome.shops
	for sale in outcome.sales:
		for shop in outcome.shops:
			before, after = sale.shown(shop)
			assert after < before, (sale, shop)
			assert any(level.why for level in sale.levels if level.shop == shop)


def test_the_stock_a_sale_tells_of_is_what_its_sandbox_has(monkeypatch):
	"""Read past the connectors: what the sandbox itself holds."""
	seen = []
	tell = shared.SharedStock._tell

	def look(self, sale):
		for seller, result in self.parts:
			cards = [
				listing
				for listing in result.listings.values()
				if seller.books.links.get(listing.offer_id) == sale.item
			]
			for pair, units in result.after.items():
				if any(card.external_id == pair[0] for card in cards):
					offer = result.listings[pair[0]].offer_id
					seen.append(seller.sandbox.stock(offer, pair[1])["free"] == units)
		tell(self, sale)

	monkeypatch.setattr(shared.SharedStock, "_tell", look)
	assert run(NAMES, InPlainLines(), **SMALL, report=None).good
	assert len(seen) >= len(NAMES) ** 2 and all(seen)


def test_the_report_shows_every_shop(together):
	outcome, page = together
	for shop in outcome.shops:
		assert f'aria-label="Orders by status in {shop}"' in page
		assert f'aria-label="Stock before and after in {shop}"' in page
		assert f'aria-label="Stock before and after an order in {shop}"' in page
	assert page.count("<svg") == 3 * len(outcome.shops)
	assert "Every check holds." in page
	assert "<script>document" not in page  # a title of the sandboxes carries one


def test_the_picture_of_a_sale_has_a_bar_for_every_shop(together):
	outcome, _page = together
	for sale in outcome.sales:
		bars = sale_bars(sale, outcome.shops)
		assert [(bar.label, bar.before, bar.value) for bar in bars] == [
			(shop, *sale.shown(shop)) for shop in outcome.shops
		]


def test_the_command_runs_every_shop_in_plain_lines(tmp_path):
	status, output = demo(report=tmp_path / "report.html")
	assert status == 0, output
	assert "\x1b" not in output
	titles = [registry.get(name).info.title for name in NAMES]
	for one in titles:
		assert f"ok: {one}: the second cycle wrote nothing" in output
		for other in titles:
			assert f"ok: an order in {one} lowers {other}" in output
	assert re.search(r"(\d+) of \1 checks hold\.", output)


def test_a_shop_that_hears_of_no_sale_fails_the_demo(monkeypatch, tmp_path):
	"""As if stock were not sent to the others after an order."""
	send = StockOut.send

	def deaf(self):
		if self.only is not None:
			self.result.desired = {
				pair: replace(number, quantity=self.result.before[pair])
				for pair, number in self.result.desired.items()
			}
		return send(self)

	monkeypatch.setattr(StockOut, "send", deaf)
	status, output = demo(report=tmp_path / "report.html")
	titles = [registry.get(name).info.title for name in NAMES]
	assert status == 1
	assert f"FAILED: an order in {titles[0]} lowers {titles[1]}" in output


def test_shops_that_do_not_share_fail_the_demo(monkeypatch):
	"""As if each shop promised the whole stock."""
	monkeypatch.setattr("crm_marketplace.demo.run.sellers_of", lambda parts: {})
	outcome = run(NAMES, InPlainLines(), **SMALL, report=None)
	assert "cycle 1: the shops together promise nothing that is not free" in failed(outcome)


# --- each shop on its own --------------------------------------------------------------------------


def test_one_shop_alone(marketplace, tmp_path):
	report = tmp_path / "report.html"
	status, output = demo("--marketplace", marketplace, report=report)
	assert status == 0, output
	assert "lowers" not in output
	assert report.read_text(encoding="utf-8").count("<svg") == 2


def test_a_shop_that_forgets_what_it_was_sent_fails_the_demo(marketplace, tmp_path, monkeypatch):
	cls = registry.get(marketplace)
	honest = cls.push_stock

	def one_too_many(self, levels):
		return honest(self, [level.model_copy(update={"quantity": level.quantity + 1}) for level in levels])

	monkeypatch.setattr(cls, "push_stock", one_too_many)
	status, output = demo("--marketplace", marketplace, report=tmp_path / "r")
	assert status == 1
	assert f"FAILED: {cls.info.title}: the shop shows what it should" in output


def test_a_marketplace_that_is_down_fails_the_demo_with_a_sentence(marketplace, tmp_path, monkeypatch):
	cls = registry.get(marketplace)

	def down(self, *_arguments, **_settings):
		raise TemporaryError()

	monkeypatch.setattr(cls, "push_stock", down)
	status, output = demo(report=tmp_path / "r")
	assert status == 1
	assert str(TemporaryError()) in output and "Traceback" not in output
	assert str(TemporaryError()) in (tmp_path / "r").read_text(encoding="utf-8")


def test_books_that_forget_their_orders_fail_the_demo(marketplace, monkeypatch):
	begin = ShopBooks.begin

	def forgetful(self):
		begin(self)
		self.sales_orders.clear()
		self.digests.clear()

	monkeypatch.setattr(ShopBooks, "begin", forgetful)
	assert not run([marketplace], InPlainLines(), **SMALL, report=None).good


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
