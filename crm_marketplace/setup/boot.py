"""What the desk learns at login."""

from __future__ import annotations

import frappe


def extend_bootinfo(bootinfo: dict) -> None:
	bootinfo["marketplace_sandbox_allowed"] = bool(frappe.conf.get("allow_marketplace_sandbox"))
