"""Deals of a stage that is archived go to another one: a few at once, many in the background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html, strip_html

from crm_marketplace.deals.languages import language_of

IN_REQUEST = 50  # deals; more would keep the user waiting
CHUNK = 50
MOST_NAMED = 20
LONGEST = 4 * 3600
DONE = "deals_moved"  # event of the browser
SAVEPOINT = "move_deal"


@dataclass
class Outcome:
	"""How many deals went over, and title and reason of those that did not."""

	moved: int = 0
	failed: list[tuple[str, str]] = field(default_factory=list)


def start(stage: str, to_stage: str) -> int:
	"""Move every deal of a stage to another one of the same pipeline. Returns how many are moved in the background.

	Those that cannot be saved stay where they are, and the user is told.
	"""
	deals = frappe.db.count("Deal", {"stage": stage})
	if deals <= IN_REQUEST:
		outcome = move(stage, to_stage)
		if outcome.failed:
			told = _told(outcome)
			frappe.msgprint(told["message"], title=told["title"], indicator=told["indicator"])
		return 0
	frappe.enqueue(
		"crm_marketplace.deals.stage_moves.work",
		queue="long",
		timeout=LONGEST,
		job_id=f"crm_marketplace_move_deals-{stage}",
		deduplicate=True,
		enqueue_after_commit=True,
		stage=stage,
		to_stage=to_stage,
	)
	return deals


def work(stage: str, to_stage: str) -> Outcome:
	"""The job: says how far it is to who has the pipeline open, and how it ended to who started it."""
	pipeline, user = frappe.db.get_value("Deal Stage", stage, "pipeline"), frappe.session.user

	def tell(done: int, deals: int) -> None:
		frappe.db.commit()  # nosemgrep: a chunk is done; a job that is stopped leaves the rest in their stage
		frappe.publish_progress(
			done * 100 / deals, title=_("Moving deals"), doctype="Deal Pipeline", docname=pipeline
		)

	with language_of(user):
		outcome = move(stage, to_stage, tell)
		told = _told(outcome)
		if outcome.failed:
			_keep(user, stage, told)
	frappe.publish_realtime("msgprint", told, user=user, after_commit=True)
	frappe.publish_realtime(DONE, {"pipeline": pipeline}, user=user, after_commit=True)
	return outcome


def move(stage: str, to_stage: str, after_chunk: Callable[[int, int], None] | None = None) -> Outcome:
	"""Every deal with its history; what the new stage asks for is not asked here.

	Args:
		after_chunk: called with how many are done, and of how many.
	"""
	names = frappe.get_all("Deal", filters={"stage": stage}, pluck="name", order_by="creation asc")
	outcome = Outcome()
	for number, name in enumerate(names, 1):
		_move_one(name, stage, to_stage, outcome)
		if after_chunk and (number % CHUNK == 0 or number == len(names)):
			after_chunk(number, len(names))
	return outcome


def _move_one(name: str, stage: str, to_stage: str, outcome: Outcome) -> None:
	deal = frappe.get_doc("Deal", name, for_update=True)
	if deal.stage != stage:
		return  # somebody was quicker
	deal.stage = to_stage
	deal.flags.stage_follows = True
	frappe.db.savepoint(SAVEPOINT)
	try:
		deal.save()
	except (frappe.ValidationError, frappe.NameError, frappe.PermissionError) as error:
		# What is wrong with this deal is for a person to mend; the others go on.
		frappe.db.rollback(save_point=SAVEPOINT)
		frappe.clear_messages()
		outcome.failed.append((deal.title, strip_html(str(error))))
	else:
		outcome.moved += 1


def _told(outcome: Outcome) -> dict[str, Any]:
	"""How it ended, as the desk shows messages."""
	lines = [f"{escape_html(title)}: {escape_html(reason)}" for title, reason in outcome.failed[:MOST_NAMED]]
	if len(outcome.failed) > MOST_NAMED:
		lines.append("…")
	rows = "".join(f"<li>{line}</li>" for line in lines)
	return {
		"title": _("Deals moved: {0}, not moved: {1}").format(outcome.moved, len(outcome.failed)),
		"message": f"<ul>{rows}</ul>" if rows else _("All deals of the stage were moved."),
		"indicator": "orange" if rows else "green",
	}


def _keep(user: str, stage: str, told: dict[str, Any]) -> None:
	"""A notice for who is not at the desk when the job ends."""
	frappe.get_doc(
		{
			"doctype": "Notification Log",
			"subject": told["title"],
			"email_content": told["message"],
			"for_user": user,
			"type": "Alert",
			"document_type": "Deal Stage",
			"document_name": stage,
		}
	).insert(ignore_permissions=True)  # a notice of the system to its user
