"""For every layer: no way out of this machine, and hypothesis without a clock."""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]
SPECIFICATIONS = Path(os.environ.get("MARKETPLACE_API_SPECS") or ROOT.parent / "shared" / "api-specs")

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


@pytest.fixture(autouse=True, scope="session")
def only_this_machine():
	"""A test that reaches for the Internet fails at once: the outside world is the sandbox."""
	connect = socket.socket.connect

	def guarded(self: socket.socket, address):
		if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(str(address[0])):
			raise AssertionError(f"a test tried to connect to {address[0]}")
		return connect(self, address)

	patch = pytest.MonkeyPatch()
	patch.setattr(socket.socket, "connect", guarded)
	yield
	patch.undo()


def _is_local(host: str) -> bool:
	try:
		address = ipaddress.ip_address(host)
	except ValueError:
		return host == "localhost"
	return address.is_loopback or address.is_private


@pytest.fixture(scope="session")
def specification_folder():
	"""A function: marketplace folder name → where the vendor's specification is; skips where it is not."""

	def find(name: str) -> Path:
		folder = SPECIFICATIONS / name
		if not folder.is_dir():
			pytest.skip(f"no vendor specification at {folder} (set MARKETPLACE_API_SPECS)")
		return folder

	return find
