"""What a site has once the app is installed on it."""

from __future__ import annotations

import frappe


def test_site_has_erpnext_and_this_app(site):
	assert {"frappe", "erpnext", "crm_marketplace"} <= set(frappe.get_installed_apps())


def test_site_may_use_the_sandbox(site):
	assert frappe.conf.allow_marketplace_sandbox


def test_company_keeps_books_in_roubles(company):
	assert frappe.get_cached_value("Company", company, "default_currency") == "RUB"
	assert frappe.db.count("Account", {"company": company}) > 50


def test_changes_of_a_test_are_rolled_back_first(site):
	frappe.get_doc(doctype="ToDo", description="left by a test").insert()


def test_changes_of_a_test_are_rolled_back(site):
	assert not frappe.db.exists("ToDo", {"description": "left by a test"})


def test_user_with_role_has_exactly_that_role(user_with_role, as_user):
	with as_user(user_with_role("Marketplace Viewer")):
		roles = set(frappe.get_roles()) - {"All", "Guest", "Desk User"}
	assert roles == {"Marketplace Viewer"}
