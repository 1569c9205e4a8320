"""What has become of a customer since its last record, and which segments it entered and left on the way.

Where the clock was to change the record meanwhile, it is computed for each of those times: so what the clock causes
carries the date it should have had, however late it is looked at.
"""

from __future__ import annotations

from customer_profile.domain.basis import Basis
from customer_profile.domain.record import Record
from customer_profile.domain.segments import Cause, Change, changes
from customer_profile.domain.unify import Known, unify

STEPS_AT_MOST = 400
"""Of the clock, in one go: more than a year of days. After a longer outage the rest is one step."""


def advance(known: Known, basis: Basis, now: int, previous: Record | None) -> tuple[Record, tuple[Change, ...]]:
    """Return the record as it is now, and the changes of segments since the previous one, in order.

    `now` in milliseconds since 1970, UTC.
    """
    if previous is None:
        record = unify(known, basis, now)
        return record, changes((), record.segments, now, Cause.EVENT, basis.version)
    cause = _cause(known, basis, previous)
    if cause is not Cause.EVENT or not 0 < previous.due_at <= now:
        record = unify(known, basis, now, previous)
        return record, changes(previous.segments, record.segments, now, cause, basis.version)
    return _through_time(known, basis, now, previous)


def _cause(known: Known, basis: Basis, previous: Record) -> Cause:
    if tuple(sorted(known.accounts)) != previous.accounts:
        return Cause.MEMBERSHIP
    # Traits that other rules declare may be counted only later; what follows from them is caused by the rules as well.
    return Cause.EVENT if basis.version == previous.rules_version and previous.is_complete else Cause.RULES


def _through_time(known: Known, basis: Basis, now: int, previous: Record) -> tuple[Record, tuple[Change, ...]]:
    record = previous
    told: list[Change] = []
    for steps in range(STEPS_AT_MOST + 1):
        if not 0 < record.due_at <= now:
            break
        at = record.due_at if steps < STEPS_AT_MOST else now
        step = unify(known, basis, at, record)
        told += _changes_of_a_step(known, basis, at, record, step)
        record = step
    return record, tuple(told)


def _changes_of_a_step(known: Known, basis: Basis, at: int, before: Record, after: Record) -> tuple[Change, ...]:
    """Tell the changes that the clock caused at that time from those that were due to events already just before it."""
    if before.segments == after.segments:
        return ()
    just_before = unify(known, basis, at - 1, before)
    return (
        *changes(before.segments, just_before.segments, at, Cause.EVENT, basis.version),
        *changes(just_before.segments, after.segments, at, Cause.CLOCK, basis.version),
    )
