"""What tests of triggers stand on: rules made in a line, events, and a worker that runs when told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import frappe
from frappe.model.document import Document

from crm_marketplace.triggers.engine import index, worker
from tests.harness.committing import commit
from tests.site import builders

MAIL = "Trigger Test Mail"


def make(event: str, document_type: str | None = None, *actions: dict, **fields: Any) -> Document:
	"""A trigger that is on. Actions as `action(…)` makes them; conditions as data."""
	for name in ("conditions", "repeat_until"):
		if name in fields:
			fields[name] = json.dumps(fields[name])
	values = {"title": f"{event} {frappe.generate_hash(length=5)}", "enabled": 1, **fields}
	return frappe.get_doc(
		doctype="Trigger", event=event, document_type=document_type, actions=list(actions), **values
	).insert()


def action(action_type: str, *, delay: int = 0, recheck: int = 0, go_on: int = 0, **settings: Any) -> dict:
	return {
		"action_type": action_type,
		"settings": json.dumps(settings),
		"delay_minutes": delay,
		"recheck": recheck,
		"go_on": go_on,
	}


def comment(text: str = "{{ doc.name }}") -> dict:
	return action("Add Comment", text=text)


def user(name: str) -> list[dict]:
	return [{"kind": "user", "value": name}]


def todo(description: str = "call", **fields: Any) -> Document:
	return frappe.get_doc(doctype="ToDo", description=description, **fields).insert()


def take_in_order(shop: str) -> str:
	"""A new order of a shop, stored as a run would. Returns its name."""
	return builders.take_in(shop, builders.make_order(builders.line("red-cup"))).name


def run() -> int:
	"""What a worker would do now. Returns how many firings it ran."""
	commit()
	return worker.drain()


def make_due() -> None:
	"""As if the time had come for everything that waits."""
	frappe.db.sql("update `tabTrigger Log` set due_at = '2020-01-01' where status = 'Waiting'")
	frappe.db.sql(
		"update `tabTrigger Log Action` set due_at = '2020-01-01' where status = 'Waiting' and due_at is not null"
	)


def logs(rule: Document | None = None, **filters: Any) -> list[Document]:
	if rule:
		filters["trigger_name"] = rule.name
	names = frappe.get_all("Trigger Log", filters=filters, order_by="creation asc, turn asc", pluck="name")
	return [frappe.get_doc("Trigger Log", name) for name in names]


def the_log(rule: Document) -> Document:
	found = logs(rule)
	assert len(found) == 1, [(log.status, log.document_name, log.reason) for log in found]
	return found[0]


def done(rule: Document, number: int = 0) -> Document:
	"""The action of the trigger's only firing; it must have been done."""
	log = the_log(rule)
	row = log.actions[number]
	assert (log.status, row.status) == ("Done", "Done"), (
		log.reason,
		row.message,
		row.message_values,
		row.error,
	)
	return row


def failed(rule: Document) -> Document:
	"""The action that failed in the only firing of the trigger."""
	log = the_log(rule)
	assert log.status == "Failed"
	return next(row for row in log.actions if row.status == "Failed")


def state(rule: Document) -> tuple[int, str | None]:
	"""Whether a trigger is on, and why it was paused, as everybody sees it."""
	frappe.db.rollback()
	row = frappe.db.get_value("Trigger", rule.name, ["enabled", "paused_reason"])
	return row[0], row[1]


def comments(doc: Document) -> list[str]:
	return frappe.get_all(
		"Comment",
		filters={"reference_doctype": doc.doctype, "reference_name": doc.name, "comment_type": "Comment"},
		order_by="creation asc",
		pluck="content",
	)


@contextmanager
def outgoing_mail(**account_fields: Any) -> Iterator[None]:
	"""The site can send mail: it lands in the Email Queue. While mails are muted nobody sends it."""
	_forget_mail()  # a run that was stopped half-way may have left it
	account = frappe.get_doc(
		doctype="Email Account",
		email_account_name=MAIL,
		email_id=f"{frappe.scrub(MAIL)}@example.com",
		enable_outgoing=1,
		default_outgoing=1,
		smtp_server="127.0.0.1",
		no_smtp_authentication=1,
		awaiting_password=1,
		**account_fields,
	)
	account.flags.ignore_validate = True
	account.insert()
	commit()
	try:
		yield
	finally:
		frappe.db.rollback()
		_forget_mail()


def _forget_mail() -> None:
	frappe.db.delete("Email Account", {"email_account_name": MAIL})
	frappe.db.delete("Email Queue")
	frappe.db.delete("Email Queue Recipient")
	commit()


def forget_all() -> None:
	"""Take away every trigger and what they left."""
	frappe.db.rollback()
	frappe.set_user("Administrator")
	for doctype in ("Trigger Log Action", "Trigger Log", "Trigger Action", "Trigger"):
		frappe.db.delete(doctype)
	frappe.db.set_single_value("Trigger Settings", "enabled", 1)
	frappe.clear_document_cache("Trigger Settings", "Trigger Settings")
	index.changed()
	commit()


def queries_of(work: Callable[[], Any]) -> int:
	"""Statements sent to the database while `work` runs."""
	count = 0
	sql = frappe.db.sql

	def counting(*args: Any, **options: Any) -> Any:
		nonlocal count
		count += 1
		return sql(*args, **options)

	frappe.db.sql = counting
	try:
		work()
	finally:
		frappe.db.sql = sql
	return count


def rows_read(work: Callable[[], Any]) -> int:
	"""Rows the database reads, of tables and indexes, while `work` runs on this connection."""
	before = _reads()
	work()
	return _reads() - before


def _reads() -> int:
	rows = frappe.db.sql("show session status like 'Handler_read%%'")
	return sum(int(value) for name, value in rows if name != "Handler_read_rnd_deleted")


class Receiver:
	"""A web server that takes webhooks: what came, and what it answers."""

	def __init__(self) -> None:
		self.requests: list[tuple[dict[str, str], bytes]] = []
		self.answers: list[int] = []

	def next_answer(self) -> int:
		return self.answers.pop(0) if self.answers else 200


@contextmanager
def receiver() -> Iterator[tuple[str, Receiver]]:
	"""A server on this machine; gives its address and what it received."""
	received = Receiver()

	class Handler(BaseHTTPRequestHandler):
		def do_POST(self) -> None:
			body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
			received.requests.append((dict(self.headers), body))
			self.send_response(received.next_answer())
			self.end_headers()

		def log_message(self, *args: Any) -> None:
			"""Quiet."""

	server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
	Thread(target=server.serve_forever, daemon=True).start()
	try:
		yield f"http://127.0.0.1:{server.server_address[1]}/hook", received
	finally:
		server.shutdown()
		server.server_close()
