"""Which shops a key opens, what it may do, and whether the shop is switched on."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import ValidationError

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import _
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints, payloads
from crm_marketplace.integrations.marketplaces.yandex_market.endpoints import Access
from crm_marketplace.integrations.marketplaces.yandex_market.session import (
	YandexMarketSession,
	our_currency,
)
from crm_marketplace.integrations.marketplaces.yandex_market.statuses import (
	AVAILABLE,
	ONLY_DELIVERY,
	PLACEMENTS,
	SWITCHED_OFF,
	WHY_SWITCHED_OFF,
)
from crm_marketplace.integrations.records import Account, CredentialsReport, Right
from crm_marketplace.integrations.translation import contract_error

# As /v2/auth/token writes accesses.
ALL_METHODS = "ALL_METHODS"
READ_ONLY = "_READ_ONLY"

SOME_ARE_OFF = _("Some shops of the cabinet are switched off: nothing is read from them.")


class ChecksYandexMarketCredentials(YandexMarketSession):
	def check_credentials(self) -> CredentialsReport:
		"""Three requests, more with over a hundred shops; nothing is written. See `ChecksCredentials`.

		`accounts` has every shop of the cabinet with the values that select it, whichever is selected now.
		"""
		try:
			scopes = payloads.Token.model_validate(self.call(endpoints.TOKEN).data).api_key.auth_scopes or ()
		except ValidationError as error:
			raise contract_error(error) from None
		cabinet = self.cabinet
		accounts = tuple(_account(campaign) for campaign in cabinet.campaigns.values())
		own = next((each for each in accounts if each.external_id == self.own_campaign), None)
		off = [account for account in ((own,) if own else accounts) if not account.available]
		notes = [own.reason] if own and off else [SOME_ARE_OFF] if off else []
		is_off = bool(off) and len(off) == (1 if own else len(accounts))
		return CredentialsReport(
			account_id=own.external_id if own else cabinet.business_id,
			account_name=(own.title if own else cabinet.name) or cabinet.business_id,
			currency=our_currency(self.settings.currency),
			rights=tuple(_right(capability, scopes, is_off=is_off) for capability in endpoints.NEEDED),
			notes=tuple(notes),
			accounts=accounts,
		)


def _account(campaign: payloads.Campaign) -> Account:
	schemes = PLACEMENTS.get(campaign.placement_type or "", ())
	word = campaign.api_availability or AVAILABLE
	reason = "" if word == AVAILABLE else WHY_SWITCHED_OFF.get(word, SWITCHED_OFF)
	if not reason and campaign.placement_type and not schemes:
		reason = ONLY_DELIVERY
	return Account(
		external_id=campaign.id,
		title=campaign.domain or campaign.id,
		schemes=schemes,
		available=not reason,
		reason=reason,
		credentials={"business_id": campaign.business.id, "campaign_id": campaign.id},
	)


def _right(capability: Capability, scopes: Collection[str], *, is_off: bool) -> Right:
	needed = endpoints.NEEDED[capability]
	missing = dict.fromkeys(
		endpoints.ACCESS[method].scope or ""
		for method in needed
		if not is_granted(endpoints.ACCESS[method], scopes)
	)
	if is_off and any(endpoints.ACCESS[method].scope for method in needed):
		missing["apiAvailability"] = None
	return Right(capability=capability.value, granted=not missing, missing=tuple(missing))


def is_granted(access: Access, scopes: Collection[str]) -> bool:
	"""Whether a key with these accesses opens a method. `ALL_METHODS` opens everything."""
	if access.scope is None:
		return True
	own = access.scope.upper().replace("-", "_")
	enough = {ALL_METHODS, own}
	if not access.writes:
		enough |= {ALL_METHODS + READ_ONLY, own + READ_ONLY}
	return not enough.isdisjoint(scopes)
