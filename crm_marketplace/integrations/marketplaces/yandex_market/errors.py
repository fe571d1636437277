"""What the vendor says when something goes wrong → our error kinds and sentences.

From https://yandex.ru/dev/market/partner-api/doc/ru/concepts/error-codes. Messages are matched by a piece of
their text, in lower case: the vendor puts ids and numbers around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm_marketplace.integrations import wire
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

PARALLEL_PAUSE = 1.0  # seconds: another request of the shop is just being answered

METHOD_GONE = _("The marketplace no longer has this method.")
METHOD_GONE_STEP = _("Update the app: the marketplace replaces its methods now and then.")
GUARD = _("Something between us and the marketplace refuses our requests.")


class Refusal(RejectedError):
	"""The vendor refused a request. `messages`: his words, for finding out which row of a batch he means."""

	def __init__(self, *args: Any, messages: tuple[str, ...] = (), **kwargs: Any) -> None:
		self.messages = messages
		super().__init__(*args, **kwargs)


@dataclass(frozen=True, slots=True)
class Meaning:
	"""What a message of the vendor means to us. None keeps the sentence of the kind."""

	fragment: str
	kind: type[IntegrationError]
	sentence: str | None = None
	next_step: str | None = None


MEANINGS: tuple[Meaning, ...] = (
	Meaning(
		"token is revoked", AuthenticationError, _("The API key of this shop was deleted in the cabinet.")
	),
	Meaning("api-key token", AuthenticationError, _("The marketplace does not know this API key.")),
	Meaning("credentials are not specified", AuthenticationError),
	Meaning("user account is disabled", AuthenticationError),
	Meaning(
		"does not have any of the scopes",
		PermissionMissing,
		next_step=_("Give the key the missing access in the cabinet, or make a key with full access."),
	),
	Meaning(
		"because it is not active",
		ConfigurationError,
		_("The marketplace has switched this shop off for programs."),
		_("Open the shop in the marketplace's cabinet and correct what keeps its goods from being shown."),
	),
	Meaning(
		"access to api denied",
		ConfigurationError,
		_("The marketplace lets no program into this shop."),
		_("Ask your agency, or the marketplace's support, to allow it."),
	),
	Meaning(
		"not supported for market yandex go",
		ConfigurationError,
		_("The marketplace does not offer this to sellers of this country."),
		_("Switch this stream off in the shop."),
	),
	Meaning(
		"access denied",
		ConfigurationError,
		_("The key does not open this shop."),
		_("Test the connection with the key alone and choose one of the shops it opens."),
	),
	Meaning(
		"campaign not found",
		ConfigurationError,
		_("The marketplace knows no such shop."),
		_("Test the connection with the key alone and choose one of the shops it opens."),
	),
	Meaning("hit rate limit", RateLimited),
	Meaning(
		"in migration",
		TemporaryError,
		_("The marketplace is moving this shop to another cabinet."),
	),
	Meaning(
		"business migration",
		TemporaryError,
		_("The marketplace is moving this shop to another cabinet."),
	),
	Meaning(
		"use only default price",
		ConfigurationError,
		_("All shops of the cabinet have the same prices; one shop cannot have its own."),
		_("Change that in the cabinet, or set prices in one shop only."),
	),
	Meaning(
		"is not allowed for status",
		RejectedError,
		_("The order cannot get there from where it stands now."),
	),
	Meaning("order not found", RejectedError, _("The marketplace does not know this order.")),
	Meaning("request is too big", RejectedError, _("The request is larger than the marketplace takes.")),
)
OUTCOMES: Mapping[int, type[IntegrationError]] = {423: ConfigurationError}


def classify(status: int, body: Any, headers: Mapping[str, str]) -> IntegrationError | None:
	"""The error a failed answer means, or None where its HTTP status says it all."""
	if not isinstance(body, Mapping):
		# A method that was switched off is not found by the front door, which answers without JSON.
		if status in (404, 410):
			return ContractError(METHOD_GONE, next_step=METHOD_GONE_STEP)
		# A page of a firewall or a proxy, not of the API: it says nothing about the key.
		return TemporaryError(GUARD) if status in (401, 403) else None
	messages = _messages(body)
	said = "\n".join(messages).lower()
	for meaning in MEANINGS:
		if meaning.fragment in said:
			return _error(meaning, said, headers)
	return Refusal(messages=messages) if status in (400, 409, 422) else None


def refusal_in(body: Mapping[str, Any]) -> IntegrationError:
	"""The error in an answer that says ERROR with HTTP status 200."""
	messages = _messages(body)
	said = "\n".join(messages).lower()
	for meaning in MEANINGS:
		if meaning.fragment in said:
			return _error(meaning, said, {})
	return Refusal(messages=messages, values=("; ".join(messages)[:200],))


def words_of(error: RejectedError) -> str:
	"""What a refusal says to the user: our sentence where there is one, else the vendor's own words."""
	own = "; ".join(message for message in error.messages if message) if isinstance(error, Refusal) else ""
	return own or error.text


def _error(meaning: Meaning, said: str, headers: Mapping[str, str]) -> IntegrationError:
	if issubclass(meaning.kind, RateLimited):
		pause = PARALLEL_PAUSE if "parallel" in said else wire.retry_after(headers)
		return meaning.kind(meaning.sentence, next_step=meaning.next_step, retry_after=pause)
	return meaning.kind(meaning.sentence, next_step=meaning.next_step)


def _messages(body: Mapping[str, Any]) -> tuple[str, ...]:
	errors = body.get("errors")
	found = [error for error in errors if isinstance(error, Mapping)] if isinstance(errors, list) else []
	return tuple(str(error.get("message") or error.get("code") or "") for error in found)


# --- rows of batches -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowMeaning:
	"""Why a row was not taken. `retry_after` in seconds; None: only a person can help."""

	code: str
	sentence: str
	retry_after: float | None = None


# Found out before anything is sent.
NO_WAREHOUSE = RowMeaning("WAREHOUSE_NOT_FOUND", _("The shop has no such warehouse."))
TOO_MANY = RowMeaning("COUNT_TOO_LARGE", _("The quantity is too large."))
SAME_GROUP = RowMeaning(
	"WAREHOUSE_GROUP",
	_("Warehouses of one group hold one number; another one of the group has a smaller quantity."),
)
WRONG_CURRENCY = RowMeaning("CURRENCY", _("The cabinet sells in another currency."))
NO_PRICE = RowMeaning("NO_PRICE", _("The price must be more than zero."))
SMALL_DISCOUNT = RowMeaning("DISCOUNT_TOO_SMALL", _("The old price must be at least 5 % above the price."))
LARGE_DISCOUNT = RowMeaning("DISCOUNT_TOO_LARGE", _("The discount must not be more than 99 %."))
# Held back by the vendor until a person confirms it.
IN_QUARANTINE = _(
	"The marketplace holds this price back as a possible mistake. Confirm it in the cabinet or send another."
)
# Told by the vendor of a row.
REFUSED = "REFUSED"
# In a batch that was refused because of other rows that could not be found in time.
NOT_SENT = RowMeaning(
	"NOT_SENT", _("Another row of the batch was refused, so this one was not taken either."), 60.0
)
