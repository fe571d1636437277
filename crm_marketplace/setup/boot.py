"""What the desk learns at login."""

from __future__ import annotations

import frappe

from crm_marketplace.rules.holds import HOLD_KINDS
from crm_marketplace.setup.roles import may_see_desk
from crm_marketplace.sync.health import hold_label


def extend_bootinfo(bootinfo: dict) -> None:
	bootinfo["marketplace_sandbox_allowed"] = bool(frappe.conf.get("allow_marketplace_sandbox"))
	if may_see_desk():
		bootinfo["marketplace_holds"] = {code: hold_label(code) for code in HOLD_KINDS}
