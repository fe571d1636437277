"""Requests and replies between the server, the faults and a marketplace."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
	method: str
	path: str
	query: Mapping[str, str]
	headers: Mapping[str, str]  # case-insensitive
	body: bytes
	client: str  # address of the other side
	params: Mapping[str, str] = field(default_factory=dict)  # what stands for the `{name}` marks of its path


@dataclass(slots=True)
class Reply:
	"""An answer, and how to misbehave while giving it."""

	status: int
	body: bytes = b""
	headers: dict[str, str] = field(default_factory=dict)
	delay: float = 0.0  # seconds before the answer
	silent: bool = False  # no answer at all: the connection is dropped (after `delay`)
	cut: bool = False  # the connection is dropped in the middle of the body

	@classmethod
	def of(cls, data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
		body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
		return cls(status, body, {"Content-Type": JSON, **(headers or {})})


class Refusal(Exception):
	"""The marketplace refuses a request.

	Args:
		status: of HTTP.
		data: body as JSON, or a string sent as plain text.
	"""

	def __init__(self, status: int, data: Any, headers: Mapping[str, str] | None = None) -> None:
		self.status = status
		self.data = data
		self.headers = dict(headers or {})
		super().__init__(f"{status}: {data}")

	def reply(self) -> Reply:
		if isinstance(self.data, str):
			return Reply(self.status, self.data.encode(), {"Content-Type": "text/plain", **self.headers})
		return Reply.of(self.data, self.status, self.headers)
