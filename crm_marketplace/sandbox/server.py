"""The web server: HTTP/1.1 with keep-alive, a thread per connection, and every way to break off."""

from __future__ import annotations

import gzip
import ipaddress
import logging
import socket
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from crm_marketplace.sandbox.http import Reply, Request

logger = logging.getLogger(__name__)

GZIP_FROM = 1024  # bytes
MAX_REQUEST = 16 * 1024 * 1024
POLL_SECONDS = 0.02


class Server:
	"""Serves `answer` on a port, in threads of this process.

	Args:
		answer: request → reply.
		port: 0 takes a free one.
	"""

	def __init__(self, answer: Callable[[Request], Reply], host: str = "127.0.0.1", port: int = 0) -> None:
		self.closing = threading.Event()
		self._http = _HTTPServer((host, port), _Handler)
		self._http.answer = answer
		self._http.closing = self.closing
		self._thread: threading.Thread | None = None

	@property
	def url(self) -> str:
		host, port = self._http.server_address[:2]
		return f"http://{host}:{port}"

	@property
	def failures(self) -> list[BaseException]:
		"""Exceptions the sandbox itself let slip; its clients saw a dropped connection."""
		return self._http.failures

	def start(self) -> None:
		self._thread = threading.Thread(
			target=self._http.serve_forever, args=(POLL_SECONDS,), name=f"sandbox {self.url}", daemon=True
		)
		self._thread.start()

	def stop(self) -> None:
		"""Stop listening and break off what is still open."""
		self.closing.set()
		if self._thread:
			self._http.shutdown()
			self._thread.join()
			self._thread = None
		self._http.server_close()
		self._http.break_off()


class _HTTPServer(ThreadingHTTPServer):
	daemon_threads = True
	block_on_close = False
	request_queue_size = 128
	answer: Callable[[Request], Reply]
	closing: threading.Event

	def __init__(self, *args) -> None:
		self._open: set[socket.socket] = set()
		self._guard = threading.Lock()
		self.failures: list[BaseException] = []
		super().__init__(*args)

	def process_request(self, request, client_address) -> None:
		with self._guard:
			self._open.add(request)
		super().process_request(request, client_address)

	def shutdown_request(self, request) -> None:
		with self._guard:
			self._open.discard(request)
		super().shutdown_request(request)

	def break_off(self) -> None:
		with self._guard:
			sockets = list(self._open)
		for connection in sockets:
			try:
				connection.shutdown(socket.SHUT_RDWR)
			except OSError:
				logger.debug("the other side was faster")

	def handle_error(self, request, client_address) -> None:
		error = sys.exc_info()[1]
		if isinstance(error, OSError):
			logger.debug("connection from %s broke off", client_address, exc_info=True)
			return
		logger.error("the sandbox itself failed", exc_info=True)
		self.failures.append(error)


class _Handler(BaseHTTPRequestHandler):
	protocol_version = "HTTP/1.1"
	disable_nagle_algorithm = True
	wbufsize = -1  # one packet per answer
	server: _HTTPServer

	def do_POST(self) -> None:
		self._serve()

	do_GET = do_PUT = do_PATCH = do_DELETE = do_POST

	def _serve(self) -> None:
		length = self.headers.get("Content-Length") or "0"
		if not length.isdecimal() or int(length) > MAX_REQUEST:
			self.close_connection = True
			self._send(Reply(413))
			return
		parts = urlsplit(self.path)
		request = Request(
			method=self.command,
			path=parts.path,
			query=dict(parse_qsl(parts.query)),
			headers=self.headers,
			body=self.rfile.read(int(length)),
			client=self.client_address[0],
		)
		reply = self.server.answer(request)
		if reply.delay:
			self.server.closing.wait(reply.delay)
		if reply.silent or self.server.closing.is_set():
			self.close_connection = True
			return
		self._send(reply)

	def _send(self, reply: Reply) -> None:
		body = reply.body
		self.send_response_only(reply.status)
		headers = dict(reply.headers)
		if len(body) > GZIP_FROM and "gzip" in self.headers.get("Accept-Encoding", ""):
			body = gzip.compress(body, compresslevel=1)
			headers["Content-Encoding"] = "gzip"
		for name, value in headers.items():
			self.send_header(name, value)
		self.send_header("Content-Length", str(len(body)))
		if self.close_connection:
			self.send_header("Connection", "close")
		self.end_headers()
		if reply.cut:
			self.close_connection = True
			body = body[: len(body) // 2]
		self.wfile.write(body)
		self.wfile.flush()

	def log_message(self, format: str, *args) -> None:
		logger.debug(format, *args)


def is_loopback(address: str) -> bool:
	"""True for this machine's own addresses."""
	try:
		return ipaddress.ip_address(address.partition("%")[0]).is_loopback
	except ValueError:
		return address == "localhost"
