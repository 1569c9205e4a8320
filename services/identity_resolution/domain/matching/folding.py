"""Text as comparisons see it: what people, keyboards and programs write differently for the same is made equal."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST = 200
"""Characters of a value that are looked at: comparing takes time by the product of the lengths."""

# Marks that readers of the script leave out or add freely: accents, Hebrew points, Arabic vowels. The marks of Indic
# scripts and of Thai are vowels, and those of kana are consonants: they stay.
_MARKS = re.compile(r"[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670\u06d6-\u06ed]")

# Letters without a decomposition, the Arabic letters that are typed one for the other, and the stretcher between them.
_LETTERS = str.maketrans(
    {
        "ø": "o", "œ": "oe", "æ": "ae", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "\u0131": "i", "ŋ": "n",
        "ŧ": "t", "\u0671": "\u0627", "\u0629": "\u0647", "\u0649": "\u064a", "\u06cc": "\u064a", "\u06a9": "\u0643",
        "\u0640": None,
        **{chr(katakana): chr(katakana - 0x60) for katakana in range(0x30A1, 0x30F7)},
    }
)  # fmt: skip

# Cyrillic and Greek letters that look like Latin ones, after case is folded.
_LOOKALIKES = str.maketrans("аеорсухіјѕԁһкмтвнαεορχυκντι", "aeopcyxijsdhkmtbhaeopxyknti")
_LATIN = re.compile(r"[a-z]")
_CYRILLIC_OR_GREEK = re.compile(r"[\u0370-\u03ff\u0400-\u04ff\u0500-\u052f]")
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = re.compile(r"['\u2018\u2019\u02bc`\u00b4]")


def listed(text: str) -> frozenset[str]:
    """Return the words of a list that blanks part."""
    return frozenset(text.split())


JUNK = listed(
    """
    n/a na n.a. none null nil nan unknown unbekannt inconnu desconocido undefined anonymous anon test tester
    testing xxx xx tba tbd blank empty missing void unspecified withheld refused
    """
) | {"not known", "not set", "(not set)", "not available", "not applicable", "no name", "no email", "not provided"}
"""Values that forms and exports hold where nothing is known, folded."""


@lru_cache(maxsize=65_536)
def folded(text: str) -> str:
    """Return the text in compatibility forms, without capitals, accents and invisible characters, blanks made single.

    Letters of another script within a Latin word are read as the Latin letters that they look like.
    """
    text = unicodedata.normalize("NFKD", text[:LONGEST]).casefold()
    text = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFKD", text))).translate(_LETTERS)
    if _CYRILLIC_OR_GREEK.search(text) and _LATIN.search(text):
        text = " ".join(_as_it_looks(word) for word in text.split())
    if not text.isprintable():
        text = "".join(" " if sign.isspace() else sign for sign in text if sign.isspace() or not _is_unseen(sign))
    return " ".join(text.split())


def words(text: str) -> list[str]:
    """Return the runs of letters and digits of a folded text; an apostrophe does not end a word."""
    return _WORD.findall(_APOSTROPHES.sub("", text))


def is_junk(text: str) -> bool:
    """Whether a folded text says that nothing is known, or has neither letter nor digit."""
    return text in JUNK or not any(sign.isalnum() for sign in text)


def _is_unseen(sign: str) -> bool:
    """Whether it is a control character, such as those that turn the direction of writing."""
    return unicodedata.category(sign) in {"Cc", "Cf"}


def _as_it_looks(word: str) -> str:
    return word.translate(_LOOKALIKES) if _LATIN.search(word) else word
