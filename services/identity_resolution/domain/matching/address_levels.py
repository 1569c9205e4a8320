"""How alike two street addresses, postal codes, places or firms are."""

from __future__ import annotations

from collections.abc import Mapping

from identity_resolution.domain.matching.addresses import street_parts
from identity_resolution.domain.matching.kinds import DIFFERENT, EXACT
from identity_resolution.domain.matching.name_levels import have_like_letters
from identity_resolution.domain.matching.similarity import Similarity
from identity_resolution.domain.matching.word_likeness import likeness

_AREA = 3
_SHORTEST_WITH_SLIP = 5


def street(one: str, other: str, bounds: Mapping[str, float], similarity: Similarity) -> str:
    """Level of two street addresses.

    "close": same house number, like words. "number": same house number, other words. "street": like words, the house
    number differs or is missing in one.
    """
    a, b = street_parts(one), street_parts(other)
    if a.numbers == b.numbers and sorted(a.words) == sorted(b.words):
        return EXACT
    same_number = bool(a.numbers and b.numbers) and (a.numbers[0] in b.numbers or b.numbers[0] in a.numbers)
    no_number = not a.numbers and not b.numbers
    alike = likeness(a.words, b.words, similarity).share
    if alike >= bounds["close"] and (same_number or no_number):
        return "close"
    if same_number:
        return "number"
    return "street" if alike >= bounds["street"] else DIFFERENT


def postal_code(one: str, other: str, bounds: Mapping[str, float], similarity: Similarity) -> str:
    """Level of two postal codes: "close" by slips, "area" where they begin alike."""
    if one[:5] == other[:5] and one.isdigit() and other.isdigit() and {len(one), len(other)} == {5, 9}:
        return EXACT
    if similarity.edits(one, other, 1) <= bounds["close"]:
        return "close"
    size = _AREA if one.isdigit() and len(one) > _AREA + 1 else max(len(one) - _AREA, 2)
    return "area" if one[:size] == other[:size] else DIFFERENT


def place(one: str, other: str, bounds: Mapping[str, float], similarity: Similarity) -> str:
    """Level of two names of places; "SF" is close to San Francisco."""
    alike = similarity.jaro_winkler(one, other)
    if alike >= bounds["close"] or have_like_letters(one, other, alike, similarity):
        return "close"
    return "close" if _are_initials(one, other) or _are_initials(other, one) else DIFFERENT


def company(one: str, other: str, bounds: Mapping[str, float], similarity: Similarity) -> str:
    """Level of two firms' names by the share of their words that are alike, common words counting little.

    A part of the name is near it, and so are its initials; and two of which each has a word of its own: the bar and the
    restaurant of a hotel.
    """
    ones, others = one.split(), other.split()
    letters, other_letters = "".join(ones), "".join(others)
    if letters == other_letters or sorted(ones) == sorted(others):
        return "close"
    if (
        min(len(letters), len(other_letters)) >= _SHORTEST_WITH_SLIP
        and similarity.edits(letters, other_letters, 1) <= 1
    ):
        return "close"
    alike = likeness(ones, others, similarity)
    if alike.share >= bounds["close"] and 0 in alike.missing:
        return "close"
    if alike.share >= bounds["near"] or alike.is_part or _are_initials(one, other) or _are_initials(other, one):
        return "near"
    return DIFFERENT


def _are_initials(short: str, name: str) -> bool:
    """Whether the letters of one are the initials of the other's words; two letters at least."""
    words = name.split()
    initials = short.replace(" ", "")
    return len(words) == len(initials) > 1 and all(
        word[0] == letter for word, letter in zip(words, initials, strict=True)
    )
