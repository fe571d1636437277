"""What a dry run says of a trigger is what the trigger would do on a real site."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
import pytest

from crm_marketplace.triggers import api
from crm_marketplace.triggers.engine import dry_run
from tests.site.triggers import comment, make, todo

pytestmark = pytest.mark.usefixtures("no_triggers")


@pytest.fixture
def outside_of_tests(site) -> Iterator[None]:
	"""As on a real site: Frappe copies documents otherwise under test."""
	frappe.flags.in_test = False
	yield
	frappe.flags.in_test = True


def tried(rule, name: str | None = None) -> dict:
	return api.try_document(api.trigger(rule.name), name)


def change(doc, **values) -> None:
	"""Frappe keeps no versions under test, if not told to."""
	doc.update(values)
	doc.save(ignore_version=False)


@pytest.mark.parametrize(
	"condition",
	[
		{"field": "docstatus", "op": "=", "value": 1},
		{"field": "owner", "op": "=", "value": "Administrator"},
		{"field": "creation", "op": ">", "value": "2000-01-01"},
	],
	ids=lambda condition: condition["field"],
)
def test_fields_frappe_fills_in_are_there(site, condition, request):
	rule = make("Created", "ToDo", comment("by {{ doc.owner }}"), conditions=condition)
	doc = todo()
	doc.db_set("docstatus", 1)
	request.getfixturevalue("outside_of_tests")
	assert doc.name in [row["name"] for row in dry_run.over_days(rule, 1)["rows"]]
	found = tried(rule, doc.name)
	assert found["fires"] and found["actions"][0]["html"] == "by Administrator"


def test_an_event_that_did_not_happen_is_told(site):
	rule = make("Status Changed", "ToDo", comment(), event_field="status", to_value="Closed")
	doc = todo()
	found = tried(rule, doc.name)
	assert not found["fires"] and "did not happen" in found["problem"]
	assert found["actions"]  # what it would do is shown all the same
	submitted = make("Submitted", "ToDo", comment())
	assert not tried(submitted, doc.name)["fires"]
	assert tried(make("Created", "ToDo", comment()), doc.name)["fires"]


def test_the_last_change_of_the_chosen_document_is_looked_up(site):
	rule = make(
		"Status Changed",
		"ToDo",
		comment("{{ old.status }}"),
		event_field="status",
		conditions={"field": "status", "op": "changed_from", "value": "Open"},
	)
	doc, other = todo(), todo()
	for one in (doc, other):
		change(one, status="Closed")
	found = tried(rule, doc.name)
	assert found["fires"] and found["name"] == doc.name and not found["problem"]
	assert found["actions"][0]["html"] == "Open"


def test_the_latest_document_is_one_the_event_happened_with(site):
	rule = make(
		"Status Changed",
		"ToDo",
		comment(),
		event_field="status",
		to_value="Closed",
		conditions={"field": "description", "op": "=", "value": "newest"},
	)
	doc = todo("older")
	change(doc, status="Closed")
	newest = todo("newest")
	found = tried(rule)
	assert found["name"] == doc.name != newest.name
	assert not found["fires"] and not found["problem"]  # only the condition does not hold


@pytest.mark.parametrize(
	("frequency", "expected"), [("Every Time", 3), ("Once per Document", 1), ("Once per Month", 1)]
)
def test_it_counts_as_often_as_the_trigger_fires(site, frequency, expected):
	rule = make("Changed", "ToDo", comment(), watched_fields="priority", frequency=frequency)
	doc = todo(priority="Low")
	for value in ("High", "Medium", "Low"):
		change(doc, priority=value)
	rows = [row for row in dry_run.over_days(rule, 1)["rows"] if row["name"] == doc.name]
	assert len(rows) == expected
	if expected == 1:
		assert rows[0]["changes"] == {"priority": ["Low", "High"]}  # the first of them fires
