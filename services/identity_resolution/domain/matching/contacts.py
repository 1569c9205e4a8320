"""E-mail addresses, phone numbers, handles and codes, for comparing: also broken ones, which identify nobody."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_EXTENSION = re.compile(r"(?:x|ext\.?|extension|durchwahl|#)\s*\d{1,6}$")
_SEPARATORS = re.compile(r"[^a-z0-9\u0080-\U0010ffff]+")
_TRAILING_DIGITS = re.compile(r"\d+$")
_LOOKALIKE_DIGITS = str.maketrans("01345", "oieas")
_SHORTEST_PHONE = 6


def email(text: str) -> str | None:
    """Return an address without blanks; the text is folded. What has no letters is none."""
    text = text.removeprefix("mailto:").strip("<>\"' ").replace(" ", "")
    return text if len(text) > 3 and any(sign.isalpha() for sign in text) else None


def phone(text: str) -> str | None:
    """Return the digits of a number, with "+" before them where it tells its country; no extension."""
    text = _EXTENSION.sub("", text.strip())
    digits = "".join(str(unicodedata.decimal(sign)) for sign in text if sign.isdecimal())
    if len(digits) < _SHORTEST_PHONE or len(set(digits)) < 3:
        return None
    if digits.startswith("00"):
        return "+" + digits[2:]
    return "+" + digits if text.startswith("+") else digits


def handle(text: str) -> str | None:
    """Return the name alone: without "@", the address of its page, or the network before it."""
    name = text.split("?", maxsplit=1)[0].rstrip("/").rsplit("/", 1)[-1].strip().removeprefix("@")
    return name or None


def code(text: str) -> str | None:
    """Return the letters and digits of a number that people copy from a card or a document."""
    return _SEPARATORS.sub("", text) or None


@lru_cache(maxsize=65_536)
def skeleton(name: str) -> str:
    """Return what is left of a handle, or of an e-mail address's local part, if looks do not count.

    Separators, digits at the end and a tag ("+shop") go, and digits that stand for letters become these.
    """
    name = name.partition("+")[0]
    bare = _SEPARATORS.sub("", name)
    return (_TRAILING_DIGITS.sub("", bare) or bare).translate(_LOOKALIKE_DIGITS)


def local_stem(address: str) -> str:
    """Return the skeleton of an e-mail address's local part."""
    return skeleton(address.partition("@")[0])


def spelling(name: str) -> str:
    """Return a handle without separators."""
    return _SEPARATORS.sub("", name)


@lru_cache(maxsize=65_536)
def national(phone_number: str) -> str:
    """Return the last nine digits of a number: what is before is mostly the country's or the trunk prefix."""
    return phone_number.lstrip("+0")[-9:]
