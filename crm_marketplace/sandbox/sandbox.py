"""The sandbox of one marketplace with its shops: in a thread for tests and the demo, or as a process."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crm_marketplace.sandbox.application import Application
from crm_marketplace.sandbox.clock import Clock
from crm_marketplace.sandbox.control import PREFIX, Control
from crm_marketplace.sandbox.faults import Fault, Faults
from crm_marketplace.sandbox.files import PREFIX as FILES
from crm_marketplace.sandbox.files import Files
from crm_marketplace.sandbox.http import Reply, Request
from crm_marketplace.sandbox.journal import Journal
from crm_marketplace.sandbox.limits import Limits, RateLimiter
from crm_marketplace.sandbox.marketplace import marketplace
from crm_marketplace.sandbox.server import Server
from crm_marketplace.sandbox.shop import Plan, Shop
from crm_marketplace.sandbox.state import IN_MEMORY, State
from crm_marketplace.sandbox.training import Trainer

_SHOP_COMMANDS = frozenset(name for name in vars(Shop) if not name.startswith("_")) - {"fill", "settle"}


class Sandbox:
	"""A marketplace on this machine.

		with Sandbox("…", listings=200, orders=250) as sandbox:
			connector = Connector.connect(sandbox.credentials, base_url=sandbox.url)
			order_id = sandbox.create_order({"SKU-1": 2})

	What a `Shop` can do may be asked of the sandbox itself; it means the first shop.

	Args:
		marketplace_name: as the connector is called.
		listings, orders, days, seed: see `Plan`.
		shops: seller accounts; they sell the same goods and have different orders.
		state: file of the (first) shop; the others stand beside it, numbered. In memory if not given. A
			file that exists is continued: its listings and orders are as they were.
		clock: the real time if not given.
		limits: the vendor's rate limits if not given.
		control: serve the control API (`control.py`), to this machine only.
		pace: orders move by themselves: so long in each status.
		order_every: a new order every so often, in turn over the shops.

	Raises:
		LookupError: there is no sandbox for this marketplace.
		ValueError: a state file of another version.
	"""

	def __init__(
		self,
		marketplace_name: str,
		*,
		listings: int = 200,
		orders: int = 250,
		days: int = 30,
		seed: int = 1,
		shops: int = 1,
		state: str | Path | None = None,
		clock: Clock | None = None,
		limits: Limits | None = None,
		control: bool = True,
		host: str = "127.0.0.1",
		port: int = 0,
		pace: timedelta | None = None,
		order_every: timedelta | None = None,
	) -> None:
		if shops < 1:
			raise ValueError("a sandbox needs at least one shop")
		self.marketplace = marketplace(marketplace_name)
		self.limits = limits or Limits()
		self.plan = Plan(listings=listings, orders=orders, days=days, seed=seed, pace=pace)
		self._states = [
			State(_state_path(state, number), self.marketplace.schema) for number in range(1, shops + 1)
		]
		self.clock = clock or Clock(ahead=timedelta(seconds=self._states[0].meta("ahead", 0.0)))
		self._shops: dict[str, Shop] = {}
		for number, memory in enumerate(self._states, start=1):
			shop = self.marketplace.make_shop(number, self.plan, memory, self.clock, self.limits)
			self._shops[shop.name] = shop
		self.application = Application(self.marketplace, self._shops, self.clock, RateLimiter(self.limits))
		self._control = Control(self) if control else None
		self._server = Server(self._answer, host, port)
		self.files = Files(self.url)
		for shop in self.shops:
			shop.files = self.files
		self._trainer = Trainer(self.shops, order_every) if order_every or pace else None

	# --- life --------------------------------------------------------------------------------------

	def start(self) -> Sandbox:
		"""Serve in a thread of this process."""
		self._server.start()
		if self._trainer:
			self._trainer.start()
		return self

	def stop(self) -> None:
		if self._trainer:
			self._trainer.stop()
		self._server.stop()
		for state in self._states:
			state.close()

	def __enter__(self) -> Sandbox:
		return self.start()

	def __exit__(self, kind: object, *error: object) -> None:
		self.stop()
		if self._server.failures and kind is None:
			raise RuntimeError("the sandbox itself failed") from self._server.failures[0]

	def reset(self) -> None:
		"""Everything as at the start: shops, faults, journal. The clock stays where it is."""
		for shop in self.shops:
			with shop.state.transaction():
				shop.state.clear()
				shop.fill()
				shop.state.is_new = False
		self.application.clear()

	def advance(self, by: timedelta | float) -> datetime:
		"""Move the clock forward and let happen what is due. Returns the sandbox's time."""
		now = self.clock.advance(by)
		self._states[0].remember(ahead=self.clock.ahead.total_seconds())
		for shop in self.shops:
			with shop.state.transaction():
				shop.settle()
		return now

	# --- what it is --------------------------------------------------------------------------------

	@property
	def url(self) -> str:
		return self._server.url

	@property
	def shops(self) -> list[Shop]:
		return list(self._shops.values())

	@property
	def shop(self) -> Shop:
		"""The first shop."""
		return self.shops[0]

	@property
	def credentials(self) -> dict[str, str]:
		"""Of the first shop, with all rights."""
		return self.shop.credentials

	@property
	def faults(self) -> Faults:
		return self.application.faults

	@property
	def journal(self) -> Journal:
		return self.application.journal

	def fault(self, kind: str, **settings: Any) -> Fault:
		"""Let something go wrong; see `faults.py`."""
		return self.faults.add(kind, **settings)

	def shop_named(self, name: str | int | None) -> Shop:
		"""A shop by its name or number; the first one for None.

		Raises:
			LookupError: there is none.
		"""
		if name is None:
			return self.shop
		for shop in self.shops:
			if str(name) in (shop.name, str(shop.number)):
				return shop
		raise LookupError(f"there is no shop {name!r}")

	def describe(self) -> dict[str, Any]:
		"""What is here, for people and other processes."""
		return {
			"marketplace": self.marketplace.name,
			"url": self.url,
			"now": self.clock.now().isoformat(),
			"shops": [
				{"number": shop.number, "name": shop.name, "credentials": shop.credentials, **shop.counts()}
				for shop in self.shops
			],
			"faults": len(self.faults.waiting()),
			"requests": self.journal.count(),
		}

	def __getattr__(self, name: str) -> Any:
		if name in _SHOP_COMMANDS:
			return getattr(self.shop, name)
		raise AttributeError(f"{type(self).__name__} has no {name!r}")

	# --- inside ------------------------------------------------------------------------------------

	def _answer(self, request: Request) -> Reply:
		if self._control and (request.path == PREFIX or request.path.startswith(PREFIX + "/")):
			return self._control.handle(request)
		if request.path.startswith(FILES + "/"):
			return self.files.answer(request)
		return self.application.handle(request)


def _state_path(state: str | Path | None, number: int) -> str:
	if state is None or str(state) == IN_MEMORY:
		return IN_MEMORY
	path = Path(state)
	return str(path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}"))
