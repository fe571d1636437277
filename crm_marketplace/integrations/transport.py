"""The one HTTP client. Connectors describe their calls; everything else about HTTP happens here:
timeouts, rate budgets, retries where a repeat is safe, size limits, JSON with exact decimals, status →
error kind, masking, and the request log.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import requests
import tenacity
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError

from crm_marketplace.integrations import wire
from crm_marketplace.integrations.budget import BudgetExhausted, RateBudget, Unlimited
from crm_marketplace.integrations.errors import (
	AuthenticationError,
	ConfigurationError,
	ContractError,
	IntegrationError,
	PermissionMissing,
	RateLimited,
	RejectedError,
	TemporaryError,
	_,
)
from crm_marketplace.integrations.masking import mask_broken, mask_payload, mask_text

CONNECT_TIMEOUT = 5.0  # seconds
READ_TIMEOUT = 30.0  # between two pieces of an answer
ANSWER_TIMEOUT = 120.0  # for a whole answer, however steadily it drips
MAX_BYTES = 24 * 1024 * 1024  # of a decoded answer; a page of 100 orders is under 1 MB
MAX_MASKED = 256 * 1024  # of a failed answer: more than that is cut before it is looked at
MAX_ATTEMPTS = 5
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

# HTTP status → error kind. A connector may override single statuses (`Transport(outcomes=…)`).
STATUS_OUTCOMES: Mapping[int, type[IntegrationError]] = {
	400: RejectedError,
	401: AuthenticationError,
	402: PermissionMissing,
	403: PermissionMissing,
	404: RejectedError,
	405: ContractError,
	406: ContractError,
	408: TemporaryError,
	409: RejectedError,
	410: ContractError,
	413: RejectedError,
	415: ContractError,
	420: RateLimited,
	422: RejectedError,
	423: TemporaryError,
	425: TemporaryError,
	429: RateLimited,
}


class PageTooLarge(ContractError):
	"""The answer is bigger than we take in one piece; ask for a smaller page."""

	default_sentence = _("The marketplace sent an answer that is too large.")
	default_next_step = _("Nothing to do: we ask again in smaller pages.")


@dataclass(frozen=True, slots=True)
class Endpoint:
	"""One method of a vendor's API.

	Args:
		path: may hold names in braces (`/stocks/{warehouse_id}`), to be filled by `at`.
		host: which of the transport's `hosts` answers it; "" is the base host.
		group: whose rate budget it uses.
		penalty: how many requests beyond itself the vendor counts for a refused one (4xx).
		safe: repeating it changes nothing more (reads, and writes that set a value).
		max_bytes: largest answer accepted.
		doc: the vendor's page about it.
	"""

	path: str
	method: str = "POST"
	group: str = "default"
	safe: bool = True
	read_timeout: float = READ_TIMEOUT
	max_bytes: int = MAX_BYTES
	doc: str = ""
	host: str = ""
	penalty: int = 0

	def at(self, **ids: str | int) -> Endpoint:
		"""The method for certain ids: `/stocks/{warehouse_id}` becomes `/stocks/117`. Whatever an id holds,
		it cannot lead to another method.

		Raises:
			ValueError: an id that is empty or of dots, which no path can hold.
		"""
		if bad := [name for name, id_ in ids.items() if not str(id_).strip(".")]:
			raise ValueError(f"{', '.join(bad)} cannot be part of a path")
		return replace(
			self, path=self.path.format(**{name: quote(str(id_), "") for name, id_ in ids.items()})
		)


@dataclass(frozen=True, slots=True)
class Answer:
	"""A successful answer. `data` is parsed JSON with Decimals, or None when raw bytes were asked for."""

	status: int
	headers: Mapping[str, str]
	data: Any
	content: bytes
	request_id: str | None
	date: datetime | None  # the remote clock, aware UTC


@dataclass(frozen=True, slots=True)
class RequestRecord:
	"""One line of the request log. Bodies are masked, and kept for failures only."""

	method: str
	path: str
	group: str
	attempt: int
	status: int | None
	seconds: float
	waited: float
	sent_bytes: int
	received_bytes: int
	request_id: str | None = None
	error_kind: str | None = None
	request_body: Any = None
	response_body: str | None = None


Observer = Callable[[RequestRecord], None]
# Looks at a failed answer (status, parsed body or text, headers) and returns a better error, or None.
Classifier = Callable[[int, Any, Mapping[str, str]], IntegrationError | None]


@dataclass
class _Exchange:
	"""What is known of one attempt, for the log and the error, however far it came."""

	attempt: int
	waited: float
	started: float
	sent: bytes = b""
	status: int | None = None
	content: bytes = b""
	request_id: str | None = None


@dataclass
class Transport:
	"""An HTTP client for one shop, used by one thread at a time.

	Args:
		base_url: where relative paths lead.
		hosts: where the paths of endpoints with a `host` lead, for vendors with several hosts. One that is
			not named leads to `base_url`, so that a server which plays them all (a sandbox) needs none.
		headers: the credentials, sent with each request to the base host and `hosts`, and to nobody else.
		secrets: strings that must never be seen outside (values of the credentials).
		patience: seconds that may be spent waiting (budgets, backoff) over the client's life; 0 inside a
			web request, so that nothing sleeps there.
		request_id_headers: where the vendor puts its id of the request, in order of trust.
	"""

	base_url: str
	# Not in repr: tracebacks with local variables must not show them.
	headers: Mapping[str, str] = field(default_factory=dict, repr=False)
	secrets: tuple[str, ...] = field(default=(), repr=False)
	budget: RateBudget = field(default_factory=Unlimited)
	observer: Observer | None = None
	classify: Classifier | None = None
	outcomes: Mapping[int, type[IntegrationError]] = field(default_factory=dict)
	patience: float = 60.0
	max_attempts: int = MAX_ATTEMPTS
	request_id_headers: tuple[str, ...] = ("x-request-id", "x-correlation-id", "x-trace-id", "trace-id")
	user_agent: str = "crm_marketplace"
	sleep: Callable[[float], None] = time.sleep
	hosts: Mapping[str, str] = field(default_factory=dict)

	def __post_init__(self) -> None:
		base = urlsplit(self.base_url)
		self._origins = {_origin(url) for url in (self.base_url, *self.hosts.values())}
		self._session = requests.Session()
		self._session.auth = _no_netrc
		# A company's proxy is honoured, but it cannot reach a server on this very machine.
		self._session.trust_env = base.hostname not in LOOPBACK
		self._waited = 0.0
		self.request_count = 0

	def close(self) -> None:
		"""Let go of the open connections. Calls after it open new ones."""
		self._session.close()

	def __enter__(self) -> Transport:
		return self

	def __exit__(self, *_exc: object) -> None:
		self.close()

	def call(
		self,
		endpoint: Endpoint,
		body: Any = None,
		*,
		params: Mapping[str, Any] | None = None,
		expect_json: bool = True,
	) -> Answer:
		"""Make a call and return its answer.

		Args:
			body: a JSON value; Decimals are written as exact numbers.

		Raises:
			IntegrationError: of the kind the answer, or its absence, means.
		"""
		pauses = _Pauses()
		retrying = tenacity.Retrying(
			stop=tenacity.stop_after_attempt(self.max_attempts)
			| (lambda state: pauses(state) > self._patience_left),
			wait=pauses,
			retry=tenacity.retry_if_exception(lambda error: _may_repeat(error, endpoint)),
			sleep=self._sleep,
			reraise=True,
		)
		sent = b"" if body is None else wire.encode(body)
		return retrying(self._once, endpoint, sent, params, expect_json, pauses)

	def get_file(self, url: str, *, max_bytes: int = MAX_BYTES) -> bytes:
		"""Download a file a vendor pointed to. Credentials go along only to the vendor's own hosts."""
		return self.call(Endpoint(path=url, method="GET", max_bytes=max_bytes), expect_json=False).content

	def pause(self, seconds: float) -> bool:
		"""Wait for something the vendor is still working on. False, without waiting, where that would take
		more patience than is left.
		"""
		if seconds > self._patience_left:
			return False
		self._sleep(seconds)
		return True

	# --- one attempt ---------------------------------------------------------------------------

	def _once(
		self,
		endpoint: Endpoint,
		sent: bytes,
		params: Mapping[str, Any] | None,
		expect_json: bool,
		pauses: _Pauses,
	) -> Answer:
		waited = self.budget.acquire(endpoint.group, self._patience_left)
		self._waited += waited
		with self.budget.place(self._patience_left) as queued:
			self._waited += queued
			self.request_count += 1
			exchange = _Exchange(pauses.next_attempt(), waited + queued, time.monotonic(), sent)
			return self._attempt(endpoint, params, expect_json, exchange)

	def _attempt(
		self, endpoint: Endpoint, params: Mapping[str, Any] | None, expect_json: bool, exchange: _Exchange
	) -> Answer:
		failure: IntegrationError | None = None
		try:
			return self._exchange(endpoint, params, expect_json, exchange)
		except IntegrationError as error:
			failure = error
		except (requests.RequestException, UnicodeError) as error:
			failure = _network_error(error)
		finally:
			self._observe(endpoint, exchange, failure)
		failure.request_id = failure.request_id or exchange.request_id
		failure.http_status = failure.http_status or exchange.status
		where = f"{endpoint.method} {urlsplit(endpoint.path).path}"
		failure.detail = mask_text(f"{where}: {failure.detail}" if failure.detail else where, self.secrets)
		# Without its cause, whose text may hold what must not be logged.
		raise failure from None

	def _exchange(
		self, endpoint: Endpoint, params: Mapping[str, Any] | None, expect_json: bool, exchange: _Exchange
	) -> Answer:
		accept = "application/json" if expect_json else "*/*"
		with self._send(endpoint, exchange.sent, params, accept) as response:
			headers = response.headers
			exchange.status = status = response.status_code
			exchange.request_id = next(
				(headers[name] for name in self.request_id_headers if name in headers), None
			)
			exchange.content = _read(response, endpoint.max_bytes, exchange.started + ANSWER_TIMEOUT)
		if not 200 <= status < 300:
			if endpoint.penalty and 400 <= status < 500:
				self.budget.charge(endpoint.group, endpoint.penalty)
			raise self._error(endpoint, status, exchange.content, headers)
		data = _parse(exchange.content, headers) if expect_json else None
		return Answer(status, headers, data, exchange.content, exchange.request_id, wire.date_of(headers))

	def _send(
		self, endpoint: Endpoint, sent: bytes, params: Mapping[str, Any] | None, accept: str
	) -> requests.Response:
		base = self.hosts.get(endpoint.host, self.base_url)
		url = urljoin(base.rstrip("/") + "/", endpoint.path.lstrip("/"))
		headers = {"Accept": accept, "User-Agent": self.user_agent}
		if sent:
			headers["Content-Type"] = "application/json"
		if _origin(url) in self._origins:
			headers.update(self.headers)
		for value in headers.values():
			value.encode("latin-1")  # what HTTP can carry; found out before anything is sent
		return self._session.request(
			endpoint.method,
			url,
			params=params,
			data=sent or None,
			headers=headers,
			timeout=(CONNECT_TIMEOUT, endpoint.read_timeout),
			allow_redirects=False,
			stream=True,
		)

	def _error(
		self, endpoint: Endpoint, status: int, content: bytes, headers: Mapping[str, str]
	) -> IntegrationError:
		try:
			body: Any = _parse(content, headers)
		except ContractError:
			body = content[:2000].decode("utf-8", "replace")
		said = self._said(body)
		error = self.classify(status, body, headers) if self.classify else None
		if error is None:
			cls = self.outcomes.get(status) or STATUS_OUTCOMES.get(status)
			if cls is None:
				cls = TemporaryError if status >= 500 else ContractError
			error = cls(retry_after=wire.retry_after(headers)) if issubclass(cls, RateLimited) else cls()
		if not error.values:
			error.values = (endpoint.path,) if isinstance(error, PermissionMissing) else (said[:200],)
		error.detail = error.detail or f"HTTP {status}: {said}"
		return error

	def _said(self, body: Any, length: int = 500) -> str:
		"""The vendor's own words about a failure, without secrets and buyer data."""
		if isinstance(body, Mapping):
			text = _message(body) or wire.to_text(mask_payload(body, self.secrets))
			return mask_text(text, self.secrets)[:length]
		return mask_broken(str(body), self.secrets)[:length]

	# --- repeating and telling -----------------------------------------------------------------

	@property
	def _patience_left(self) -> float:
		return max(0.0, self.patience - self._waited)

	def _sleep(self, seconds: float) -> None:
		if seconds > 0:
			self._waited += seconds
			self.sleep(seconds)

	def _observe(self, endpoint: Endpoint, exchange: _Exchange, failure: IntegrationError | None) -> None:
		if not self.observer:
			return
		record = RequestRecord(
			method=endpoint.method,
			path=urlsplit(endpoint.path).path,
			group=endpoint.group,
			attempt=exchange.attempt,
			status=exchange.status,
			seconds=time.monotonic() - exchange.started,
			waited=exchange.waited,
			sent_bytes=len(exchange.sent),
			received_bytes=len(exchange.content),
			request_id=exchange.request_id,
			error_kind=failure.kind if failure else None,
			request_body=self._masked(exchange.sent) if failure and exchange.sent else None,
			response_body=self._masked_text(exchange.content) if failure and exchange.content else None,
		)
		self.observer(record)

	def _masked(self, content: bytes) -> Any:
		return mask_payload(wire.decode(content), self.secrets)

	def _masked_text(self, content: bytes) -> str:
		try:
			if len(content) <= MAX_MASKED:
				return wire.to_text(self._masked(content))[:4000]
		except ValueError:
			pass
		return mask_broken(content[:2000].decode("utf-8", "replace"), self.secrets)


class _Pauses:
	"""How long to wait before each repeat of one call. Asked twice for one attempt, it says the same."""

	_backoff = tenacity.wait_exponential_jitter(initial=0.5, max=20, jitter=0.5)

	def __init__(self) -> None:
		self._attempts = 0
		self._seconds: dict[int, float] = {}

	def next_attempt(self) -> int:
		self._attempts += 1
		return self._attempts

	def __call__(self, state: tenacity.RetryCallState) -> float:
		number = state.attempt_number
		if number not in self._seconds:
			error = state.outcome.exception() if state.outcome else None
			asked = error.retry_after if isinstance(error, RateLimited) else None
			self._seconds[number] = self._backoff(state) if asked is None else asked
		return self._seconds[number]


def _message(body: Mapping[str, Any]) -> str:
	"""What a failed answer says, where it says it as most do: a message, or a list of errors with one each."""
	texts = (body.get(key) for key in ("message", "errorText", "error_description", "title"))
	text = next((str(text) for text in texts if text), "")
	errors = body.get("errors")
	if text or not isinstance(errors, list):
		return text
	messages = (error.get("message") or error.get("code") for error in errors if isinstance(error, Mapping))
	return "; ".join(str(message) for message in messages if message)


def _origin(url: str) -> tuple[str, str]:
	parts = urlsplit(url)
	return parts.scheme, parts.netloc


def _may_repeat(error: BaseException, endpoint: Endpoint) -> bool:
	if not isinstance(error, IntegrationError) or not error.policy.retry:
		return False
	if isinstance(error, BudgetExhausted):
		return False  # the budget has waited as long as it may
	# A refused connection and a 429 mean the other side did nothing: any call may be repeated.
	untouched = isinstance(error, RateLimited) or (isinstance(error, TemporaryError) and error.not_sent)
	return endpoint.safe or untouched


def _read(response: requests.Response, max_bytes: int, deadline: float) -> bytes:
	parts: list[bytes] = []
	size = 0
	for part in response.iter_content(64 * 1024):
		size += len(part)
		if size > max_bytes:
			raise PageTooLarge(detail=f"more than {max_bytes} bytes")
		if time.monotonic() > deadline:
			raise TemporaryError(detail=f"the answer took longer than {ANSWER_TIMEOUT:.0f} s")
		parts.append(part)
	return b"".join(parts)


def _parse(content: bytes, headers: Mapping[str, str]) -> Any:
	if not content.strip():
		return {}
	try:
		return wire.decode(content)
	except ValueError as error:
		kind = headers.get("Content-Type", "no content type")
		raise ContractError(
			_("The marketplace answered with something that is not JSON."),
			detail=f"{kind}, {len(content)} bytes: {error}",
		) from error


def _network_error(error: Exception) -> IntegrationError:
	"""Only the kind of a network error is told: its text may hold addresses with keys in them."""
	if isinstance(error, ValueError):  # a bad address, scheme, or character in a header
		return ConfigurationError(
			_("The address or the key of the shop holds something that cannot be sent."),
			detail=type(error).__name__,
		)
	if isinstance(error, requests.exceptions.SSLError):
		return TemporaryError(
			_("A secure connection to the marketplace cannot be made."), detail="SSLError", not_sent=True
		)
	reason = getattr(error.args[0] if error.args else None, "reason", None)
	not_sent = isinstance(reason, NewConnectionError | ConnectTimeoutError | ProxyError)
	return TemporaryError(detail=type(error).__name__, not_sent=not_sent)


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
	"""An auth that adds nothing: without one, requests would look for credentials in ~/.netrc."""
	return request
