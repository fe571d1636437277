"""The whole demo: sandboxes, two cycles over them, a report, and one answer: did everything hold?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path

from crm_marketplace.demo.books import Books
from crm_marketplace.demo.catalogue import sample_catalogue
from crm_marketplace.demo.orders import OrdersIn
from crm_marketplace.demo.report import write_report
from crm_marketplace.demo.shared import Sale, SharedStock
from crm_marketplace.demo.show import Show
from crm_marketplace.demo.steps import Check, Result, Seller, counted
from crm_marketplace.demo.stock import StockOut, oversold, sellers_of
from crm_marketplace.integrations import registry
from crm_marketplace.integrations.budget import Unlimited
from crm_marketplace.integrations.errors import IntegrationError
from crm_marketplace.integrations.transport import RequestRecord
from crm_marketplace.sandbox.limits import UNLIMITED
from crm_marketplace.sandbox.marketplace import marketplaces
from crm_marketplace.sandbox.sandbox import Sandbox


@dataclass
class Requests:
	"""What the request log heard."""

	count: int = 0
	failed: int = 0
	waited: float = 0.0
	received: int = 0

	def __call__(self, record: RequestRecord) -> None:
		self.count += 1
		self.failed += record.error_kind is not None
		self.waited += record.waited
		self.received += record.received_bytes


@dataclass
class Outcome:
	"""What the demo found.

	Args:
		cycles: of each cycle, what it saw of each shop.
		sales: orders that were made between the cycles.
	"""

	shops: list[str] = field(default_factory=list)
	cycles: list[list[Result]] = field(default_factory=list)
	sales: list[Sale] = field(default_factory=list)
	checks: list[Check] = field(default_factory=list)
	requests: Requests = field(default_factory=Requests)
	seconds: float = 0.0
	failure: IntegrationError | None = None

	@property
	def good(self) -> bool:
		return not self.failure and all(check.ok for check in self.all_checks)

	@property
	def all_checks(self) -> list[Check]:
		of_shops = [check for cycle in self.cycles for result in cycle for check in result.checks]
		return [*of_shops, *self.checks]


def run(
	names: Sequence[str], show: Show, *, listings: int, orders: int, seed: int, report: Path | None
) -> Outcome:
	"""Run the demo against sandboxes made with `seed`, one shop each, all of one company.

	Args:
		names: marketplaces, each once.
		listings, orders: of each shop.
		report: where the HTML report goes; None writes none.

	Returns:
		What happened. An error of a connector ends the demo and is in `failure`.

	Raises:
		ConfigurationError: there is no such connector.
		LookupError: there is no sandbox for it.
	"""
	started = time.monotonic()
	outcome = Outcome([registry.get(name).info.title for name in names])
	show.title(f"{', '.join(outcome.shops)}: {listings} listings and about {orders} orders in each sandbox")
	company = Books(sample_catalogue(listings, seed), seed)
	with ExitStack() as stack:
		sellers = []
		for name in names:
			# Rate limits, some of them of a request a minute, are nothing to look at.
			sandbox = Sandbox(name, listings=listings, orders=orders, seed=seed, limits=UNLIMITED)
			sellers.append(_seller(name, stack.enter_context(sandbox), company, outcome.requests))
		try:
			_Demo(sellers, company, show, outcome).run()
		except IntegrationError as error:
			outcome.failure = error
			show.check(str(error), False, error.next_step)
	outcome.seconds = time.monotonic() - started
	if report:
		write_report(outcome, report)
	_sum_up(outcome, show, report)
	return outcome


def available() -> list[str]:
	"""The marketplaces the demo can be run with: those that have a connector and a sandbox."""
	return sorted(set(marketplaces()) & set(registry.connectors()))


def _seller(name: str, sandbox: Sandbox, company: Books, requests: Requests) -> Seller:
	connector_class = registry.get(name)
	connector = connector_class.connect(
		sandbox.credentials, base_url=sandbox.url, observer=requests, budget=Unlimited()
	)
	title = connector_class.info.title
	return Seller(title, connector, company.open_shop(title), company, sandbox)


@dataclass
class _Demo:
	sellers: Sequence[Seller]
	company: Books
	show: Show
	outcome: Outcome

	def run(self) -> None:
		self.show.title("First cycle")
		read_at = datetime.now(timezone.utc)
		first = self._cycle(1, read_at, read_at)
		if len(self.sellers) > 1:
			self._sell(first, read_at)
		self.show.title("The same again: nothing may be written twice")
		self._cycle(2, read_at, datetime.now(timezone.utc))
		self._compare()

	def _cycle(self, number: int, began: datetime, now: datetime) -> list[Result]:
		"""Orders of all shops first, then stock: what is sold already is promised nowhere.

		Args:
			began: when the first cycle began; both look as far back as a first run would then.
		"""
		results = [Result(seller.name, number) for seller in self.sellers]
		self.outcome.cycles.append(results)
		parts = list(zip(self.sellers, results, strict=True))
		for seller, result in parts:
			since = began - seller.connector.info.first_orders_window
			OrdersIn(seller, self.show, now, result, since).run()
		sold_by = sellers_of(parts)
		for seller, result in parts:
			StockOut(seller, self.show, now, result, sold_by).run()
		over = oversold(self.company, parts)
		self._check(
			f"cycle {number}: the shops together promise nothing that is not free",
			not over and any(result.desired for result in results),
			f"{len(over)} goods are promised twice" if over else "",
		)
		return results

	def _sell(self, results: Sequence[Result], read_at: datetime) -> None:
		"""An order in each shop, one after the other."""
		self.show.title("One stock: an order in one shop lowers the others")
		parts = [
			(seller, replace(result, desired=dict(result.desired), after=dict(result.after)))
			for seller, result in zip(self.sellers, results, strict=True)
		]
		shared = SharedStock(parts, self.show, read_at, self.outcome.checks)
		for part in parts:
			if sale := shared.sell_in(part):
				self.outcome.sales.append(sale)

	def _compare(self) -> None:
		"""What the second cycle proves."""
		self.show.title("Once is once")
		for first, second in zip(*self.outcome.cycles, strict=True):
			orders = f"{len(second.orders)} after {len(first.orders)}"
			facts = (
				("the first cycle wrote something", first.writes.total() > 0, counted(first.writes)),
				(
					"the second cycle fetched everything again",
					first.orders.keys() <= second.orders.keys(),
					orders,
				),
				("the second cycle wrote nothing", second.writes.total() == 0, counted(second.writes)),
				("the second cycle sent no stock", second.pushed == 0, f"{second.pushed} rows"),
			)
			for name, ok, detail in facts:
				self._check(f"{first.shop}: {name}", ok, detail)

	def _check(self, name: str, ok: bool, detail: str = "") -> None:
		self.outcome.checks.append(Check(name, ok, detail))
		self.show.check(name, ok, detail)


def _sum_up(outcome: Outcome, show: Show, report: Path | None) -> None:
	failed = [check for check in outcome.all_checks if not check.ok]
	requests = outcome.requests
	show.title("In short")
	for check in failed:
		show.check(f"{check.shop}: {check.name}" if check.shop else check.name, False, check.detail)
	show.note(
		f"{len(outcome.all_checks) - len(failed)} of {len(outcome.all_checks)} checks hold. "
		f"{requests.count} requests, {requests.received / 1_000_000:.1f} MB, {outcome.seconds:.1f} s"
	)
	if report:
		show.note(f"Report: {report}")
