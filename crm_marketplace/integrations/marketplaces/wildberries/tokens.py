"""What a token says of itself. It is a JWT: its middle part tells seller, type, categories and expiry without
any request (https://dev.wildberries.ru/openapi/api-information#tag/authorization). Whether it is genuine
and still valid, only the marketplace can say.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime, timezone

from pydantic import Field, ValidationError

from crm_marketplace.integrations import wire
from crm_marketplace.integrations.errors import AuthenticationError, _
from crm_marketplace.integrations.marketplaces.wildberries.endpoints import CATEGORIES, WRITES
from crm_marketplace.integrations.records import StrEnum
from crm_marketplace.integrations.translation import Payload
from crm_marketplace.integrations.transport import Endpoint

READ_ONLY_BIT = 30
READ_ONLY = "Только на чтение"  # as the cabinet calls it
SCHEME = "bearer "


class TokenType(StrEnum):
	"""Types by the number in `acc`."""

	BASE = "base"
	TEST = "test"
	PERSONAL = "personal"
	SERVICE = "service"
	UNKNOWN = "unknown"


_TYPES = {1: TokenType.BASE, 2: TokenType.TEST, 3: TokenType.PERSONAL, 4: TokenType.SERVICE}


class _Claims(Payload):
	exp: int = Field(ge=0, le=253_402_300_799)  # the last second of the year 9999
	s: int = Field(ge=0)
	sid: str = Field(min_length=1)
	acc: int | None = None
	t: bool | None = None


@dataclass(frozen=True, slots=True)
class Token:
	"""A token with what it says.

	Args:
		rights: its bit mask, categories and read-only flag.
	"""

	text: str = field(repr=False)
	seller_id: str
	expires_at: datetime
	rights: int
	type: TokenType

	@property
	def is_read_only(self) -> bool:
		return bool(self.rights >> READ_ONLY_BIT & 1)

	def missing_for(self, endpoint: Endpoint) -> tuple[str, ...]:
		"""What the token lacks to call a method, in the words of the cabinet; empty: nothing."""
		category = CATEGORIES[endpoint.host]
		missing = []
		if category is not None and not self.rights >> category.bit & 1:
			missing.append(category.name)
		if self.is_read_only and endpoint in WRITES:
			missing.append(READ_ONLY)
		return tuple(missing)


def bare_token(text: str) -> str:
	"""The token in a text as people paste it, maybe with "Bearer" in front."""
	return text[len(SCHEME) :].strip() if text.lower().startswith(SCHEME) else text


def read_token(text: str) -> Token:
	"""What a token says.

	Raises:
		AuthenticationError: it is no such token.
	"""
	try:
		_header, claims, _signature = text.split(".")
		said = _Claims.model_validate(
			wire.decode(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
		)
	except (ValidationError, binascii.Error, ValueError) as error:
		raise AuthenticationError(
			_("This is no token of the marketplace, or a piece of it is missing."),
			detail=type(error).__name__,
		) from None
	type_ = _TYPES.get(said.acc or 0, TokenType.UNKNOWN)
	return Token(
		text=text,
		seller_id=said.sid,
		expires_at=datetime.fromtimestamp(said.exp, timezone.utc),
		rights=said.s,
		type=TokenType.TEST if said.t else type_,
	)
