"""Workers are killed at random moments: each action is done once, what cannot be taken back at most once."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import frappe
import pytest

from tests.harness.committing import commit
from tests.site import triggers
from tests.site.triggers import action, comment, make

WORKERS = Path(__file__).with_name("trigger_workers.py")
FIRINGS, KILLS = 1000, 30


@pytest.fixture(autouse=True)
def no_triggers(site):
	triggers.forget_all()
	frappe.db.set_single_value("Trigger Settings", "allow_private_webhooks", 1)
	yield
	triggers.forget_all()
	frappe.db.set_single_value("Trigger Settings", "allow_private_webhooks", 0)
	commit()


@pytest.fixture
def outgoing(site):
	"""An account, so that letters are queued; nobody sends them."""
	with triggers.outgoing_mail():
		yield


@pytest.mark.timeout(900)
def test_a_thousand_firings_and_thirty_killed_workers(site, outgoing):
	with triggers.receiver() as (url, received):
		rule = make(
			"Created",
			"ToDo",
			comment("done {{ doc.name }}"),
			action(
				"Send E-mail",
				to=[{"kind": "address", "value": "a@example.com"}],
				subject="{{ doc.name }}",
				message="x",
			),
			action("Send Webhook", url=url, body={"name": "{{ doc.name }}"}),
			conditions={"field": "description", "op": "contains", "value": "kill test"},
		)
		names = [triggers.todo(f"kill test {number}").name for number in range(FIRINGS)]
		commit()
		subprocess.run([sys.executable, WORKERS, site, "2", str(KILLS), "7"], check=True, timeout=800)
		frappe.db.rollback()

	made = Counter(
		frappe.get_all(
			"Comment",
			filters={"reference_name": ("in", names), "comment_type": "Comment"},
			pluck="reference_name",
		)
	)
	assert made == Counter(names)
	letters = Counter(
		frappe.get_all("Email Queue", filters={"reference_doctype": "ToDo"}, pluck="reference_name")
	)
	assert letters == Counter(names)
	statuses = Counter(frappe.get_all("Trigger Log", filters={"trigger_name": rule.name}, pluck="status"))
	assert statuses == {"Done": FIRINGS}
	ids = [headers["Idempotency-Key"] for headers, _body in received.requests]
	assert len(set(ids)) == FIRINGS
	assert len(ids) - FIRINGS <= KILLS  # repeated with the same id, by which the other side knows it
