"""Run by our virtualenv's or the bench's Python: measure one module of tests/benchmarks.

usage: benchmark_child.py pure|site <module> <result.json>
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager, nullcontext
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def main(room: str, module: str, result: str) -> None:
	figures: dict[str, dict] = {}

	def figure(name: str, value: float, *, budget: float | None = None, detail: str = "") -> None:
		"""Report a figure: a ratio or a count. `budget` is the most it should be; nothing is judged here."""
		figures[name] = {"value": value, "budget": budget, "detail": detail}

	with _site() if room == "site" else nullcontext():
		import_module(f"tests.benchmarks.{room}.{module}").measure(figure)
	Path(result).write_text(json.dumps(figures, ensure_ascii=False), encoding="utf-8")


@contextmanager
def _site():
	import frappe

	frappe.init(site=os.environ["TEST_SITE"], sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	try:
		yield
	finally:
		frappe.db.rollback()
		frappe.destroy()


if __name__ == "__main__":
	main(*sys.argv[1:])
