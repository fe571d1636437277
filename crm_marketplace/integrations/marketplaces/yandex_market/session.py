"""What the capabilities of the connector share: the transport, whose shop it is, and how the vendor writes
lists, times and sums.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from crm_marketplace.integrations.errors import AuthenticationError, ConfigurationError, _
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints, payloads
from crm_marketplace.integrations.marketplaces.yandex_market.errors import refusal_in
from crm_marketplace.integrations.paging import bad_token, walk
from crm_marketplace.integrations.records import Fetched, Money, Page
from crm_marketplace.integrations.translation import contract_error, identity, rows, text_of
from crm_marketplace.integrations.transport import Answer, Endpoint, Transport

CAMPAIGN_PAGE = 100
MOSCOW = timezone(timedelta(hours=3))  # of all dates and times the vendor gives without a zone

# The vendor's rouble has the code it had before 1998.
_CURRENCIES = {"RUR": "RUB"}
_VENDOR_CURRENCIES = {ours: theirs for theirs, ours in _CURRENCIES.items()}


@dataclass
class YandexMarketSession:
	"""One shop's connection. The capabilities of `YandexMarketConnector` are its subclasses.

	Args:
		own_business: id of the cabinet, where the shop's credentials say it.
		own_campaign: id of the shop in it; None: the whole cabinet.
		test_orders: take the test orders made in the cabinet as if they were real.
	"""

	transport: Transport
	clock: Callable[[], datetime]
	own_business: str | None = None
	own_campaign: str | None = None
	test_orders: bool = False

	def call(
		self,
		endpoint: Endpoint,
		body: Mapping[str, Any] | None = None,
		*,
		params: Mapping[str, Any] | None = None,
		expect_json: bool = True,
		**ids: str,
	) -> Answer:
		"""One request. The cabinet's id is filled in, others are given as `campaignId=…`.

		Raises:
			RejectedError: also where the vendor says ERROR with HTTP status 200.
		"""
		if "{businessId}" in endpoint.path:
			ids.setdefault("businessId", self.business_id)
		if endpoint.method != "GET" and body is None:
			body = {}
		given = {name: value for name, value in (params or {}).items() if value is not None}
		answer = self.transport.call(endpoint.at(**ids), body, params=given or None, expect_json=expect_json)
		if isinstance(answer.data, Mapping) and answer.data.get("status") == "ERROR":
			raise refusal_in(answer.data)
		return answer

	@property
	def business_id(self) -> str:
		"""The cabinet's id; asked for once where the credentials do not say it."""
		return self.own_business or self.cabinet.business_id

	@cached_property
	def cabinet(self) -> payloads.Cabinet:
		"""The cabinet of the shop with its campaigns. One request per 100 of them, once.

		Raises:
			AuthenticationError: the key does not open the shop.
			ConfigurationError: it opens no shop at all.
		"""
		found: dict[str, payloads.Campaign] = {}
		for page in walk(self._campaign_page, limit=CAMPAIGN_PAGE):
			for item in page.items:
				try:
					campaign = payloads.Campaign.model_validate(item.raw)
				except ValidationError as error:
					raise contract_error(error, item.external_id) from None
				found[campaign.id] = campaign
		return self._own_cabinet(found)

	def _campaign_page(self, token: str | None, limit: int) -> Page[Any]:
		answer = self.call(endpoints.CAMPAIGNS, params={"limit": limit, "pageToken": token})
		items = tuple(Fetched(identity(raw, "id"), raw) for raw in rows(answer.data, "campaigns"))
		return Page(items, next_page(answer.data), answer.date)

	def _own_cabinet(self, campaigns: Mapping[str, payloads.Campaign]) -> payloads.Cabinet:
		if self.own_campaign and self.own_campaign not in campaigns:
			raise not_opened(self.own_campaign)
		businesses = {campaign.business.id: campaign.business for campaign in campaigns.values()}
		if self.own_business and self.own_business not in businesses:
			raise not_opened(self.own_business)
		if not businesses:
			raise ConfigurationError(
				_("The cabinet of this key has no shop yet."),
				next_step=_("Open a shop in the marketplace's cabinet, then test the connection again."),
			)
		business = businesses.get(self.own_business or "") or next(iter(businesses.values()))
		if self.own_campaign:
			own = campaigns[self.own_campaign].business
			if self.own_business and own.id != self.own_business:
				raise not_opened(self.own_campaign)
			business = own
		return payloads.Cabinet(
			business_id=business.id,
			name=business.name or "",
			campaigns={id_: each for id_, each in campaigns.items() if each.business.id == business.id},
		)

	@cached_property
	def settings(self) -> payloads.Settings:
		"""The cabinet's settings. One request, once."""
		data = self.call(endpoints.SETTINGS).data
		try:
			return payloads.SettingsAnswer.model_validate(data).settings
		except ValidationError as error:
			raise contract_error(error) from None

	@property
	def has_own_prices(self) -> bool:
		"""Whether this shop's prices may differ from the cabinet's. Asks for the settings where that matters."""
		return bool(self.own_campaign) and not self.settings.only_default_price


def not_opened(shop: str) -> AuthenticationError:
	return AuthenticationError(
		_("This key does not open the shop {0}."),
		next_step=_("Test the connection with the key alone and choose one of the shops it opens."),
		values=(shop,),
	)


# --- lists -----------------------------------------------------------------------------------------


def next_page(data: Any, *path: str) -> str | None:
	"""Where a list goes on, None at its end: `nextPageToken` of the `paging` under `path`."""
	return text_of(data, *path, "paging", "nextPageToken") or None


def page_size(limit: int | None, maximum: int) -> int:
	"""The page size to ask for: what the caller wants, within what the method takes."""
	return maximum if limit is None else max(1, min(limit, maximum))


def page_of(position: Mapping[str, Any]) -> str | None:
	"""The vendor's page token in a position of ours.

	Raises:
		ContractError: it is not one.
	"""
	page = position.get("page")
	if page is not None and not isinstance(page, str):
		raise bad_token()
	return page


def part_of(ids: Sequence[str], position: Mapping[str, Any], size: int) -> tuple[list[str], int | None]:
	"""The next so many of the ids asked for, and where the ones after them start (None: there are none).

	Raises:
		ContractError: the position is not in the list.
	"""
	start = position.get("start", 0)
	if not isinstance(start, int) or not 0 <= start < max(1, len(ids)):
		raise bad_token()
	end = start + size
	return list(ids[start:end]), end if end < len(ids) else None


def is_id(text: str) -> bool:
	"""Whether it can be sent as one of the vendor's ids, which are 64-bit numbers."""
	return text.isascii() and text.isdecimal() and len(text) < 19


# --- times -----------------------------------------------------------------------------------------


def pieces(since: datetime, until: datetime, longest: timedelta) -> list[tuple[datetime, datetime]]:
	"""[since, until) in periods the vendor takes, the oldest first; none if it is empty."""
	found = []
	while since < until:
		end = min(until, since + longest)
		found.append((since, end))
		since = end
	return found


def stamp(moment: datetime, *, up: bool = False) -> str:
	"""`2026-09-28T09:30:00.123Z`: the form of the newer methods (ISO 8601 with an offset).

	Args:
		moment: aware.
		up: round up to the millisecond, for the end of a range, so that nothing falls off it.

	Raises:
		ValueError: the time has no zone.
	"""
	moment = _aware(moment).astimezone(timezone.utc)
	if up:
		moment += timedelta(microseconds=999)
	return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def day(moment: datetime, zone: timezone) -> str:
	"""`2026-09-28`: the form of filters by day."""
	return _aware(moment).astimezone(zone).date().isoformat()


def moment_of(day: date | None, time: Any = None) -> datetime | None:
	"""A day and maybe a time of the vendor's, in Moscow's zone.

	Args:
		time: a `datetime.time`; midnight where it is None.
	"""
	if day is None:
		return None
	moment = datetime(day.year, day.month, day.day, tzinfo=MOSCOW)
	return moment if time is None else moment.replace(hour=time.hour, minute=time.minute)


def _aware(moment: datetime) -> datetime:
	if moment.tzinfo is None:
		raise ValueError("a time without a zone cannot be sent")
	return moment


# --- sums ------------------------------------------------------------------------------------------


def our_currency(code: str | None) -> str | None:
	return _CURRENCIES.get(code or "", code)


def vendor_currency(code: str) -> str:
	return _VENDOR_CURRENCIES.get(code, code)


def money(amount: Decimal | None, currency: str | None) -> Money | None:
	"""Money of the vendor's sum and currency; None where there is no sum."""
	return None if amount is None else Money(amount=amount, currency=our_currency(currency) or "")
