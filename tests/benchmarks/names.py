"""Names of customers, and the ways people write them otherwise. By the module `random`: who measures seeds it."""

from __future__ import annotations

import random
from collections.abc import Callable

FAMILIES = (
	"Иванов Петров Сидоров Кузнецов Смирнов Попов Васильев Соколов Михайлов Новиков Фёдоров Морозов".split()
)
FIRST = "Анна Ольга Пётр Сергей Мария Иван Дмитрий Елена Наталья Артём Юлия Никита Вера Глеб Лидия".split()
WORDS = "Ромашка Север Меркурий Вектор Алмаз Планета Гранд Лига Старт Орион Феникс Кедр Маяк Радуга".split()
LATIN = dict(
	zip(
		"абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
		"a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya".split(" "),
		strict=True,
	)
)


def title_of(index: int) -> str:
	"""A company or a person, by turns. Names repeat words, as names do."""
	if index % 2:
		return f"ООО {random.choice(WORDS)} {random.choice(WORDS)} {_word()}"
	return f"{random.choice(FAMILIES)} {random.choice(FIRST)} {_word()}"


def _word() -> str:
	return "".join(random.choice("бвгдклмнпрст") + random.choice("аеиоу") for _pair in range(4)).title()


# --- ways to write a name ---------------------------------------------------------------------------


def mistyped(name: str) -> str:
	"""One letter of the longest word is wrong, and the form of the company is left out."""
	return _changed(name, lambda word, at: word[:at] + random.choice("аеиолнст") + word[at + 1 :])


def left_out(name: str) -> str:
	return _changed(name, lambda word, at: word[:at] + word[at + 1 :])


def swapped(name: str) -> str:
	return _changed(name, lambda word, at: word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :])


def turned(name: str) -> str:
	"""The words stand the other way round."""
	return " ".join(reversed([word for word in name.split() if word != "ООО"]))


def latin(name: str) -> str:
	return "".join(LATIN.get(letter, letter) for letter in name.replace("ООО", "").lower()).title() + " LLC"


def look_alike(name: str) -> str:
	"""Another party: a person of the same family and another first name, a company of another trade."""
	words = [word for word in name.split() if word != "ООО"]
	place, choice = (0, WORDS) if words[0] in WORDS else (1, FIRST)
	words[place] = random.choice([word for word in choice if word != words[place]])
	return " ".join(words)


def _changed(name: str, change: Callable[[str, int], str]) -> str:
	words = [word for word in name.split() if word != "ООО"]
	longest = max(range(len(words)), key=lambda index: len(words[index]))
	word = words[longest]
	words[longest] = change(word, random.randrange(1, len(word)))
	return " ".join(words)


WAYS: dict[str, Callable[[str], str]] = {
	"mistyped": mistyped,
	"a letter left out": left_out,
	"two letters swapped": swapped,
	"words turned round": turned,
	"in Latin letters": latin,
}
