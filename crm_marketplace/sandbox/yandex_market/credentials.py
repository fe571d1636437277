"""Keys, their accesses, and the shops of the cabinet.

https://yandex.ru/dev/market/partner-api/doc/ru/reference/auth/getAuthTokenInfo,
…/reference/campaigns/getCampaigns, …/reference/businesses/getBusinessSettings
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.clock import DAY
from crm_marketplace.sandbox.http import Request
from crm_marketplace.sandbox.yandex_market.checks import Asked, page_token, refused
from crm_marketplace.sandbox.yandex_market.money import VENDOR_CURRENCY
from crm_marketplace.sandbox.yandex_market.statuses import DBS, EXPRESS, FBS, FBY

if TYPE_CHECKING:
	from crm_marketplace.sandbox.yandex_market.shop import YandexMarketShop

KEY_LIFETIME = 3650 * DAY  # keys live until they are deleted
ALL_METHODS = "ALL_METHODS"
ORDERS, OFFERS, PRICING = "INVENTORY_AND_ORDER_PROCESSING", "OFFERS_AND_CARDS_MANAGEMENT", "PRICING"
TALKS = "COMMUNICATION"
SCOPES = (
	"INVENTORY_AND_ORDER_PROCESSING", "PRICING", "OFFERS_AND_CARDS_MANAGEMENT", "PROMOTION",
	"FINANCE_AND_ACCOUNTING", "COMMUNICATION", "SETTINGS_MANAGEMENT", "SUPPLIES_MANAGEMENT_READ_ONLY",
)  # fmt: skip
# What a stream of ours needs → the access that opens it.
OPENED_BY = {
	"warehouses": ORDERS,
	"listings": OFFERS,
	"stock": OFFERS,
	"prices": PRICING,
	"orders": ORDERS,
	"cancellation": ORDERS,
	"fulfilment": ORDERS,
	"labels": ORDERS,
	"returns": ORDERS,
	"feedback": TALKS,
}
AVAILABLE = "AVAILABLE"
OFF = "DISABLED_BY_INACTIVITY"
_COMPANIES = ("Северный ветер", "Домовёнок", "Мастер Плюс", "Тверской двор", "Ладога-Трейд")
# Title, `placementType`, program of its orders, whether the API is open to it.
_CAMPAIGNS = (
	("", FBS, FBS, AVAILABLE),
	(" — склад Маркета", FBY, FBY, AVAILABLE),
	(" — доставка магазина", DBS, DBS, AVAILABLE),
	(" Экспресс", FBS, EXPRESS, AVAILABLE),
	(" — старый магазин", FBS, FBS, OFF),
)

# The key of the request at hand: each request is handled in one thread.
_ASKED_WITH: ContextVar[str] = ContextVar("asked_with")


def account(number: int, seed: int) -> dict[str, Any]:
	"""The facts of the cabinet that do not change: made from its number and the seed."""
	chance = random.Random(f"cabinet {seed}/{number}")
	title = _COMPANIES[(number - 1) % len(_COMPANIES)]
	if number > len(_COMPANIES):
		title = f"{title} {number}"
	return {
		"business_id": 1_000_000 + number * 1_000 + chance.randint(1, 900),
		"api_key": _key(chance),
		"name": title,
	}


def fill(shop: YandexMarketShop) -> None:
	shop.state.remember(account=account(shop.number, shop.plan.seed), only_default_price=False, grouped=False)
	add_key(shop, shop.account["api_key"], (ALL_METHODS,), KEY_LIFETIME)
	for place, (title, placement, program, availability) in enumerate(_CAMPAIGNS):
		shop.state.insert(
			"campaign",
			id=20_000_000 + shop.number * 10_000 + place * 7 + 1,
			domain=f"{shop.name}{title}",
			placement=placement,
			program=program,
			availability=availability,
		)


def _key(chance: random.Random) -> str:
	letters = string.ascii_letters + string.digits
	return f"ACMA:{''.join(chance.choices(letters, k=40))}:{''.join(chance.choices('0123456789abcdef', k=8))}"


def add_key(shop: YandexMarketShop, api_key: str, scopes: Iterable[str], lifetime: int) -> None:
	"""Args: lifetime: microseconds."""
	shop.state.insert(
		"api_key", api_key=api_key, scopes=" ".join(scopes), expires_at=shop.clock.micros() + lifetime
	)


def new_key(shop: YandexMarketShop, scopes: Iterable[str], lifetime: int) -> str:
	made = shop.state.value("SELECT count(*) FROM api_key")
	api_key = _key(random.Random(f"key {shop.account['api_key']} {made}"))
	add_key(shop, api_key, scopes, lifetime)
	return api_key


def scopes_without(capabilities: Iterable[str]) -> tuple[str, ...]:
	"""The accesses of a key that lacks those of some streams.

	Raises:
		ValueError: no stream is called so.
	"""
	without = set(capabilities)
	if unknown := without - set(OPENED_BY):
		raise ValueError(f"no right is called {', '.join(sorted(unknown))}")
	closed = {OPENED_BY[capability] for capability in without}
	return tuple(scope for scope in SCOPES if scope not in closed) if closed else (ALL_METHODS,)


def admit(request: Request, shop: YandexMarketShop | None, scope: str | None, *, writes: bool) -> None:
	"""Let a request pass, or refuse it as the vendor does."""
	api_key = request.headers.get("Api-Key", "").strip()
	if not api_key:
		raise refused(401, "Credentials are not specified")
	key = shop and shop.state.one("SELECT * FROM api_key WHERE api_key = ?", (api_key,))
	if not key:
		raise refused(401, "Api-Key token is invalid")
	if key["revoked"] or key["expires_at"] <= shop.clock.micros():
		raise refused(401, "Api-Key token is revoked")
	_ASKED_WITH.set(api_key)
	_check_scope(key["scopes"].split(), scope, writes=writes)
	_check_place(request, shop)


def _check_scope(scopes: list[str], scope: str | None, *, writes: bool) -> None:
	if scope is None:
		return
	enough = {ALL_METHODS, scope}
	if not writes:
		enough |= {f"{each}_READ_ONLY" for each in tuple(enough)}
	if enough.isdisjoint(scopes):
		names = ", ".join(sorted(each.lower().replace("_", "-") for each in enough))
		raise refused(403, f"Token does not have any of the scopes to access the API method: {names}")


def _check_place(request: Request, shop: YandexMarketShop) -> None:
	business = request.params.get("businessId")
	if business is not None and business != str(shop.account["business_id"]):
		raise refused(403, "Access denied")
	campaign = request.params.get("campaignId")
	if campaign is not None:
		row = shop.state.one("SELECT * FROM campaign WHERE id = ?", (campaign,))
		if row is None:
			raise refused(404, f"Campaign not found: '{campaign}'")
		if row["availability"] != AVAILABLE:
			raise refused(403, f"Access denied for campaign '{campaign}' because it is not active")


# --- answering -------------------------------------------------------------------------------------


def token(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v2/auth/token"""
	key = shop.state.one("SELECT scopes FROM api_key WHERE api_key = ?", (_ASKED_WITH.get(),))
	return {
		"status": "OK",
		"result": {"apiKey": {"name": "Интеграция с учётом", "authScopes": key["scopes"].split()}},
	}


def campaigns(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""GET /v2/campaigns"""
	limit = asked.limit(100, 100, cuts=False)
	(after,) = asked.after(0)
	rows = shop.state.all("SELECT * FROM campaign WHERE id > ? ORDER BY id LIMIT ?", (after, limit + 1))
	return {
		"campaigns": [
			{
				"id": row["id"],
				"domain": row["domain"],
				"business": {"id": shop.account["business_id"], "name": shop.name},
				"placementType": row["placement"],
				"apiAvailability": row["availability"],
			}
			for row in rows[:limit]
		],
		"paging": page_token(rows[limit - 1]["id"]) if len(rows) > limit else {},
	}


def settings(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v2/businesses/{businessId}/settings"""
	return {
		"status": "OK",
		"result": {
			"info": {"id": shop.account["business_id"], "name": shop.name},
			"settings": {
				"onlyDefaultPrice": shop.state.meta("only_default_price"),
				"currency": VENDOR_CURRENCY,
			},
			"subscriptionLevel": "NONE",
		},
	}
