"""How alike two street addresses, postal codes, places or firms are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from identity_resolution.domain.matching.addresses import street_parts
from identity_resolution.domain.matching.folding import listed
from identity_resolution.domain.matching.kinds import DIFFERENT, EXACT
from identity_resolution.domain.matching.name_levels import have_like_letters
from identity_resolution.domain.matching.similarity import Similarity

_LIKE_WORDS = 0.88
_AREA = 3
# Words that many firms have in their names and that tell little: a quarter of another word's weight.
_COMMON = listed(
    """
    restaurant restaurante ristorante trattoria cafe caffe coffee bar grill grille bistro diner kitchen house room
    pizza hotel inn club shop store group holding holdings international services service solutions systems consulting
    partners associates technologies technology industries enterprises trading global city new st
    """
)
_COMMON_WEIGHT = 0.25


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
    alike = _alike(a.words, b.words, a.letters, b.letters, similarity)
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
    """Level of two names of places."""
    if similarity.jaro_winkler(one, other) >= bounds["close"] or have_like_letters(one, other, similarity):
        return "close"
    return DIFFERENT


def company(one: str, other: str, bounds: Mapping[str, float], similarity: Similarity) -> str:
    """Level of two firms' names by the share of their words that are alike, common words counting little."""
    ones, others = one.split(), other.split()
    if sorted(ones) == sorted(others) or "".join(ones) == "".join(others):
        return "close"
    alike = _alike(ones, others, "".join(ones), "".join(others), similarity)
    if alike >= bounds["close"]:
        return "close"
    return "near" if alike >= bounds["near"] else DIFFERENT


def _alike(
    ones: Sequence[str], others: Sequence[str], letters: str, other_letters: str, similarity: Similarity
) -> float:
    """How alike two lists of words are, 0 to 1: the weight of the words of the shorter that the other has too.

    Of what the longer one has beyond, a quarter counts against it: "arts deli" is "arts deli of studio city".
    """
    if not ones or not others:
        return 0.0
    alike = similarity.jaro_winkler(letters, other_letters)
    if alike >= 0.94 or not {word[:1] for word in ones} & {word[:1] for word in others}:
        return alike if alike >= 0.94 else 0.0
    common = total = 0.0
    for word in ones:
        weight = _weight(word)
        total += weight
        common += weight * _best(word, others, similarity)
    forward, forward_total = common, total
    common = total = 0.0
    for word in others:
        weight = _weight(word)
        total += weight
        common += weight * _best(word, ones, similarity)
    shorter = min(forward_total, total)
    shared = min(forward, common)
    return shared / (shorter + 0.25 * (max(forward_total, total) - shorter))


def _best(word: str, others: Sequence[str], similarity: Similarity) -> float:
    """How alike the word is to the likest of the others; 0 where none is like it."""
    if word in others:
        return 1.0
    best = max(similarity.jaro_winkler(min(word, other), max(word, other)) for other in others)
    return best if best >= _LIKE_WORDS else 0.0


def _weight(word: str) -> float:
    return _COMMON_WEIGHT if word in _COMMON else float(min(len(word), 6))
