"""A shop to practise on: new orders come in and old ones move while people work."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import timedelta

from crm_marketplace.sandbox.shop import Shop

logger = logging.getLogger(__name__)

IDLE = timedelta(seconds=1)  # between looks at the clock where no orders are to be made


class Trainer:
	"""Makes an order every so often, in turn over the shops, and moves what is due.

	Args:
		every: None makes no orders.
	"""

	def __init__(self, shops: Sequence[Shop], every: timedelta | None) -> None:
		self._shops = shops
		self._every = every
		self._steps = 0
		self._stopped = threading.Event()
		self._thread = threading.Thread(target=self._run, name="sandbox trainer", daemon=True)

	def start(self) -> None:
		self._thread.start()

	def stop(self) -> None:
		self._stopped.set()
		self._thread.join()

	def step(self) -> str | None:
		"""What happens once in a while. Returns the id of the new order, if one was made."""
		for shop in self._shops:
			with shop.state.transaction():
				shop.settle()
		if self._every is None:
			return None
		shop = self._shops[self._steps % len(self._shops)]
		self._steps += 1
		try:
			return shop.create_order()
		except LookupError:
			logger.info("%s has sold out", shop.name)
			return None

	def _run(self) -> None:
		while not self._stopped.wait((self._every or IDLE).total_seconds()):
			self.step()
