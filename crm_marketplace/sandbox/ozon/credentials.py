"""Keys, their rights, and whose account it is.

https://docs.ozon.ru/api/seller/#operation/AccessAPI_RolesByToken, #operation/SellerAPI_SellerInfo
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from uuid import UUID

from crm_marketplace.sandbox.buyers import inn10
from crm_marketplace.sandbox.clock import DAY, rfc3339
from crm_marketplace.sandbox.ozon import checks
from crm_marketplace.sandbox.ozon.money import CURRENCY

if TYPE_CHECKING:
	from crm_marketplace.sandbox.ozon.shop import OzonShop

KEY_LIFETIME = 90 * DAY  # three months since September 2026
# What the cabinet calls the access levels.
ROLES = {
	"warehouses": "Warehouse",
	"listings": "Product",
	"stock": "Product",
	"prices": "Product",
	"orders": "Posting FBS",
	"fbo_orders": "Posting FBO",
	"cancellation": "Posting FBS",
	"fulfilment": "Posting FBS",
	"labels": "Posting FBS",
	"returns": "Returns",
	"rfbs_returns": "Posting FBS",
	"feedback": "Reviews",
}
# What the seller pays for, as /v1/seller/info names it, beside what it does not tell of.
PREMIUM_PRO, NO_SUBSCRIPTION, REVIEWS_ONLY = "PREMIUM_PRO", "UNSPECIFIED", "REVIEW_MANAGEMENT"
OPENS_REVIEWS = (PREMIUM_PRO, REVIEWS_ONLY)
_COMPANIES = ("Северный ветер", "Домовёнок", "Мастер Плюс", "Тверской двор", "Ладога-Трейд")

# Sentences and codes: section "Errors" of the documentation; the HTTP statuses are those seen live.
HEADERS_MISSING = (checks.UNAUTHENTICATED, "Client-Id and Api-Key headers are required")
CLIENT_ID_INVALID = (checks.INVALID_ARGUMENT, "Client-Id header value should be positive integer")
WRONG_KEY = (checks.NOT_FOUND, "Invalid Api-Key, please check the key and try again")
EXPIRED_KEY = (checks.PERMISSION_DENIED, "Api-key is deactivated, use another one or generate a new one")
MISSING_ROLE = (checks.PERMISSION_DENIED, "Api-Key is missing a required role for a method")

# The key of the request at hand: each request is handled in one thread.
_ASKED_WITH: ContextVar[str] = ContextVar("asked_with")


def account(number: int, seed: int) -> dict[str, str]:
	"""The facts of the account that do not change: made from its number and the seed."""
	chance = random.Random(f"account {seed}/{number}")
	title = _COMPANIES[(number - 1) % len(_COMPANIES)]
	if number > len(_COMPANIES):
		title = f"{title} {number}"
	return {
		"client_id": str(chance.randint(100_000, 2_999_999)),
		"api_key": str(UUID(int=chance.getrandbits(128), version=4)),
		"name": title,
		"legal_name": f"Общество с ограниченной ответственностью «{title}»",
		"inn": inn10(f"77{chance.randint(0, 9_999_999):07d}"),
		"ogrn": f"102770{chance.randint(0, 9_999_999):07d}",
	}


def fill(shop: OzonShop) -> None:
	shop.state.remember(account=account(shop.number, shop.plan.seed), subscription=PREMIUM_PRO)
	add_key(shop, shop.account["api_key"], (), KEY_LIFETIME)


def add_key(shop: OzonShop, api_key: str, without: Iterable[str], lifetime: int) -> None:
	"""Args: lifetime: microseconds."""
	shop.state.insert(
		"api_key",
		api_key=api_key,
		without=" ".join(sorted(without)),
		expires_at=shop.clock.micros() + lifetime,
	)


def new_key(shop: OzonShop, without: Iterable[str], lifetime: int) -> str:
	made = shop.state.value("SELECT count(*) FROM api_key")
	chance = random.Random(f"key {shop.account['api_key']} {made}")
	api_key = str(UUID(int=chance.getrandbits(128), version=4))
	add_key(shop, api_key, without, lifetime)
	return api_key


def admit(shop: OzonShop | None, api_key: str, capability: str | None) -> None:
	"""Let a request pass, or refuse it as Ozon does."""
	key = shop and shop.state.one("SELECT * FROM api_key WHERE api_key = ?", (api_key,))
	if not key:
		raise checks.refused(*WRONG_KEY)
	if key["revoked"] or key["expires_at"] <= shop.clock.micros():
		raise checks.refused(*EXPIRED_KEY)
	_ASKED_WITH.set(api_key)
	if capability and capability in key["without"].split():
		raise checks.refused(*MISSING_ROLE)


def roles(shop: OzonShop, body: Any) -> dict[str, Any]:
	"""POST /v1/roles"""
	key = shop.state.one("SELECT * FROM api_key WHERE api_key = ?", (_ASKED_WITH.get(),))
	without = key["without"].split()
	granted: dict[str, list[str]] = {}
	for path, capability in shop.rights.items():
		if capability is None or capability not in without:
			role = ROLES.get(capability or "", "Admin read only") if without else "Admin"
			granted.setdefault(role, []).append(path)
	return {
		"expires_at": rfc3339(key["expires_at"], "milliseconds"),
		"roles": [{"name": name, "methods": sorted(paths)} for name, paths in sorted(granted.items())],
	}


def seller_info(shop: OzonShop, body: Any) -> dict[str, Any]:
	"""POST /v1/seller/info"""
	has_premium = shop.state.meta("subscription") == PREMIUM_PRO
	month_ago = shop.clock.micros() - 30 * DAY
	value = {
		"date_from": rfc3339(month_ago),
		"date_to": rfc3339(shop.clock.micros()),
		"formatted": "99.1%",
		"status": {"danger": False, "premium": True, "warning": False},
		"value": 99.1,
	}
	return {
		"company": {
			"country": "Россия",
			"currency": CURRENCY,
			"inn": shop.account["inn"],
			"legal_name": shop.account["legal_name"],
			"name": shop.account["name"],
			"ogrn": shop.account["ogrn"],
			"ownership_form": "ООО",
			"tax_system": "OSNO",
		},
		"ratings": [
			{
				"current_value": value,
				"past_value": value,
				"name": "Вовремя собранные заказы",
				"rating": "rating_on_time",
				"status": "OK",
				"value_type": "PERCENT",
			}
		],
		"subscription": {"is_premium": has_premium, "type": PREMIUM_PRO if has_premium else NO_SUBSCRIPTION},
	}
