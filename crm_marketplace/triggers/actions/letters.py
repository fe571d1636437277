"""Letters, notifications, SMS and messages: everything that tells somebody something."""

from __future__ import annotations

from collections.abc import Sequence

import frappe
import requests
from frappe.utils import strip_html

from crm_marketplace.rules.triggers_words import Say
from crm_marketplace.triggers.actions import attachments
from crm_marketplace.triggers.actions.base import (
	Action,
	ActionFailed,
	Ask,
	BadSettings,
	Preview,
	Result,
	Settings,
	TryLater,
	Unsure,
	Who,
	_,
)
from crm_marketplace.triggers.engine import people
from crm_marketplace.triggers.engine.context import Context
from crm_marketplace.triggers.engine.failures import never_sent

NOBODY = _("There is nobody to send to: no address was found.")
MESSENGERS = "trigger_messengers"  # hook: channel → function(recipients, text, doctype, name)
TOO_MANY = 429  # HTTP


class SendEmail(Action):
	type = "Send E-mail"
	label = _("Send an e-mail")
	help = _("To people, roles, or the address in a field of the document.")
	icon = "mail"
	needs_document = False
	asks = (
		Ask("to", "people", _("Send to"), required=True),
		Ask("subject", "template", _("Subject")),
		Ask("message", "html", _("Text")),
		Ask(
			"email_template",
			"link",
			_("Email Template"),
			_("Instead of subject and text."),
			"Email Template",
			advanced=True,
		),
		*attachments.ASKS,
	)

	def words(self, settings: Settings, say: Say) -> str:
		text = (
			_("send an e-mail with the label to {0}")
			if settings.get("attach_label")
			else _("send an e-mail to {0}")
		)
		return say(text, Who(settings.get("to") or ()).words(say))

	def check(self, settings: Settings, document_type: str) -> None:
		super().check(settings, document_type)
		template = settings.get("email_template")
		if template and not frappe.db.exists("Email Template", template):
			raise BadSettings(_("There is no Email Template {0}."), template)
		if not template and not (settings.get("subject") and settings.get("message")):
			raise BadSettings(_("The e-mail has no subject or no text."))
		if settings.get("attach_label") and document_type not in attachments.LABELLED:
			raise BadSettings(_("{0} has no label to attach."), document_type or _("This"))

	def preview(self, settings: Settings, context: Context) -> Preview:
		to = people.addresses(settings.get("to") or (), context)
		subject, message = self._texts(settings, context)
		if not to:
			return Preview(NOBODY, (), (), subject, message, problem=True)
		names = ", ".join(to)
		if problem := attachments.label_foreseen(settings, context):
			sentence = _("An e-mail would go to {0}, without the label: {1}")
			return Preview(sentence, (names, problem), tuple(to), subject, message, problem=True)
		if settings.get("attach_label"):
			return Preview(
				_("An e-mail would go to {0}, with the label of the order."),
				(names,),
				tuple(to),
				subject,
				message,
			)
		return Preview(_("An e-mail would go to {0}."), (names,), tuple(to), subject, message)

	def run(self, settings: Settings, context: Context) -> Result:
		to = people.addresses(settings.get("to") or (), context)
		if not to:
			raise ActionFailed(NOBODY)
		if context.doc:
			context.doc.check_permission("email")
		subject, message = self._texts(settings, context)
		label, problem = attachments.label(settings, context)
		letter = frappe.sendmail(
			recipients=to,
			subject=subject[:200],
			message=message,
			reference_doctype=context.doc.doctype if context.doc else None,
			reference_name=context.doc.name if context.doc else None,
			attachments=[*attachments.printed(settings, context), *label],
			add_unsubscribe_link=0,
			delayed=True,
		)
		frappe.local.trigger_letters = True
		sentence, values = _("E-mail “{0}” to {1} was handed to the outgoing mail, once."), ()
		if problem:
			sentence = _("E-mail “{0}” to {1} was handed to the outgoing mail, once, without the label: {2}")
			values = (problem,)
		elif label:
			sentence = _("E-mail “{0}” to {1} with the label was handed to the outgoing mail, once.")
		return Result(
			sentence,
			(subject[:100], ", ".join(to), *values),
			"Email Queue" if letter else None,
			letter.name if letter else None,
		)

	def _texts(self, settings: Settings, context: Context) -> tuple[str, str]:
		subject, message = settings.get("subject"), settings.get("message")
		if template := settings.get("email_template"):
			found = frappe.db.get_value(
				"Email Template", template, ["subject", "response", "response_html", "use_html"], as_dict=True
			)
			if not found:
				raise ActionFailed(_("There is no Email Template {0}."), template)
			subject = found.subject
			message = found.response_html if found.use_html else found.response
		# Frappe fills in an Email Template with the document's fields as they are: `{{ customer }}`.
		bare = bool(template)
		return " ".join(context.render(subject, bare=bare).split()), context.render(
			message, html=True, bare=bare
		)


class NotifyOnDesk(Action):
	type = "Notify on the Desk"
	label = _("Notify on the desk")
	help = _("A notification behind the bell.")
	icon = "notification"
	needs_document = False
	asks = (
		Ask("to", "users", _("Send to"), required=True),
		Ask("subject", "template", _("Text"), required=True),
	)

	def words(self, settings: Settings, say: Say) -> str:
		return say(_("notify {0}"), Who(settings.get("to") or ()).words(say))

	def preview(self, settings: Settings, context: Context) -> Preview:
		to = people.users(settings.get("to") or (), context)
		text = context.render(settings.get("subject"))
		if not to:
			return Preview(_("There is nobody to notify."), subject=text, problem=True)
		return Preview(_("{0} would be notified."), (", ".join(to),), tuple(to), text)

	def run(self, settings: Settings, context: Context) -> Result:
		to = people.users(settings.get("to") or (), context)
		if not to:
			raise ActionFailed(_("There is nobody to notify."))
		text = context.render(settings.get("subject"))
		for user in to:
			frappe.get_doc(
				{
					"doctype": "Notification Log",
					"subject": frappe.utils.escape_html(text),
					"for_user": user,
					"type": "Alert",
					"document_type": context.doc.doctype if context.doc else "Trigger",
					"document_name": context.doc.name if context.doc else context.rule.name,
					"from_user": frappe.session.user,
				}
			).insert(
				ignore_permissions=True
			)  # a notice of the system; reading the document needs its own right
		return Result(_("Notified: {0}."), (", ".join(to),))


class SendSms(Action):
	type = "Send SMS"
	label = _("Send an SMS")
	help = _("Through the gateway in SMS Settings.")
	icon = "phone"
	needs_document = False
	undoable = False
	asks = (
		Ask("to", "phones", _("Send to"), required=True),
		Ask("text", "template", _("Text"), required=True),
	)

	def words(self, settings: Settings, say: Say) -> str:
		return say(_("send an SMS to {0}"), Who(settings.get("to") or ()).words(say))

	def preview(self, settings: Settings, context: Context) -> Preview:
		to = people.numbers(settings.get("to") or (), context)
		text = strip_html(context.render(settings.get("text")))
		if not to:
			return Preview(_("There is no phone number to send to."), subject=text, problem=True)
		if not _sms_gateway():
			return Preview(_("SMS Settings has no gateway yet."), subject=text, problem=True)
		return Preview(_("An SMS would go to {0}."), (", ".join(to),), tuple(to), text)

	def run(self, settings: Settings, context: Context) -> Result:
		from frappe.core.doctype.sms_settings.sms_settings import send_sms

		to = people.numbers(settings.get("to") or (), context)
		if not to:
			raise ActionFailed(_("There is no phone number to send to."))
		if not _sms_gateway():
			raise ActionFailed(_("SMS Settings has no gateway yet."))
		try:
			send_sms(to, strip_html(context.render(settings.get("text"))), success_msg=False)
		except requests.RequestException as error:
			# The gateway may have taken some of them: it is not asked again by itself.
			raise ActionFailed(_("The SMS gateway did not answer as it should: {0}"), str(error)) from error
		return Result(_("SMS sent to {0}."), (", ".join(to),))


class SendMessage(Action):
	type = "Send Message"
	label = _("Send a message")
	help = _("Through a messenger.")
	icon = "small-message"
	needs_document = False
	undoable = False
	asks = (
		Ask("channel", "select", _("Messenger"), options="messengers", required=True),
		Ask("to", "phones", _("Send to"), required=True),
		Ask("text", "template", _("Text"), required=True),
	)

	def words(self, settings: Settings, say: Say) -> str:
		return say(
			_("send a message by {0} to {1}"),
			settings.get("channel"),
			Who(settings.get("to") or ()).words(say),
		)

	def check(self, settings: Settings, document_type: str) -> None:
		super().check(settings, document_type)
		if settings["channel"] not in messengers():
			raise BadSettings(_("There is no messenger {0}."), settings["channel"])

	def preview(self, settings: Settings, context: Context) -> Preview:
		to = people.numbers(settings.get("to") or (), context)
		text = strip_html(context.render(settings.get("text")))
		if not to:
			return Preview(NOBODY, subject=text, problem=True)
		return Preview(_("A message would go to {0}."), (", ".join(to),), tuple(to), text)

	def run(self, settings: Settings, context: Context) -> Result:
		send = messengers().get(settings["channel"])
		if send is None:
			raise ActionFailed(_("There is no messenger {0}."), settings["channel"])
		to = people.numbers(settings.get("to") or (), context)
		if not to:
			raise ActionFailed(NOBODY)
		doc = context.doc
		try:
			frappe.get_attr(send)(
				to,
				strip_html(context.render(settings.get("text"))),
				doctype=doc.doctype if doc else None,
				name=doc.name if doc else None,
			)
		except requests.RequestException as error:
			raise _not_sent(error, to) from error
		return Result(_("Message sent to {0}."), (", ".join(to),))


def messengers() -> dict[str, str]:
	"""Channels other modules bring: name → path of a function (hook `trigger_messengers`)."""
	found: dict[str, str] = {}
	for channel, paths in (frappe.get_hooks(MESSENGERS) or {}).items():
		found[channel] = paths[-1] if isinstance(paths, list) else paths
	return found


def _not_sent(error: requests.RequestException, to: Sequence[str]) -> Exception:
	"""What a messenger that failed means. It is asked again only where not one of the messages can have gone out."""
	answer = error.response
	refused = answer is not None and 400 <= answer.status_code < 500
	if len(to) == 1 and (never_sent(error) or (refused and answer.status_code == TOO_MANY)):
		return TryLater(_("The messenger did not answer: {0}"), str(error))
	if refused:
		return ActionFailed(_("The messenger refused: {0}"), str(error))
	return Unsure(
		_(
			"The messenger did not answer: {0}. The message may have been sent, and is not sent a second time."
		),
		str(error),
	)


def _sms_gateway() -> str | None:
	return frappe.db.get_single_value("SMS Settings", "sms_gateway_url")
