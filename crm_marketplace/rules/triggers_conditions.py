"""Conditions of triggers: a tree of groups and tests over a document, old values, child rows, user and time.

A tree is plain data, as the builder makes it and the DocType keeps it:

	{"all": [node, …]}   every node holds (an empty group holds)
	{"any": [node, …]}   at least one holds (an empty group holds)
	{"not": node}
	{"field": "status", "op": "=", "value": "Open"}             own field
	{"field": "customer.territory", "op": "=", "value": "EU"}   field of a linked document, one hop
	{"field": "status", "op": "changed_to", "value": "Lost"}    what the event changed
	{"field": "total", "of": "old", "op": ">", "value": 100}    the value before
	{"table": "items", "how": "any" | "all", "where": node}     child rows; fields in `where` are the row's
	{"table": "items", "how": "sum" | "max" | "min", "field": "qty", "op": ">", "value": 5}
	{"table": "items", "how": "count", "op": ">", "value": 5, "where": node (optional)}
	{"user": "=" | "!=" | "in", "value": …}                     who caused the event
	{"time": ["09:00", "18:00"]}                                time of day, over midnight too
	{"calendar": "working" | "holiday", "list": "…"}            by a Holiday List
	{"expression": "doc.total > 2 * old.total"}                 safe expression, for the rest

The answer is True, False or None: None means "cannot be told from what is at hand" (a linked document would
have to be read), so that a save decides at once what it can and leaves the rest to the background.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm_marketplace.rules.triggers_values import moment, number, ordered, plain, resolve, same

CHANGE_OPS = ("changed", "changed_to", "changed_from", "increased", "decreased")
VALUE_OPS = (
	"=",
	"!=",
	">",
	">=",
	"<",
	"<=",
	"in",
	"not in",
	"contains",
	"not contains",
	"starts with",
	"between",
	"set",
	"not set",
)
AGGREGATES = ("sum", "count", "max", "min")


class Unknown(Exception):
	"""A fact that is not at hand."""


@dataclass(slots=True)
class Facts:
	"""What conditions are asked about.

	Args:
		doc: values of the document, child tables as lists of mappings.
		changes: field → (old, new) of what the event changed.
		user: who caused the event.
		now: naive time of the site.
		rows: the child rows of a table; raises Unknown where they are not at hand.
		linked: link field, field there → value. Without it such tests cannot be told.
		holiday: name of a Holiday List → whether today is one. As above.
		expression: evaluates a safe expression. As above.
	"""

	doc: Mapping[str, Any]
	changes: Mapping[str, Sequence[Any]] = field(default_factory=dict)
	user: str = ""
	now: datetime = datetime.min
	rows: Callable[[str], Sequence[Mapping[str, Any]]] | None = None
	linked: Callable[[str, str], Any] | None = None
	holiday: Callable[[str], bool] | None = None
	expression: Callable[[str], Any] | None = None

	def value(self, path: str) -> Any:
		name, dot, there = path.partition(".")
		if not dot:
			return self.doc.get(name)
		if not self.doc.get(name):
			return None
		if self.linked is None:
			raise Unknown
		return self.linked(name, there)

	def old(self, name: str) -> Any:
		return self.changes[name][0] if name in self.changes else self.doc.get(name)

	def table(self, name: str) -> Sequence[Mapping[str, Any]]:
		if self.rows is not None:
			return self.rows(name)
		return self.doc.get(name) or ()


def evaluate(node: Mapping[str, Any] | None, facts: Facts) -> bool | None:
	"""Whether a tree holds; None when that cannot be told from these facts."""
	if not node:
		return True
	if "all" in node:
		return _every(node["all"], facts)
	if "any" in node:
		if not node["any"]:
			return True
		none_of = _every([{"not": part} for part in node["any"]], facts)
		return None if none_of is None else not none_of
	if "not" in node:
		inner = evaluate(node["not"], facts)
		return None if inner is None else not inner
	try:
		return _test(node, facts)
	except Unknown:
		return None


def explain(node: Mapping[str, Any] | None, facts: Facts) -> list[dict[str, Any]]:
	"""Every test of a tree with its answer: rows of node, depth, result, and the value that was found."""
	rows: list[dict[str, Any]] = []
	for test, depth in leaves(node):
		found = None
		try:
			if test.get("field") and not test.get("table"):
				found = facts.old(test["field"]) if test.get("of") == "old" else facts.value(test["field"])
			elif test.get("how") in AGGREGATES:
				found = _aggregate(test, facts)
		except Unknown:
			pass
		rows.append(
			{"node": test, "depth": depth, "result": evaluate(test, facts), "found": plain_value(found)}
		)
	return rows


def plain_value(value: Any) -> Any:
	return [plain(part) for part in value] if isinstance(value, list | tuple) else plain(value)


def leaves(node: Mapping[str, Any] | None, depth: int = 0) -> Iterator[tuple[Mapping[str, Any], int]]:
	"""The tests of a tree in order, with the depth of each."""
	if not node:
		return
	for group in ("all", "any"):
		if group in node:
			for part in node[group]:
				yield from leaves(part, depth + 1)
			return
	if "not" in node:
		yield from leaves(node["not"], depth + 1)
		return
	yield node, depth


def fields_of(node: Mapping[str, Any] | None) -> set[str]:
	"""Own fields and tables a tree asks about; of a linked field the link."""
	found: set[str] = set()
	for test, _depth in leaves(node):
		if test.get("table"):
			found.add(test["table"])
		elif test.get("field"):
			found.add(str(test["field"]).partition(".")[0])
	return found


def paths_of(node: Mapping[str, Any] | None) -> set[str]:
	"""All a tree asks about: "status", "customer.territory", "items", and "items:qty" of the rows of a table."""
	found: set[str] = set()
	for test, _depth in leaves(node):
		field = {str(test["field"])} if test.get("field") else set()
		if table := test.get("table"):
			found |= {table, *(f"{table}:{path}" for path in field | paths_of(test.get("where")))}
		else:
			found |= field
	return found


def values_of(node: Mapping[str, Any] | None) -> Iterator[tuple[str, Any]]:
	"""What a tree compares its fields with: path and value; of rows "items:item_code"."""
	for test, _depth in leaves(node):
		if test.get("table"):
			for path, value in values_of(test.get("where")):
				yield f"{test['table']}:{path}", value
		elif test.get("field"):
			yield str(test["field"]), test.get("value")


def necessary(node: Mapping[str, Any] | None) -> list[tuple[str, str, Any]]:
	"""Tests of own fields without which the tree cannot hold: what a query may narrow by.

	Only what the database decides exactly as `evaluate` does: equality and membership of non-empty values.
	"""
	if not node:
		return []
	if "all" in node:
		return [row for part in node["all"] for row in necessary(part)]
	if "field" not in node or "table" in node or "." in node["field"] or node.get("of") == "old":
		return []
	value = node.get("value")
	if node["op"] == "=" and isinstance(value, str) and value and not _is_relative(value):
		return [(node["field"], "=", value)]
	if node["op"] == "in" and isinstance(value, list) and value and all(value):
		return [(node["field"], "in", value)]
	return []


def in_hours(now: datetime, begin: str, end: str) -> bool:
	"""Whether a time of day lies in [begin, end); with begin after end the span goes over midnight."""
	at = now.strftime("%H:%M")
	if begin <= end:
		return begin <= at < end
	return at >= begin or at < end


# --- inside ----------------------------------------------------------------------------------------


def _every(nodes: Sequence[Mapping[str, Any]], facts: Facts) -> bool | None:
	"""False as soon as one is false; what costs much (expressions) is asked last."""
	answer: bool | None = True
	for node in sorted(nodes, key=_cost) if len(nodes) > 1 else nodes:
		result = evaluate(node, facts)
		if result is False:
			return False
		if result is None:
			answer = None
	return answer


def _cost(node: Mapping[str, Any]) -> int:
	return 2 if "expression" in node else 1 if "table" in node else 0


def _test(node: Mapping[str, Any], facts: Facts) -> bool:
	if "table" in node:
		return _test_rows(node, facts)
	if "field" in node:
		return _test_field(node, facts)
	if "user" in node:
		return _compare(facts.user, node["user"], node.get("value"), facts.now)
	if "time" in node:
		return in_hours(facts.now, *node["time"])
	if "calendar" in node:
		if facts.holiday is None:
			raise Unknown
		return facts.holiday(node["list"]) == (node["calendar"] == "holiday")
	if facts.expression is None:
		raise Unknown
	return bool(facts.expression(node["expression"]))


def _test_field(node: Mapping[str, Any], facts: Facts) -> bool:
	name, op, value = node["field"], node["op"], node.get("value")
	if op in CHANGE_OPS:
		if name not in facts.changes:
			return False
		old, new = facts.changes[name]
		if op == "changed":
			return True
		if op in ("changed_to", "changed_from"):
			return _compare(new if op == "changed_to" else old, "=", value, facts.now)
		order = ordered(_zero(old), _zero(new))
		return order == (-1 if op == "increased" else 1)
	found = facts.old(name) if node.get("of") == "old" else facts.value(name)
	return _compare(found, op, value, facts.now)


def _zero(value: Any) -> Any:
	return 0 if value in (None, "") else value


def _test_rows(node: Mapping[str, Any], facts: Facts) -> bool:
	how = node["how"]
	if how in AGGREGATES:
		return _compare(_aggregate(node, facts), node["op"], node.get("value"), facts.now)
	answers = [_row_holds(node.get("where"), row, facts) for row in facts.table(node["table"])]
	return any(answers) if how == "any" else all(answers)


def _row_holds(where: Mapping[str, Any] | None, row: Mapping[str, Any], facts: Facts) -> bool:
	answer = evaluate(where, Facts(doc=row, user=facts.user, now=facts.now, holiday=facts.holiday))
	if answer is None:
		raise Unknown
	return answer


def _aggregate(node: Mapping[str, Any], facts: Facts) -> Any:
	rows = [row for row in facts.table(node["table"]) if _row_holds(node.get("where"), row, facts)]
	if node["how"] == "count":
		return len(rows)
	numbers = [found for row in rows if (found := number(row.get(node["field"]))) is not None]
	if node["how"] == "sum":
		return sum(numbers)
	return (max if node["how"] == "max" else min)(numbers, default=None)


def _compare(found: Any, op: str, value: Any, now: datetime) -> bool:
	value = resolve(value, now)
	if op == "set":
		return found not in (None, "", 0)
	if op == "not set":
		return found in (None, "", 0)
	if op in ("=", "!="):
		return _equal(found, value) == (op == "=")
	if op in ("in", "not in"):
		return any(_equal(found, part) for part in _list(value)) == (op == "in")
	if op in ("contains", "not contains"):
		return (str(value or "").casefold() in str(found or "").casefold()) == (op == "contains")
	if op == "starts with":
		return str(found or "").casefold().startswith(str(value or "").casefold())
	if op == "between":
		low, high = (*_list(value), None, None)[:2]
		return _compare(found, ">=", low, now) and _compare(found, "<=", high, now)
	order = ordered(found, value)
	if order is None:
		return False
	return {">": order > 0, ">=": order >= 0, "<": order < 0, "<=": order <= 0}[op]


def _equal(found: Any, value: Any) -> bool:
	if same(found, value):
		return True
	moments = moment(found), moment(value)
	return None not in moments and moments[0] == moments[1]


def _list(value: Any) -> list[Any]:
	if isinstance(value, list | tuple):
		return list(value)
	return [part.strip() for part in str(value or "").split(",")]


def _is_relative(value: str) -> bool:
	return resolve(value, datetime(2000, 1, 1)) is not value
