"""What conditions and texts of a firing see of its document: only what the user it acts for may read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import format_date, get_link_to_form, get_url, get_url_to_form
from frappe.utils.formatters import format_value
from jinja2 import ChainableUndefined, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from crm_marketplace.rules.triggers_conditions import Facts
from crm_marketplace.sync import clock
from crm_marketplace.triggers.engine import dispatch, goods

LONGEST_TEXT = 200_000


@dataclass
class Context:
	"""A firing as its actions see it.

	Args:
		rule: the Trigger.
		doc: the document it is about; None for a schedule or a webhook without one.
		changes: field → [old, new].
		given: what the event brought along: a webhook's body, a comment.
		dry: nothing may be written or sent.
		log: name of the Trigger Log; empty in a dry run.
	"""

	rule: Document
	doc: Document | None
	changes: Mapping[str, Sequence[Any]] = field(default_factory=dict)
	given: Mapping[str, Any] = field(default_factory=dict)
	user: str = ""
	dry: bool = False
	log: str = ""
	# In a dry run: placeholders of rendered texts that lead nowhere.
	blanks: set[str] = field(default_factory=set)
	now: datetime = field(default_factory=clock.site_now)

	@cached_property
	def values(self) -> frappe._dict:
		"""The document as plain values, without fields the acting user may not read."""
		if self.doc is None:
			return frappe._dict()
		# Read anew: not of the document the actions work with is anything taken away.
		copy = frappe.get_doc(self.doc.doctype, self.doc.name)
		copy.apply_fieldlevel_read_permissions()
		found = copy.as_dict(no_default_fields=False, convert_dates_to_str=False)
		found.name = self.doc.name
		return found

	@cached_property
	def facts(self) -> Facts:
		return Facts(
			doc=self.values,
			changes=self.changes,
			user=self.user,
			now=self.now,
			linked=self.linked,
			holiday=is_holiday_now,
			expression=self._expression,
		)

	def render(self, template: str | None, *, html: bool = False, bare: bool = False) -> str:
		"""A text with its placeholders filled in; what is filled in is escaped in HTML.

		Args:
			bare: fields may be named without `doc.`, as in an Email Template: `{{ customer }}`.

		Raises:
			jinja2.TemplateError: it cannot be read, or reaches for what it may not.
		"""
		text = template or ""
		if "{{" not in text and "{%" not in text:
			return text
		environment, names = _environment(html), self._names()
		tree = environment.parse(text)
		if bare:
			# `{{ date }}` is the field, `{{ date(…) }}` ours.
			called = {
				node.node.name for node in tree.find_all(nodes.Call) if isinstance(node.node, nodes.Name)
			}
			names |= {name: value for name, value in self.values.items() if name not in {"doc", *called}}
		if self.dry:
			self.blanks |= _unknown(tree, names, environment)
		return environment.from_string(text).render(names)[:LONGEST_TEXT]

	def _names(self) -> dict[str, Any]:
		values = frappe._dict({**self.values, "get_formatted": self._show})
		old = frappe._dict({**values, **{name: pair[0] for name, pair in self.changes.items()}})
		return {
			"doc": values,
			"old": old,
			"changes": {name: list(pair) for name, pair in self.changes.items()},
			"given": frappe._dict(self.given or {}),
			"trigger": self.rule.title,
			"user": self.user,
			"now": self.now,
			"today": self.now.date(),
			"link": self._link,
			"url": get_url_to_form(values.doctype, values.name) if values.name else get_url(),
			"show": self._show,
			"linked": self.linked,
			"goods": goods.Lazy(self.values) if values.get("doctype") in goods.KNOWN else (),
			"date": format_date,
			"time": _short_datetime,
			"money": _money,
		}

	def _link(self, label: str | None = None) -> str:
		if not self.values.name:
			return ""
		return Markup(
			get_link_to_form(
				self.values.doctype, self.values.name, frappe.utils.escape_html(label or self.title)
			)
		)

	@property
	def title(self) -> str:
		"""What people call the document."""
		return str(self.doc.get_title() or self.doc.name) if self.doc else self.rule.title

	def _show(self, fieldname: str) -> str:
		"""A field as the desk shows it: money with its currency, dates in the reader's format."""
		if self.doc is None or fieldname not in self.values:
			return ""
		df = self.doc.meta.get_field(fieldname)
		value = self.values.get(fieldname)
		if df and df.fieldtype == "Datetime":
			return _short_datetime(value)
		if df and df.fieldtype == "Select":
			return translate(value)
		return frappe.utils.strip_html(str(format_value(value, df, self.values) or ""))

	def linked(self, fieldname: str, there: str) -> Any:
		"""A field of a linked document, if the acting user may read it."""
		df = self.doc.meta.get_field(fieldname) if self.doc else None
		name = self.values.get(fieldname)
		if not df or not name:
			return None
		doctype = df.options if df.fieldtype == "Link" else self.values.get(df.options)
		if not doctype or not frappe.has_permission(doctype, "read", name):
			return None
		return frappe.db.get_value(doctype, name, there) if _is_readable(doctype, there) else None

	def _expression(self, text: str) -> Any:
		values = dispatch.expression_values(self.values, self.changes, self.user, self.now, self.given)
		try:
			return dispatch.evaluate_expression(text, values)
		except Exception as error:
			# Whatever somebody's expression raises is a fault of the expression, told with its own words.
			raise ValueError(f"{text.strip()}: {str(error) or type(error).__name__}") from error


def _is_readable(doctype: str, fieldname: str) -> bool:
	"""Whether the session's user may read a field of documents that are open to it."""
	if fieldname in ("name", "owner", "creation", "modified"):
		return True
	meta = frappe.get_meta(doctype)
	df = meta.get_field(fieldname)
	if df is None or df.fieldtype == "Password":
		return False
	return not df.permlevel or df.permlevel in meta.get_permlevel_access("read")


def translate(value: Any) -> str:
	"""A value of a Select in the reader's language."""
	return frappe._(value) if isinstance(value, str) and value else ""


def is_holiday_now(holiday_list: str) -> bool:
	return is_holiday(holiday_list, clock.site_now().date())


def is_holiday(holiday_list: str, day: Any) -> bool:
	return bool(frappe.db.exists("Holiday", {"parent": holiday_list, "holiday_date": day}))


def load_json(text: str | None) -> Any:
	return json.loads(text) if text else {}


def _short_datetime(value: Any) -> str:
	if not value:
		return ""
	moment = frappe.utils.get_datetime(value)
	return f"{format_date(moment)} {moment:%H:%M}"


def _money(value: Any, currency: str | None = None) -> str:
	return frappe.utils.fmt_money(value, currency=currency)


class _Environment(ImmutableSandboxedEnvironment):
	def getattr(self, obj: Any, attribute: str) -> Any:
		"""`doc.items` are the rows of the table, not a method of the mapping the values come in."""
		if isinstance(obj, dict) and attribute in obj:
			return obj[attribute]
		return super().getattr(obj, attribute)


def _environment(html: bool) -> ImmutableSandboxedEnvironment:
	"""Templates see copies of values and a few functions: nothing of Frappe, no documents, no database."""
	environment = _Environment(autoescape=html, undefined=ChainableUndefined, finalize=_blank_for_nothing)
	environment.globals.pop("cycler", None)
	environment.globals["_"] = translate
	return environment


def _unknown(
	tree: nodes.Template, names: Mapping[str, Any], environment: ImmutableSandboxedEnvironment
) -> set[str]:
	"""Placeholders of a text nothing stands behind: "customer", "doc.custmer"."""
	bare = meta.find_undeclared_variables(tree) - set(names) - set(environment.globals)
	fields = {
		f"{node.node.name}.{node.attr}"
		for node in tree.find_all(nodes.Getattr)
		if isinstance(node.node, nodes.Name)
		and node.node.name in ("doc", "old")
		and node.attr not in names["doc"]
		and not hasattr(dict, node.attr)
	}
	return bare | fields


def _blank_for_nothing(value: Any) -> Any:
	"""An empty field leaves a gap in a text, not the word None."""
	return "" if value is None else value
