"""The one HTTP client. Connectors describe their calls; everything else about HTTP happens here:
timeouts, rate budgets, retries where a repeat is safe, size limits, JSON with exact decimals, status →
error kind, masking, and the request log.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import tenacity

from crm_marketplace.integrations.budget import RateBudget, Unlimited
from crm_marketplace.integrations.errors import (
	AuthenticationError,
	ContractError,
	IntegrationError,
	PermissionMissing,
	RateLimited,
	RejectedError,
	TemporaryError,
	_,
)
from crm_marketplace.integrations.masking import mask_payload, mask_text

CONNECT_TIMEOUT = 5.0  # seconds
READ_TIMEOUT = 30.0
MAX_BYTES = 24 * 1024 * 1024  # of a decoded answer; a page of 100 orders is under 1 MB
MAX_ATTEMPTS = 5

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
		group: whose rate budget it uses.
		safe: repeating it changes nothing more (reads, and writes that set a value).
		max_bytes: largest answer accepted.
	"""

	path: str
	method: str = "POST"
	group: str = "default"
	safe: bool = True
	read_timeout: float = READ_TIMEOUT
	max_bytes: int = MAX_BYTES


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
class Transport:
	"""An HTTP client for one shop.

	Args:
		base_url: where relative paths lead. Credentials are sent to this host only.
		headers: sent with each request to the base host: the credentials.
		secrets: strings that must never be seen outside (values of the credentials).
		patience: seconds that may be spent waiting (budgets, backoff) over the client's life; 0 inside a
			web request, so that nothing sleeps there.
		request_id_headers: where the vendor puts its id of the request, in order of trust.
	"""

	base_url: str
	headers: Mapping[str, str] = field(default_factory=dict)
	secrets: tuple[str, ...] = ()
	budget: RateBudget = field(default_factory=Unlimited)
	observer: Observer | None = None
	classify: Classifier | None = None
	outcomes: Mapping[int, type[IntegrationError]] = field(default_factory=dict)
	patience: float = 60.0
	max_attempts: int = MAX_ATTEMPTS
	request_id_headers: tuple[str, ...] = ("x-o3-trace-id", "x-request-id", "x-trace-id", "trace-id")
	user_agent: str = "crm_marketplace"
	sleep: Callable[[float], None] = time.sleep

	def __post_init__(self) -> None:
		self._session = requests.Session()
		self._host = urlsplit(self.base_url).netloc
		self._waited = 0.0
		self.request_count = 0

	def call(
		self,
		endpoint: Endpoint,
		body: Any = None,
		*,
		params: Mapping[str, Any] | None = None,
		expect_json: bool = True,
	) -> Answer:
		"""Make a call and return its answer.

		Raises:
			IntegrationError: of the kind the answer, or its absence, means.
		"""
		retrying = tenacity.Retrying(
			stop=tenacity.stop_after_attempt(self.max_attempts) | self._stop_when_impatient,
			wait=self._wait,
			retry=tenacity.retry_if_exception(lambda error: self._may_repeat(error, endpoint)),
			sleep=self._sleep,
			reraise=True,
		)
		for attempt in retrying:
			with attempt:
				number = attempt.retry_state.attempt_number
				return self._once(endpoint, body, params, expect_json, number)
		raise AssertionError("unreachable")

	def get_file(self, url: str, *, max_bytes: int = MAX_BYTES) -> bytes:
		"""Download a file a vendor pointed to. Credentials go along only to the vendor's own host."""
		return self.call(Endpoint(path=url, method="GET", max_bytes=max_bytes), expect_json=False).content

	# --- one attempt ---------------------------------------------------------------------------

	def _once(
		self, endpoint: Endpoint, body: Any, params: Mapping[str, Any] | None, expect_json: bool, attempt: int
	) -> Answer:
		waited = self.budget.acquire(endpoint.group, self._patience_left)
		self._waited += waited
		started = time.monotonic()
		payload = None if body is None else json.dumps(body, default=_plain, ensure_ascii=False).encode()
		status: int | None = None
		content = b""
		request_id: str | None = None
		failure: IntegrationError | None = None
		self.request_count += 1
		try:
			response = self._send(endpoint, payload, params)
			with response:
				status = response.status_code
				request_id = self._request_id(response.headers)
				content = _read(response, endpoint.max_bytes)
			if status >= 300:
				raise self._error(status, content, response.headers)
			data = _parse(content, response.headers) if expect_json else None
			return Answer(status, response.headers, data, content, request_id, _date(response.headers))
		except IntegrationError as error:
			failure = error
		except requests.RequestException as error:
			failure = _network_error(error)
		finally:
			self._observe(endpoint, attempt, status, started, waited, payload, content, request_id, failure)
		failure.request_id = failure.request_id or request_id
		failure.http_status = failure.http_status or status
		failure.detail = mask_text(failure.detail or f"{endpoint.method} {endpoint.path}", self.secrets)
		raise failure

	def _send(
		self, endpoint: Endpoint, payload: bytes | None, params: Mapping[str, Any] | None
	) -> requests.Response:
		url = urljoin(self.base_url.rstrip("/") + "/", endpoint.path.lstrip("/"))
		headers = {"Accept": "application/json", "User-Agent": self.user_agent}
		if payload is not None:
			headers["Content-Type"] = "application/json"
		if urlsplit(url).netloc == self._host:
			headers.update(self.headers)
		return self._session.request(
			endpoint.method,
			url,
			params=params,
			data=payload,
			headers=headers,
			timeout=(CONNECT_TIMEOUT, endpoint.read_timeout),
			allow_redirects=False,
			stream=True,
		)

	def _error(self, status: int, content: bytes, headers: Mapping[str, str]) -> IntegrationError:
		try:
			body: Any = _parse(content, headers)
		except ContractError:
			body = content[:2000].decode("utf-8", "replace")
		if self.classify and (error := self.classify(status, body, headers)):
			error.detail = error.detail or f"HTTP {status}: {_short(body)}"
			return error
		cls = self.outcomes.get(status) or STATUS_OUTCOMES.get(status)
		if cls is None:
			cls = TemporaryError if status >= 500 else ContractError
		detail = f"HTTP {status}: {_short(body)}"
		if issubclass(cls, RateLimited):
			return cls(detail=detail, retry_after=retry_after(headers))
		if issubclass(cls, RejectedError):
			return cls(detail=detail, values=(_short(body, 200),))
		if issubclass(cls, PermissionMissing):
			return cls(detail=detail, values=(_short(body, 200),))
		return cls(detail=detail)

	# --- repeating -----------------------------------------------------------------------------

	@property
	def _patience_left(self) -> float:
		return max(0.0, self.patience - self._waited)

	def _may_repeat(self, error: BaseException, endpoint: Endpoint) -> bool:
		if not isinstance(error, IntegrationError) or not error.policy.retry:
			return False
		# A refused connection and a 429 mean the other side did nothing: any call may be repeated.
		untouched = isinstance(error, RateLimited) or getattr(error, "not_sent", False)
		return endpoint.safe or untouched

	def _wait(self, state: tenacity.RetryCallState) -> float:
		error = state.outcome.exception() if state.outcome else None
		if isinstance(error, RateLimited):
			return error.retry_after
		return tenacity.wait_exponential_jitter(initial=0.5, max=20, jitter=0.5)(state)

	def _stop_when_impatient(self, state: tenacity.RetryCallState) -> bool:
		return self._wait(state) > self._patience_left

	def _sleep(self, seconds: float) -> None:
		self._waited += seconds
		self.sleep(seconds)

	# --- telling -------------------------------------------------------------------------------

	def _request_id(self, headers: Mapping[str, str]) -> str | None:
		return next((headers[name] for name in self.request_id_headers if name in headers), None)

	def _observe(
		self,
		endpoint: Endpoint,
		attempt: int,
		status: int | None,
		started: float,
		waited: float,
		payload: bytes | None,
		content: bytes,
		request_id: str | None,
		failure: IntegrationError | None,
	) -> None:
		if not self.observer:
			return
		record = RequestRecord(
			method=endpoint.method,
			path=urlsplit(endpoint.path).path,
			group=endpoint.group,
			attempt=attempt,
			status=status,
			seconds=time.monotonic() - started,
			waited=waited,
			sent_bytes=len(payload or b""),
			received_bytes=len(content),
			request_id=request_id,
			error_kind=failure.kind if failure else None,
			request_body=mask_payload(json.loads(payload), self.secrets) if failure and payload else None,
			response_body=_masked_body(content, self.secrets) if failure and content else None,
		)
		self.observer(record)


def retry_after(headers: Mapping[str, str], default: float = 60.0) -> float:
	"""Seconds from a Retry-After header: a number, or an HTTP date."""
	value = headers.get("Retry-After") or headers.get("X-Ratelimit-Retry")
	if not value:
		return default
	try:
		return max(0.0, float(value))
	except ValueError:
		pass
	try:
		moment = parsedate_to_datetime(value)
	except ValueError:
		return default
	return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())


def _read(response: requests.Response, max_bytes: int) -> bytes:
	parts: list[bytes] = []
	size = 0
	for part in response.iter_content(64 * 1024):
		size += len(part)
		if size > max_bytes:
			raise PageTooLarge(detail=f"more than {max_bytes} bytes")
		parts.append(part)
	return b"".join(parts)


def _parse(content: bytes, headers: Mapping[str, str]) -> Any:
	if not content.strip():
		return {}
	try:
		return json.loads(content, parse_float=Decimal)
	except ValueError as error:
		kind = headers.get("Content-Type", "no content type")
		raise ContractError(
			_("The marketplace answered with something that is not JSON."),
			detail=f"{kind}, {len(content)} bytes: {error}",
		) from error


def _date(headers: Mapping[str, str]) -> datetime | None:
	try:
		return parsedate_to_datetime(headers["Date"]).astimezone(timezone.utc)
	except (KeyError, ValueError, TypeError):
		return None


def _network_error(error: requests.RequestException) -> TemporaryError:
	failure = TemporaryError(detail=type(error).__name__)
	failure.not_sent = isinstance(error, requests.ConnectTimeout)  # nothing reached the other side
	if isinstance(error, requests.ConnectionError) and "refused" in str(error).lower():
		failure.not_sent = True
	return failure


def _plain(value: Any) -> Any:
	if isinstance(value, Decimal):
		return int(value) if value == value.to_integral_value() else float(value)
	raise TypeError(f"{type(value).__name__} has no JSON form")


def _short(body: Any, length: int = 500) -> str:
	if isinstance(body, Mapping):
		for key in ("message", "errorText", "error_description", "title"):
			if body.get(key):
				return str(body[key])[:length]
		body = json.dumps(mask_payload(body), ensure_ascii=False, default=str)
	return mask_text(str(body))[:length]


def _masked_body(content: bytes, secrets: tuple[str, ...]) -> str:
	try:
		return json.dumps(mask_payload(json.loads(content), secrets), ensure_ascii=False)[:4000]
	except ValueError:
		return mask_text(content[:2000].decode("utf-8", "replace"), secrets)
