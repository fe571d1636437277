"""What can go wrong between us and a marketplace, and what to do about it.

Each error carries a sentence for the person who reads it, a next step, the technical detail and the
remote request id. Its class is its kind: the kind decides whether to retry, whom to tell, and whether
the breaker of the shop counts it (`POLICIES`). Sentences are English source strings marked for
translation here; the site translates them when it shows them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


def _(text: str) -> str:
	"""Mark a string for translation without translating it: this package knows no user and no language."""
	return text


@dataclass(frozen=True, slots=True)
class ErrorPolicy:
	"""What the core does with an error of a kind."""

	retry: bool  # worth trying the same call again later, unchanged
	stops_run: bool  # no use asking for the next page or record
	trips_breaker: bool  # counts towards opening the breaker of the shop
	severity: str  # "info", "warning", "error": the colour on the desk


class IntegrationError(Exception):
	"""Base of everything a connector may raise.

	Args:
		sentence: what happened, for the user. May hold `{0}` marks filled by `values`.
		next_step: what the user can do about it, same rules.
		detail: technical text for the log. Must not hold secrets or buyer data.
		values: replacements for the marks, kept apart so that the sentence stays translatable.
		request_id: the remote side's id of the request, for its support desk.
		record_id: the order, listing or row concerned, where it is one.
		http_status: status of the answer, where there was one.
	"""

	kind: ClassVar[str] = "unknown"
	policy: ClassVar[ErrorPolicy] = ErrorPolicy(False, False, False, "error")
	default_sentence: ClassVar[str] = _("Something unexpected happened while talking to the marketplace.")
	default_next_step: ClassVar[str] = _("Open the sync log and send its details to your administrator.")

	def __init__(
		self,
		sentence: str | None = None,
		*,
		next_step: str | None = None,
		detail: str = "",
		values: tuple[object, ...] = (),
		request_id: str | None = None,
		record_id: str | None = None,
		http_status: int | None = None,
	) -> None:
		self.sentence = sentence or self.default_sentence
		self.next_step = next_step or self.default_next_step
		self.detail = detail
		self.values = values
		self.request_id = request_id
		self.record_id = record_id
		self.http_status = http_status
		super().__init__(self.text)

	@property
	def text(self) -> str:
		"""The sentence in English with its values filled in."""
		try:
			return self.sentence.format(*self.values)
		except (IndexError, KeyError, ValueError):
			return self.sentence  # fewer values than marks: an error must never fail to be shown

	def __str__(self) -> str:
		parts = [self.text]
		if self.record_id:
			parts.append(f"record {self.record_id}")
		if self.detail:
			parts.append(self.detail)
		if self.request_id:
			parts.append(f"request {self.request_id}")
		return " | ".join(parts)


class ConfigurationError(IntegrationError):
	"""The shop is not set up for what was asked of it; only a person can change that."""

	kind = "configuration"
	policy = ErrorPolicy(retry=False, stops_run=True, trips_breaker=False, severity="error")
	default_sentence = _("The shop is not set up for this yet.")
	default_next_step = _("Open the shop and go through its setup checklist.")


class AuthenticationError(IntegrationError):
	"""The key is wrong, expired, revoked, or lacks a right."""

	kind = "authentication"
	policy = ErrorPolicy(retry=False, stops_run=True, trips_breaker=True, severity="error")
	default_sentence = _("The marketplace does not accept the key of this shop.")
	default_next_step = _(
		"Make a new key in the marketplace's cabinet, paste it into the shop, and test the connection."
	)


class PermissionMissing(AuthenticationError):
	"""The key works but lacks the right for this method: other streams go on."""

	kind = "permission"
	policy = ErrorPolicy(retry=False, stops_run=True, trips_breaker=False, severity="error")
	default_sentence = _("The key of this shop has no right for {0}.")
	default_next_step = _(
		"Add the right to the key in the marketplace's cabinet, or make a new key that has it."
	)


class RateLimited(IntegrationError):
	"""Too many requests. `retry_after` is in seconds."""

	kind = "rate_limited"
	policy = ErrorPolicy(retry=True, stops_run=True, trips_breaker=False, severity="info")
	default_sentence = _("The marketplace asks us to slow down.")
	default_next_step = _("Nothing to do: the work goes on by itself in a moment.")

	def __init__(self, *args, retry_after: float = 60.0, **kwargs) -> None:
		self.retry_after = retry_after
		super().__init__(*args, **kwargs)


class TemporaryError(IntegrationError):
	"""The other side, or the way to it, is down for the moment."""

	kind = "temporary"
	policy = ErrorPolicy(retry=True, stops_run=True, trips_breaker=True, severity="warning")
	default_sentence = _("The marketplace does not answer at the moment.")
	default_next_step = _("Nothing to do: we try again by ourselves and tell you if it lasts.")

	def __init__(self, *args, not_sent: bool = False, **kwargs) -> None:
		self.not_sent = not_sent  # nothing reached the other side: any call may be repeated
		super().__init__(*args, **kwargs)


class RejectedError(IntegrationError):
	"""The marketplace refused this record; the next one may pass."""

	kind = "rejected"
	policy = ErrorPolicy(retry=False, stops_run=False, trips_breaker=False, severity="warning")
	default_sentence = _("The marketplace refused this record: {0}")
	default_next_step = _("Correct the record as the marketplace asks and send it again.")


class ContractError(IntegrationError):
	"""The answer is not what its documentation says."""

	kind = "contract"
	policy = ErrorPolicy(retry=False, stops_run=False, trips_breaker=False, severity="error")
	default_sentence = _("The marketplace sent something its documentation does not describe.")
	default_next_step = _("The record is kept as it came. Report it with the details from the sync log.")

	def __init__(self, *args, field: str | None = None, value_kind: str | None = None, **kwargs) -> None:
		self.field = field
		self.value_kind = value_kind
		super().__init__(*args, **kwargs)


class FaultError(IntegrationError):
	"""The app itself broke; the marketplace is not to blame."""

	kind = "fault"
	policy = ErrorPolicy(retry=False, stops_run=True, trips_breaker=False, severity="error")
	default_sentence = _("Something in CRM Marketplace itself went wrong.")
	default_next_step = _("Report it with the details from the sync log; the next run tries again.")


KINDS: dict[str, type[IntegrationError]] = {
	cls.kind: cls
	for cls in (
		IntegrationError,
		ConfigurationError,
		AuthenticationError,
		PermissionMissing,
		RateLimited,
		TemporaryError,
		RejectedError,
		ContractError,
		FaultError,
	)
}
