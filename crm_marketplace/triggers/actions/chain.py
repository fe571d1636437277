"""Actions that run something else: a Server Script, another trigger."""

from __future__ import annotations

import frappe
from frappe.utils.safe_exec import is_safe_exec_enabled, safe_exec

from crm_marketplace.rules.triggers_events import Match
from crm_marketplace.rules.triggers_words import Say
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
from crm_marketplace.triggers.engine import index, outbox
from crm_marketplace.triggers.engine.context import Context


class RunServerScript(Action):
	type = "Run Server Script"
	label = _("Run a Server Script")
	help = _("One of the type API; it finds the document in “doc” and may set “result”.")
	icon = "tool"
	needs_document = False
	asks = (Ask("script", "link", _("Server Script"), options="Server Script", required=True),)

	def words(self, settings: Settings, say: Say) -> str:
		return say(_("run the script {0}"), settings.get("script"))

	def check(self, settings: Settings, document_type: str) -> None:
		super().check(settings, document_type)
		if frappe.db.get_value("Server Script", settings["script"], "script_type") != "API":
			raise BadSettings(_("There is no Server Script {0} of the type API."), settings["script"])

	def preview(self, settings: Settings, context: Context) -> Preview:
		if not is_safe_exec_enabled():
			return Preview(_("Server Scripts are switched off on this site."), problem=True)
		return Preview(_("The script {0} would run."), (settings["script"],))

	def run(self, settings: Settings, context: Context) -> Result:
		script = frappe.db.get_value(
			"Server Script", settings["script"], ["script", "disabled", "script_type"], as_dict=True
		)
		if not script or script.disabled or script.script_type != "API":
			raise ActionFailed(_("There is no Server Script {0} of the type API."), settings["script"])
		if not is_safe_exec_enabled():
			raise ActionFailed(_("Server Scripts are switched off on this site."))
		names = {"doc": context.doc, "changes": dict(context.changes), "given": context.given, "result": ""}
		try:
			safe_exec(script.script, None, names, script_filename=settings["script"])
		except Exception as error:
			# Whatever somebody's script raises is the script's failure, told with its own words.
			raise ActionFailed(
				_("The script {0} failed: {1}"), settings["script"], str(error) or type(error).__name__
			) from error
		return Result(
			_("The script {0} ran. {1}"),
			(settings["script"], str(names.get("result") or "")[:300]),
			"Server Script",
			settings["script"],
		)


class RunAnotherTrigger(Action):
	type = "Run Another Trigger"
	label = _("Run another trigger")
	help = _("Its conditions are looked at, its event is not.")
	icon = "branch"
	needs_document = False
	asks = (Ask("trigger", "link", _("Trigger"), options="Trigger", required=True),)

	def words(self, settings: Settings, say: Say) -> str:
		title = frappe.db.get_value("Trigger", settings.get("trigger"), "title")
		return say(_("run the trigger “{0}”"), title or settings.get("trigger"))

	def check(self, settings: Settings, document_type: str) -> None:
		super().check(settings, document_type)
		other = frappe.db.get_value("Trigger", settings["trigger"], ["document_type"], as_dict=True)
		if other is None:
			raise BadSettings(_("There is no trigger {0}."), settings["trigger"])
		if document_type and other.document_type and other.document_type != document_type:
			raise BadSettings(_("The trigger {0} is about another kind of document."), settings["trigger"])

	def preview(self, settings: Settings, context: Context) -> Preview:
		return Preview(_("The trigger {0} would run."), (settings["trigger"],))

	def run(self, settings: Settings, context: Context) -> Result:
		row = frappe.db.get_value(
			"Trigger", {"name": settings["trigger"], "enabled": 1}, list(index.FIELDS), as_dict=True
		)
		if not row:
			raise ActionFailed(_("The trigger {0} is off, or is no more."), settings["trigger"])
		rule = index.rule_of(row)
		doc = context.doc
		count = outbox.put_many(
			[
				(
					doc.doctype if doc else "",
					doc.name if doc else "",
					Match(rule, certain=not rule.conditions),
					f"by {context.log}",
					context.changes,
					context.given,
				)
			]
		)
		if not count:
			return Result(_("Not run: it led here itself."), skipped=True)
		return Result(
			_("The trigger {0} was set off."), (settings["trigger"],), "Trigger", settings["trigger"]
		)
