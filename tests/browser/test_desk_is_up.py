"""The desk opens for each of our roles, in both languages, without an error in the console."""

from __future__ import annotations

import pytest

ROLES = ("Marketplace Manager", "Marketplace Operator", "Marketplace Viewer")


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("role", ROLES)
def test_desk_opens(log_in, role, language):
	page = log_in(role, language)
	page.goto("/app")
	page.wait_for_selector(".navbar .dropdown-navbar-user", state="visible")
	assert page.evaluate("frappe.boot.lang") == language
	assert page.evaluate("role => frappe.user.has_role(role)", role)


def test_realtime_reaches_the_browser(page):
	page.goto("/app")
	page.wait_for_function("frappe.realtime.socket && frappe.realtime.socket.connected")
