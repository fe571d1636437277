"""A trigger in plain words: "When … If … Then …", in the reader's language.

Pure text: `say` translates a sentence marked here and fills in its values, `label` knows the fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from crm_marketplace.integrations.errors import _
from crm_marketplace.rules.triggers_conditions import AGGREGATES
from crm_marketplace.rules.triggers_events import EVENTS, FREQUENCIES

Say = Callable[..., str]


class Label(Protocol):
	"""What people call a field: "status", "customer.territory", "items", "items:qty"."""

	def __call__(self, path: str) -> str: ...

	def is_check(self, path: str) -> bool:
		"""Whether it is a box that is ticked or not."""
		...

	def shown(self, path: str, value: Any) -> Any:
		"""A value of a field as people know it: of a link the title of the document."""
		...


OPS = {
	"=": _("{0} is {1}"),
	"!=": _("{0} is not {1}"),
	">": _("{0} is more than {1}"),
	">=": _("{0} is at least {1}"),
	"<": _("{0} is less than {1}"),
	"<=": _("{0} is at most {1}"),
	"in": _("{0} is one of {1}"),
	"not in": _("{0} is none of {1}"),
	"contains": _("{0} contains {1}"),
	"not contains": _("{0} does not contain {1}"),
	"starts with": _("{0} starts with {1}"),
	"between": _("{0} is between {1}"),
	"set": _("{0} is filled in"),
	"not set": _("{0} is empty"),
	"changed": _("{0} has changed"),
	"changed_to": _("{0} has become {1}"),
	"changed_from": _("{0} was {1} before"),
	"increased": _("{0} has grown"),
	"decreased": _("{0} has fallen"),
}
HOW = {
	"sum": _("the sum of {0}"),
	"count": _("the number of rows in {0}"),
	"max": _("the largest {0}"),
	"min": _("the smallest {0}"),
}
SPANS = (
	(60 * 24 * 7, _("1 week"), _("{0} weeks")),
	(60 * 24, _("1 day"), _("{0} days")),
	(60, _("1 hour"), _("{0} hours")),
	(1, _("1 minute"), _("{0} minutes")),
)
WEEKDAYS = (
	_("Sundays"),
	_("Mondays"),
	_("Tuesdays"),
	_("Wednesdays"),
	_("Thursdays"),
	_("Fridays"),
	_("Saturdays"),
)


def span(minutes: int, say: Say) -> str:
	"""A length of time in the largest unit that takes it whole."""
	for size, one, many in SPANS:
		if minutes and minutes % size == 0:
			return say(one) if minutes == size else say(many, minutes // size)
	return say(SPANS[-1][2], minutes)


def cron_words(cron: str, say: Say) -> str:
	"""A schedule in words, where it is one people make: at a time, on days of the week or of the month."""
	parts = cron.split()
	if len(parts) != 5 or not (parts[0].isdigit() and parts[1].isdigit()) or parts[3] != "*":
		return say(_("by the schedule {0}"), cron)
	at = f"{int(parts[1]):02}:{int(parts[0]):02}"
	day, weekday = parts[2], parts[4]
	if day == "*" and weekday == "*":
		return say(_("every day at {0}"), at)
	if day.isdigit() and weekday == "*":
		return say(_("on day {0} of each month at {1}"), day, at)
	if day == "*" and weekday == "1-5":
		return say(_("Monday to Friday at {0}"), at)
	if day == "*" and all(part in "0123456" for part in weekday.split(",")):
		names = ", ".join(say(WEEKDAYS[int(part)]) for part in weekday.split(","))
		return say(_("on {0} at {1}"), names, at)
	return say(_("by the schedule {0}"), cron)


def condition_words(node: Mapping[str, Any] | None, say: Say, label: Label, joint: str = "all") -> str:
	"""A tree in words; "" for no condition."""
	if not node:
		return ""
	for group in ("all", "any"):
		if group in node:
			parts = [condition_words(part, say, label, group) for part in node[group]]
			parts = [part for part in parts if part]
			text = _joined(parts, _("{0} and {1}") if group == "all" else _("{0} or {1}"), say)
			return f"({text})" if len(parts) > 1 and group != joint else text
	if "not" in node:
		return say(_("not ({0})"), condition_words(node["not"], say, label))
	return test_words(node, say, label)


def _joined(parts: Sequence[str], words: str, say: Say) -> str:
	text = parts[0] if parts else ""
	for part in parts[1:]:
		text = say(words, text, part)
	return text


def test_words(node: Mapping[str, Any], say: Say, label: Label) -> str:
	"""One test in words."""
	if "table" in node:
		return _rows_words(node, say, label)
	if "field" in node:
		name = label(node["field"])
		if label.is_check(node["field"]) and node["op"] in ("=", "!="):
			ticked = (str(node.get("value")) in ("1", "True", "true")) == (node["op"] == "=")
			return say(_("{0} is ticked") if ticked else _("{0} is not ticked"), name)
		if node.get("of") == "old":
			name = say(_("{0} before the change"), name)
		return say(OPS[node["op"]], name, value_words(label.shown(node["field"], node.get("value")), say))
	if "user" in node:
		return say(OPS[node["user"]], say(_("the person")), value_words(node.get("value"), say))
	if "time" in node:
		return say(_("it is between {0} and {1}"), *node["time"])
	if "calendar" in node:
		text = _("it is a working day ({0})") if node["calendar"] == "working" else _("it is a holiday ({0})")
		return say(text, node["list"])
	return say(_("the expression holds: {0}"), node["expression"])


def value_words(value: Any, say: Say) -> str:
	if isinstance(value, list | tuple):
		return ", ".join(value_words(part, say) for part in value)
	return say(_("“{0}”"), say(value)) if isinstance(value, str) else str("" if value is None else value)


class _Inside:
	"""Fields of the rows of a table."""

	def __init__(self, label: Label, table: str) -> None:
		self._label, self._table = label, table

	def __call__(self, path: str) -> str:
		return self._label(f"{self._table}:{path}")

	def is_check(self, path: str) -> bool:
		return self._label.is_check(f"{self._table}:{path}")

	def shown(self, path: str, value: Any) -> Any:
		return self._label.shown(f"{self._table}:{path}", value)


def _rows_words(node: Mapping[str, Any], say: Say, label: Label) -> str:
	table = label(node["table"])
	inside = _Inside(label, node["table"])
	if node["how"] in AGGREGATES:
		of = table if node["how"] == "count" else inside(node.get("field", ""))
		subject = say(HOW[node["how"]], of)
		if where := condition_words(node.get("where"), say, inside):
			subject = say(_("{0} (rows where {1})"), subject, where)
		return say(OPS[node["op"]], subject, value_words(node.get("value"), say))
	text = _("in some row of {0}: {1}") if node["how"] == "any" else _("in every row of {0}: {1}")
	# In brackets where there are several: what comes after them is of the document again.
	return say(text, table, condition_words(node.get("where"), say, inside, ""))


def event_words(rule: Mapping[str, Any], say: Say, label: Label, document: str) -> str:
	"""The "When" of a trigger. `document` is the DocType as people call it."""
	kind, event = EVENTS[rule["event"]], rule["event"]
	duration = span(int(rule.get("duration") or 0), say)
	old, new = (
		label.shown(rule.get("event_field") or "", rule.get(end)) for end in ("from_value", "to_value")
	)
	field = label(rule["event_field"]) if rule.get("event_field") else ""
	if event in ("Status Changed", "Order Status Changed", "Return Status Changed"):
		field = label(kind.status[0]) if kind.status else field
		if old and new:
			return say(
				_("{0}: {1} goes from {2} to {3}"),
				document,
				field,
				value_words(old, say),
				value_words(new, say),
			)
		if old or new:
			text = _("{0}: {1} becomes {2}") if new else _("{0}: {1} is no longer {2}")
			return say(text, document, field, value_words(new or old, say))
		return say(_("{0}: {1} changes"), document, field)
	if event == "Changed":
		names = ", ".join(label(name) for name in rule.get("watched") or ())
		return say(_("{0}: {1} changes"), document, names) if names else say(_("{0} changes"), document)
	if event == "No Change For":
		return say(_("{0}: {1} stays {2} for {3}"), document, field, value_words(new, say), duration)
	if event == "Ship By Approaching":
		return say(_("{0} are left until the ship-by time of an order"), duration)
	if event == "Before or After a Date":
		if not rule.get("duration"):
			return say(_("{0}: {1} is reached"), document, field)
		text = _("{0} before {1} of {2}") if rule.get("direction") == "Before" else _("{0} after {1} of {2}")
		return say(text, duration, field, document)
	if event == "Schedule":
		when = (
			cron_words(rule["cron"], say)
			if rule.get("cron")
			else say(_("every {0}"), span(int(rule.get("every_minutes") or 0), say))
		)
		return say(_("{0}, for each {1}"), when, document) if rule.get("document_type") else when
	if event == "Review Below":
		return say(_("a review has {0} stars or fewer"), f"{float(rule.get('threshold') or 0):g}")
	if event == "Stock Below":
		unit = _("less than {0} days of sale of an item are left")
		if rule.get("threshold_unit") != "Days of Sale":
			unit = _("less than {0} of an item are left")
		return say(unit, f"{float(rule.get('threshold') or 0):g}")
	if kind.document_type or not kind.has_document:
		return say(kind.label)
	return f"{say(kind.label)}: {document}"


def sentence(
	rule: Mapping[str, Any], actions: Sequence[str], say: Say, label: Label, document: str
) -> dict[str, str]:
	"""A trigger in words: "when", "if", "then", "limits".

	Args:
		actions: each action in words already (they know their own settings).
	"""
	limits = []
	if rule.get("frequency") in FREQUENCIES and rule["frequency"] != "Every Time":
		limits.append(say(FREQUENCIES[rule["frequency"]]))
	if rule.get("repeat_times") and rule.get("repeat_minutes"):
		limits.append(
			say(
				_("again every {0}, {1} times at most"),
				span(int(rule["repeat_minutes"]), say),
				rule["repeat_times"],
			)
		)
		until = condition_words(rule.get("repeat_until"), say, label)
		if until:
			limits.append(say(_("until {0}"), until))
	if rule.get("quiet_from") and rule.get("quiet_to"):
		limits.append(say(_("nothing from {0} to {1}"), rule["quiet_from"], rule["quiet_to"]))
	if rule.get("holiday_list"):
		limits.append(say(_("on working days only")))
	if rule.get("max_per_hour"):
		limits.append(say(_("{0} an hour at most"), rule["max_per_hour"]))
	if rule.get("stop_others"):
		limits.append(say(_("no other trigger after it")))
	return {
		"when": event_words(rule, say, label, document),
		"if": condition_words(rule.get("conditions"), say, label),
		"then": "; ".join(actions),
		"limits": ", ".join(limits),
	}
