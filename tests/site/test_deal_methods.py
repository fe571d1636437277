"""Who may call what of Deals: every method the desk can call, as each role, through the door requests come through."""

from __future__ import annotations

import inspect

import frappe
import pytest
from frappe.handler import execute_cmd
from frappe.utils import now_datetime

from crm_marketplace.deals import tasks
from crm_marketplace.setup.roles import DEALS_MANAGER, DEALS_USER, DEALS_VIEWER
from tests.harness.users import make_user
from tests.site.builders import unique
from tests.site.deals_world import make_customer, make_deal, make_pipeline, stage_names
from tests.site.test_permissions import whitelisted

LOGGED_IN = ("nobody", DEALS_VIEWER, DEALS_USER, DEALS_MANAGER)
READERS = (DEALS_VIEWER, DEALS_USER, DEALS_MANAGER)
SELLERS = (DEALS_USER, DEALS_MANAGER)
MANAGERS = (DEALS_MANAGER,)
NOBODY = ()
API = "crm_marketplace.deals.api"

# Method → the roles that may call it. A method that is missing here fails the test below.
ALLOWED = {
}
# Methods that only read; the others are not called by a link.
READING = (
)


@pytest.fixture(scope="session")
def users(site):
	"""Made before anything else, because making a user commits."""
	return {
		"Guest": "Guest",
		"nobody": make_user([], email="methods-nobody@example.com"),
		**{
			role: make_user([role], email=f"methods-{role.split()[1].lower()}@example.com")
			for role in (DEALS_VIEWER, DEALS_USER, DEALS_MANAGER)
		},
	}


@pytest.fixture
def world(site, users):
	"""A deal of nobody with something for every method, and the arguments to call it with."""
	pipeline = make_pipeline(users_see="All")
	first, second, *_rest = stages = stage_names(pipeline)
	customer, other = make_customer(), make_customer()
	deal = make_deal(pipeline, responsible=None, party_type="Customer", party=customer, amount=10)
	view = frappe.get_doc(
		doctype="Deal Board View", title=unique("View"), pipeline=pipeline, user="Administrator", filters="{}"
	).insert()
	task = tasks.add("Deal", deal.name, "Talk", due_at=now_datetime(), user="Administrator")
	pair = frappe.get_doc(
		doctype="Party Duplicate",
		party_type="Customer",
		party=customer,
		other_type="Customer",
		other=other,
	)
	return {
		"pipeline": pipeline,
		"stage": stages[0],
		"second": second,
		"first": first,
		"customer": customer,
		"other": other,
		"deal": deal.name,
		"view": view.name,
		"task": task,
		"pair": pair,
	}


def test_x(world):
	for n, f in sorted(whitelisted().items()):
		if ".deals." in n:
			print(n, inspect.signature(inspect.unwrap(f)), frappe.allowed_http_methods_for_whitelisted_func[f])
	assert 0
