"""A mail server of our own: it takes every letter and shows what came."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller

from tests.harness.desk import HOST, free_port


@dataclass
class Mailbox:
	"""Letters in the order they came."""

	port: int
	_letters: queue.Queue[EmailMessage] = field(default_factory=queue.Queue)

	async def handle_DATA(self, server, session, envelope) -> str:
		letter = message_from_bytes(envelope.content, policy=policy.default)
		letter["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
		self._letters.put(letter)
		return "250 OK"

	def next_letter(self, timeout: float) -> EmailMessage:
		"""The next letter; raises queue.Empty when none comes in so many seconds."""
		return self._letters.get(timeout=timeout)

	@property
	def is_empty(self) -> bool:
		return self._letters.empty()


@contextmanager
def mail_server() -> Iterator[Mailbox]:
	"""Takes letters over SMTP until the block ends."""
	mailbox = Mailbox(free_port())
	controller = Controller(mailbox, hostname=HOST, port=mailbox.port)
	controller.start()
	try:
		yield mailbox
	finally:
		controller.stop()


def html_of(letter: EmailMessage) -> str:
	"""The letter as its reader sees it."""
	return letter.get_body(preferencelist=("html",)).get_content()
