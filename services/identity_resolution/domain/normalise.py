"""How the values of identifiers are brought to one spelling. Phone numbers need a library and are done elsewhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

Normaliser = Callable[[str], str | None]
"""Returns the one spelling of a value, or None where it is no value of its type."""

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,253}")
_DOMAIN = re.compile(r"(?:[^.\s/\\?#:@]{1,63}\.)+[^.\s/\\?#:@]{2,63}")
_CODE_SEPARATORS = re.compile(r"[\s.\-\u2010-\u2015]+")
_IDEOGRAPHIC_FULL_STOP = "\u3002"


def folded(value: str) -> str:
    """Return the value without surrounding blanks, compatibility forms and capitals: what blocking compares."""
    return unicodedata.normalize("NFKC", value).strip().casefold()


def email(value: str) -> str | None:
    """Return the address in lower case, as one local part and one domain with a dot.

    Dots and tags in the local part stay: only a few providers ignore them, and to drop them would tie strangers.
    A domain in ASCII ("xn--...") and the same one in Unicode are brought to Unicode, by IDNA 2003 as Python has it.
    """
    text = unicodedata.normalize("NFKC", value).strip().lower()
    if not _EMAIL.fullmatch(text):
        return None
    local, _, domain = text.partition("@")
    domain = domain.replace(_IDEOGRAPHIC_FULL_STOP, ".").rstrip(".")
    if "xn--" in domain:
        try:
            domain = domain.encode("ascii").decode("idna")
        except UnicodeError:
            return None
    return f"{local}@{domain}" if _DOMAIN.fullmatch(domain) else None


def handle(value: str) -> str | None:
    """Return the name by which an account calls itself, without the leading @ and capitals."""
    text = folded(value).removeprefix("@").strip()
    return text or None


def code(value: str) -> str | None:
    """Return a number or code that people copy from a card: capitals, without blanks, dots and dashes."""
    text = _CODE_SEPARATORS.sub("", unicodedata.normalize("NFKC", value)).upper()
    return text or None


def opaque(value: str) -> str | None:
    """Return a value that machines made, which has one spelling: only blanks around it go."""
    return value.strip() or None


NORMALISERS: dict[str, Normaliser] = {"email": email, "handle": handle, "code": code, "opaque": opaque}
"""By the name under which rules call them."""
