"""The engine's own record of a firing: Trigger Log and its actions."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from crm_marketplace.sync import clock
from crm_marketplace.sync.messages import pack
from crm_marketplace.triggers.actions.base import _


def ended(row: Document, status: str, sentence: object, *values: object) -> None:
	"""Note how an action ended."""
	row.status = status
	row.ended_at = clock.site_now()
	row.message, row.message_values = str(sentence), pack(values)


def skip_rest(log: Document, why: str) -> None:
	"""Note that the actions that are left are not run; of one that was begun nobody knows."""
	for row in log.actions:
		if row.status == "Waiting":
			ended(row, "Skipped", why)
		elif row.status == "Started":
			ended(row, "Uncertain", _("It was begun and may have been done; it is not done a second time."))


def close(log: Document, status: str, reason: object, *values: object) -> None:
	"""Note how the firing ended."""
	log.status = status
	log.reason, log.reason_values = str(reason), pack(values)
	log.ended_at = clock.site_now()
	save(log)


def commit(log: Document) -> None:
	"""What an action did and the note of it, for good."""
	save(log)
	frappe.db.commit()  # an action and the note of it stand or fall together


def save(log: Document) -> None:
	"""The engine's own record: written whoever the action acts for."""
	log.flags.ignore_permissions = True
	log.flags.ignore_links = True
	log.flags.ignore_version = True
	log.save(ignore_permissions=True)  # as above
