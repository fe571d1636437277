"""The whole demo: a sandbox, two cycles over it, a report, and one answer: did everything hold?"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from crm_marketplace.demo.books import Books
from crm_marketplace.demo.catalogue import sample_catalogue
from crm_marketplace.demo.cycle import Cycle, Result
from crm_marketplace.demo.report import write_report
from crm_marketplace.demo.show import Show
from crm_marketplace.integrations import registry
from crm_marketplace.integrations.budget import Unlimited
from crm_marketplace.integrations.errors import IntegrationError
from crm_marketplace.integrations.transport import RequestRecord
from crm_marketplace.sandbox.limits import UNLIMITED
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
	"""What the demo found."""

	marketplace: str
	cycles: list[Result] = field(default_factory=list)
	checks: list[tuple[str, bool, str]] = field(default_factory=list)
	requests: Requests = field(default_factory=Requests)
	seconds: float = 0.0
	failure: IntegrationError | None = None

	@property
	def good(self) -> bool:
		return not self.failure and all(ok for _name, ok, _detail in self.all_checks)

	@property
	def all_checks(self) -> list[tuple[str, bool, str]]:
		return [*(check for cycle in self.cycles for check in cycle.checks), *self.checks]


def run(
	marketplace: str, show: Show, *, listings: int, orders: int, seed: int, report: Path | None
) -> Outcome:
	"""Run the demo against a sandbox of `marketplace`, made with `seed`.

	Args:
		report: where the HTML report goes; None writes none.

	Returns:
		What happened. An error of the connector ends the demo and is in `failure`.

	Raises:
		ConfigurationError: there is no such connector.
		LookupError: there is no sandbox for it.
	"""
	connector_class = registry.get(marketplace)
	started = time.monotonic()
	outcome = Outcome(connector_class.info.title)
	show.title(f"{outcome.marketplace}: a sandbox with {listings} listings and about {orders} orders")
	# Rate limits, some of them of a request a minute, are nothing to look at.
	with Sandbox(marketplace, listings=listings, orders=orders, seed=seed, limits=UNLIMITED) as sandbox:
		connector = connector_class.connect(
			sandbox.credentials, base_url=sandbox.url, observer=outcome.requests, budget=Unlimited()
		)
		books = Books(sample_catalogue(listings, seed), f"{outcome.marketplace} buyers", seed)
		try:
			for number in (1, 2):
				show.title("First cycle" if number == 1 else "The same again: nothing may be written twice")
				result = Result(number)
				outcome.cycles.append(result)
				Cycle(connector, books, show, datetime.now(timezone.utc), result).run()
		except IntegrationError as error:
			outcome.failure = error
			show.check(str(error), False, error.next_step)
		else:
			_compare(outcome, show)
	outcome.seconds = time.monotonic() - started
	if report:
		write_report(outcome, report)
	_sum_up(outcome, show, report)
	return outcome


def _compare(outcome: Outcome, show: Show) -> None:
	"""What the second cycle proves."""
	first, second = outcome.cycles
	show.title("Once is once")
	facts = (
		("the first cycle wrote something", first.writes.total() > 0, _listed(first)),
		("the second cycle fetched everything again", len(second.orders) >= len(first.orders), ""),
		("the second cycle wrote nothing", second.writes.total() == 0, _listed(second)),
		("the second cycle sent no stock", second.pushed == 0, f"{second.pushed} rows"),
	)
	for name, ok, detail in facts:
		outcome.checks.append((name, ok, detail))
		show.check(name, ok, detail)


def _sum_up(outcome: Outcome, show: Show, report: Path | None) -> None:
	good = sum(ok for _name, ok, _detail in outcome.all_checks)
	requests = outcome.requests
	show.note("")
	show.note(
		f"{good} of {len(outcome.all_checks)} checks hold. {requests.count} requests, "
		f"{requests.received / 1_000_000:.1f} MB, {outcome.seconds:.1f} s"
	)
	if report:
		show.note(f"Report: {report}")


def _listed(result: Result) -> str:
	return ", ".join(f"{number} {kind}" for kind, number in result.writes.most_common()) or "nothing"
