"""Desk users for tests and the demo site. Needs Frappe, connected."""

from __future__ import annotations

from collections.abc import Sequence

PASSWORD = "marketplace-tests"


def make_user(roles: Sequence[str], *, language: str = "en", email: str | None = None) -> str:
	"""A desk user who has exactly these roles and this language, able to log in with PASSWORD.

	Made once, brought up to date otherwise; committed, for the browser logs in through another connection.
	"""
	import frappe
	from frappe.utils.password import update_password

	name = "-".join(role.lower().replace(" ", "-") for role in roles) or "nobody"
	email = email or f"{name}.{language}@example.com"
	if not frappe.db.exists("User", email):
		frappe.get_doc(
			doctype="User",
			email=email,
			first_name=(roles[0] if roles else "Nobody"),
			last_name=language,
			language=language,
			send_welcome_email=0,
			user_type="System User",
		).insert()
	user = frappe.get_doc("User", email)
	if {row.role for row in user.roles} != set(roles):
		user.set("roles", [{"role": role} for role in roles])
		user.save()
	update_password(email, PASSWORD)
	frappe.db.commit()  # the browser and the server log in over other connections
	return email
