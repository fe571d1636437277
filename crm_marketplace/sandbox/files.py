"""Files a marketplace hands out by links: from another host than its API's, to whoever has the link."""

from __future__ import annotations

import threading
from collections import OrderedDict
from hashlib import sha256
from urllib.parse import urlsplit

from crm_marketplace.sandbox.http import Reply, Request

PREFIX = "/_files"
KEPT = 200  # files; a vendor's links die too
_CREDENTIALS = ("Authorization", "Api-Key", "Client-Id")


class Files:
	"""What links lead to.

	Args:
		url: of the server that answers the links too. Where it is this machine by its number, the links
			have its name, so that they lead to another host.
	"""

	def __init__(self, url: str) -> None:
		parts = urlsplit(url)
		host = "localhost" if parts.hostname == "127.0.0.1" else parts.hostname
		self.url = f"{parts.scheme}://{host}:{parts.port}{PREFIX}"
		self.asked: list[dict[str, str]] = []  # the headers of each request
		self._lock = threading.Lock()
		self._files: OrderedDict[str, tuple[bytes, str]] = OrderedDict()

	def publish(self, name: str, content: bytes, media_type: str) -> str:
		"""Put a file there. Returns its link; the same file has the same one."""
		path = f"{PREFIX}/{sha256(content).hexdigest()[:32]}/{name}"
		with self._lock:
			self._files[path] = (content, media_type)
			while len(self._files) > KEPT:
				self._files.popitem(last=False)
		return self.url + path.removeprefix(PREFIX)

	def answer(self, request: Request) -> Reply:
		"""The file of a link. A request that brings a key along is refused, as stores of files do."""
		self.asked.append(dict(request.headers.items()))
		with self._lock:
			content, media_type = self._files.get(request.path, (b"", ""))
		if any(name in request.headers for name in _CREDENTIALS):
			return Reply(400, b"InvalidRequest", {"Content-Type": "text/plain"})
		if not media_type:
			return Reply(404, b"NoSuchKey", {"Content-Type": "text/plain"})
		return Reply(200, content, {"Content-Type": media_type})
