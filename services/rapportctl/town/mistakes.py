"""The mistakes that people make when they type."""

from __future__ import annotations

from rapportctl.town.chance import Draw

_NEIGHBOURS = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wertyuioposdfghjklkxcvbnmn", strict=True))
"""A key beside each key."""


def mistyped(word: str, draw: Draw) -> str:
    """Swap, drop, double or miss one letter after the first; digits and the capital stay.

    Gives another word, unless this one is too short to have two letters side by side after the first.
    """
    places = [place for place in range(1, len(word) - 1) if word[place].isalpha() and word[place + 1].isalpha()]
    if not places:
        return word
    place = places[int(draw() * len(places))]
    before, letter, after = word[:place], word[place], word[place + 1 :]
    match int(draw() * 4):
        case 0 if letter != after[0]:
            return before + after[0] + letter + after[1:]
        case 1:
            return before + letter + letter + after
        case 2:
            return before + _NEIGHBOURS.get(letter, "e") + after
        case _:
            return before + after


def mistyped_email(address: str, draw: Draw) -> str:
    """Type a mistake into an e-mail address: in the letters of the name, or in the end of the domain.

    Digits stay, so that it is no other person's address.
    """
    name, _, domain = address.partition("@")
    if draw() < 0.6:
        return f"{mistyped(name, draw)}@{domain}"
    return f"{name}@{domain[:-2]}{domain[-1]}{domain[-2]}"


def mistyped_date(date: str, draw: Draw) -> str:
    """Swap day and month of an ISO 8601 date where that gives another one, or else get one of its parts wrong."""
    year, month, day = date.split("-")
    if day <= "12" and day != month and draw() < 0.5:
        return f"{year}-{day}-{month}"
    match int(draw() * 3):
        case 0:
            return f"{int(year) + (1 if draw() < 0.5 else -10)}-{month}-{day}"
        case 1:
            return f"{year}-{1 + int(month) % 12:02d}-{day}"
        case _:
            return f"{year}-{month}-{1 + int(day) % 28:02d}"
