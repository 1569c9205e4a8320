"""How alike two e-mail addresses, phone numbers, codes or handles are."""

from __future__ import annotations

from collections.abc import Mapping

from identity_resolution.domain.matching.contacts import national, skeleton
from identity_resolution.domain.matching.kinds import DIFFERENT, EXACT
from identity_resolution.domain.matching.similarity import Similarity

_SHORTEST_LOCAL = 4
_SHORTEST_PART = 5
_SHORTEST_NATIONAL = 7


def email(one: str, other: str, bounds: Mapping[str, float], similarity: Similarity) -> str:
    """Level of two addresses: "local" where the part before the @ is the same, "close" and "near" by slips."""
    edits = similarity.edits(one, other, 2)
    if edits <= 2 and edits < min(len(one), len(other)) / 4:
        return "close"
    local, _, _ = one.partition("@")
    other_local, _, _ = other.partition("@")
    if len(local) >= _SHORTEST_LOCAL and skeleton(local) == skeleton(other_local):
        return "local"
    longest = max(len(one), len(other))
    limit = int((1 - bounds["near"]) * longest)
    return "near" if similarity.edits(one, other, limit) <= limit else DIFFERENT


def phone(one: str, other: str, bounds: Mapping[str, float], similarity: Similarity) -> str:
    """Level of two numbers; with or without the country's prefix they are the same."""
    ones, others = national(one), national(other)
    if ones == others and len(ones) >= _SHORTEST_NATIONAL:
        return EXACT
    return code(ones, others, bounds, similarity)


def code(one: str, other: str, bounds: Mapping[str, float], similarity: Similarity) -> str:
    """Level of two codes by the count of slips."""
    limit = int(bounds["near"])
    edits = similarity.edits(one, other, limit)
    if edits <= bounds["close"]:
        return "close"
    return "near" if edits <= limit else DIFFERENT


def handle(one: str, other: str, bounds: Mapping[str, float], similarity: Similarity) -> str:
    """Level of two handles: "skeleton" as joe_smith and JoeSmith99, "part" where one holds the other."""
    bare, other_bare = skeleton(one), skeleton(other)
    if bare == other_bare:
        return "skeleton"
    if min(len(bare), len(other_bare)) < _SHORTEST_PART:
        return DIFFERENT
    if similarity.jaro_winkler(bare, other_bare) >= bounds["close"]:
        return "close"
    return "part" if bare in other_bare or other_bare in bare else DIFFERENT
