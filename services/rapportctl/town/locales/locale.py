"""What a country gives its people: names, streets and cities, each as frequent as its rank says.

Each country is a TOML file. Its lists are ranked, the commonest first: the `common` names, then each of `firsts` with
each of `seconds`, which makes the long tail of rare ones. `flat` says how much the first ones stand out (see `Zipf`).
"_" stands for a blank within a name; a name in other letters is followed by the way it is written in Latin ones,
"name/latin". A city is "name/postal code/region", where # is a digit and @ a letter; nicknames are "name/one/another".
All combinations are invented.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rapportctl.town.chance import Draw, Zipf

_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "\u0131": "i"}
)
"""Letters that do not come apart into one of a to z and an accent."""


@dataclass(frozen=True, slots=True)
class Locale:
    """A country with the names that are common there."""

    language: str
    country: str
    phone_prefix: str
    """Seven more digits make a well-formed mobile number. Invented, and never to be called."""
    given_names: Zipf
    family_names: Zipf
    streets: Zipf
    """With {} for the house number."""
    cities: Zipf
    latin: Mapping[str, str]
    """How names in other letters are written in Latin ones, by word; empty where all letters are Latin."""
    nicknames: Mapping[str, tuple[str, ...]]
    """By given name."""
    double_share: float
    """Of families: those with two family names."""
    double: str
    """How two family names are written."""
    family_first: bool
    """Whether a full name begins with the family's."""

    def family_name(self, draw: Draw) -> str:
        """Draw a family name."""
        name = self.family_names.draw(draw)
        return self.double.format(name, self.family_names.draw(draw)) if draw() < self.double_share else name

    def full_name(self, given_name: str, family_name: str) -> str:
        """Write both names in the order that is usual."""
        return f"{family_name} {given_name}" if self.family_first else f"{given_name} {family_name}"

    def in_latin(self, name: str) -> str:
        """Write a name without accents and in Latin letters, as a form that takes no others makes people do."""
        return unaccented(" ".join(self.latin.get(word, word) for word in name.split()))

    def plain(self, name: str) -> str:
        """Write a name as addresses and handles do: a to z, and nothing else."""
        return "".join(letter for letter in self.in_latin(name).lower() if "a" <= letter <= "z")


def read(country: str) -> Locale:
    """Read the file of a country."""
    text = (Path(__file__).parent / f"{country.lower()}.toml").read_text(encoding="utf-8")
    told = tomllib.loads(text)
    latin: dict[str, str] = {}
    nicknames = [line.split("/") for line in _lines(told.get("nicknames", ""))]
    return Locale(
        language=told["language"],
        country=told["country"],
        phone_prefix=told["phone_prefix"],
        given_names=_ranked(told["given_names"], latin),
        family_names=_ranked(told["family_names"], latin),
        streets=_ranked(told["streets"], latin),
        cities=Zipf(_lines(told["cities"]), 1),
        latin=latin,
        nicknames={name: tuple(others) for name, *others in nicknames},
        double_share=told.get("double_share", 0.0),
        double=told.get("double", ""),
        family_first=told.get("family_first", False),
    )


def _ranked(told: Mapping[str, Any], latin: dict[str, str]) -> Zipf:
    """Rank a list of names, each once, and note how those in other letters are written in Latin ones."""
    entries = told.get("common", "").split()
    entries += _composed(told.get("firsts", ""), told.get("seconds", ""), told.get("form", "{}{}"))
    names: dict[str, None] = {}
    for entry in entries:
        name, _, written = entry.replace("_", " ").partition("/")
        if written:
            latin.setdefault(name, written.capitalize())
        names[name] = None
    return Zipf(list(names), told["flat"])


def _composed(firsts: str, seconds: str, form: str) -> Iterable[str]:
    """Put each second part after each first one, but for equal ones; neighbours in the list begin differently."""
    for second in seconds.split():
        for first in firsts.split():
            one, other = first.split("/"), second.split("/")
            if one[0] != other[0]:
                yield "/".join(form.format(*parts) for parts in zip(one, other, strict=True))


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.split(";") if line.strip()]


@lru_cache(50_000)
def unaccented(text: str) -> str:
    """Drop accents, and letters that have no like among a to z."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return decomposed.encode("ascii", "ignore").decode()
