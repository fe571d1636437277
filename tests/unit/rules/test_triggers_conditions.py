"""Conditions of triggers: what holds, what does not, and what cannot be told yet."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.rules.triggers_check import BadCondition, check
from crm_marketplace.rules.triggers_conditions import (
	Facts,
	Unknown,
	evaluate,
	explain,
	fields_of,
	necessary,
	paths_of,
	values_of,
)

NOW = datetime(2026, 3, 4, 10, 30)
DOC = {
	"status": "Open",
	"total": 120.5,
	"customer": "ACME",
	"due": "2026-03-05",
	"note": None,
	"express": 1,
	"items": [{"code": "A", "qty": 2}, {"code": "B", "qty": 5}],
}


def facts(**more) -> Facts:
	return Facts(**{"doc": DOC, "now": NOW, "user": "ann@example.com", **more})


def holds(node, **more) -> bool | None:
	check(node)
	return evaluate(node, facts(**more))


def field(name, op, value=None, **more):
	return {"field": name, "op": op, "value": value, **more}


@pytest.mark.parametrize(
	("node", "expected"),
	[
		(field("status", "=", "Open"), True),
		(field("status", "=", "open"), False),
		(field("status", "!=", "Lost"), True),
		(field("status", "in", ["Lost", "Open"]), True),
		(field("status", "not in", "Lost, Won"), True),
		(field("status", "contains", "PE"), True),
		(field("status", "starts with", "op"), True),
		(field("total", ">", 120), True),
		(field("total", ">", "120"), True),
		(field("total", "between", [100, 120]), False),
		(field("total", "<=", 120.5), True),
		(field("note", "not set"), True),
		(field("note", ">", 1), False),
		(field("note", "=", 0), True),
		(field("missing", "not set"), True),
		(field("express", "=", 1), True),
		(field("express", "=", "1"), True),
		(field("due", "<", "now+1d"), True),
		(field("due", "=", "today+1d"), True),
		(field("due", ">", "today+1d"), False),
		(field("due", "between", ["today", "today+1w"]), True),
		({"table": "items", "how": "any", "where": field("qty", ">", 4)}, True),
		({"table": "items", "how": "all", "where": field("qty", ">", 4)}, False),
		({"table": "items", "how": "sum", "field": "qty", "op": "=", "value": 7}, True),
		({"table": "items", "how": "max", "field": "qty", "op": ">", "value": 5}, False),
		({"table": "items", "how": "min", "field": "qty", "op": "=", "value": 2}, True),
		({"table": "items", "how": "count", "op": "=", "value": 1, "where": field("code", "=", "B")}, True),
		({"user": "=", "value": "ann@example.com"}, True),
		({"user": "in", "value": ["bob@example.com"]}, False),
		({"time": ["09:00", "18:00"]}, True),
		({"time": ["22:00", "09:00"]}, False),
		({"not": field("status", "=", "Open")}, False),
		({"all": []}, True),
		({"any": []}, True),
		({}, True),
		({"any": [field("status", "=", "Lost"), field("total", ">", 1)]}, True),
		({"all": [field("status", "=", "Lost"), field("total", ">", 1)]}, False),
	],
	ids=str,
)
def test_tests_of_the_document(node, expected):
	assert holds(node) is expected


@pytest.mark.parametrize(
	("node", "expected"),
	[
		(field("status", "changed"), True),
		(field("total", "changed"), False),
		(field("status", "changed_to", "Open"), True),
		(field("status", "changed_from", "Draft"), True),
		(field("status", "changed_from", "Open"), False),
		(field("status", "=", "Draft", of="old"), True),
		(field("total", "=", 120.5, of="old"), True),
		(field("paid", "increased"), True),
		(field("paid", "decreased"), False),
		(field("rest", "decreased"), True),
	],
	ids=str,
)
def test_tests_of_the_change(node, expected):
	changes = {"status": ("Draft", "Open"), "paid": (None, 5), "rest": (10, None)}
	assert holds(node, changes=changes) is expected


def unknown(*_args):
	raise Unknown


def test_what_is_not_at_hand_cannot_be_told():
	linked = field("customer.territory", "=", "EU")
	assert holds(linked) is None
	assert holds({"not": linked}) is None
	assert holds({"all": [linked, field("status", "=", "Open")]}) is None
	assert holds({"all": [linked, field("status", "=", "Lost")]}) is False
	assert holds({"any": [linked, field("status", "=", "Open")]}) is True
	assert holds({"any": [linked, field("status", "=", "Lost")]}) is None
	assert holds({"calendar": "working", "list": "Holidays"}) is None
	assert holds({"table": "items", "how": "count", "op": ">", "value": 1}, rows=unknown) is None
	assert holds({"expression": "doc.total > 1"}) is None


def test_what_is_read_later_is_told_then():
	linked = field("customer.territory", "=", "EU")
	assert holds(linked, linked=lambda name, there: {"customer.territory": "EU"}[f"{name}.{there}"]) is True
	assert holds(field("note.territory", "not set")) is True  # an empty link leads nowhere
	assert holds({"calendar": "holiday", "list": "H"}, holiday=lambda name: name == "H") is True
	assert holds({"expression": "anything"}, expression=lambda text: text == "anything") is True


def test_an_expression_is_asked_last():
	def never(_text):
		raise AssertionError("it was asked")

	assert holds({"all": [{"expression": "x"}, field("status", "=", "Lost")]}, expression=never) is False


@pytest.mark.parametrize(
	"node",
	[
		[],
		"status",
		{"field": "status", "op": "=="},
		{"field": "status", "op": "="},
		{"field": "a.b.c", "op": "set"},
		{"field": "__class__.x y", "op": "set"},
		{"field": "customer.territory", "op": "changed"},
		{"table": "items", "how": "any"},
		{"table": "items", "how": "sum", "op": ">", "value": 1},
		{"time": ["9", "18:00"]},
		{"expression": " "},
		{"all": {}},
		{"all": [], "any": []},
		{"calendar": "working"},
		{"nothing": 1},
	],
	ids=str,
)
def test_a_wrong_tree_is_refused(node):
	with pytest.raises(BadCondition):
		check(node)


def test_a_tree_without_end_is_refused():
	node: dict = {}
	for _ in range(30):
		node = {"all": [node]}
	with pytest.raises(BadCondition):
		check(node)
	with pytest.raises(BadCondition):
		check({"all": [field("a", "set")] * 300})


def test_every_test_is_explained():
	tree = {"all": [field("status", "=", "Open"), {"any": [field("total", ">", 500), field("note", "set")]}]}
	rows = explain(tree, facts())
	assert [(row["result"], row["found"], row["depth"]) for row in rows] == [
		(True, "Open", 1),
		(False, 120.5, 2),
		(False, None, 2),
	]


def test_fields_and_what_a_query_may_narrow_by():
	tree = {
		"all": [
			field("status", "in", ["Open", "Paid"]),
			field("customer", "=", "ACME"),
			field("customer.territory", "=", "EU"),
			field("due", "=", "today"),
			{"any": [field("total", "=", "7")]},
			{"table": "items", "how": "any", "where": field("qty", "=", "1")},
		]
	}
	assert fields_of(tree) == {"status", "customer", "due", "total", "items"}
	asked = {"status", "customer", "customer.territory", "due", "total", "items", "items:qty"}
	assert paths_of(tree) == asked
	assert necessary(tree) == [("status", "in", ["Open", "Paid"]), ("customer", "=", "ACME")]


# --- for every tree --------------------------------------------------------------------------------

values = st.sampled_from(["Open", "Lost", 0, 1, 120.5, "", None])
tests = st.builds(
	lambda name, op, value: {"field": name, "op": op, "value": value},
	st.sampled_from(["status", "total", "note", "customer.territory"]),
	st.sampled_from(["=", "!=", ">", "<=", "set", "not set", "contains"]),
	values,
)
trees = st.recursive(
	tests,
	lambda inner: st.one_of(
		st.builds(lambda parts: {"all": parts}, st.lists(inner, max_size=4)),
		st.builds(lambda parts: {"any": parts}, st.lists(inner, max_size=4)),
		st.builds(lambda part: {"not": part}, inner),
	),
	max_leaves=12,
)


@given(trees, values)
def test_what_is_told_early_stays_true_when_all_is_known(tree, territory):
	"""A save decides with half the facts: the background, which has them all, must never disagree."""
	early = evaluate(tree, facts())
	late = evaluate(tree, facts(linked=lambda _name, _there: territory))
	assert late is not None
	assert early in (None, late)


@given(trees)
def test_a_tree_survives_being_stored(tree):
	assert evaluate(json.loads(json.dumps(tree)), facts()) is evaluate(tree, facts())


@given(trees)
def test_not_turns_every_answer_around(tree):
	answer = evaluate(tree, facts())
	assert evaluate({"not": tree}, facts()) is (None if answer is None else not answer)


@given(trees, st.sampled_from(["Open", "Lost", ""]), st.sampled_from(["", "x"]))
def test_narrowing_never_leaves_out_what_holds(tree, status, note):
	doc = {**DOC, "status": status, "note": note}
	if evaluate(tree, facts(doc=doc, linked=lambda _name, _there: "EU")):
		for name, op, value in necessary(tree):
			assert doc[name] == value if op == "=" else doc[name] in value


def test_what_a_tree_compares_its_fields_with():
	tree = {
		"all": [
			{"field": "stage", "op": "in", "value": ["a", "b"]},
			{"any": [{"field": "customer.territory", "op": "=", "value": "EU"}, {"user": "=", "value": "x"}]},
			{"table": "items", "how": "any", "where": {"field": "item_code", "op": "=", "value": "cup"}},
			{"table": "items", "how": "count", "op": ">", "value": 5},
		]
	}
	assert list(values_of(tree)) == [
		("stage", ["a", "b"]),
		("customer.territory", "EU"),
		("items:item_code", "cup"),
	]
