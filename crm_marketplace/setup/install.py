"""Install and migrate: fields, roles, defaults."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

from crm_marketplace.setup import lookups
from crm_marketplace.setup.custom_fields import custom_fields
from crm_marketplace.setup.defaults import grant_actions, save_settings
from crm_marketplace.setup.indexes import add_indexes
from crm_marketplace.setup.roles import create_roles
from crm_marketplace.triggers.engine import missing

SUPPORTED_MAJOR = 15


def before_install() -> None:
	check_versions()


def before_migrate() -> None:
	check_versions()


def after_install() -> None:
	create_roles()
	create_custom_fields(custom_fields())
	lookups.grant()
	add_indexes()
	save_settings()
	grant_actions()
	learn_parties()


def after_migrate() -> None:
	"""Fields follow the code: a field added to the list appears with the next migrate."""
	create_roles()
	create_custom_fields(custom_fields())
	add_indexes()
	save_settings()
	missing.check_all()


def learn_parties() -> None:
	"""A site may have customers already: their keys are made in the background."""
	frappe.enqueue(
		"crm_marketplace.deals.duplicates.keys.rebuild",
		queue="long",
		timeout=4 * 3600,
		job_id="crm_marketplace_party_keys",
		deduplicate=True,
		enqueue_after_commit=True,
	)


def check_versions() -> None:
	"""Stop with a clear sentence on a Frappe or ERPNext this app is not made for."""
	import erpnext

	for title, version in (("Frappe", frappe.__version__), ("ERPNext", erpnext.__version__)):
		if int(version.split(".")[0]) != SUPPORTED_MAJOR:
			frappe.throw(
				_("CRM Marketplace needs {0} {1}; this site has {2}.").format(
					title, SUPPORTED_MAJOR, version
				),
				title=_("Unsupported Version"),
			)
