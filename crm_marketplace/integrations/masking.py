"""Keep secrets and buyer data out of logs, errors and payload copies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

MASK = "•••"

# Keys whose values say who the buyer is, in the vendors' payloads and ours, compared in lower case.
BUYER_KEYS = frozenset(
	"""additionalphonecodes address address_tail addressee building buyer client client_name comment
	company_name contact courier courier_phones customer customer_email customer_id customer_name
	customer_phone delivery_address district email entrance first_name firstname flat floor full_name
	fulladdress fullname house inn kpp last_name lastname latitude legal_info longitude middle_name
	middlename orgname patronymic phone phone_number phonecode pin postcode recipient replacementphone
	street tax_id user user_comment user_id username zip_code zipcode""".split()
)
SECRET_KEYS = frozenset(
	"""api-key api_key apikey authorization bearer client-secret client_secret cookie password secret
	set-cookie token x-api-key access_token refresh_token""".split()
)

# Each can begin at the start of a word only and has a longest length: a long answer costs linear time.
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,190}")
_PHONE = re.compile(r"(?<![\w.-])\+?\d[\d\s()-]{8,24}\d(?![\w.-])")

# A quoted string, and the colon that makes it a key. The last one of a cut-off text has no closing quote.
_JSON_STRING = re.compile(r'"(?:[^"\\]|\\[\s\S]?)*(?:"|\Z)(\s*:)?')


def mask_text(text: str, secrets: Iterable[str] = ()) -> str:
	"""`text` without the given secrets, e-mail addresses and phone-like numbers with a plus sign."""
	for secret in secrets:
		if secret and len(secret) >= 4:
			text = text.replace(secret, MASK)
	text = _EMAIL.sub(MASK, text)
	return _PHONE.sub(lambda match: MASK if match.group().startswith("+") else match.group(), text)


def mask_headers(headers: Mapping[str, str], secrets: Iterable[str] = ()) -> dict[str, str]:
	return {
		name: MASK if name.lower() in SECRET_KEYS else mask_text(str(value), secrets)
		for name, value in headers.items()
	}


def mask_payload(value: Any, secrets: Iterable[str] = ()) -> Any:
	"""A copy of a JSON value with buyer data and secrets replaced; keys and shape stay for debugging."""
	secrets = tuple(secrets)
	if isinstance(value, Mapping):
		return {
			key: _hidden(inner)
			if str(key).lower() in BUYER_KEYS or str(key).lower() in SECRET_KEYS
			else mask_payload(inner, secrets)
			for key, inner in value.items()
		}
	if isinstance(value, list | tuple):
		return [mask_payload(inner, secrets) for inner in value]
	if isinstance(value, str):
		return mask_text(value, secrets)
	return value


def mask_broken(text: str, secrets: Iterable[str] = ()) -> str:
	"""Text that should have been JSON and is not. Of what looks like JSON all strings are hidden: without
	its keys nobody can tell which of them say who the buyer is.
	"""
	if text.lstrip().startswith(("{", "[")):
		text = _JSON_STRING.sub(lambda match: match.group() if match.group(1) else f'"{MASK}"', text)
	return mask_text(text, secrets)


def _hidden(value: Any) -> Any:
	if isinstance(value, Mapping):
		return {key: _hidden(inner) for key, inner in value.items()}
	if isinstance(value, list | tuple):
		return [_hidden(inner) for inner in value]
	return value if value in (None, "", 0, False) else MASK
