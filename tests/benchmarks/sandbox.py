"""A sandbox in a process of its own, so that what it does is not measured as ours."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from tests.harness import ROOT


class SandboxProcess:
	"""A running sandbox without rate limits."""

	def __init__(self, facts: dict[str, Any]) -> None:
		self.url: str = facts["url"]
		self.shops: list[dict[str, Any]] = facts["shops"]

	def ask(self, command: str, **data: Any) -> Any:
		"""One command of the control API."""
		answer = requests.post(f"{self.url}/_sandbox/{command}", json=data, timeout=60)
		answer.raise_for_status()
		return answer.json()["result"]


@contextmanager
def sandbox_process(marketplace: str, *, shops: int, listings: int) -> Iterator[SandboxProcess]:
	command = [sys.executable, "-m", "crm_marketplace.sandbox", "--marketplace", marketplace]
	command += ["--shops", str(shops), "--listings", str(listings), "--orders", "0", "--no-limits", "--json"]
	with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
		try:
			yield SandboxProcess(json.loads(process.stdout.readline()))
		finally:
			process.terminate()
