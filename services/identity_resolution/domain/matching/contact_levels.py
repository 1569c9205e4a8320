"""How alike two e-mail addresses, phone numbers, codes or handles are."""

from __future__ import annotations

import re
from collections.abc import Mapping

from identity_resolution.domain.matching.contacts import local_stem, national, skeleton, spelling
from identity_resolution.domain.matching.kinds import DIFFERENT, EXACT
from identity_resolution.domain.matching.similarity import Similarity

_NO_DIGITS = re.compile(r"[^0-9]+")
_SHORTEST_LOCAL = 4
_SHORTEST_PART = 5
_SHORTEST_NATIONAL = 7


def email(one: str, other: str, bounds: Mapping[str, float], similarity: Similarity) -> str:
    """Level of two addresses: "local" where the part before the @ is the same, "close" and "near" by slips.

    Two numbers in mailboxes that are called alike are there to tell two people apart.
    """
    local, _, domain = one.partition("@")
    other_local, _, other_domain = other.partition("@")
    # Where many have the domain, only what is before it tells.
    ones, others = (local, other_local) if domain == other_domain else (one, other)
    longest = max(len(ones), len(others))
    limit = int((1 - bounds["near"]) * longest)
    edits = similarity.edits(ones, others, max(limit, 2))
    if edits <= min(2, longest / 4):
        return "close"
    if _numbers_differ(local, other_local):
        return DIFFERENT
    if len(local) >= _SHORTEST_LOCAL and local_stem(one) == local_stem(other):
        return "local"
    return "near" if edits <= limit else DIFFERENT


def _numbers_differ(local: str, other: str) -> bool:
    """Whether both have digits, and not the same ones."""
    ones, others = _NO_DIGITS.sub("", local), _NO_DIGITS.sub("", other)
    return bool(ones and others) and ones != others


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
    """Level of two handles: "spelling" as joe_smith and JoeSmith, "skeleton" as joe_smith and JoeSmith99.

    "part" is where one holds the other.
    """
    if spelling(one) == spelling(other):
        return "spelling"
    bare, other_bare = skeleton(one), skeleton(other)
    if bare == other_bare:
        return "skeleton"
    if min(len(bare), len(other_bare)) < _SHORTEST_PART:
        return DIFFERENT
    if similarity.jaro_winkler(bare, other_bare) >= bounds["close"]:
        return "close"
    return "part" if bare in other_bare or other_bare in bare else DIFFERENT
