"""Fields that are taken away: triggers that ask about them do not simply fall silent."""

from __future__ import annotations

import json

import frappe
import pytest
from frappe.custom.doctype.custom_field.custom_field import create_custom_field

from crm_marketplace.triggers.engine import missing
from tests.harness.committing import commit
from tests.site.triggers import comment, make, run, state, the_log, todo

pytestmark = pytest.mark.usefixtures("no_triggers")

MOOD = {"field": "mood", "op": "=", "value": "bad"}


@pytest.mark.parametrize(
	("event", "owner", "fields"),
	[
		("Changed", "ToDo", {"conditions": MOOD}),
		("Changed", "ToDo", {"conditions": {**MOOD, "op": "!="}}),
		("Created", "ToDo", {"conditions": {"field": "mood", "op": "changed"}}),
		("Created", "ToDo", {"repeat_until": MOOD}),
		("Changed", "ToDo", {"watched_fields": "mood"}),
		("Status Changed", "ToDo", {"event_field": "mood"}),
		("No Change For", "ToDo", {"event_field": "mood", "to_value": "bad", "duration": 60}),
		("Changed", "Address", {"conditions": {**MOOD, "field": "address.mood"}}),
		("Changed", "Contact Email", {"conditions": {"table": "email_ids", "how": "any", "where": MOOD}}),
		("Changed", "Contact Email", {"conditions": {"table": "email_ids", "how": "sum", **MOOD}}),
	],
	ids=str,
)
def test_a_field_that_was_removed_pauses_its_triggers(site, event, owner, fields):
	create_custom_field(owner, {"fieldname": "mood", "label": "Mood", "fieldtype": "Data"})
	about = "ToDo" if owner == "ToDo" else "Contact"
	rule, other = make(event, about, comment(), **fields), make("Created", about, comment())
	frappe.db.delete("Notification Log", {"document_name": rule.name})
	frappe.delete_doc("Custom Field", f"{owner}-mood")
	commit()
	enabled, why = state(rule)
	assert not enabled and "mood" in why
	assert frappe.db.count("Notification Log", {"document_type": "Trigger", "document_name": rule.name}) == 1
	assert state(other)[0]


def test_a_field_that_was_removed_past_frappe_is_noticed_when_it_fires_and_by_the_day(site):
	create_custom_field("ToDo", {"fieldname": "mood", "label": "Mood", "fieldtype": "Data"})
	rule = make("Changed", "ToDo", comment(), conditions={**MOOD, "op": "!="})
	frappe.db.delete("Custom Field", {"name": "ToDo-mood"})
	frappe.clear_cache(doctype="ToDo")
	doc = todo(priority="Low")
	doc.priority = "High"
	doc.save()
	run()
	assert the_log(rule).status == "Failed" and "mood" in the_log(rule).reason_values
	assert state(rule)[0]
	missing.check_all()
	commit()
	enabled, why = state(rule)
	assert not enabled and "mood" in why


def test_missing_fields_are_named(site):
	rule = make("Created", "ToDo", comment())
	rule.conditions = json.dumps({"field": "nonsense", "op": "set"})
	assert missing.missing_fields(rule) == ["nonsense"]
