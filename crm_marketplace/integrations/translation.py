"""From a vendor's JSON to our records: once, typed, and with one bad object never costing the others.

A connector declares the fields it uses of the vendor's JSON as `Payload` models and builds records from
them; `translate` turns whatever does not fit into a `ContractError` that names the field and the kind of
value it held, never the value itself, which may be a buyer's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, ValidationError

from crm_marketplace.integrations import wire
from crm_marketplace.integrations.errors import ContractError, _
from crm_marketplace.integrations.records import LARGEST, Fetched, Record

PayloadT = TypeVar("PayloadT", bound="Payload")
RecordT = TypeVar("RecordT", bound=Record)


class Payload(BaseModel):
	"""Base of the models of a vendor's JSON: only the fields we use. Numbers where text is declared become
	text, so that an id may come either way.
	"""

	model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


def _time_text(value: Any) -> Any:
	if value == "":
		return None
	if value is not None and not isinstance(value, str):
		raise ValueError("a time that is no text")
	return value


def _blank_to_none(value: Any) -> Any:
	return None if value == "" else value


def _countable(value: Any) -> Any:
	if isinstance(value, Decimal) and abs(value) >= LARGEST:
		raise ValueError("too large a number")  # 1e999999 is short to write and long to count
	return None if value == "" else value


def _without_noise(value: Decimal | None) -> Decimal | None:
	"""299.90000000000003 is 299.9: binary fractions of the other side leave their traces in JSON."""
	if value is None:
		return None
	if abs(value) >= LARGEST:
		raise ValueError("too large a number")
	return value if value == value.to_integral_value() else value.quantize(Decimal("0.0001"), ROUND_HALF_UP)


# Vendors write "" for "none" in numbers and times, and say their zone ("Z") in times.
VendorTime = Annotated[AwareDatetime | None, BeforeValidator(_time_text)]
VendorCount = Annotated[int | None, BeforeValidator(_countable)]
VendorDecimal = Annotated[Decimal | None, BeforeValidator(_blank_to_none)]
VendorNumber = Annotated[VendorDecimal, AfterValidator(_without_noise)]


def translate(
	raw: Any, payload: type[PayloadT], build: Callable[[PayloadT], RecordT], external_id: str
) -> Fetched[RecordT]:
	"""One object of a vendor: validated, and made a record.

	Args:
		payload: the model of the vendor's object.
		build: payload → record. May raise ContractError and pydantic's ValidationError.
		external_id: the object's id, see `identity`.
	"""
	try:
		return Fetched(external_id, raw, record=build(payload.model_validate(raw)))
	except ValidationError as error:
		return Fetched(external_id, raw, error=contract_error(error, external_id))
	except ContractError as error:
		error.record_id = external_id
		return Fetched(external_id, raw, error=error)


def identity(raw: Any, *keys: str) -> str:
	"""The id of a raw object: its values of `keys`, joined. An object that has none still gets an id, always
	the same one, so that it is stored once.
	"""
	values = [raw.get(key) for key in keys] if isinstance(raw, Mapping) else [None]
	if all(isinstance(value, str | int) and not isinstance(value, bool) and value for value in values):
		name = ":".join(str(value) for value in values)
		if len(name) <= 140:
			return name
	return "unreadable-" + hashlib.sha256(wire.to_text(raw).encode()).hexdigest()[:24]


def contract_error(error: ValidationError, record_id: str | None = None) -> ContractError:
	"""What pydantic found, without the values it found it in."""
	problems = error.errors(include_url=False, include_context=False)
	first = problems[0]
	field = ".".join(str(part) for part in first["loc"]) or error.title
	kind = "nothing" if first["type"] == "missing" else _kind(first["input"])
	more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
	return ContractError(
		_("The field {0} of the marketplace's answer holds something unexpected ({1})."),
		values=(field, kind),
		detail=f"{error.title}.{field}: {first['type']}{more}",
		field=field,
		value_kind=kind,
		record_id=record_id,
	)


def unexpected(field: str, kind: str, detail: str = "") -> ContractError:
	"""A ContractError about a field that pydantic has no opinion on. No buyer data in `detail`."""
	return ContractError(
		_("The field {0} of the marketplace's answer holds something unexpected ({1})."),
		values=(field, kind),
		detail=f"{field}: {detail or kind}",
		field=field,
		value_kind=kind,
	)


def rows(data: Any, *path: str) -> list[Any]:
	"""The list under `path` of an answer. An empty one may come as null, but it must be there: an answer
	without its list must never pass for "nothing new".

	Raises:
		ContractError: there is no list.
	"""
	found = data
	for key in path:
		if not isinstance(found, Mapping) or key not in found:
			raise unexpected(".".join(path), "nothing")
		found = found[key]
	if found is None:
		return []
	if not isinstance(found, list):
		raise unexpected(".".join(path), _kind(found))
	return found


def text_of(data: Any, *path: str) -> str:
	"""The text under `path` of an answer; "" when it is missing, null or no text."""
	found = data
	for key in path:
		found = found.get(key) if isinstance(found, Mapping) else None
	return found if isinstance(found, str) else ""


def _kind(value: Any) -> str:
	"""What kind of value it is, in words of JSON."""
	if value is None:
		return "null"
	for types, name in (
		(bool, "true or false"),
		(int | float | Decimal, "number"),
		(str, "text"),
		(Mapping, "object"),
		(list | tuple, "list"),
	):
		if isinstance(value, types):
			return name
	return type(value).__name__
