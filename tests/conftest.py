"""For every layer: no way out of this machine, and hypothesis without a clock."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import HealthCheck, settings

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
