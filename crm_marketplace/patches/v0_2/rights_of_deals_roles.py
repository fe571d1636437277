"""Sites that had the app before Deals: the new roles may choose from ERPNext's records."""

from __future__ import annotations

from crm_marketplace.setup import lookups
from crm_marketplace.setup.roles import DEALS_ROLES, create_roles


def execute() -> None:
	create_roles()
	lookups.grant(DEALS_ROLES)
