"""Who may be the same: keys that are equal for equal parties, and how alike two names are.

Phones, e-mails and tax ids are compared whole; names by the words in them, so that a search needs an index
and a few comparisons, never a look at every party.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crm_marketplace.integrations.records import StrEnum
from crm_marketplace.rules.customers import normalise_email, normalise_phone
from crm_marketplace.rules.names import ALIKE, name_likeness, name_parts

CERTAIN = 95.0
HASH_LENGTH = 24


class KeyKind(StrEnum):
	PHONE = "phone"
	EMAIL = "email"
	TAX = "tax"
	NAME = "name"


@dataclass(frozen=True, slots=True)
class Party:
	"""A customer, lead or prospect as a search sees it."""

	name: str = ""
	phones: tuple[str, ...] = ()
	emails: tuple[str, ...] = ()
	tax_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Likeness:
	"""How alike two parties are: 0–100, and by what."""

	score: float
	reasons: tuple[KeyKind, ...]

	@property
	def is_certain(self) -> bool:
		return self.score >= CERTAIN


def keys_of(party: Party, region: str | None = None) -> dict[KeyKind, set[str]]:
	"""Keys of a party by kind. They are hashes: a table of them holds nobody's data.

	Args:
		region: ISO country whose national phone numbers are meant ("RU").
	"""
	return {**_exact_keys(party, region), KeyKind.NAME: {_hash(part) for part in name_parts(party.name)}}


def _exact_keys(party: Party, region: str | None) -> dict[KeyKind, set[str]]:
	phones = {normalise_phone(phone, region) for phone in party.phones}
	emails = {normalise_email(email) for email in party.emails}
	taxes = {normalise_tax_id(tax_id) for tax_id in party.tax_ids}
	return {
		KeyKind.PHONE: {_hash(phone) for phone in phones if phone},
		KeyKind.EMAIL: {_hash(email) for email in emails if email},
		KeyKind.TAX: {_hash(tax_id) for tax_id in taxes if tax_id},
	}


def normalise_tax_id(tax_id: str | None) -> str | None:
	"""Letters and digits only; shorter than six it is a placeholder."""
	text = re.sub(r"[\W_]+", "", tax_id or "").upper()
	return text if len(text) >= 6 and len(set(text)) > 1 else None


def compare(one: Party, other: Party, region: str | None = None) -> Likeness:
	"""How alike two parties are. An equal phone, e-mail or tax id is certain; names alone are a likeness."""
	keys = _exact_keys(one, region)
	others = _exact_keys(other, region) if any(keys.values()) else keys
	reasons = [kind for kind in (KeyKind.TAX, KeyKind.PHONE, KeyKind.EMAIL) if keys[kind] & others[kind]]
	alike = name_likeness(one.name, other.name)
	if alike >= ALIKE:
		reasons.append(KeyKind.NAME)
	exact = [kind for kind in reasons if kind is not KeyKind.NAME]
	if len(reasons) > 1 or KeyKind.TAX in exact:
		score = 100.0
	else:
		score = CERTAIN if exact else min(alike, CERTAIN - 1)
	return Likeness(round(score, 1), tuple(reasons))


def choose_rare(counts: Mapping[str, int], most: int) -> list[str]:
	"""The keys worth following, the rarest first: as many as lead to `most` parties together, at least one.

	Args:
		counts: key → parties that have it.
	"""
	chosen: list[str] = []
	total = 0
	for key in sorted(counts, key=lambda key: (counts[key], key)):
		if chosen and total + counts[key] > most:
			break
		if counts[key] > most:
			break
		chosen.append(key)
		total += counts[key]
	return chosen


def pair(one: str, other: str) -> tuple[str, str]:
	"""Two parties in the order pairs are kept in."""
	return (one, other) if one <= other else (other, one)


def differing(fields: Iterable[str], one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
	"""Fields a person must choose between: both have something, and not the same."""
	return [field for field in fields if one.get(field) and other.get(field) and one[field] != other[field]]


def _hash(text: str) -> str:
	return hashlib.sha256(text.encode()).hexdigest()[:HASH_LENGTH]
