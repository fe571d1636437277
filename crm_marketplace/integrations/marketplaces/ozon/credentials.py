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
NO_SELLER_INFO = _("The key has no access to the seller's details.")


class ChecksOzonCredentials(OzonSession):
	def check_credentials(self) -> CredentialsReport:
		"""Two requests, nothing is written. See `ChecksCredentials`."""
		try:
			roles = Roles.model_validate(self.post(endpoints.ROLES, {}).data)
		except ValidationError as error:
			raise contract_error(error) from None
		allowed = _allowed_methods(roles)
		notes = []
		company = self._company()
		if company is None:
			notes.append(NO_SELLER_INFO)
			company = Company()
		if _missing(endpoints.FBO, allowed):
			notes.append(NO_FBO)
		return CredentialsReport(
			account_id=self.client_id,
			account_name=company.name or "",
			legal_name=company.legal_name or "",
			tax_id=company.inn or "",
			currency=company.currency or None,
			country=company.country or None,
			expires_at=roles.expires_at,
			rights=tuple(
				_right(capability, methods, allowed) for capability, methods in endpoints.NEEDED.items()
			),
			notes=tuple(notes),
		)

	def _company(self) -> Company | None:
		try:
			data = self.post(endpoints.SELLER, {}).data
			return Seller.model_validate(data).company or Company()
		except PermissionMissing:
			return None
		except ValidationError as error:
			raise contract_error(error) from None


def _right(capability: Capability, methods: Collection[Endpoint], allowed: Collection[str]) -> Right:
	missing = _missing(methods, allowed)
	return Right(capability=capability.value, granted=not missing, missing=missing)


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
