"""What ties accounts together: identifier types, how they are written, and the values that must tie nothing."""

from __future__ import annotations

import re

from rapportctl.town.chance import Draw

TYPES = ("email", "phone", "loyalty_number", "user_id", "cookie", "device", "external_id", "handle")
"""The types of identifiers; a set of them is a mask with bit n for the n-th."""
TYING = TYPES[:-1]
"""Those that tie accounts of different networks: a handle is only good within its own."""

EMAIL, PHONE, LOYALTY, USER_ID, COOKIE, DEVICE, EXTERNAL_ID, HANDLE = (1 << place for place in range(8))

SOCIAL = ("instagram", "tiktok", "facebook", "x")
CHANNELS = (*SOCIAL, "web_shop", "email", "phone", "store")

_BEARS = {
    **dict.fromkeys(SOCIAL, EMAIL | PHONE | LOYALTY | DEVICE | EXTERNAL_ID | HANDLE),
    "web_shop": EMAIL | PHONE | LOYALTY | COOKIE | DEVICE | EXTERNAL_ID | USER_ID,
    "email": EMAIL | EXTERNAL_ID | LOYALTY | USER_ID,
    "phone": PHONE | EXTERNAL_ID | LOYALTY,
    "store": EMAIL | PHONE | LOYALTY | EXTERNAL_ID,
}

_WEIGHTS = {EMAIL: 40, PHONE: 15, LOYALTY: 15, EXTERNAL_ID: 10, DEVICE: 8, USER_ID: 8, HANDLE: 15, COOKIE: 4}


def bears(channel: str) -> int:
    """Give the mask of identifier types that accounts on a channel may bear."""
    return _BEARS[channel]


def ties_between(one: str, other: str, tying_types: tuple[str, ...]) -> tuple[int, ...]:
    """Give the types, as a table to draw from, that may tie an account on one channel to one on the other."""
    both = _BEARS[one] & _BEARS[other]
    allowed = [1 << TYPES.index(kind) for kind in tying_types]
    return tuple(bit for bit in _WEIGHTS if bit & both and bit in allowed for _ in range(_WEIGHTS[bit]))


PLANTED = (
    ("email", ""),
    ("email", "anonymous"),
    ("email", "n/a"),
    ("email", "none"),
    ("email", "null"),
    ("email", "test@test.com"),
    ("email", "test@example.com"),
    ("email", "info@example.com"),
    ("email", "noreply@example.com"),
    ("email", "no-reply@example.com"),
    ("email", "support@example.com"),
    ("email", "admin@example.com"),
    ("phone", ""),
    ("phone", "0"),
    ("phone", "0000"),
    ("phone", "000000"),
    ("phone", "-1"),
    ("phone", "unknown"),
    ("loyalty_number", "0000"),
    ("loyalty_number", "-1"),
    ("loyalty_number", "none"),
    ("user_id", "0"),
    ("user_id", "-1"),
    ("user_id", "null"),
    ("user_id", "anonymous"),
    ("cookie", "undefined"),
    ("cookie", "null"),
    ("device", "unknown"),
    ("device", "000000"),
    ("external_id", "undefined"),
    ("external_id", "n/a"),
    ("handle", "anonymous"),
    ("handle", "unknown"),
)
"""Every (type, value) of junk that a town may bear; many people bear the same, and rules must block each."""

_BLOCKED_WORDS = frozenset({"", "-1", "null", "none", "undefined", "unknown", "anonymous", "n/a"})
_BLOCKED_PATTERN = re.compile(r"0+|(?:test|info|noreply|no-reply|support|admin)@.*")


def is_blocked(value: str) -> bool:
    """Say whether identity's default rules let this value tie nothing."""
    bare = value.strip().lower()
    return bare in _BLOCKED_WORDS or _BLOCKED_PATTERN.fullmatch(bare) is not None


def normalised(kind: str, value: str) -> str:
    """Bring the ways in which a town writes an identifier to one: the reference that truth is computed with."""
    value = value.strip()
    if kind == "email":
        return value.lower()
    if kind == "phone":
        return "+" + "".join(letter for letter in value if letter.isdigit())
    if kind == "handle":
        return value.removeprefix("@").lower()
    return value


def untidy(kind: str, value: str, draw: Draw) -> str:
    """Write an e-mail address, phone number or handle another way that means the same; other types stay.

    E-mail: capitals, or spaces around it. Phone: spaces or hyphens between its digits. Handle: "@" before it, capitals.
    """
    way = int(draw() * 3)
    if kind == "email":
        return (value.upper(), value.title(), f" {value} ")[way]
    if kind == "phone":
        gap = " -."[way]
        return f"{value[:3]} {value[3:6]}{gap}{value[6:9]}{gap}{value[9:]}"
    if kind == "handle":
        return (f"@{value}", value.title(), f"@{value.upper()}")[way]
    return value
