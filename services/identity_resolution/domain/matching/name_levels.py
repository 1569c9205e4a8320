"""How alike two names of people are, or two texts of which nothing else is known."""

from __future__ import annotations

from collections.abc import Mapping

from identity_resolution.domain.matching.kinds import DIFFERENT
from identity_resolution.domain.matching.nicknames import are_forms_of_one_name
from identity_resolution.domain.matching.similarity import Similarity

SHORTEST_WITH_SLIP = 4
"""Letters a name needs for one edit to be a slip: "ann" and "dan" are two names."""
SLIP_FROM = 0.7
LETTERS_FROM = 0.5
"""Jaro-Winkler similarities below which the dearer comparisons are not tried."""
MOST_LETTERS_LOST = 2
LIKE_LETTERS = 0.94


def given_name(one: str, other: str, bounds: Mapping[str, float], similarity: Similarity) -> str:
    """Level of two given names: "close" but for a slip, "variant" as Bob and Robert or Anna and Anna Maria."""
    alike = similarity.jaro_winkler(one, other)
    if _is_close(one, other, alike, bounds, similarity):
        return "close"
    if len(one) == 1 or len(other) == 1:
        return "initial" if one[0] == other[0] else DIFFERENT
    if _share_a_name(one, other):
        return "variant"
    return "near" if alike >= bounds["near"] or have_like_letters(one, other, alike, similarity) else DIFFERENT


def family_name(one: str, other: str, bounds: Mapping[str, float], similarity: Similarity) -> str:
    """Level of two family names: "variant" where one is a part of the other, as Meyer and Meyer-Schmidt."""
    alike = similarity.jaro_winkler(one, other)
    if _is_close(one, other, alike, bounds, similarity):
        return "close"
    if (" " in one or " " in other) and not set(one.split()).isdisjoint(other.split()):
        return "variant"
    return "near" if alike >= bounds["near"] or have_like_letters(one, other, alike, similarity) else DIFFERENT


def have_like_letters(one: str, other: str, alike: float, similarity: Similarity) -> bool:
    """Whether two words, so alike by Jaro-Winkler, have nearly the same letters in another order: "ovlier"."""
    if (
        alike < LETTERS_FROM
        or abs(len(one) - len(other)) > MOST_LETTERS_LOST
        or min(len(one), len(other)) < SHORTEST_WITH_SLIP - 1
    ):
        return False
    return similarity.jaro_winkler("".join(sorted(one)), "".join(sorted(other))) >= LIKE_LETTERS


def text(one: str, other: str, bounds: Mapping[str, float], similarity: Similarity) -> str:
    """Level of two texts, by Jaro-Winkler similarity alone."""
    alike = similarity.jaro_winkler(one, other)
    if alike >= bounds["close"]:
        return "close"
    return "near" if alike >= bounds["near"] else DIFFERENT


def _is_close(one: str, other: str, alike: float, bounds: Mapping[str, float], similarity: Similarity) -> bool:
    if min(len(one), len(other)) < SHORTEST_WITH_SLIP:
        return False
    if alike >= bounds["close"] or (alike >= SLIP_FROM and similarity.edits(one, other, 1) <= 1):
        return True
    return (" " in one or " " in other) and one.replace(" ", "") == other.replace(" ", "")


def _share_a_name(one: str, other: str) -> bool:
    """Whether one has all names of the other, or the first names are forms of one."""
    if " " not in one and " " not in other:
        return are_forms_of_one_name(one, other)
    ones, others = one.split(), other.split()
    if set(ones) <= set(others) or set(others) <= set(ones):
        return True
    return ones[0] == others[0] or are_forms_of_one_name(ones[0], others[0])
