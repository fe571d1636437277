"""Which rules an event sets off."""

from __future__ import annotations

from datetime import datetime

import pytest

from crm_marketplace.rules.triggers_conditions import Facts
from crm_marketplace.rules.triggers_events import EVENTS, Rule, by_priority, fires, matches


def facts(doc=None, **changes) -> Facts:
	return Facts(doc=doc or {}, changes=changes, now=datetime(2026, 3, 4))


def rule(event="Changed", **fields) -> Rule:
	return Rule(**{"name": "R", "event": event, "document_type": "Deal", **fields})


@pytest.mark.parametrize(
	("fields", "changes", "expected"),
	[
		({}, {"x": (1, 2)}, True),
		({}, {}, False),
		({"watched": ("x",)}, {"x": (1, 2)}, True),
		({"watched": ("y",)}, {"x": (1, 2)}, False),
		({"event": "Status Changed", "field": "s"}, {"s": ("a", "b")}, True),
		({"event": "Status Changed", "field": "s"}, {"x": ("a", "b")}, False),
		(
			{"event": "Status Changed", "field": "s", "from_value": "a", "to_value": "b"},
			{"s": ("a", "b")},
			True,
		),
		({"event": "Status Changed", "field": "s", "from_value": "b"}, {"s": ("a", "b")}, False),
		({"event": "Status Changed", "field": "s", "to_value": "c"}, {"s": ("a", "b")}, False),
		({"event": "Order Cancelled"}, {"status": ("Shipped", "Cancelled")}, True),
		({"event": "Order Cancelled"}, {"status": ("Shipped", "Delivered")}, False),
		({"event": "Order On Hold"}, {"state": ("To Process", "On Hold")}, True),
	],
	ids=str,
)
def test_changes(fields, changes, expected):
	assert fires(rule(**fields), "change", facts(**changes)) is expected


def test_other_moments_belong_to_other_events():
	assert fires(rule("Created"), "insert", facts())
	assert not fires(rule("Created"), "change", facts(x=(1, 2)))
	assert not fires(rule("Submitted"), "insert", facts())


def test_no_change_for_begins_when_the_status_is_entered():
	waits = rule("No Change For", field="status", to_value="Open")
	assert fires(waits, "insert", facts({"status": "Open"}))
	assert fires(waits, "change", facts({"status": "Open"}, status=("New", "Open")))
	assert not fires(waits, "change", facts({"status": "Open"}, total=(1, 2)))
	assert not fires(waits, "change", facts({"status": "Lost"}, status=("Open", "Lost")))


def test_the_important_come_first_and_may_stop_the_others():
	first = rule(
		name="B", priority=5, stop_others=True, conditions={"field": "total", "op": ">", "value": 10}
	)
	others = rule(name="A"), rule(name="C", priority=-1)
	ordered = by_priority([*others, first])
	assert [one.name for one in ordered] == ["B", "A", "C"]
	large = facts({"total": 11}, total=(1, 11))
	assert [match.rule.name for match in matches(ordered, "change", large)] == ["B"]
	small = facts({"total": 9}, total=(1, 9))
	assert [match.rule.name for match in matches(ordered, "change", small)] == ["A", "C"]


def test_conditions_that_cannot_be_told_leave_the_match_uncertain():
	linked = rule(conditions={"field": "customer.group", "op": "=", "value": "VIP"}, stop_others=True)
	found = matches([linked, rule(name="S")], "change", facts({"customer": "A"}, x=(1, 2)))
	assert [(match.rule.name, match.certain) for match in found] == [("R", False), ("S", True)]


def test_every_event_says_what_it_is():
	for name, kind in EVENTS.items():
		assert kind.label and kind.help and kind.moments, name
