"""Whether a tree of conditions is one (`rules.triggers_conditions` says what it looks like), before it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm_marketplace.integrations.errors import _
from crm_marketplace.rules.triggers_conditions import AGGREGATES, CHANGE_OPS, VALUE_OPS

MAX_DEPTH = 8
MAX_NODES = 200


class BadCondition(ValueError):
	"""A tree that is not one; `args[0]` says what is wrong with it, for the person who wrote it."""


def check(node: Any, depth: int = 0, counter: list[int] | None = None) -> None:
	"""Raises BadCondition for what is no tree: an unknown operator, a group in a group in a group …"""
	counter = counter if counter is not None else [0]
	counter[0] += 1
	if depth > MAX_DEPTH or counter[0] > MAX_NODES:
		raise BadCondition(_("too many conditions"))
	if not isinstance(node, Mapping):
		raise BadCondition(_("a condition is missing"))
	if not node:
		return
	kinds = [kind for kind in ("all", "any", "not", "user", "time", "calendar", "expression") if kind in node]
	if "table" in node:
		kinds = ["table"]
	elif "field" in node:
		kinds.append("field")
	if len(kinds) != 1:
		raise BadCondition(_("a condition says nothing, or two things at once"))
	kind = kinds[0]
	if kind in ("all", "any"):
		if not isinstance(node[kind], list):
			raise BadCondition(_("a group is no list"))
		for part in node[kind]:
			check(part, depth + 1, counter)
	elif kind == "not":
		check(node["not"], depth + 1, counter)
	else:
		_CHECKS[kind](node, depth, counter)


# --- inside ----------------------------------------------------------------------------------------


def _check_field(node: Mapping[str, Any], depth: int, counter: list[int]) -> None:
	name = node["field"]
	if not isinstance(name, str) or not all(part.isidentifier() for part in name.split(".")):
		raise BadCondition(_("a field is missing"))
	if name.count(".") > 1:
		raise BadCondition(_("only one step to a linked document"))
	if node.get("op") in CHANGE_OPS:
		if "." in name:
			raise BadCondition(_("only the document's own fields have an old value"))
		return
	if node.get("of") == "old" and "." in name:
		raise BadCondition(_("only the document's own fields have an old value"))
	_check_op(node)


def _check_op(node: Mapping[str, Any]) -> None:
	if node.get("op") not in VALUE_OPS:
		raise BadCondition(_("an unknown comparison"))
	if node["op"] not in ("set", "not set") and node.get("value") in (None, "", []):
		raise BadCondition(_("a value is missing"))


def _check_table(node: Mapping[str, Any], depth: int, counter: list[int]) -> None:
	if not str(node["table"]).isidentifier() or node.get("how") not in ("any", "all", *AGGREGATES):
		raise BadCondition(_("an unknown question about rows"))
	if node["how"] in AGGREGATES:
		_check_op(node)
		if node["how"] != "count" and not str(node.get("field") or "").isidentifier():
			raise BadCondition(_("a field is missing"))
	if node.get("where"):
		check(node["where"], depth + 1, counter)
	elif node["how"] in ("any", "all"):
		raise BadCondition(_("a condition is missing"))


def _check_user(node: Mapping[str, Any], depth: int, counter: list[int]) -> None:
	if node["user"] not in ("=", "!=", "in", "not in") or not node.get("value"):
		raise BadCondition(_("a value is missing"))


def _check_time(node: Mapping[str, Any], depth: int, counter: list[int]) -> None:
	span = node["time"]
	if not isinstance(span, list) or len(span) != 2 or not all(_is_time(part) for part in span):
		raise BadCondition(_("a time of day is written as 09:00"))


def _is_time(text: Any) -> bool:
	try:
		return isinstance(text, str) and len(text) == 5 and bool(datetime.strptime(text, "%H:%M"))
	except ValueError:
		return False


def _check_calendar(node: Mapping[str, Any], depth: int, counter: list[int]) -> None:
	if node["calendar"] not in ("working", "holiday") or not node.get("list"):
		raise BadCondition(_("a holiday list is missing"))


def _check_expression(node: Mapping[str, Any], depth: int, counter: list[int]) -> None:
	if not isinstance(node["expression"], str) or not node["expression"].strip():
		raise BadCondition(_("an expression is empty"))
	if len(node["expression"]) > 1000:
		raise BadCondition(_("an expression is too long"))


_CHECKS = {
	"field": _check_field,
	"table": _check_table,
	"user": _check_user,
	"time": _check_time,
	"calendar": _check_calendar,
	"expression": _check_expression,
}
