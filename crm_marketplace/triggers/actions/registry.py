"""All actions of triggers."""

from __future__ import annotations

import frappe

from crm_marketplace.triggers.actions import chain, documents, letters, marketplace, outside, tasks
from crm_marketplace.triggers.actions.base import Action, ActionFailed, _

ACTIONS: dict[str, Action] = {
	action.type: action
	for action in (
		letters.SendEmail(),
		letters.NotifyOnDesk(),
		tasks.CreateTask(),
		tasks.Assign(),
		documents.SetFields(),
		documents.AddComment(),
		documents.AddTag(),
		documents.CreateDocument(),
		documents.SubmitDocument(),
		documents.CancelDocument(),
		outside.SendWebhook(),
		letters.SendSms(),
		letters.SendMessage(),
		outside.SendReport(),
		marketplace.MarketplaceAction(),
		chain.RunServerScript(),
		chain.RunAnotherTrigger(),
	)
}


def get(action_type: str) -> Action:
	"""Raises ActionFailed for an action nobody brings (any more)."""
	if action_type not in ACTIONS:
		raise ActionFailed(_("There is no action {0}."), action_type)
	return ACTIONS[action_type]


def offered() -> list[Action]:
	"""Actions that make sense on this site: no messages without a messenger, no shop actions without a shop."""
	hidden = set()
	if not letters.messengers():
		hidden.add("Send Message")
	if not frappe.db.exists("Marketplace Shop", {"enabled": 1}):
		hidden.add("Marketplace Action")
	return [action for action in ACTIONS.values() if action.type not in hidden]
