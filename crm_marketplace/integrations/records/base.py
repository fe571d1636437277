"""What every record is made of: sums, times, ids, and the record itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timezone
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints


class StrEnum(str, Enum):
	"""`enum.StrEnum` for Python 3.10."""

	def __str__(self) -> str:
		return self.value


# No sum, count or price in trade comes near these. Beyond them decimal arithmetic loses digits silently.
LARGEST = Decimal(10) ** 15
FINEST = Decimal("1e-9")


def _to_utc(value: datetime) -> datetime:
	try:
		return value.astimezone(timezone.utc)
	except OverflowError as error:
		raise ValueError("a time beyond the calendar") from error


def _reasonable(value: Decimal) -> Decimal:
	if abs(value) >= LARGEST or value != value.quantize(FINEST):
		raise ValueError("too large or too fine a number")
	return value


def _two_places(value: Decimal) -> Decimal:
	"""10, 10.0 and 10.0000 become 10.00, so that equal amounts have equal digests; finer ones stay."""
	rounded = _reasonable(value).quantize(Decimal("0.01"))
	return rounded + 0 if rounded == value else value.normalize()  # + 0: there is no minus zero


def _no_trailing_zeros(value: Decimal) -> Decimal:
	"""1, 1.0 and 1.000 become 1, for the same reason."""
	whole = _reasonable(value).quantize(Decimal(1))
	return whole + 0 if whole == value else value.normalize()


def rounded(value: Decimal) -> Decimal:
	"""To two places, half up. A number beyond all reason is left to the record that will refuse it."""
	return value if abs(value) >= LARGEST else value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _to_the_metre(value: Decimal) -> Decimal:
	return _no_trailing_zeros(value.quantize(Decimal("1e-6"))) if abs(value) <= 360 else _reasonable(value)


def _in_order(value: Mapping[str, str]) -> dict[str, str]:
	return dict(sorted(value.items()))


Amount = Annotated[Decimal, AfterValidator(_two_places)]
Number = Annotated[Decimal, AfterValidator(_no_trailing_zeros)]
Count = Annotated[int, Field(ge=0, le=10**9)]
Degrees = Annotated[Decimal, AfterValidator(_to_the_metre)]
Ids = Annotated[Mapping[str, str], AfterValidator(_in_order)]  # the vendor's name of the id → id
UtcDatetime = Annotated[AwareDatetime, AfterValidator(_to_utc)]
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=140)]


class Record(BaseModel):
	"""Base: frozen, and a misspelt field is an error."""

	model_config = ConfigDict(frozen=True, extra="forbid")

	@property
	def digest(self) -> str:
		"""Equal for equal content, whatever the process or day: sha256 of the canonical JSON."""
		return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Money(Record):
	"""An amount in major units of a currency."""

	amount: Amount
	currency: CurrencyCode

	def __add__(self, other: Money) -> Money:
		if other.currency != self.currency:
			raise ValueError(f"cannot add {other.currency} to {self.currency}")
		return Money(amount=self.amount + other.amount, currency=self.currency)

	def __sub__(self, other: Money) -> Money:
		return self + (-other)

	def __neg__(self) -> Money:
		return Money(amount=-self.amount, currency=self.currency)

	def __mul__(self, factor: Decimal | int) -> Money:
		return Money(amount=self.amount * factor, currency=self.currency)

	def __str__(self) -> str:
		return f"{self.amount} {self.currency}"
