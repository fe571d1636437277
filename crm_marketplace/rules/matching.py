"""Which Item a listing is: by offer id, item code, barcode, and by likeness of names as a suggestion.

Only exact keys match by themselves; likeness is never more than a suggestion a person confirms.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from crm_marketplace.integrations.records import Listing, StrEnum

MAX_CANDIDATES = 300  # names compared per listing
COMMON_TOKEN = 2000  # a word in more names than this tells nothing
SIZES = frozenset(("xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl"))
Marks = tuple[frozenset[str], frozenset[str]]  # numbers and letters of size in a name


class Method(StrEnum):
	OFFER_ID = "Offer ID"
	ITEM_CODE = "Item Code"
	BARCODE = "Barcode"
	SUGGESTION = "Suggestion"


@dataclass(frozen=True, slots=True)
class CatalogueItem:
	"""An Item as matching sees it."""

	item_code: str
	name: str = ""
	barcodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
	item_code: str
	method: Method
	score: float = 100.0  # 0–100

	@property
	def is_certain(self) -> bool:
		return self.method is not Method.SUGGESTION


@dataclass
class Catalogue:
	"""An index over Items, built once for many listings.

	Args:
		items: all that may be sold.
		known_offers: offer id → item code, from listings people linked before (any shop of the company).
	"""

	items: Iterable[CatalogueItem]
	known_offers: Mapping[str, str] = field(default_factory=dict)

	def __post_init__(self) -> None:
		self._codes: dict[str, set[str]] = defaultdict(set)
		self._barcodes: dict[str, set[str]] = defaultdict(set)
		self._names: dict[str, str] = {}
		self._marks: dict[str, Marks] = {}
		self._tokens: dict[str, list[str]] = defaultdict(list)
		for item in self.items:
			self._codes[normalise_code(item.item_code)].add(item.item_code)
			for barcode in filter(None, map(normalise_barcode, item.barcodes)):
				self._barcodes[barcode].add(item.item_code)
			name = normalise_name(item.name)
			if name:
				self._names[item.item_code] = name
				self._marks[item.item_code] = _marks(name)
				for token in set(name.split()):
					self._tokens[token].append(item.item_code)

	def match(self, listing: Listing, suggest_from: float = 70.0) -> Match | None:
		"""The item of `listing`, or a suggestion at least `suggest_from` per cent alike (more than 100: none),
		or None.

		A key that leads to two items is no match: it would be a guess.
		"""
		if code := self.known_offers.get(listing.offer_id):
			return Match(code, Method.OFFER_ID)
		if code := _only(self._codes.get(normalise_code(listing.offer_id))):
			return Match(code, Method.ITEM_CODE)
		by_barcode: set[str] = set()
		for barcode in filter(None, map(normalise_barcode, listing.barcodes)):
			by_barcode |= self._barcodes.get(barcode, set())
		if code := _only(by_barcode):
			return Match(code, Method.BARCODE)
		return self._suggest(listing, suggest_from)

	def _suggest(self, listing: Listing, threshold: float) -> Match | None:
		name = normalise_name(listing.title)
		marks = _marks(name)
		candidates = [code for code in self._candidates(name) if _agree(marks, self._marks[code])]
		if not candidates or threshold > 100:
			return None
		best = process.extractOne(
			name,
			{code: self._names[code] for code in candidates},
			scorer=fuzz.token_sort_ratio,
			score_cutoff=threshold,
		)
		return Match(best[2], Method.SUGGESTION, round(best[1], 1)) if best else None

	def _candidates(self, name: str) -> list[str]:
		"""Items that share rare words with `name`, most shared first: no comparison with the whole catalogue."""
		counts: dict[str, int] = defaultdict(int)
		for token in set(name.split()):
			holders = self._tokens.get(token, ())
			if len(holders) <= COMMON_TOKEN:
				for code in holders:
					counts[code] += 1
		return sorted(counts, key=lambda code: (-counts[code], code))[:MAX_CANDIDATES]


def normalise_code(code: str) -> str:
	return re.sub(r"\s+", " ", code).strip().casefold()


def normalise_barcode(barcode: str) -> str:
	"""Digits as printed; UPC-A and EAN-13 of one product are equal (GS1: EAN-13 is UPC-A with a leading 0)."""
	text = barcode.strip()
	return text.zfill(13) if text.isdecimal() and len(text) in (11, 12) else text


def normalise_name(name: str) -> str:
	return " ".join(re.findall(r"\w+", name.casefold().replace("ё", "е")))


def _marks(name: str) -> Marks:
	return frozenset(re.findall(r"\d+", name)), SIZES.intersection(name.split())


def _agree(one: Marks, other: Marks) -> bool:
	"""Whether two names may be of one product: "128 GB" and "256 GB", "M" and "XL" never are, however alike the
	rest; a name that says less than the other may be.
	"""
	return all(mine <= theirs or theirs <= mine for mine, theirs in zip(one, other, strict=True))


def _only(codes: set[str] | None) -> str | None:
	return next(iter(codes)) if codes and len(codes) == 1 else None
