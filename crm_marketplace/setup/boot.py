"""What the desk learns at login."""

from __future__ import annotations

import frappe

from crm_marketplace.integrations import registry
from crm_marketplace.integrations.connector import Capability
from crm_marketplace.rules.holds import HOLD_KINDS
from crm_marketplace.setup.roles import may_see_desk
from crm_marketplace.sync.health import hold_label
from crm_marketplace.sync.shops import connector_hooks


def extend_bootinfo(bootinfo: dict) -> None:
	bootinfo["marketplace_sandbox_allowed"] = bool(frappe.conf.get("allow_marketplace_sandbox"))
	if may_see_desk():
		bootinfo["marketplace_holds"] = {code: hold_label(code) for code in HOLD_KINDS}
		bootinfo["marketplace_labels"] = with_labels()


def with_labels() -> list[str]:
	"""Names of marketplaces whose labels can be printed here."""
	return [
		name
		for name, connector in registry.connectors(connector_hooks()).items()
		if Capability.LABELS in connector.info.capabilities
	]
