"""What can go wrong in a firing, and how the owner of the trigger is told."""

from __future__ import annotations

import json

import frappe
import requests
from jinja2 import TemplateError
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from crm_marketplace.triggers.actions.base import ActionFailed, TryLater, Unsure, _

# What somebody's template, field or permission can bring about: the action failed, others go on.
REFUSALS = (
	ActionFailed,
	frappe.ValidationError,
	frappe.PermissionError,
	frappe.NameError,
	frappe.OutgoingEmailError,
	TemplateError,
	ValueError,
	TypeError,
	KeyError,
	AttributeError,
	ArithmeticError,
	LookupError,
	OSError,
)
DATABASE_TROUBLE = (frappe.QueryDeadlockError, frappe.QueryTimeoutError)


class Stop(Exception):
	"""The firing ends here, without a failure. `args`: why, and values."""


class NotFired(Exception):
	"""On a second look there was nothing to do: no firing, and no row of one."""


def sentence_of(error: Exception) -> tuple[object, ...]:
	"""What went wrong, as a sentence and its values, for the person who owns the trigger."""
	if isinstance(error, ActionFailed | TryLater | Unsure):
		return error.args
	told = " ".join(frappe.utils.strip_html(str(message.get("message", ""))) for message in _messages())
	if isinstance(error, frappe.PermissionError):
		return (
			_("The user {0}, with whose rights it acts, may not do this. {1}"),
			frappe.session.user,
			told or str(error),
		)
	if isinstance(error, TemplateError):
		return (_("A text with placeholders cannot be filled in: {0}"), str(error))
	return (_("It was refused: {0}"), told or str(error) or type(error).__name__)


def never_sent(error: requests.RequestException) -> bool:
	"""Whether the connection never stood: nothing can have gone over it."""
	reason = getattr(error.args[0] if error.args else None, "reason", None)
	return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def details(error: Exception) -> str:
	"""For those who can read it: the end of the traceback."""
	return frappe.get_traceback(with_context=False)[-4000:] or repr(error)


def _messages() -> list[dict]:
	return [
		json.loads(message) if isinstance(message, str) else message
		for message in frappe.local.message_log or []
	]
