"""What the vendor says when something goes wrong → our error kinds and sentences.

From the section "Errors" of the specification (https://docs.ozon.ru/api/seller/#tag/Errors) and "Auth".
Messages are matched by a piece of their text, in lower case: the vendor changes the rest now and then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm_marketplace.integrations import wire
from crm_marketplace.integrations.connector import NOT_FOR_WAREHOUSE
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

CIRCLE_OPEN_PAUSE = 180.0  # seconds: "in a few minutes the method works again"
SECOND_LIMIT_PAUSE = 1.0  # where the answer has no Retry-After: the limit is per second

UNKNOWN_ORDER = _("The marketplace does not know this order.")
LABEL_NOT_READY = _("The label is not ready yet.")
NO_LABEL_NOW = _("Only an order that is packed and not yet handed over has a label.")
METHOD_GONE = _("The marketplace no longer has this method.")


@dataclass(frozen=True, slots=True)
class Meaning:
	"""What a message of the vendor means to us. None keeps the sentence of the kind."""

	fragment: str
	kind: type[IntegrationError]
	sentence: str | None = None
	next_step: str | None = None
	retry_after: float = 60.0


MEANINGS: tuple[Meaning, ...] = (
	Meaning("invalid api-key", AuthenticationError, _("The marketplace does not know this API key.")),
	Meaning(
		"api-key is deactivated", AuthenticationError, _("The API key of this shop has been switched off.")
	),
	Meaning(
		"missing a required role",
		PermissionMissing,
		next_step=_("Make a key with the missing access level in the cabinet, or with the level Admin."),
	),
	Meaning(
		"restricted to specific ip",
		AuthenticationError,
		_("The API key of this shop works from certain IP addresses only."),
		_("Add the address of this server to the key in the cabinet, or allow all addresses."),
	),
	Meaning(
		"offer not signed",
		ConfigurationError,
		_("The marketplace waits for you to accept its new contract."),
		_("Accept the offer in the cabinet; the work then goes on by itself."),
	),
	Meaning("request rate limit", RateLimited, retry_after=SECOND_LIMIT_PAUSE),
	Meaning("circle is open", RateLimited, retry_after=CIRCLE_OPEN_PAUSE),
	Meaning("limit exceeded", RateLimited),
	Meaning(
		"not available with existing subscription",
		PermissionMissing,
		_("This needs a paid subscription of the marketplace."),
		_("Subscribe in the cabinet, or switch this stream off in the shop."),
	),
	Meaning(
		"token must be issued for seller",
		AuthenticationError,
		_("This key belongs to an application, not to a seller."),
		_("Make an API key in the cabinet of the shop."),
	),
	Meaning("method is not allowed", ContractError, METHOD_GONE),
	Meaning("internal error", TemporaryError),
	Meaning("posting_not_found", RejectedError, UNKNOWN_ORDER),
	Meaning("posting_numbers_is_incorrect_for_company", RejectedError, UNKNOWN_ORDER),
	Meaning("postings aren't ready", TemporaryError, LABEL_NOT_READY),
	Meaning("has_incorrect_cancel_reason", RejectedError, _("This reason cannot be used for this order.")),
)

METHOD_GONE_STEP = _("Update the app: the marketplace replaces its methods now and then.")
GUARD = _("Something between us and the marketplace refuses our requests.")


def classify(status: int, body: Any, headers: Mapping[str, str]) -> IntegrationError | None:
	"""The error a failed answer means, or None where its HTTP status says it all."""
	if not isinstance(body, Mapping):
		# A method that was switched off is not found by the front door, which answers without JSON.
		if status in (404, 410):
			return ContractError(METHOD_GONE, next_step=METHOD_GONE_STEP)
		# A page of a firewall or a proxy, not of the API: it says nothing about the key.
		return TemporaryError(GUARD) if status in (401, 403) else None
	message = str(body.get("message") or "").lower()
	for meaning in MEANINGS:
		if meaning.fragment in message:
			return _error(meaning, headers)
	return None


def _error(meaning: Meaning, headers: Mapping[str, str]) -> IntegrationError:
	if issubclass(meaning.kind, RateLimited):
		pause = wire.retry_after(headers, default=meaning.retry_after)
		return meaning.kind(meaning.sentence, next_step=meaning.next_step, retry_after=pause)
	return meaning.kind(meaning.sentence, next_step=meaning.next_step)


@dataclass(frozen=True, slots=True)
class RowMeaning:
	"""What an error of one row of a batch means.

	Args:
		retry_after: seconds; None: only a person can help.
		code: the core's word for it, where it has one (`connector.NOT_FOR_WAREHOUSE`); else the vendor's is told.
	"""

	sentence: str
	retry_after: float | None = None
	code: str | None = None


STOCK_PAIR_PAUSE = 30.0  # "one product-warehouse pair once in 30 seconds"
MODERATION_PAUSE = 3600.0  # moderation and tagging take hours
PRICE_PAUSE = 3600.0  # "a product's price 10 times per hour"

ROW_MEANINGS: Mapping[str, RowMeaning] = {
	"too_many_requests": RowMeaning(_("The stock of this product was sent a moment ago."), STOCK_PAIR_PAUSE),
	"stock is updated too frequently": RowMeaning(
		_("The stock of this product was sent a moment ago."), STOCK_PAIR_PAUSE
	),
	"product_is_not_created": RowMeaning(_("The product has not passed moderation yet."), MODERATION_PAUSE),
	"product_has_not_been_tagged_yet": RowMeaning(
		_("The marketplace has not sorted the product by size yet; its dimensions may be missing."),
		MODERATION_PAUSE,
	),
	"limit per item": RowMeaning(
		_("The price of this product was changed 10 times within an hour."), PRICE_PAUSE
	),
	"offer_id_not_found": RowMeaning(_("The shop has no product with this article.")),
	"not_found_error": RowMeaning(_("The shop has no such product.")),
	"source_type_not_found": RowMeaning(_("The product has no SKU; finish its card first.")),
	"warehouse_not_found": RowMeaning(_("The warehouse does not exist or is not active.")),
	"product_is_archived": RowMeaning(_("The product is archived; take it out of the archive first.")),
	"stock_too_big": RowMeaning(_("The quantity is too large: it must be below one million.")),
	"non_kgt_on_kgt_warehouse": RowMeaning(
		_("This warehouse takes bulky goods only, and the product is not bulky."),
		code=NOT_FOR_WAREHOUSE,
	),
	"over_max_ovh_kgt": RowMeaning(
		_("The product is too heavy or too large for this warehouse."),
		code=NOT_FOR_WAREHOUSE,
	),
	"over_max_ovh_non_kgt": RowMeaning(
		_("This warehouse does not take bulky goods."),
		code=NOT_FOR_WAREHOUSE,
	),
	"mp_delivery_only_3pl_error": RowMeaning(
		_("The product cannot be delivered by the marketplace itself."),
		code=NOT_FOR_WAREHOUSE,
	),
	"flammable_only_on_self_or_provider_delivery": RowMeaning(
		_("Flammable goods can be sold only with delivery by the seller or another carrier."),
		code=NOT_FOR_WAREHOUSE,
	),
	"multibox_not_allowed_for_fbs": RowMeaning(
		_("A product of several boxes cannot be sold from this warehouse."),
		code=NOT_FOR_WAREHOUSE,
	),
	"cb_delivery_only_fbp": RowMeaning(
		_("The product can be sold from a partner's warehouse only."),
		code=NOT_FOR_WAREHOUSE,
	),
	"size_required_for_not_unique_offer_id": RowMeaning(
		_("Two products have this article; give one of them another.")
	),
	"action_price_enabled_min_price_missing": RowMeaning(
		_("Switch off automatic promotions for the product, then set its minimum price.")
	),
	"min_auto_price_too_small": RowMeaning(_("The minimum price must be at least half of the price.")),
	"discount_for_average_price_is_too_small": RowMeaning(
		_("Between 400 and 10,000 the old price must be more than 5 % above the price.")
	),
	"discount_for_low_price_is_too_small": RowMeaning(
		_("Up to 400 the old price must be more than 20 above the price.")
	),
	"discount_for_top_price_is_too_small": RowMeaning(
		_("Above 10,000 the old price must be more than 500 above the price.")
	),
	"discount_too_big": RowMeaning(_("The old price must be less than ten times the price.")),
	"price_negative": RowMeaning(_("The price is negative.")),
}
# A row the answer does not speak of, or refuses without saying why. Setting a value again does no harm.
UNEXPLAINED = RowMeaning(_("The marketplace did not take this row and did not say why."), STOCK_PAIR_PAUSE)


def row_meaning(errors: Sequence[tuple[str, str]]) -> tuple[str | None, RowMeaning]:
	"""The code and the meaning of the errors of one row: (code, message) pairs as the vendor gives them."""
	for code, message in errors:
		for said in (code.lower(), message.lower()):
			for words, meaning in ROW_MEANINGS.items():
				# Codes are compared whole, sentences by a piece of them.
				if said == words or (" " in words and words in said):
					return meaning.code or code or None, meaning
	if errors:
		code, message = errors[0]
		return code or None, RowMeaning(message or code)
	return None, UNEXPLAINED


# Why a posting has no label: pieces of the vendor's words, in lower case → our sentence.
LABEL_PROBLEMS: Mapping[str, str] = {
	"aren't ready": LABEL_NOT_READY,
	"no_postings_for_batch_download": NO_LABEL_NOW,
	"label not allowed": NO_LABEL_NOW,
	"posting_numbers_is_incorrect_for_company": UNKNOWN_ORDER,
	"posting_not_found": UNKNOWN_ORDER,
}
UNEXPLAINED_LABEL = _("The marketplace made no label and did not say why.")


def label_problem(said: str) -> str:
	"""Our sentence for the vendor's words on a posting that has no label, or these words."""
	lowered = said.lower()
	known = (sentence for words, sentence in LABEL_PROBLEMS.items() if words in lowered)
	return next(known, said or UNEXPLAINED_LABEL)
