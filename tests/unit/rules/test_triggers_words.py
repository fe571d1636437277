"""Triggers in plain words."""

from __future__ import annotations

import pytest

from crm_marketplace.rules.triggers_conditions import CHANGE_OPS, VALUE_OPS
from crm_marketplace.rules.triggers_events import EVENTS
from crm_marketplace.rules.triggers_words import OPS, condition_words, cron_words, event_words, sentence, span


def say(text, *values):
	return text.format(*values) if values else text


class Labels:
	def __call__(self, path):
		return path.replace("_", " ").title()

	def is_check(self, path):
		return path == "express"

	def shown(self, path, value):
		titles = {("stage", "k3x9"): "Won", ("items:item_code", "i-1"): "Red Cup"}
		return (
			[titles.get((path, part), part) for part in value]
			if isinstance(value, list)
			else titles.get((path, value), value)
		)


LABEL = Labels()


def test_a_tree():
	tree = {
		"all": [
			{"field": "status", "op": "changed_to", "value": "Lost"},
			{"any": [{"field": "total", "op": ">", "value": 5}, {"field": "express", "op": "=", "value": 1}]},
			{"table": "items", "how": "any", "where": {"field": "qty", "op": ">", "value": 2}},
			{"not": {"user": "=", "value": "ann@example.com"}},
		]
	}
	assert condition_words(tree, say, LABEL) == (
		"Status has become “Lost” and (Total is more than 5 or Express is ticked) and "
		"in some row of Items: Items:Qty is more than 2 and not (the person is “ann@example.com”)"
	)


def test_several_tests_of_rows_stay_together():
	both = {"all": [{"field": "qty", "op": ">", "value": 2}, {"field": "rate", "op": "<", "value": 9}]}
	rows = {"table": "items", "how": "any", "where": both}
	after = {"field": "total", "op": ">", "value": 5}
	assert condition_words({"all": [rows, after]}, say, LABEL) == (
		"in some row of Items: (Items:Qty is more than 2 and Items:Rate is less than 9) and Total is more than 5"
	)
	counted = {"table": "items", "how": "count", "op": ">", "value": 3, "where": both}
	assert condition_words(counted, say, LABEL) == (
		"the number of rows in Items (rows where Items:Qty is more than 2 and Items:Rate is less than 9) "
		"is more than 3"
	)


def test_documents_are_told_by_their_titles():
	tree = {
		"all": [
			{"field": "stage", "op": "in", "value": ["k3x9", "other"]},
			{"table": "items", "how": "any", "where": {"field": "item_code", "op": "=", "value": "i-1"}},
		]
	}
	assert condition_words(tree, say, LABEL) == (
		"Stage is one of “Won”, “other” and in some row of Items: Items:Item Code is “Red Cup”"
	)


@pytest.mark.parametrize(
	("rule", "expected"),
	[
		({"event": "New Order"}, "New order in a shop"),
		({"event": "Created"}, "Document created: Deal"),
		({"event": "Changed", "watched": ["amount"]}, "Deal: Amount changes"),
		(
			{"event": "Status Changed", "event_field": "stage", "from_value": "A", "to_value": "B"},
			"Deal: Stage goes from “A” to “B”",
		),
		(
			{"event": "Status Changed", "event_field": "stage", "to_value": "k3x9"},
			"Deal: Stage becomes “Won”",
		),
		(
			{"event": "No Change For", "event_field": "stage", "to_value": "A", "duration": 4320},
			"Deal: Stage stays “A” for 3 days",
		),
		(
			{"event": "Before or After a Date", "event_field": "due", "duration": 60, "direction": "Before"},
			"1 hour before Due of Deal",
		),
		(
			{"event": "Schedule", "cron": "0 9 * * 1", "document_type": "Deal"},
			"on Mondays at 09:00, for each Deal",
		),
		({"event": "Schedule", "every_minutes": 120}, "every 2 hours"),
		(
			{"event": "Ship By Approaching", "duration": 120},
			"2 hours are left until the ship-by time of an order",
		),
		(
			{"event": "Stock Below", "threshold": 7.0, "threshold_unit": "Days of Sale"},
			"less than 7 days of sale of an item are left",
		),
	],
	ids=lambda value: value["event"] if isinstance(value, dict) else "",
)
def test_events(rule, expected):
	assert event_words(rule, say, LABEL, "Deal") == expected


def test_every_event_and_every_comparison_has_words():
	for event in EVENTS:
		rule = {"event": event, "event_field": "x", "to_value": "y", "duration": 5, "document_type": "Deal"}
		assert event_words(rule, say, LABEL, "Deal")
	assert set(OPS) == {*VALUE_OPS, *CHANGE_OPS}


def test_schedules():
	assert cron_words("30 8 * * *", say) == "every day at 08:30"
	assert cron_words("0 9 * * 1-5", say) == "Monday to Friday at 09:00"
	assert cron_words("0 9 1 * *", say) == "on day 1 of each month at 09:00"
	assert cron_words("*/5 * * * *", say) == "by the schedule */5 * * * *"


def test_spans():
	assert [span(minutes, say) for minutes in (0, 1, 60, 90, 1440, 20160)] == [
		"0 minutes",
		"1 minute",
		"1 hour",
		"90 minutes",
		"1 day",
		"2 weeks",
	]


def test_the_whole_sentence():
	rule = {
		"event": "Created",
		"conditions": {"field": "total", "op": ">", "value": 5},
		"frequency": "Once per Day",
		"repeat_times": 3,
		"repeat_minutes": 1440,
		"repeat_until": {"field": "status", "op": "=", "value": "Paid"},
		"quiet_from": "22:00",
		"quiet_to": "08:00",
		"max_per_hour": 10,
		"stop_others": 1,
	}
	assert sentence(rule, ["mail", "call"], say, LABEL, "Deal") == {
		"when": "Document created: Deal",
		"if": "Total is more than 5",
		"then": "mail; call",
		"limits": "at most once a day per document, again every 1 day, 3 times at most, until Status is “Paid”, "
		"nothing from 22:00 to 08:00, 10 an hour at most, no other trigger after it",
	}


def test_a_repetition_without_a_pause_is_none():
	rule = {"event": "Created", "repeat_times": 3, "repeat_minutes": None}
	assert sentence(rule, ["mail"], say, LABEL, "Deal")["limits"] == ""
