"""Connectors as other apps might bring them."""

from __future__ import annotations

from dataclasses import replace

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.registry import connectors

_OURS = next(iter(connectors().values()))


class Complete(_OURS):
	info = replace(_OURS.info, name="Village Fair", title="Village Fair")


class Replacement(_OURS):
	info = replace(_OURS.info, title="Ours, but better")


class Boastful:
	"""Promises what it has no methods for."""

	info = replace(
		_OURS.info, name="Boastful", capabilities=frozenset({Capability.ORDERS, Capability.WEBHOOKS})
	)

	def order_changes(self) -> None: ...


class Forgetful(_OURS):
	"""Says that known orders have to be refreshed, and cannot do it."""

	info = replace(_OURS.info, name="Forgetful", refresh_batch=100)


class Speechless:
	"""Does not say what it is."""


not_a_class = "a text"
