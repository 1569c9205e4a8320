"""Streets, postal codes and names of firms: spelt alike, as far as the words go."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from identity_resolution.domain.matching.folding import listed, words

_SHORT = {
    long: short
    for short, longs in {
        "st": "street str saint sankt", "ave": "avenue av aven avda avenida", "rd": "road", "dr": "drive drv",
        "blvd": "boulevard boul bd", "ln": "lane", "ct": "court crt", "pl": "place plaza platz", "sq": "square",
        "ter": "terrace terr tce", "hwy": "highway", "pkwy": "parkway pky", "cres": "crescent cr crs", "cl": "close",
        "cir": "circle circuit cct circ", "n": "north no", "s": "south so", "e": "east", "w": "west", "ne": "northeast",
        "nw": "northwest", "se": "southeast", "sw": "southwest", "apt": "apartment unit flat suite ste room rm whg",
        "fl": "floor", "bldg": "building", "expy": "expressway", "ctr": "center centre", "mt": "mount", "ft": "fort",
        "hts": "heights", "gdns": "gardens", "gr": "grove", "vlg": "village vlge", "retmnt": "retirement retrmnt",
        "po": "pob postbox postfach", "1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth", "5th": "fifth",
        "6th": "sixth", "7th": "seventh", "8th": "eighth", "9th": "ninth", "10th": "tenth",
    }.items()
    for long in longs.split()
}  # fmt: skip
_UNTOLD = listed(
    """
    nr number num hausnummer
    """
)
_GLUED = re.compile(r"(.{3,})(?:strasse|str)")
_NUMBER = re.compile(r"\d+[a-z]?")

_LEGAL_FORMS = listed(
    """
    ltd limited llc llp lp plc inc incorporated corp corporation co company gmbh ag kg kgaa ohg gbr ug ev se sa
    sas sarl srl spa snc bv nv ab as asa oy oyj aps sro zoo sp kk kabushiki kaisha yk pty pte pvt private sdn
    bhd tbk pt cv lda ltda eirl jsc ooo oao zao doo kft
    """
)
_FIRMS_IN_HAN = re.compile(r"株式会社|有限会社|合同会社|\(株\)|有限公司|股份|주식회사|\(주\)")
_IN_BRACKETS = re.compile(r"\([^)]*\)")
_FILLERS = listed(
    """
    the and of und et y e la le les el los der die das
    """
)


class Street(NamedTuple):
    """A street address taken apart: the numbers in it in their order, its other words, and these without blanks."""

    numbers: tuple[str, ...]
    words: tuple[str, ...]
    letters: str


def street(text: str) -> str:
    """Return a street address with its usual words shortened; the text is folded."""
    return " ".join(_SHORT.get(word, word) for word in map(_unglued, words(text)) if word not in _UNTOLD)


@lru_cache(maxsize=65_536)
def street_parts(text: str) -> Street:
    """Take a normalised street address apart."""
    parts = text.split()
    names = tuple(part for part in parts if not _NUMBER.fullmatch(part))
    return Street(tuple(part for part in parts if _NUMBER.fullmatch(part)), names, "".join(names))


def postal_code(text: str) -> str:
    """Return a postal code as letters and digits without anything between; the text is folded."""
    return "".join(words(text))


def place(text: str) -> str:
    """Return the name of a city, region or country with its usual words shortened; the text is folded."""
    return " ".join(_SHORT.get(word, word) for word in words(text))


def company(text: str) -> str:
    """Return a firm's name without legal form, fillers and what is in brackets, as long as something is left.

    The text is folded. In brackets stands where the branch is, or what the letters mean.
    """
    text = _FIRMS_IN_HAN.sub("", text).replace("&", " and ")
    parts = words(_IN_BRACKETS.sub(" ", text)) or words(text)
    telling = [part for part in parts if part not in _FILLERS] or parts
    while len(telling) > 1 and telling[-1] in _LEGAL_FORMS:
        telling.pop()
    return " ".join(telling)


def _unglued(word: str) -> str:
    """Make two words of a German street: "hauptstrasse" is "haupt st"."""
    found = _GLUED.fullmatch(word)
    return f"{found[1]} st" if found else word
