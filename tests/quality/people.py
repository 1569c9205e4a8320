"""A made-up list of people of any length, with typing errors and missing values: what speed is measured on.

Names, streets and cities are as unevenly common as real ones (by Zipf's law), and the larger the list, the more of them
there are: of a longer list both the commonest values and the rare ones grow. Which people a list has follows from its
seed alone. Source for the shares of errors: Christen, Data Matching (2012), chapter 7, roughly.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

COLUMNS = (
    *("id", "given_name", "family_name", "date_of_birth", "street", "postcode", "city", "email", "phone", "person"),
)
_CONSONANTS = (
    "b",
    "br",
    "c",
    "ch",
    "d",
    "dr",
    "f",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "sh",
    "st",
    "t",
    "v",
    "w",
    "z",
)
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "ie", "oo")
_ENDINGS = ("", "n", "r", "s", "t", "ll", "ck", "nd", "rt", "ston", "man", "ley", "son", "well")
_MISSING = {"given_name": 0.02, "family_name": 0.02, "date_of_birth": 0.15, "street": 0.2, "email": 0.3, "phone": 0.35}
_MISTYPED = 0.07
_MOVED = 0.12
_FIRST_BIRTH = date(1935, 1, 1)
_BIRTH_DAYS = 27_000
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class _Person:
    given: str
    family: str
    born: str
    street: str
    postcode: str
    city: str
    email: str
    phone: str


def people(records: int, seed: int = 1) -> Iterator[tuple[str, ...]]:
    """Yield so many rows under `COLUMNS`, in random order; `person` says who each is, on average two rows a person."""
    chance = random.Random(seed)
    makers = _Makers(chance, records)
    rows: list[tuple[str, ...]] = []
    number = 0
    while len(rows) < records:
        person = makers.person()
        for _ in range(min(1 + int(chance.expovariate(1.0)), 8)):
            shown = makers.moved(person) if chance.random() < _MOVED else person
            rows.append((*_row(shown, chance), f"p{number}"))
        number += 1
    del rows[records:]
    chance.shuffle(rows)
    for place, row in enumerate(rows, start=1):
        yield (str(place), *row)


def _row(person: _Person, chance: random.Random) -> list[str]:
    columns = ("given_name", "family_name", "date_of_birth", "street", "postcode", "city", "email", "phone")
    values = (
        *(person.given, person.family, person.born, person.street, person.postcode, person.city),
        *(person.email, person.phone),
    )
    return [
        ""
        if chance.random() < _MISSING.get(column, 0.05)
        else _mistyped(value, chance)
        if chance.random() < _MISTYPED
        else value
        for column, value in zip(columns, values, strict=True)
    ]


def _mistyped(value: str, chance: random.Random) -> str:
    """One letter or digit left out, doubled, replaced, or exchanged with its neighbour."""
    place = chance.randrange(len(value) - 1) if len(value) > 1 else 0
    match chance.randrange(4):
        case 0:
            return value[:place] + value[place + 1 :]
        case 1:
            return value[: place + 1] + value[place:]
        case 2:
            letter = str(chance.randrange(10)) if value[place].isdigit() else chance.choice(_LETTERS)
            return value[:place] + letter + value[place + 1 :]
        case _:
            return value[:place] + value[place + 1 : place + 2] + value[place : place + 1] + value[place + 2 :]


class _Makers:
    """Draws people. The numbers of names, streets and cities grow with the root of the list, as vocabularies do."""

    def __init__(self, chance: random.Random, records: int) -> None:
        self._chance = chance
        scale = (records / 10_000) ** 0.5
        self._given = _Zipf(_words(chance, int(1_000 * scale), 2), 0.9)
        self._family = _Zipf(_words(chance, int(4_000 * scale), 2), 0.8)
        self._streets = _Zipf(_words(chance, int(1_500 * scale), 3), 0.6)
        self._cities = _Zipf(_words(chance, int(300 * scale), 2), 0.9)
        self._domains = _Zipf([f"{word}.example" for word in _words(chance, 40, 2)], 1.2)

    def person(self) -> _Person:
        """Somebody new."""
        chance = self._chance
        given, family = self._given.draw(chance), self._family.draw(chance)
        born = (_FIRST_BIRTH + timedelta(days=chance.randrange(_BIRTH_DAYS))).isoformat()
        digits = str(chance.randrange(10_000)) if chance.random() < 0.7 else ""
        email = f"{given}.{family}{digits}@{self._domains.draw(chance)}"
        phone = f"+4470{chance.randrange(10**8):08d}"
        return _Person(given, family, born, *self._address(), email, phone)

    def moved(self, person: _Person) -> _Person:
        """The same person at another address."""
        return _Person(person.given, person.family, person.born, *self._address(), person.email, person.phone)

    def _address(self) -> tuple[str, str, str]:
        city = self._cities.draw(self._chance)
        street = f"{1 + self._chance.randrange(180)} {self._streets.draw(self._chance)} street"
        # A few postal districts for each city, more for the large ones: by how often they are drawn.
        district = min(int(self._chance.expovariate(0.2)), 60)
        return street, f"{city[:2]}{district:02d} {self._chance.randrange(10)}aa", city


class _Zipf:
    """Draws words of which the n-th is as common as n + 5 to the power of minus the exponent (Zipf and Mandelbrot)."""

    def __init__(self, words: Sequence[str], exponent: float) -> None:
        self._words = words
        self._sums = list(accumulate((rank + 6) ** -exponent for rank in range(len(words))))

    def draw(self, chance: random.Random) -> str:
        """One of them."""
        return self._words[bisect(self._sums, chance.random() * self._sums[-1])]


def _words(chance: random.Random, number: int, syllables: int) -> list[str]:
    made: dict[str, None] = {}
    while len(made) < number:
        length = chance.randint(max(1, syllables - 1), syllables)
        word = "".join(chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _ in range(length))
        made[word + chance.choice(_ENDINGS)] = None
    return list(made)
