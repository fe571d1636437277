"""Changes of documents: fields, comments, tags, new documents, submitting and cancelling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe.model.document import Document

from crm_marketplace.rules.triggers_values import same
from crm_marketplace.rules.triggers_words import Say
from crm_marketplace.triggers.actions import mappings
from crm_marketplace.triggers.actions.base import (
	Action,
	ActionFailed,
	Ask,
	BadSettings,
	Preview,
	Result,
	Settings,
	_,
)
from crm_marketplace.triggers.engine.context import Context
from crm_marketplace.triggers.titles import titles_of

FORBIDDEN_FIELDS = frozenset({"name", "owner", "creation", "modified", "modified_by", "docstatus", "doctype"})


class SetFields(Action):
	type = "Set Fields"
	label = _("Fill in fields")
	help = _("Also moves a status or a stage.")
	icon = "edit"
	asks = (Ask("values", "map", _("Fields"), required=True),)

	def words(self, settings: Settings, say: Say) -> str:
		rows = settings.get("values") or ()
		parts = [f"{row.get('label') or row.get('field')} = {row.get('value')}" for row in rows]
		return say(_("set {0}"), ", ".join(parts))

	def check(self, settings: Settings, document_type: str) -> None:
		super().check(settings, document_type)
		_check_fields(settings["values"], document_type)

	def preview(self, settings: Settings, context: Context) -> Preview:
		values = _values(settings, context, context.doc.doctype)
		return Preview(_("It would be set: {0}."), (_shown(values, context.doc.doctype),))

	def run(self, settings: Settings, context: Context) -> Result:
		values = _values(settings, context, context.doc.doctype)
		doc = _fresh(context)
		different = {name: value for name, value in values.items() if _differs(doc, name, value)}
		if not different:
			return Result(_("Nothing to set: the fields have these values."), skipped=True)
		doc.update(different)
		doc.save()
		return Result(_("Set: {0}."), (_shown(different, doc.doctype),), doc.doctype, doc.name)


class AddComment(Action):
	type = "Add Comment"
	label = _("Write a comment")
	icon = "small-message"
	asks = (Ask("text", "html", _("Text"), required=True),)

	def preview(self, settings: Settings, context: Context) -> Preview:
		return Preview(_("A comment would be written."), html=context.render(settings.get("text"), html=True))

	def run(self, settings: Settings, context: Context) -> Result:
		comment = context.doc.add_comment("Comment", context.render(settings.get("text"), html=True))
		return Result(_("A comment was written."), (), "Comment", comment.name)


class AddTag(Action):
	type = "Add Tag"
	label = _("Add a tag")
	icon = "tag"
	asks = (Ask("tag", "template", _("Tag"), required=True),)

	def words(self, settings: Settings, say: Say) -> str:
		return say(_("add the tag {0}"), settings.get("tag"))

	def preview(self, settings: Settings, context: Context) -> Preview:
		return Preview(_("The tag {0} would be added."), (context.render(settings.get("tag")),))

	def run(self, settings: Settings, context: Context) -> Result:
		tag = context.render(settings.get("tag")).strip()[:140]
		if not tag:
			raise ActionFailed(_("The tag is empty."))
		context.doc.check_permission("write")
		context.doc.add_tag(tag)
		return Result(_("The tag {0} was added."), (tag,))


class CreateDocument(Action):
	type = "Create Document"
	label = _("Create a document")
	help = _(
		"A deal, an order, a delivery note, a request, anything. Taken over from this one where ERPNext can."
	)
	icon = "small-file"
	needs_document = False
	asks = (
		Ask("doctype", "link", _("Which"), options="DocType", required=True),
		Ask(
			"take_over",
			"check",
			_("Take over the goods as ERPNext does"),
			_("For example Sales Order → Delivery Note."),
			default=1,
		),
		Ask("values", "map", _("Fields")),
		Ask(
			"rows",
			"rows",
			_("Rows"),
			_("Lines of its tables, besides what is taken over; values may have placeholders."),
			advanced=True,
		),
		Ask("submit", "check", _("Submit it at once")),
	)

	def fills(self, settings: Settings, document_type: str | None) -> str | None:
		doctype = settings.get("doctype")
		return doctype if doctype and frappe.db.exists("DocType", doctype, cache=True) else None

	def words(self, settings: Settings, say: Say) -> str:
		text = _("create and submit: {0}") if settings.get("submit") else _("create: {0}")
		return say(text, say(str(settings.get("doctype") or "")))

	def check(self, settings: Settings, document_type: str) -> None:
		super().check(settings, document_type)
		if not frappe.db.exists("DocType", {"name": settings["doctype"], "istable": 0, "issingle": 0}):
			raise BadSettings(_("There is no document type {0}."), settings["doctype"])
		_check_fields(settings.get("values") or (), settings["doctype"])
		if not isinstance(settings.get("rows") or {}, Mapping):
			raise BadSettings(_("Rows are a table field and a list."))

	def preview(self, settings: Settings, context: Context) -> Preview:
		values = _values(settings, context, settings["doctype"])
		shown = _shown(values, settings["doctype"]) or "…"
		return Preview(_("A new {0} would be made: {1}."), (settings["doctype"], shown))

	def run(self, settings: Settings, context: Context) -> Result:
		doc = self._mapped(settings, context) or frappe.new_doc(settings["doctype"])
		doc.update(_values(settings, context, settings["doctype"]))
		for table, rows in (settings.get("rows") or {}).items():
			for row in rows:
				doc.append(table, {key: _rendered(value, context) for key, value in row.items()})
		doc.insert()
		if settings.get("submit"):
			doc.submit()
		return Result(_("{0} {1} was made."), (doc.doctype, doc.name), doc.doctype, doc.name)

	def _mapped(self, settings: Settings, context: Context) -> Document | None:
		source = context.doc
		return mappings.mapped(source, settings["doctype"]) if source and settings.get("take_over") else None


class SubmitDocument(Action):
	type = "Submit Document"
	label = _("Submit the document")
	icon = "tick"

	def preview(self, settings: Settings, context: Context) -> Preview:
		if context.doc.docstatus != 0:
			return Preview(_("Nothing to do: it is no draft."))
		return Preview(_("It would be submitted."))

	def run(self, settings: Settings, context: Context) -> Result:
		doc = _fresh(context)
		if doc.docstatus != 0:
			return Result(_("Nothing to do: it is no draft."), skipped=True)
		doc.submit()
		return Result(_("It was submitted."), (), doc.doctype, doc.name)

	def check(self, settings: Settings, document_type: str) -> None:
		if document_type and not frappe.get_meta(document_type).is_submittable:
			raise BadSettings(_("{0} cannot be submitted."), document_type)


class CancelDocument(SubmitDocument):
	type = "Cancel Document"
	label = _("Cancel the document")
	icon = "close-alt"

	def preview(self, settings: Settings, context: Context) -> Preview:
		if context.doc.docstatus != 1:
			return Preview(_("Nothing to do: it is not submitted."))
		return Preview(_("It would be cancelled."))

	def run(self, settings: Settings, context: Context) -> Result:
		doc = _fresh(context)
		if doc.docstatus != 1:
			return Result(_("Nothing to do: it is not submitted."), skipped=True)
		doc.cancel()
		return Result(_("It was cancelled."), (), doc.doctype, doc.name)


# --- inside ----------------------------------------------------------------------------------------


def _fresh(context: Context) -> Document:
	"""The document as it is now, locked: what an earlier action or a person wrote is not overwritten."""
	return frappe.get_doc(context.doc.doctype, context.doc.name, for_update=True)


def _check_fields(rows: Any, document_type: str) -> None:
	if not document_type:
		return
	meta = frappe.get_meta(document_type)
	for row in rows:
		field = row.get("field")
		if not field:
			raise BadSettings(_("Choose a field to fill in."))
		df = meta.get_field(field)
		if field in FORBIDDEN_FIELDS or df is None or df.fieldtype in frappe.model.no_value_fields:
			raise BadSettings(_("{0} has no field {1} to fill in."), document_type, field)


def _values(settings: Settings, context: Context, doctype: str) -> dict[str, Any]:
	meta = frappe.get_meta(doctype)
	found: dict[str, Any] = {}
	for row in settings.get("values") or ():
		if meta.get_field(row["field"]) is None:
			raise ActionFailed(_("{0} has no field {1} to fill in."), doctype, row["field"])
		found[row["field"]] = _rendered(row.get("value"), context)
	return found


def _rendered(value: Any, context: Context) -> Any:
	return context.render(value) if isinstance(value, str) else value


def _differs(doc: Document, name: str, value: Any) -> bool:
	return not same(doc.get(name), value)


def _shown(values: Mapping[str, Any], doctype: str) -> str:
	meta = frappe.get_meta(doctype)
	links = {
		name: meta.get_field(name).options for name in values if meta.get_field(name).fieldtype == "Link"
	}
	titles = titles_of((doctype, str(values[name])) for name, doctype in links.items() if values[name])
	return ", ".join(
		f"{name} = {titles.get((links.get(name), str(value)), value)}" for name, value in values.items()
	)
