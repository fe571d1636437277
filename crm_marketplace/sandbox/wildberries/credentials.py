"""Tokens, their categories, and whose account it is.

https://dev.wildberries.ru/openapi/api-information#tag/authorization,
#tag/sellerInformation/operation/getV1SellerInfo
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from crm_marketplace.sandbox.buyers import inn10
from crm_marketplace.sandbox.clock import DAY, SECOND
from crm_marketplace.sandbox.http import Request
from crm_marketplace.sandbox.limits import Window
from crm_marketplace.sandbox.wildberries.checks import Call, problem

if TYPE_CHECKING:
	from crm_marketplace.sandbox.wildberries.shop import WildberriesShop

LIFETIME = 180 * DAY
SELLER_INFO_WINDOWS = (Window("seller-info", 10, 600),)  # 1 a minute, 10 at once

CONTENT, ANALYTICS, PRICES, MARKETPLACE, FEEDBACK, CLAIMS = 1, 2, 3, 4, 7, 11
READ_ONLY = 30
ALL_RIGHTS = sum(1 << bit for bit in (1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13))
# Capability → the category that holds its methods; "writing" is every write.
CATEGORIES = {
	"warehouses": MARKETPLACE,
	"listings": CONTENT,
	"orders": MARKETPLACE,
	"stock": MARKETPLACE,
	"prices": PRICES,
	"cancellation": MARKETPLACE,
	"fbo_orders": ANALYTICS,
	"labels": MARKETPLACE,
	"returns": ANALYTICS,
	"claims": CLAIMS,
	"feedback": FEEDBACK,
}
WRITING = "writing"
_COMPANIES = ("Северный ветер", "Домовёнок", "Мастер Плюс", "Тверской двор", "Ладога-Трейд")


def account(number: int, seed: int) -> dict[str, str]:
	"""The facts of the account that do not change: made from its number and the seed."""
	chance = random.Random(f"account {seed}/{number}")
	title = _COMPANIES[(number - 1) % len(_COMPANIES)]
	if number > len(_COMPANIES):
		title = f"{title} {number}"
	return {
		"sid": str(UUID(int=chance.getrandbits(128), version=4)),
		"name": title,
		"legal_name": f"ООО «{title}»",
		"tin": inn10(f"77{chance.randint(0, 9_999_999):07d}"),
	}


def fill(shop: WildberriesShop) -> None:
	facts = account(shop.number, shop.plan.seed)
	shop.state.remember(account=facts)
	shop.state.remember(token=new_token(shop, (), LIFETIME))


def new_token(shop: WildberriesShop, without: Iterable[str], lifetime: int) -> str:
	"""Args: lifetime: microseconds."""
	without = set(without)
	rights = ALL_RIGHTS
	for name in without - {WRITING}:
		rights &= ~(1 << CATEGORIES[name])
	if WRITING in without:
		rights |= 1 << READ_ONLY
	expires_at = (shop.clock.micros() + lifetime) // SECOND
	made = shop.state.value("SELECT count(*) FROM api_key")
	chance = random.Random(f"token {shop.sid} {made}")
	claims = {
		"acc": 3,
		"ent": 1,
		"exp": expires_at,
		"for": "self",
		"id": str(UUID(int=chance.getrandbits(128), version=4)),
		"iid": 41_000_000 + shop.number,
		"oid": 1_200_000 + shop.number,
		"s": rights,
		"sid": shop.sid,
		"t": False,
		"uid": 41_000_000 + shop.number,
	}
	parts = ({"alg": "ES256", "kid": "20260901v1", "typ": "JWT"}, claims)
	signature = base64.urlsafe_b64encode(chance.randbytes(64)).decode().rstrip("=")
	token = ".".join((*map(_encoded, parts), signature))
	shop.state.insert("api_key", token=token, rights=rights, expires_at=expires_at * SECOND)
	return token


def token_of(request: Request) -> str:
	return request.headers.get("Authorization", "").removeprefix("Bearer ").strip()


def seller_of(token: str) -> str:
	"""The seller a token names; "" for what is no token."""
	try:
		claims = token.split(".")[1]
		return str(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))).get("sid", ""))
	except (IndexError, ValueError, AttributeError):
		return ""


def admit(shop: WildberriesShop | None, token: str, category: int | None, is_write: bool) -> None:
	"""Let a request pass, or refuse it as Wildberries does."""
	key = shop and shop.state.one("SELECT * FROM api_key WHERE token = ?", (token,))
	if not key:
		raise problem(
			401, "unauthorized", "token problem; token is malformed: could not base64 decode signature"
		)
	if key["revoked"]:
		raise problem(401, "unauthorized", "access token problem; token withdrawn")
	if key["expires_at"] <= shop.clock.micros():
		raise problem(401, "unauthorized", "token problem; token is expired")
	if category is not None and not key["rights"] >> category & 1:
		raise problem(401, "unauthorized", "token scope not allowed for this API route")
	if is_write and key["rights"] >> READ_ONLY & 1:
		raise problem(401, "unauthorized", "read-only token scope not allowed for this route")


def seller_info(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""GET /api/v1/seller-info"""
	return {
		"name": shop.account["legal_name"],
		"sid": shop.sid,
		"tin": shop.account["tin"],
		"tradeMark": shop.account["name"],
	}


def _encoded(part: Any) -> str:
	return base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).decode().rstrip("=")
