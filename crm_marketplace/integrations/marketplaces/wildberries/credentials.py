"""Whose token it is, until when, and what it may do. Only the name of the seller needs a request."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import ValidationError

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import AuthenticationError, _
from crm_marketplace.integrations.marketplaces.wildberries import endpoints
from crm_marketplace.integrations.marketplaces.wildberries.payloads import Seller
from crm_marketplace.integrations.marketplaces.wildberries.session import WildberriesSession
from crm_marketplace.integrations.marketplaces.wildberries.tokens import Token, TokenType
from crm_marketplace.integrations.records import CredentialsReport, Right
from crm_marketplace.integrations.translation import contract_error
from crm_marketplace.integrations.transport import Endpoint

NO_FBO = _(
	"The token has no access to Аналитика (Analytics): orders from the marketplace's own warehouses are not read."
)
NO_REQUESTS = _(
	"The token has no access to Возвраты покупателями (Buyers' returns): requests of buyers to return goods are "
	"not read, only goods on their way back."
)
BASE_TOKEN = _(
	"This is a base token: the marketplace answers it only a few times an hour, too seldom for orders and stock. "
	"Make a token of the type Personal."
)


class ChecksWildberriesCredentials(WildberriesSession):
	def check_credentials(self) -> CredentialsReport:
		"""One request, nothing is written. See `ChecksCredentials`. The name of the seller is told once a
		minute, to base tokens once a day.
		"""
		token = self.token
		if token.type is TokenType.TEST:
			raise AuthenticationError(
				_("This is a test token: it opens the marketplace's sandbox, not your shop."),
				next_step=_("Make a token of the type Personal, and paste it into the shop."),
			)
		try:
			seller = Seller.model_validate(self.call(endpoints.SELLER).data)
		except ValidationError as error:
			raise contract_error(error) from None
		notes = []
		if token.type is TokenType.BASE:
			notes.append(BASE_TOKEN)
		if _missing(token, endpoints.FBO):
			notes.append(NO_FBO)
		if _missing(token, endpoints.REQUESTS):
			notes.append(NO_REQUESTS)
		return CredentialsReport(
			account_id=seller.sid or token.seller_id,
			account_name=seller.trade_mark or seller.name or "",
			legal_name=seller.name or "",
			tax_id=seller.tin or "",
			expires_at=token.expires_at,
			rights=tuple(_right(token, capability) for capability in endpoints.NEEDED),
			notes=tuple(notes),
		)


def _right(token: Token, capability: Capability) -> Right:
	missing = _missing(token, endpoints.NEEDED[capability])
	return Right(capability=capability.value, granted=not missing, missing=missing)


def _missing(token: Token, methods: Iterable[Endpoint]) -> tuple[str, ...]:
	"""Categories, and the right to write, that the methods need and the token lacks; each once."""
	return tuple(dict.fromkeys(name for method in methods for name in token.missing_for(method)))
