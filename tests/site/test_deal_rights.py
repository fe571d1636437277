"""Who sees which deals. List, report view, search, link field, API and export must agree."""

from __future__ import annotations

import json

import frappe
import pytest
from frappe.client import get_list
from frappe.core.doctype.data_export.exporter import export_data
from frappe.desk import reportview
from frappe.desk.reportview import get_count
from frappe.desk.search import search_link
from frappe.permissions import update_permission_property

from crm_marketplace.deals.api import board
from crm_marketplace.permissions.deals import forget_scopes, may_see_deal, scope, team_of
from tests.harness.users import make_user
from tests.site.deals_world import make_colleague, make_deal, make_pipeline

USER, VIEWER, MANAGER = "Deals User", "Deals Viewer", "Deals Manager"


@pytest.fixture(scope="session")
def users(user_with_role):
	"""Made before anything else, because making a user commits."""
	return {
		**{
			name: make_user([USER], email=f"deals-{name}@example.com")
			for name in ("head", "below", "stranger")
		},
		"viewer": user_with_role(VIEWER),
		"manager": user_with_role(MANAGER),
		"accountant": user_with_role(VIEWER, "Accounts Manager"),
		"outsider": user_with_role("Marketplace Viewer"),
	}


@pytest.fixture
def people(users):
	"""A head, somebody below, and a stranger, all with the role Deals User, as employees."""
	head = make_colleague(users["head"])
	make_colleague(users["below"], above=head)
	make_colleague(users["stranger"])
	forget_scopes()
	yield {name: users[name] for name in ("head", "below", "stranger")}
	forget_scopes()


@pytest.fixture
def world(people):
	"""A pipeline with a deal of each person, and one of nobody."""
	pipeline = make_pipeline()
	deals = {name: make_deal(pipeline, responsible=user).name for name, user in people.items()}
	deals["nobody"] = make_deal(pipeline, responsible="").name
	return pipeline, deals


def let_see(pipeline, level, roles=()):
	doc = frappe.get_doc("Deal Pipeline", pipeline)
	doc.update({"users_see": level})
	doc.set("roles", [{"role": role} for role in roles])
	doc.save()
	forget_scopes()


def asked(method, **arguments):
	"""An answer of the report view about deals, asked as the desk does."""
	frappe.local.form_dict = frappe._dict(
		doctype="Deal",
		fields=json.dumps(["`tabDeal`.`name`"]),
		filters="[]",
		view="Report",
		start=0,
		page_length=5000,
		**arguments,
	)
	return method()


def seen_everywhere(pipeline, deals, user, as_user):
	"""What each way of asking shows to the user; one set, because all must agree."""
	by_name = {name: key for key, name in deals.items()}
	here = {"pipeline": pipeline}  # a site in use has more deals than one page shows
	with as_user(user):
		ways = {
			"list": {row.name for row in frappe.get_list("Deal", filters=here, limit=0)},
			"api": {row["name"] for row in get_list("Deal", filters=here, limit_page_length=500)},
			"link": {row["value"] for row in search_link("Deal", "DEAL", filters=here, page_length=500)},
			"board": {card["name"] for card in board.board_page(pipeline).get("cards", [])},
			"document": {
				name
				for name in deals.values()
				if frappe.has_permission("Deal", "read", frappe.get_doc("Deal", name))
			},
		}
		frappe.local.form_dict = frappe._dict(
			doctype="Deal", filters=json.dumps(here), fields="[]", distinct="false"
		)
		count = get_count()
		# Frappe answers with an empty list, not with an empty table, where there is nothing to see.
		ways["report"] = {row[0] for row in (asked(reportview.get) or {"values": ()})["values"]}
	found = {way: {by_name[name] for name in names if name in by_name} for way, names in ways.items()}
	assert len(set(map(frozenset, found.values()))) == 1, found
	assert count >= len(found["list"])
	return found["list"]


@pytest.mark.parametrize(
	("level", "expected"),
	[
		("Own", {"head", "nobody"}),
		("Team", {"head", "below", "nobody"}),
		("All", {"head", "below", "stranger", "nobody"}),
	],
)
def test_levels_of_a_pipeline(world, people, as_user, level, expected):
	pipeline, deals = world
	let_see(pipeline, level)
	assert seen_everywhere(pipeline, deals, people["head"], as_user) == expected


def test_who_has_nobody_below_sees_the_same_as_own(world, people, as_user):
	pipeline, deals = world
	let_see(pipeline, "Team")
	assert seen_everywhere(pipeline, deals, people["stranger"], as_user) == {"stranger", "nobody"}


@pytest.mark.parametrize("who", ["viewer", "manager"])
def test_viewers_and_managers_see_all(world, as_user, users, who):
	pipeline, deals = world
	let_see(pipeline, "Own")
	assert seen_everywhere(pipeline, deals, users[who], as_user) == set(deals)


@pytest.mark.parametrize("who", ["head", "manager"])
@pytest.mark.parametrize("strict", [0, 1])
def test_user_permissions_hold_everywhere(world, people, as_user, users, who, strict):
	"""ERPNext gives one for the company to every employee with a login."""
	pipeline, deals = world
	let_see(pipeline, "All")
	company = frappe.db.get_value("Deal", deals["head"], "company")
	frappe.db.set_value("Deal", deals["below"], "company", "Another Company")
	frappe.db.set_value("Deal", deals["stranger"], "company", None)
	frappe.db.set_single_value("System Settings", "apply_strict_user_permissions", strict)
	permission = frappe.get_doc(
		doctype="User Permission", user=users[who], allow="Company", for_value=company
	).insert()
	try:
		expected = {"head", "nobody"} if strict else {"head", "nobody", "stranger"}
		assert seen_everywhere(pipeline, deals, users[who], as_user) == expected
		with as_user(users[who]):
			total = sum(stage["deals"] for stage in board.board_page(pipeline)["stages"])
		assert total == len(expected)
	finally:
		permission.delete()
		frappe.db.set_single_value("System Settings", "apply_strict_user_permissions", 0)


def test_a_pipeline_of_other_roles_is_not_there(world, people, as_user, users):
	pipeline, deals = world
	let_see(pipeline, "All", roles=["Accounts Manager"])
	assert seen_everywhere(pipeline, deals, people["head"], as_user) == set()
	with as_user(people["head"]):
		assert not frappe.get_list("Deal Pipeline", filters={"name": pipeline})
		assert not frappe.get_list("Deal Stage", filters={"pipeline": pipeline})
		with pytest.raises(frappe.PermissionError):
			board.quick_add(pipeline, "Not mine")
	assert seen_everywhere(pipeline, deals, users["accountant"], as_user) == set(deals)


def test_without_a_role_of_deals_there_is_nothing(world, as_user, users):
	_pipeline, deals = world
	with as_user(users["outsider"]):
		assert not may_see_deal(frappe.get_doc("Deal", deals["nobody"]))
		with pytest.raises(frappe.PermissionError):
			frappe.get_list("Deal")


def test_a_deal_taken_over_leaves_the_other_lists(world, people, as_user):
	pipeline, deals = world
	let_see(pipeline, "Own")
	with as_user(people["stranger"]):
		board.take_deal(deals["nobody"])
		with pytest.raises(frappe.ValidationError, match="already"):
			board.take_deal(deals["nobody"])
	assert seen_everywhere(pipeline, deals, people["head"], as_user) == {"head"}


def test_somebody_elses_deal_cannot_be_moved_by_its_number(world, people, as_user):
	pipeline, deals = world
	let_see(pipeline, "Own")
	stage = frappe.db.get_value("Deal", deals["stranger"], "stage")
	with as_user(people["head"]), pytest.raises(frappe.PermissionError):
		board.move_deal(deals["stranger"], stage)


def test_the_tree_of_sales_persons_counts_too(people):
	employees = {name: frappe.db.get_value("Employee", {"user_id": user}) for name, user in people.items()}
	group = frappe.get_doc(
		doctype="Sales Person",
		sales_person_name="Deals North",
		is_group=1,
		employee=employees["stranger"],
		parent_sales_person=frappe.db.get_value("Sales Person", {"parent_sales_person": ("in", ("", None))}),
	).insert()
	frappe.get_doc(
		doctype="Sales Person",
		sales_person_name="Deals North 1",
		employee=employees["below"],
		parent_sales_person=group.name,
	).insert()
	assert team_of(people["stranger"]) == {people["stranger"], people["below"]}
	deal = make_deal(make_pipeline(), responsible=people["below"])
	assert deal.team == group.name


def test_a_circle_of_teams_is_refused_by_erpnext_and_hangs_nothing(people):
	employees = {name: frappe.db.get_value("Employee", {"user_id": user}) for name, user in people.items()}
	head = frappe.get_doc("Employee", employees["head"])
	head.reports_to = employees["below"]
	with pytest.raises(frappe.ValidationError):
		head.save()
	# Even a tree that was broken by hand is read with one query, not walked.
	frappe.db.set_value("Employee", employees["head"], "reports_to", employees["below"])
	assert people["below"] in team_of(people["head"])


def test_export_and_deletion_are_rights_of_their_own(world, people, as_user, users):
	_pipeline, deals = world
	with as_user(people["head"]):
		doc = frappe.get_doc("Deal", deals["head"])
		assert doc.has_permission("write")
		assert not doc.has_permission("delete") and not frappe.has_permission("Deal", "export")
		with pytest.raises(frappe.PermissionError):
			frappe.delete_doc("Deal", deals["head"])
		with pytest.raises(frappe.PermissionError):
			export_data("Deal", select_columns=json.dumps({"Deal": ["title"]}), with_data=True)
	with as_user(users["manager"]):
		assert frappe.has_permission("Deal", "export")


def test_an_export_holds_what_the_list_shows_and_is_remembered(world, people, as_user):
	pipeline, deals = world
	let_see(pipeline, "Own")
	update_permission_property("Deal", USER, 0, "export", 1, validate=False)
	with as_user(people["below"]):
		asked(reportview.export_query, file_format_type="CSV", title="Deals")
		told = frappe.response["filecontent"].decode()
	assert {key for key, name in deals.items() if name in told} == {"below", "nobody"}
	(log,) = frappe.get_all(
		"Access Log", filters={"user": people["below"], "export_from": "Deal"}, fields=["file_type"]
	)
	assert log.file_type == "CSV"


def test_the_margin_is_for_managers(world, people, as_user, users):
	_pipeline, deals = world
	frappe.db.set_value("Deal", deals["head"], "margin", 777)
	for user, seen in ((people["head"], False), (users["manager"], True)):
		with as_user(user):
			doc = frappe.get_doc("Deal", deals["head"])
			doc.apply_fieldlevel_read_permissions()
			assert bool(doc.get("margin")) is seen


def test_viewers_change_nothing(world, as_user, users):
	pipeline, deals = world
	stage = frappe.db.get_value("Deal", deals["head"], "stage")
	with as_user(users["viewer"]):
		with pytest.raises(frappe.PermissionError):
			board.move_deal(deals["head"], stage)
		with pytest.raises(frappe.PermissionError):
			board.quick_add(pipeline, "Mine")
		with pytest.raises(frappe.PermissionError):
			board.take_deal(deals["nobody"])


def test_a_change_is_visible_afterwards(world, people):
	_pipeline, deals = world
	doc = frappe.get_doc("Deal", deals["head"])
	doc.title = "Renamed"
	doc.save(ignore_version=False)
	assert frappe.db.exists("Version", {"ref_doctype": "Deal", "docname": doc.name})


def test_the_scope_is_found_in_few_queries(world, people):
	queries = []
	original = frappe.db.sql
	try:
		frappe.db.sql = lambda *args, **kwargs: queries.append(args[0]) or original(*args, **kwargs)
		scope(people["head"])
	finally:
		frappe.db.sql = original
	assert len(queries) <= 5, queries
