"""How alike two lists of words are, whatever their order: streets, and names of firms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from identity_resolution.domain.matching.folding import listed
from identity_resolution.domain.matching.similarity import Similarity

_LIKE_TEXTS = 0.93
_LIKE_WORDS = 0.88
_WORDS_FROM = 0.45
"""Jaro-Winkler similarities: from which two texts are alike as they stand; two words; and of texts, below which their
words are not compared one by one."""
_SURPLUS = 0.25
"""What counts of the words that the longer list has beyond: "arts deli" is "arts deli of studio city"."""
_ABBREVIATED = 0.95
_SHORTEST_ABBREVIATION = 3
_LONGEST_WEIGHT = 6
_COMMON_WEIGHT = 0.25

# Words that many firms and streets have in their names and that tell little.
_COMMON = listed(
    """
    restaurant restaurante ristorante trattoria cafe caffe coffee bar grill grille bistro diner kitchen house room
    pizza hotel inn club shop store group holding holdings international services service solutions systems consulting
    partners associates technologies technology industries enterprises trading global city new
    st ave rd dr blvd ln ct pl sq ter hwy pkwy cres cl cir n s e w ne nw se sw apt fl bldg ctr rue via calle de la
    """
)


class Likeness(NamedTuple):
    """The weight of the words that both have, 0 to 1 of all; and how many of the words of each the other has not."""

    share: float
    missing: tuple[int, int] = (0, 0)

    @property
    def is_part(self) -> bool:
        """Whether one has all the words of the other."""
        return self.share > 0 and 0 in self.missing


UNLIKE = Likeness(0.0, (1, 1))


def likeness(ones: Sequence[str], others: Sequence[str], similarity: Similarity) -> Likeness:
    """Compare two lists of words; common words count a quarter, and longer words more, up to six letters."""
    if not ones or not others:
        return UNLIKE
    alike = similarity.jaro_winkler("".join(ones), "".join(others))
    if alike >= _LIKE_TEXTS:
        return Likeness(alike)
    if alike < _WORDS_FROM or not _begin_alike(ones, others):
        return UNLIKE
    common, total, missing = _shared(ones, others, similarity)
    other_common, other_total, other_missing = _shared(others, ones, similarity)
    shorter, longer = min(total, other_total), max(total, other_total)
    share = min(common, other_common) / (shorter + _SURPLUS * (longer - shorter))
    return Likeness(share, (missing, other_missing))


def _begin_alike(ones: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two words begin alike; common words count where one has no others."""
    beginnings = {word[:2] for word in ones if word not in _COMMON}
    other_beginnings = {word[:2] for word in others if word not in _COMMON}
    if beginnings and other_beginnings:
        return not beginnings.isdisjoint(other_beginnings)
    return not {word[:2] for word in ones}.isdisjoint(word[:2] for word in others)


def _shared(words: Sequence[str], others: Sequence[str], similarity: Similarity) -> tuple[float, float, int]:
    """Weight of the words that are like one of the others, as far as they are; of all; and how many are like none."""
    common = total = 0.0
    missing = 0
    for word in words:
        weight = _COMMON_WEIGHT if word in _COMMON else float(min(len(word), _LONGEST_WEIGHT))
        best = _best(word, others, similarity)
        total += weight
        common += weight * best
        missing += best == 0
    return common, total, missing


def _best(word: str, others: Sequence[str], similarity: Similarity) -> float:
    """How alike the word is to the likest of the others; 0 where none is like it."""
    if word in others:
        return 1.0
    if any(_is_short_for(word, other) or _is_short_for(other, word) for other in others):
        return _ABBREVIATED
    best = max(similarity.jaro_winkler(min(word, other), max(word, other)) for other in others)
    return best if best >= _LIKE_WORDS else 0.0


def _is_short_for(short: str, word: str) -> bool:
    return len(short) >= _SHORTEST_ABBREVIATION and word.startswith(short)
