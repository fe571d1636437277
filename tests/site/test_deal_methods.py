"""Who may call what of Deals: every method the desk can call, as each role, through the door requests come through."""

from __future__ import annotations

import inspect

import frappe
import pytest
from frappe.handler import execute_cmd
from frappe.utils import now_datetime

from crm_marketplace.deals import tasks
from crm_marketplace.deals.duplicates import merge
from crm_marketplace.permissions.deals import forget_scopes
from crm_marketplace.setup.roles import DEALS_MANAGER, DEALS_USER, DEALS_VIEWER
from tests.harness.users import make_user
from tests.site.builders import unique
from tests.site.deals_world import make_customer, make_deal, make_lead, make_pipeline, stage_names
from tests.site.test_permissions import whitelisted

LOGGED_IN = ("nobody", DEALS_VIEWER, DEALS_USER, DEALS_MANAGER)
READERS = (DEALS_VIEWER, DEALS_USER, DEALS_MANAGER)
SELLERS = (DEALS_USER, DEALS_MANAGER)
MANAGERS = (DEALS_MANAGER,)
NOBODY = ()
ANSWER_THEMSELVES = ()
API = "crm_marketplace.deals.api"

# Method → the roles that may call it. A method that is missing here fails the test below.
ALLOWED = {
	f"{API}.board.board_page": READERS,
	f"{API}.board.changed_cards": READERS,
	f"{API}.board.column_page": READERS,
	f"{API}.board.delete_view": MANAGERS,  # others delete their own only
	f"{API}.board.move_deal": SELLERS,
	f"{API}.board.quick_add": SELLERS,
	f"{API}.board.save_view": READERS,
	f"{API}.board.take_deal": SELLERS,
	f"{API}.customers.card_numbers": READERS,
	f"{API}.deals.calendar_events": READERS,
	f"{API}.deals.deal_values": SELLERS,
	# Whoever makes ERPNext's documents must be allowed to by ERPNext, too.
	f"{API}.deals.make_customer": NOBODY,
	f"{API}.deals.make_project": NOBODY,
	f"{API}.deals.make_quotation": NOBODY,
	f"{API}.deals.make_sales_order": NOBODY,
	f"{API}.deals.stage_bar": READERS,
	# Merging changes customers: a right of its own.
	f"{API}.duplicates.merge_many": NOBODY,
	f"{API}.duplicates.merge_parties": NOBODY,
	f"{API}.duplicates.not_duplicates": MANAGERS,
	f"{API}.duplicates.preview_many": NOBODY,
	f"{API}.duplicates.preview_merge": NOBODY,
	f"{API}.duplicates.search_now": MANAGERS,
	f"{API}.duplicates.similar": LOGGED_IN,  # tells of what the caller may read
	f"{API}.duplicates.undo_merge": NOBODY,
	f"{API}.forecast.forecast_column": READERS,
	f"{API}.forecast.forecast_page": READERS,
	f"{API}.pipelines.add_stage": MANAGERS,
	f"{API}.pipelines.archive_stage": MANAGERS,
	f"{API}.pipelines.order_stages": MANAGERS,
	f"{API}.pipelines.pipeline_stages": READERS,
	f"{API}.pipelines.ready_pipelines": MANAGERS,
	f"{API}.pipelines.take_pipeline": MANAGERS,
	f"{API}.plans.done_card": READERS,
	f"{API}.plans.leaders": READERS,
	f"{API}.plans.progress": READERS,
	f"{API}.reports.behind": READERS,
	f"{API}.story.events": READERS,
	f"{API}.tasks.add_own_task": LOGGED_IN,  # Frappe's ToDo is everybody's
	f"{API}.tasks.add_task": READERS,
	f"{API}.tasks.finish_task": SELLERS,
	f"{API}.tasks.move_next_step": SELLERS,
	f"{API}.tasks.move_task": SELLERS,
	f"{API}.tasks.my_day": LOGGED_IN,
	f"{API}.tasks.read_task": LOGGED_IN,
	f"{API}.tasks.tasks_of": READERS,
}
READING = (
	"behind",
	"board_page",
	"calendar_events",
	"card_numbers",
	"changed_cards",
	"column_page",
	"deal_values",
	"done_card",
	"events",
	"forecast_column",
	"forecast_page",
	"leaders",
	"make_customer",  # the make_… give a form to fill in and save nothing
	"make_project",
	"make_quotation",
	"make_sales_order",
	"my_day",
	"pipeline_stages",
	"preview_many",
	"preview_merge",
	"progress",
	"read_task",
	"ready_pipelines",
	"similar",
	"stage_bar",
	"tasks_of",
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
	first, second, *_rest = stage_names(pipeline)
	customer, other = make_customer(), make_customer()
	deal = make_deal(pipeline, responsible=None, party_type="Customer", party=customer, amount=10)
	of_lead = make_deal(pipeline, responsible=None, party_type="Lead", party=make_lead())
	view = frappe.get_doc(
		doctype="Deal Board View", title=unique("View"), pipeline=pipeline, user="Administrator", filters="{}"
	).insert()
	task = tasks.add("Deal", deal.name, "Talk", due_at=now_datetime(), user="Administrator")
	pair = frappe.get_doc(
		doctype="Party Duplicate", party_type="Customer", one=customer, other=other, state="Suspected"
	).insert()
	journal = merge.merge("Customer", make_customer(), make_customer())
	about = {"doctype": "Deal", "name": deal.name}
	sides = {"party_type": "Customer", "source": customer, "target": other}
	return {
		"board_page": {"pipeline": pipeline},
		"behind": {
			"report": "Deal Funnel",
			"key": first,
			"column": "deals",
			"filters": {"pipeline": pipeline},
		},
		"column_page": {"stage": first, "start": 0},
		"changed_cards": {"pipeline": pipeline, "names": [deal.name]},
		"move_deal": {"deal": deal.name, "stage": second},
		"quick_add": {"pipeline": pipeline, "title": "Quick"},
		"take_deal": {"deal": deal.name},
		"save_view": {"title": unique("View"), "pipeline": pipeline, "filters": {}},
		"delete_view": {"name": view.name},
		"card_numbers": {"customer": customer},
		"calendar_events": {"start": "2026-01-01", "end": "2026-02-01"},
		"deal_values": {"doctype": "Customer", "name": customer},
		"make_customer": {"source_name": of_lead.name},
		**{f"make_{kind}": {"source_name": deal.name} for kind in ("project", "quotation", "sales_order")},
		"stage_bar": {"deal": deal.name},
		"preview_merge": sides,
		"merge_parties": sides,
		"undo_merge": {"journal": journal},
		**{name: {"names": [pair.name]} for name in ("preview_many", "merge_many", "not_duplicates")},
		"search_now": {},
		"similar": {"name": "Anybody"},
		"ready_pipelines": {},
		"take_pipeline": {"key": "wholesale"},
		"pipeline_stages": {"pipeline": pipeline},
		"add_stage": {"pipeline": pipeline, "title": "One more"},
		"order_stages": {"pipeline": pipeline, "names": [second, first]},
		"archive_stage": {"stage": second},
		"forecast_page": {"pipeline": pipeline},
		"forecast_column": {"pipeline": pipeline, "column": "no_date", "start": 0},
		"leaders": {"pipeline": pipeline},
		"progress": {"pipeline": pipeline},
		"done_card": {},
		"events": about,
		"read_task": {"line": "call tomorrow"},
		"add_task": {**about, "line": "call tomorrow"},
		"tasks_of": about,
		"my_day": {},
		"add_own_task": {"line": "call tomorrow"},
		"finish_task": {"task": task},
		"move_next_step": {"deal": deal.name, "due_at": "2027-01-01 10:00:00"},
		"move_task": {"task": task, "due_at": "tomorrow 15:00"},
	}


def is_denied(method: str, user: str, arguments: dict) -> bool:
	"""Call a method as a request of this user would; what it did is undone."""
	frappe.db.savepoint("before_call")
	forget_scopes()
	frappe.set_user(user)
	frappe.local.request = frappe._dict(method="POST")
	frappe.local.form_dict = frappe._dict(cmd=method, **arguments)
	try:
		execute_cmd(method)
	except frappe.PermissionError:
		return True
	except frappe.ValidationError as error:
		# Its own answer to these arguments, given after the permission was checked.
		assert method.rpartition(".")[2] in ANSWER_THEMSELVES, (method, user, error)
	finally:
		frappe.set_user("Administrator")
		frappe.db.rollback(save_point="before_call")
		frappe.local.form_dict = frappe._dict()
		del frappe.local.request
		frappe.clear_messages()
		frappe.clear_document_cache("Deal")
	return False


def test_every_method_is_in_the_table():
	ours = [method for method in whitelisted() if method.startswith("crm_marketplace.deals.")]

	assert sorted(ours) == sorted(ALLOWED)


def test_each_method_is_open_to_its_roles_and_to_nobody_else(world, users, monkeypatch):
	monkeypatch.setattr(frappe, "enqueue", lambda *args, **kwargs: None)

	found = {
		method: {
			name
			for name, user in users.items()
			if not is_denied(method, user, world[method.rpartition(".")[2]])
		}
		for method in ALLOWED
	}

	assert found == {method: set(roles) for method, roles in ALLOWED.items()}


@pytest.mark.parametrize("method", sorted(ALLOWED), ids=lambda method: method.rpartition(".")[2])
def test_a_method_names_the_types_of_its_arguments(method):
	"""Frappe checks what is annotated: a dict where a name is expected never reaches the code."""
	function = inspect.unwrap(whitelisted()[method])
	for parameter in inspect.signature(function).parameters.values():
		assert parameter.annotation is not parameter.empty, parameter.name


@pytest.mark.parametrize("method", sorted(ALLOWED), ids=lambda method: method.rpartition(".")[2])
def test_a_method_that_changes_something_is_not_called_by_a_link(method):
	methods = frappe.allowed_http_methods_for_whitelisted_func[whitelisted()[method]]

	assert ("GET" in methods) == (method.rpartition(".")[2] in READING)


@pytest.mark.parametrize(
	("doctype", "readers", "writers"),
	[
		("Deal", READERS, SELLERS),
		("Deal Pipeline", READERS, MANAGERS),
		("Deal Stage", READERS, MANAGERS),
		("Deal Loss Reason", READERS, MANAGERS),
		("Deals Settings", READERS, MANAGERS),
		("Deal Assignment Rule", MANAGERS, MANAGERS),
		("Sales Plan", READERS, MANAGERS),
		("Customer Segment", READERS, MANAGERS),
		("Advertising Cost", MANAGERS, MANAGERS),
		("Advertising Expense", MANAGERS, MANAGERS),
		("Party Merge", MANAGERS, NOBODY),
		("Party Key", NOBODY, NOBODY),
	],
)
def test_documents_are_read_and_written_by(users, doctype, readers, writers):
	def having(right):
		return {name for name, user in users.items() if frappe.has_permission(doctype, right, user=user)}

	assert (having("read"), having("write")) == (set(readers), set(writers))
