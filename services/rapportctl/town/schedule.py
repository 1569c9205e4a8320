"""Who does what when: the town's steps in time order, at 8 bytes each, so that a million people fit in memory."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import NamedTuple

_HOUR_MS = 3_600_000
_KIND_BITS, _SLOT_BITS, _PERSON_BITS = 5, 3, 24
# From the lowest bit: flag (1), identifier mask (8), kind, slot, person, millisecond within the hour (22): 63 bits.
_KIND_AT = 9
_SLOT_AT = _KIND_AT + _KIND_BITS
_PERSON_AT = _SLOT_AT + _SLOT_BITS
_TIME_AT = _PERSON_AT + _PERSON_BITS


class Step(NamedTuple):
    """One interaction to come, before its content is made up."""

    at_ms: int
    """Since the town's start."""
    person: int
    slot: int
    """The place of the account among the person's."""
    kind: int
    """A `StepKind`, as its number."""
    bears: int
    """The mask of identifier types that it bears."""
    returns_later: bool
    """A purchase that a later step brings back."""


class Schedule:
    """Steps, put in by any order and read by time; of one millisecond by person, account and kind."""

    def __init__(self, duration_ms: int) -> None:
        self._hours = [array("Q") for _ in range(-(-duration_ms // _HOUR_MS))]

    def __len__(self) -> int:
        return sum(map(len, self._hours))

    def add(self, step: Step) -> None:
        """Put in one step; it lies within the duration."""
        at_ms, person, slot, kind, bears, returns_later = step
        hour, within = divmod(at_ms, _HOUR_MS)
        self._hours[hour].append(
            within << _TIME_AT | person << _PERSON_AT | slot << _SLOT_AT | kind << _KIND_AT | bears << 1 | returns_later
        )

    def __iter__(self) -> Iterator[Step]:
        for hour, packed in enumerate(self._hours):
            start = hour * _HOUR_MS
            for step in sorted(packed):
                yield Step(
                    start + (step >> _TIME_AT),
                    step >> _PERSON_AT & (1 << _PERSON_BITS) - 1,
                    step >> _SLOT_AT & (1 << _SLOT_BITS) - 1,
                    step >> _KIND_AT & (1 << _KIND_BITS) - 1,
                    step >> 1 & 0xFF,
                    bool(step & 1),
                )
