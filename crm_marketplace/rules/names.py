"""Names of people and companies: folded to how they sound, the keys they are found by, how alike two are.

One alphabet for both scripts: "Romashka LLC" and "ООО «Ромашка»" are one name. Forms of companies, the order
of words, accents and doubled letters say nothing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import combinations

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

ALIKE = 85.0  # 0–100; names from here on are shown to a person
MOST_WORDS = 12
PAIRED_WORDS = 4  # words that are paired with each other; the rest of a long name has keys of its own
PART = 4  # letters of the beginning and of the end of a word
JOINED = 95.0  # how alike names must be whose words are joined or divided otherwise

# Forms of companies: they say nothing about which one it is.
_FORMS = frozenset(
	"ооо оао зао пао ао ип нко ано чп тоо одо фгуп муп гуп тд общество ограниченной ответственностью "
	"акционерное индивидуальный предприниматель ltd limited llc inc incorporated corp corporation company co "
	"gmbh ag sa sas bv srl plc the and и ooo oao zao pao ao ip too chp".split()
)
# Latin as Russian is written in it, longest first; a sound has one letter.
_LATIN = {
	"shch": "щ",
	"sch": "щ",
	"tch": "ч",
	"sh": "ш",
	"ch": "ч",
	"zh": "ж",
	"kh": "х",
	"ph": "ф",
	"th": "т",
	"ck": "к",
	"ts": "ц",
	"tz": "ц",
	"yu": "ю",
	"ju": "ю",
	"iu": "ю",
	"ya": "я",
	"ja": "я",
	"ia": "я",
	"yo": "е",
	"jo": "е",
	"ye": "е",
	"je": "е",
	"oo": "у",
	"ee": "и",
	"x": "кс",
	**dict(zip("abcdefghijklmnopqrstuvwyz", "абкдефгхииклмнопкрстуввиз", strict=True)),
}
_LATIN_SOUND = re.compile("|".join(sorted(_LATIN, key=len, reverse=True)))
# Cyrillic letters one hears, or types, for another; no sound of their own: ъ, ь, the apostrophe.
_SOUNDS = str.maketrans(
	{"ё": "е", "э": "е", "й": "и", "ы": "и", "і": "и", "ї": "и", "ъ": "", "ь": "", "'": ""}
)
_DOUBLES = re.compile(r"([^\W\d])\1+")
_VOWELS = re.compile(r"[аеиоуюя]")
# Consonants mistaken for each other by ear.
_DEAF = str.maketrans("бвгджзщ", "пфктшсш")
# A surname of a man and of a woman: relatives, not a mistake.
_WOMAN = re.compile(r"(?<=[ое]в|ин)а$")


def normalise_name(name: str) -> str:
	"""Lower case, words only, forms of companies left out; a name of nothing else stays whole."""
	words = re.findall(r"\w+", name.casefold().replace("ё", "е"))
	kept = [word for word in words if word not in _FORMS]
	return " ".join(kept or words)


@lru_cache(maxsize=8192)
def fold(word: str) -> str:
	"""A word of `normalise_name` as it sounds, whichever script it is written in."""
	plain = "".join(
		letter
		for letter in unicodedata.normalize("NFKD", word.translate(_SOUNDS))
		if not unicodedata.combining(letter)
	)
	heard = _LATIN_SOUND.sub(lambda match: _LATIN[match.group()], plain)
	return _DOUBLES.sub(r"\1", heard.replace("ия", "я").replace("ью", "ю")) or word


def name_parts(name: str) -> set[str]:
	"""What a name is found by. One wrong letter anywhere leaves a key of every kind that is rare enough.

	Of each word: its consonants as they sound, its beginning, its end. Of each two words: the consonants of one
	with the beginning or the end of the other, because every single word of a name may be common. Of the whole:
	its consonants without blanks, because words are joined and divided.
	"""
	heard = [fold(word) for word in normalise_name(name).split()[:MOST_WORDS]]
	words = [word for word in heard if len(word) > 1] or ["".join(heard)]
	if not words[0]:
		return set()
	parts = set()
	for word in words:
		parts.update((f"s{_skeleton(word)}", f"p{word[:PART]}", f"e{word[-PART:]}"))
	chosen = list(dict.fromkeys(words))[:PAIRED_WORDS]
	for one, other in combinations(chosen, 2):
		if len(chosen) > 2:
			# A third word is there for the case that one of these two is mistyped.
			parts.add("+".join(sorted((_skeleton(one), _skeleton(other)))))
			continue
		for whole, part in ((one, other), (other, one)):
			half = (len(part) + 1) // 2
			parts.update((f"{_skeleton(whole)}+{part[:half]}", f"{_skeleton(whole)}-{part[-half:]}"))
	whole = "".join(words)
	half = (len(whole) + 1) // 2
	parts.add(f"w{_skeleton(whole)}")
	if len(words) == 1:
		parts.update((f"wp{whole[:half]}", f"we{whole[-half:]}"))
	return parts


def name_likeness(one: str, other: str) -> float:
	"""0–100, whatever the order of words, the script and the form of the company.

	From `ALIKE` on only where every word has its like in the other name, and the numbers in them are equal:
	"Магнит Казань" and "Магнит Рязань" are two shops, however many letters they share.
	"""
	names = (_heard(one), _heard(other))
	left, right = sorted(map(sorted, names))
	if not left or not right:
		return 0.0
	if left == right:
		return 100.0
	joined = fuzz.ratio(*sorted(map("".join, names)))
	score = max(fuzz.ratio(" ".join(left), " ".join(right)), joined)
	if not (_are_alike(left, right) or (joined >= JOINED and len(left) != len(right))):
		return min(score, ALIKE - 1)
	score = max(score, _by_words(left, right))
	return min(score, ALIKE - 1) if _numbers(left) != _numbers(right) else score


@lru_cache(maxsize=32768)
def _heard(name: str) -> tuple[str, ...]:
	"""The words of a name as they sound. At night a name is compared with many."""
	return tuple(fold(word) for word in normalise_name(name).split())


def _skeleton(word: str) -> str:
	"""Consonants as they sound: vowels are mistyped most."""
	return _DOUBLES.sub(r"\1", _VOWELS.sub("", word).translate(_DEAF)) or word


def _numbers(words: list[str]) -> list[str]:
	return [word for word in words if any(letter.isdigit() for letter in word)]


def _by_words(left: list[str], right: list[str]) -> float:
	"""Likeness of names whose words were put in order by their likes: a wrong first letter moves a word."""
	if len(left) != len(right):
		return 0.0
	ordered, rest = [], list(right)
	for word in left:
		nearest = min(rest, key=lambda one: (OSA.distance(word, one), one))
		ordered.append(nearest)
		rest.remove(nearest)
	return fuzz.ratio(" ".join(left), " ".join(ordered))


def _are_alike(left: list[str], right: list[str]) -> bool:
	"""Whether every word of the shorter name has its own like in the longer one."""
	few, many = sorted((left, right), key=len)
	rest = list(many)
	for word in few:
		nearest = min(rest, key=lambda one: (OSA.distance(word, one), one))
		if not _is_mistyped(word, nearest):
			return False
		rest.remove(nearest)
	return True


def _is_mistyped(one: str, other: str) -> bool:
	"""Whether two words may be one, typed wrongly. People seldom miss the first letter: it counts twice."""
	if one == other:
		return True
	if _WOMAN.sub("", one) == _WOMAN.sub("", other):
		return False
	longer = max(len(one), len(other))
	allowed = 0 if longer < 4 else 1 if longer < 8 else 2
	return OSA.distance(one, other) + (one[0] != other[0]) <= allowed
