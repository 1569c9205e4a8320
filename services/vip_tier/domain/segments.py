"""Segments that a customer was in, dated: what the customer's record tells of them, and what is kept of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

SEGMENTS_KEPT = 200
"""Changes kept of one customer, of the segments that programmes ask for: two hundred are many years."""


@dataclass(frozen=True, slots=True)
class CustomerSegments:
    """The segments that a customer is in, each with when it was entered, and the version of the membership it is of.

    `entered` has all segments, also those that no programme asks for yet. Moments in milliseconds since 1970.
    """

    entered: tuple[tuple[str, int], ...]
    membership_version: int


class SegmentsAt(NamedTuple):
    """The segments that a customer with these accounts was in from a moment on, by name."""

    at_ms: int
    names: tuple[str, ...]
    accounts: tuple[str, ...]


def segments_among(segments: Iterable[SegmentsAt], accounts: Collection[str]) -> list[SegmentsAt]:
    """Those of a customer that had some of these accounts and no others."""
    among = set(accounts)
    return [each for each in segments if among.issuperset(each.accounts)]


def dated(
    known: tuple[SegmentsAt, ...], entered: Mapping[str, int], accounts: tuple[str, ...], now_ms: int
) -> tuple[SegmentsAt, ...]:
    """What is known, with what is told now: the segments that these accounts are in, and when each was entered.

    A segment counts from when it was entered, but not from before what was known of these accounts last; who leaves
    one has left it now, since no record says when.
    """
    here = segments_among(known, accounts)
    last = here[-1] if here else SegmentsAt(0, (), ())
    names = set(last.names)
    came: dict[int, set[str]] = {}
    for name in entered.keys() - names:
        came.setdefault(min(max(entered[name], last.at_ms), now_ms), set()).add(name)
    if left := names - entered.keys():
        came.setdefault(now_ms, set())
    new: list[SegmentsAt] = []
    for at in sorted(came):
        names |= came[at]
        if at == now_ms:
            names -= left
        new.append(SegmentsAt(at, tuple(sorted(names)), accounts))
    return (*known, *new)[-SEGMENTS_KEPT:]


def only(segments: Iterable[SegmentsAt], names: Collection[str]) -> list[SegmentsAt]:
    """The same of some segments alone; what then tells nothing new is left out."""
    found: list[SegmentsAt] = []
    for each in segments:
        asked = tuple(name for name in each.names if name in names)
        if asked != (found[-1].names if found else ()):
            found.append(each._replace(names=asked))
    return found
