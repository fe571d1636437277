"""Misbehaviour on request: what goes wrong between a shop and a marketplace, applied n times."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

# Instead of an answer: the request is not even looked at.
INSTEAD = frozenset(
	"""timeout 500 502 503 504 429 broken_json html expired_key wrong_key missing_role drop_connection
	not_found""".split()
)
# After the request was carried out: the answer is spoilt on its way.
AFTERWARDS = frozenset(
	"""slow huge_page repeat_page duplicate_items out_of_order bad_record clock_skew cut_answer
	lost_answer empty_page""".split()
)
KINDS = INSTEAD | AFTERWARDS


@dataclass(slots=True, eq=False)
class Fault:
	"""One thing that will go wrong.

	Args:
		kind: one of `KINDS`.
		path: of the requests it strikes, with `*` and `?`.
		times: how many requests it strikes.
		skip: how many matching requests pass before it begins.
		shop: name of the only shop it strikes; every shop if not given.
		options: by kind: `seconds` (timeout, slow, 429, clock_skew), `bytes` and `above` (huge_page: size
			of the answer, and the number of rows from which on it is huge).
	"""

	kind: str
	path: str = "*"
	times: int = 1
	skip: int = 0
	shop: str | None = None
	options: Mapping[str, Any] = field(default_factory=dict)
	struck: int = 0

	def __post_init__(self) -> None:
		if self.kind not in KINDS:
			raise ValueError(f"there is no fault {self.kind!r}; known: {', '.join(sorted(KINDS))}")
		if self.times < 1 or self.skip < 0:
			raise ValueError("times must be at least 1, skip at least 0")

	@property
	def seconds(self) -> float | None:
		value = self.options.get("seconds")
		return None if value is None else float(value)


class Faults:
	"""The faults that wait for their requests, in the order they were asked for."""

	def __init__(self) -> None:
		self._waiting: list[Fault] = []
		self._lock = threading.Lock()

	def add(self, kind: str, **settings: Any) -> Fault:
		"""Ask for a fault. Settings: those of `Fault`; others become its options.

		Raises:
			ValueError: there is no such kind.
		"""
		own = {name: settings.pop(name) for name in ("path", "times", "skip", "shop") if name in settings}
		fault = Fault(str(kind), **own, options=settings)
		with self._lock:
			self._waiting.append(fault)
		return fault

	def take(self, path: str, shop: str | None) -> Fault | None:
		"""The fault that strikes this request, if one does."""
		with self._lock:
			for fault in self._waiting:
				if fault.shop not in (None, shop) or not fnmatchcase(path, fault.path):
					continue
				if fault.skip:
					fault.skip -= 1
					continue
				self._strike(fault)
				return fault
		return None

	def give_back(self, fault: Fault) -> None:
		"""It found nothing to spoil in this answer and waits for the next."""
		with self._lock:
			fault.struck -= 1
			if fault not in self._waiting:
				self._waiting.insert(0, fault)

	def waiting(self) -> list[Fault]:
		with self._lock:
			return list(self._waiting)

	def clear(self) -> None:
		with self._lock:
			self._waiting.clear()

	def _strike(self, fault: Fault) -> None:
		fault.struck += 1
		if fault.struck >= fault.times:
			self._waiting.remove(fault)
