"""Whose key it is, until when, and what it may do."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import ValidationError

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import PermissionMissing, _
from crm_marketplace.integrations.marketplaces.ozon import endpoints
from crm_marketplace.integrations.marketplaces.ozon.payloads import Company, Roles, Seller
from crm_marketplace.integrations.marketplaces.ozon.session import OzonSession
from crm_marketplace.integrations.records import CredentialsReport, Right
from crm_marketplace.integrations.translation import contract_error
from crm_marketplace.integrations.transport import Endpoint

# The access level that may do everything; its list of methods in the vendor's example is far from complete.
FULL_ACCESS_ROLES = frozenset({"admin"})
EVERYTHING = frozenset({"*", "/", "all", "/*"})

NO_FBO = _("The key has no access to FBO postings: only orders you ship yourself are read.")
NO_RFBS_RETURNS = _("The key has no access to rFBS returns: only those of FBS and FBO are read.")
NO_REVIEWS = _("Reviews need the subscription “Review management” or Premium Pro.")
NO_SELLER_INFO = _("The key has no access to the seller's details.")


# What opens reviews beside the roles of a key, in the vendor's words. Only the larger one is told with the
# seller's details; whether there is the other one, only a method of reviews can tell.
PREMIUM_PRO = "PREMIUM_PRO"
REVIEW_SUBSCRIPTION = "Управление отзывами / Premium Pro"


class ChecksOzonCredentials(OzonSession):
	def check_credentials(self) -> CredentialsReport:
		"""Two requests, nothing is written; a third where the key may read reviews and the subscription that
		takes is not told. See `ChecksCredentials`.
		"""
		try:
			roles = Roles.model_validate(self.post(endpoints.ROLES, {}).data)
		except ValidationError as error:
			raise contract_error(error) from None
		allowed = _allowed_methods(roles)
		notes = []
		seller = self._seller()
		if seller is None:
			notes.append(NO_SELLER_INFO)
			seller = Seller()
		company = seller.company or Company()
		if _missing(endpoints.FBO, allowed):
			notes.append(NO_FBO)
		rights = {capability: _missing(methods, allowed) for capability, methods in endpoints.NEEDED.items()}
		if not rights[Capability.RETURNS] and _missing(endpoints.RFBS, allowed):
			notes.append(NO_RFBS_RETURNS)
		if not rights[Capability.FEEDBACK] and not self._may_read_reviews(seller):
			rights[Capability.FEEDBACK] = (REVIEW_SUBSCRIPTION,)
			notes.append(NO_REVIEWS)
		return CredentialsReport(
			account_id=self.client_id,
			account_name=company.name or "",
			legal_name=company.legal_name or "",
			tax_id=company.inn or "",
			currency=company.currency or None,
			country=company.country or None,
			expires_at=roles.expires_at,
			rights=tuple(
				Right(capability=capability.value, granted=not missing, missing=missing)
				for capability, missing in rights.items()
			),
			notes=tuple(notes),
		)

	def _seller(self) -> Seller | None:
		try:
			return Seller.model_validate(self.post(endpoints.SELLER, {}).data)
		except PermissionMissing:
			return None
		except ValidationError as error:
			raise contract_error(error) from None

	def _may_read_reviews(self, seller: Seller) -> bool:
		"""Whether the seller has a subscription that opens reviews."""
		if seller.subscription and seller.subscription.type == PREMIUM_PRO:
			return True
		try:
			self.post(endpoints.REVIEW_COUNTS, {})
		except PermissionMissing:
			return False
		return True


def _allowed_methods(roles: Roles) -> frozenset[str]:
	"""What the key may call: whole paths, beginnings of paths (`/v1/posting`), or `*` for all."""
	found: set[str] = set()
	for role in roles.roles or ():
		if (role.name or "").strip().lower() in FULL_ACCESS_ROLES:
			found.add("*")
		found.update(method.strip() for method in role.methods or ())
	return frozenset(found)


def _missing(methods: Collection[Endpoint], allowed: Collection[str]) -> tuple[str, ...]:
	return tuple(method.path for method in methods if not _is_allowed(method.path, allowed))


def _is_allowed(path: str, allowed: Collection[str]) -> bool:
	if any(pattern.lower() in EVERYTHING for pattern in allowed):
		return True
	beginnings = (pattern.rstrip("*").rstrip("/") for pattern in allowed if pattern)
	return any(path == beginning or path.startswith(f"{beginning}/") for beginning in beginnings if beginning)
