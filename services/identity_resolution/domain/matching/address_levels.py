"""How alike two street addresses, postal codes, places or firms are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from identity_resolution.domain.matching.addresses import street_parts
from identity_resolution.domain.matching.folding import listed
from identity_resolution.domain.matching.kinds import DIFFERENT, EXACT
from identity_resolution.domain.matching.name_levels import have_like_letters
from identity_resolution.domain.matching.similarity import Similarity

_LIKE_WORDS = 0.88
_LIKE_TEXTS = 0.93
_WORDS_FROM = 0.45
"""The Jaro-Winkler similarity of the whole texts below which words are not compared one by one."""
_SURPLUS = 0.25
_ABBREVIATED = 0.95
_SHORTEST_ABBREVIATION = 3
_LONGEST_WEIGHT = 6
_SHORTEST_WITH_SLIP = 5
_AREA = 3
# Words that many firms and streets have in their names and that tell little: a quarter of another word's weight.
_COMMON = listed(
    """
    restaurant restaurante ristorante trattoria cafe caffe coffee bar grill grille bistro diner kitchen house room
    pizza hotel inn club shop store group holding holdings international services service solutions systems consulting
    partners associates technologies technology industries enterprises trading global city new
    st ave rd dr blvd ln ct pl sq ter hwy pkwy cres cl cir n s e w ne nw se sw apt fl bldg ctr rue via calle de la
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
    """Level of two names of places; "SF" is close to San Francisco."""
    alike = similarity.jaro_winkler(one, other)
    if alike >= bounds["close"] or have_like_letters(one, other, alike, similarity):
        return "close"
    return "close" if _are_initials(one, other) or _are_initials(other, one) else DIFFERENT


def company(one: str, other: str, bounds: Mapping[str, float], similarity: Similarity) -> str:
    """Level of two firms' names by the share of their words that are alike, common words counting little.

    Initials are near the name that they stand for.
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
    alike = _alike(ones, others, letters, other_letters, similarity)
    if alike >= bounds["close"]:
        return "close"
    is_near = alike >= bounds["near"] or _are_initials(one, other) or _are_initials(other, one)
    return "near" if is_near else DIFFERENT


def _are_initials(short: str, name: str) -> bool:
    """Whether the letters of one are the initials of the other's words; two letters at least."""
    words = name.split()
    initials = short.replace(" ", "")
    return len(words) == len(initials) > 1 and all(
        word[0] == letter for word, letter in zip(words, initials, strict=True)
    )


def _alike(
    ones: Sequence[str], others: Sequence[str], letters: str, other_letters: str, similarity: Similarity
) -> float:
    """How alike two lists of words are, 0 to 1: the weight of the words of the shorter that the other has too.

    Of what the longer one has beyond, a quarter counts against it: "arts deli" is "arts deli of studio city".
    """
    if not ones or not others:
        return 0.0
    alike = similarity.jaro_winkler(letters, other_letters)
    if alike >= _LIKE_TEXTS:
        return alike
    if alike < _WORDS_FROM or _beginnings(ones).isdisjoint(_beginnings(others)):
        return 0.0
    common, total = _shared(ones, others, similarity)
    other_common, other_total = _shared(others, ones, similarity)
    shorter, longer = min(total, other_total), max(total, other_total)
    return min(common, other_common) / (shorter + _SURPLUS * (longer - shorter))


def _beginnings(words: Sequence[str]) -> set[str]:
    return {word[:2] for word in words if word not in _COMMON} or {word[:2] for word in words}


def _shared(words: Sequence[str], others: Sequence[str], similarity: Similarity) -> tuple[float, float]:
    """Weight of those words that are like one of the others, as far as they are, and of all."""
    weights = [_COMMON_WEIGHT if word in _COMMON else float(min(len(word), _LONGEST_WEIGHT)) for word in words]
    common = sum(weight * _best(word, others, similarity) for word, weight in zip(words, weights, strict=True))
    return common, sum(weights)


def _is_short_for(short: str, word: str) -> bool:
    return len(short) >= _SHORTEST_ABBREVIATION and word.startswith(short)


def _best(word: str, others: Sequence[str], similarity: Similarity) -> float:
    """How alike the word is to the likest of the others; 0 where none is like it."""
    if word in others:
        return 1.0
    if any(_is_short_for(word, other) or _is_short_for(other, word) for other in others):
        return _ABBREVIATED
    best = max(similarity.jaro_winkler(min(word, other), max(word, other)) for other in others)
    return best if best >= _LIKE_WORDS else 0.0
