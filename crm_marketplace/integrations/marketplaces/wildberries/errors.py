"""What the vendor says when something goes wrong → our error kinds and sentences.

From "HTTP status codes" of https://dev.wildberries.ru/openapi/api-information and the answers each method
documents. General refusals are `{title, detail, requestId …}`, those of the marketplace methods
`{code, message}`, those of content and prices `{error: true, errorText}`, at times with status 200. Texts are
matched by a piece, in lower case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from crm_marketplace.integrations.connector import NOT_FOR_WAREHOUSE, QUARANTINE
from crm_marketplace.integrations.errors import (
	AuthenticationError,
	ConfigurationError,
	ContractError,
	IntegrationError,
	PermissionMissing,
	RejectedError,
	TemporaryError,
	_,
)

RENEW_STEP = _(
	"Make a new token in the marketplace's cabinet (Settings → API access), paste it into the shop, and test "
	"the connection."
)
RIGHTS_STEP = _(
	"Categories of a token cannot be changed: make a new one with the categories you need, and paste it into "
	"the shop."
)
NO_SUCH_REVIEW = _("The marketplace does not know this review.")
NO_SUCH_REVIEW_STEP = _("Nothing to do: it may have been taken down.")


@dataclass(frozen=True, slots=True)
class Meaning:
	"""What a text or code of the vendor means to us. None keeps the sentence of the kind."""

	fragment: str
	kind: type[IntegrationError]
	sentence: str | None = None
	next_step: str | None = None


MEANINGS: tuple[Meaning, ...] = (
	Meaning(
		"token is expired", AuthenticationError, _("The token of this shop is no longer valid."), RENEW_STEP
	),
	Meaning(
		"token withdrawn", AuthenticationError, _("The token of this shop has been withdrawn."), RENEW_STEP
	),
	Meaning(
		"read-only token",
		PermissionMissing,
		_("The token of this shop may only read."),
		_("Make a token that may write, and paste it into the shop."),
	),
	Meaning("scope not allowed", PermissionMissing, next_step=RIGHTS_STEP),
	Meaning(
		"base token is not allowed",
		PermissionMissing,
		_("The marketplace does this for personal and service tokens only."),
		_("Make a token of the type Personal, and paste it into the shop."),
	),
	Meaning("token problem", AuthenticationError, next_step=RENEW_STEP),
	Meaning(
		"statusnotacceptable",
		ConfigurationError,
		_("The marketplace has blocked this seller's stock."),
		_("Ask the marketplace's support why; the work goes on by itself afterwards."),
	),
	Meaning("path not found", ContractError, _("The marketplace no longer has this method.")),
	Meaning("statusmismatch", RejectedError, _("The order's status does not allow this (any more)."), None),
	Meaning(
		"statuschangenotallowed",
		RejectedError,
		_("The order's status does not allow this (any more)."),
		None,
	),
	Meaning(
		"customsdeclarationisrequired",
		RejectedError,
		_("The label needs the number of the goods' customs declaration."),
		_("Enter the number in the marketplace's cabinet, then print the label again."),
	),
	Meaning("невозможно получить отзыв", RejectedError, NO_SUCH_REVIEW, NO_SUCH_REVIEW_STEP),
	Meaning("не найден отзыв", RejectedError, NO_SUCH_REVIEW, NO_SUCH_REVIEW_STEP),
)
TEXTS = ("message", "errorText", "detail", "title")  # fields of refusals with words in them
METHOD_GONE = _("The marketplace no longer has this method.")
METHOD_GONE_STEP = _("Update the app: the marketplace replaces its methods now and then.")
GUARD = _("Something between us and the marketplace refuses our requests.")


class LinesRefused(RejectedError):
	"""Stock of some lines, or of a whole warehouse, was refused. Nothing of the request was taken.

	Args:
		lines: size (`chrtId`) → code and words of the vendor.
		everything: code and words where the refusal is about the warehouse, not about lines.
		why: code and words, for a line that is not named.
	"""

	def __init__(
		self,
		lines: Mapping[str, tuple[str, str]],
		everything: tuple[str, str] | None = None,
		why: tuple[str, str] | None = None,
	) -> None:
		self.lines = lines
		self.everything = everything
		self.why = why
		super().__init__()


def classify(status: int, body: Any, headers: Mapping[str, str]) -> IntegrationError | None:
	"""The error a failed answer means, or None where its HTTP status says it all."""
	if status == 409 and isinstance(body, list):
		return _lines_refused(body)
	if not isinstance(body, Mapping):
		if status in (404, 410):
			return ContractError(METHOD_GONE, next_step=METHOD_GONE_STEP)
		# A page of a firewall or a proxy, not of the API: it says nothing about the token.
		return TemporaryError(GUARD) if status in (401, 403) else None
	error = _meant(status, body)
	request_id = body.get("requestId")
	if error is not None and isinstance(request_id, str):
		error.request_id = request_id or None
	return error


def refusal_in(data: Any) -> IntegrationError | None:
	"""The refusal in an answer with status 200; None where there is none."""
	if not isinstance(data, Mapping) or data.get("error") is not True:
		return None
	_code, words = _code_and_words(data)
	return RejectedError(values=(words[:200],), detail=words[:500])


def _meant(status: int, body: Mapping[str, Any]) -> IntegrationError | None:
	code, words = _code_and_words(body)
	if code in WHOLE_WAREHOUSE:
		return LinesRefused({}, (code, words))
	said = " ".join(str(body.get(key)) for key in ("code", *TEXTS)).lower()
	for meaning in MEANINGS:
		if meaning.fragment in said:
			return meaning.kind(meaning.sentence, next_step=meaning.next_step)
	# The words are in fields where the transport does not look for them.
	return RejectedError(values=(words[:200],)) if status in (400, 404, 409, 422) and words else None


def _code_and_words(body: Mapping[str, Any]) -> tuple[str, str]:
	texts = [body.get(key) for key in TEXTS]
	words = next((text for text in texts if isinstance(text, str) and text), "")
	code = body.get("code")
	return code if isinstance(code, str) else "", words


# --- stock -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowMeaning:
	"""What a refused row means.

	Args:
		retry_after: seconds; None: only a person can help.
		code: the core's word for it, where it has one (`connector.NOT_FOR_WAREHOUSE`); else the vendor's is
			told.
	"""

	sentence: str
	retry_after: float | None = None
	code: str | None = None


PROCESSING_PAUSE = 60.0  # "try again in a few seconds"; a job comes by once a minute
MAINTENANCE_PAUSE = 300.0  # "work in the warehouse, try again later"
NOT_SENT_PAUSE = 60.0

NOT_FOUND, TOO_MUCH, NOT_SENT = "NotFound", "UploadDataLimit", "NotSent"
# Refusals that are about the warehouse: no use asking which line is to blame.
WHOLE_WAREHOUSE = frozenset({"StoreIsProcessing", "WarehouseStocksUpdateBlock"})

STOCK_MEANINGS: Mapping[str, RowMeaning] = {
	NOT_FOUND: RowMeaning(_("The marketplace does not know this size, or this warehouse.")),
	TOO_MUCH: RowMeaning(_("The quantity is too large: 100,000 is the most.")),
	NOT_SENT: RowMeaning(
		_("Not sent yet: other rows of the batch were refused. It goes by itself."), NOT_SENT_PAUSE
	),
	"StoreIsProcessing": RowMeaning(_("The warehouse is being changed in the cabinet."), PROCESSING_PAUSE),
	"WarehouseStocksUpdateBlock": RowMeaning(
		_("The marketplace is working on the warehouse."), MAINTENANCE_PAUSE
	),
	"CargoWarehouseRestrictionMGT": RowMeaning(
		_("This warehouse takes bulky goods only, and the product is not bulky."), code=NOT_FOR_WAREHOUSE
	),
	"CargoWarehouseRestrictionSGT": RowMeaning(
		_("The product is oversize: it needs a warehouse marked СГТ."), code=NOT_FOR_WAREHOUSE
	),
	"CargoWarehouseRestrictionSGTKGTPlus": RowMeaning(
		_("The product is bulky: it needs a warehouse marked СГТ or КГТ+."), code=NOT_FOR_WAREHOUSE
	),
	"CargoWarehouseRestrictionKGTPlus": RowMeaning(
		_("The product is bulky: it needs a warehouse marked КГТ+."), code=NOT_FOR_WAREHOUSE
	),
	"ProductPropertyConflict": RowMeaning(
		_("Wholesale goods cannot be sold from this warehouse."), code=NOT_FOR_WAREHOUSE
	),
	"DeliveryTypeRestriction": RowMeaning(
		_("Products of this category cannot be sold with the way of delivery of this warehouse."),
		code=NOT_FOR_WAREHOUSE,
	),
}


def stock_meaning(code: str, words: str) -> RowMeaning:
	"""What a code of a refused stock row means; the vendor's words where we do not know it."""
	return STOCK_MEANINGS.get(code) or RowMeaning(words or code)


def _lines_refused(body: Iterable[Any]) -> LinesRefused:
	lines: dict[str, tuple[str, str]] = {}
	everything: tuple[str, str] | None = None
	first: tuple[str, str] | None = None
	for refused in body:
		if not isinstance(refused, Mapping):
			continue
		why = _code_and_words(refused)
		first = first or (why if why[0] else None)
		data = refused.get("data")
		named = [row for row in data if isinstance(row, Mapping)] if isinstance(data, list) else []
		for row in named:
			# The examples name lines by barcode ("sku"), from the time before `chrtId` took its place.
			line = row.get("chrtId") or row.get("sku")
			if line:
				lines[str(line)] = why
		if not named and why[0] in WHOLE_WAREHOUSE:
			everything = why
	return LinesRefused(lines, everything, first)


# --- prices ----------------------------------------------------------------------------------------

# Codes are ours: the vendor gives words only.
IN_QUARANTINE = RowMeaning(
	_(
		"The new price is a third of the old one or less, so the marketplace keeps the old one. Release it in "
		"the cabinet (Prices and discounts → Quarantine), or set a higher price."
	)
)
PRICE_MEANINGS: tuple[tuple[str, str, RowMeaning], ...] = (
	("price quarantine", QUARANTINE, IN_QUARANTINE),
	(
		"added to the sale",
		"clearance",
		RowMeaning(_("The marketplace is selling the product off and fixes its price itself.")),
	),
)
REFUSED = "refused"


def price_meaning(words: str) -> tuple[str, RowMeaning]:
	"""Our code and the meaning of the vendor's words about a refused price."""
	for fragment, code, meaning in PRICE_MEANINGS:
		if fragment in words.lower():
			return code, meaning
	return REFUSED, RowMeaning(words or _("The marketplace did not take this row and did not say why."))
