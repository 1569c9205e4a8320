"""Looking through documents slot by slot for what was computed by other rules, until nothing of it is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from chassis.ports import Clock, Document, Documents, Query
from chassis.stages.progress import Progress

_HIGHEST = "\U0010ffff"
"""Sorts behind every version."""

_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(minutes=5)
_ONCE_MORE = timedelta(minutes=15)


def stale(documents: Documents, slots: Collection[int], field: str, version: str, limit: int) -> list[Document]:
    """Documents of the slots whose `field` is a version other than this, up to a limit; those without one are left out.

    An index on (slot, field) finds them without looking at the others. Raises `Unavailable`.
    """
    below = documents.find(Query(is_in={"slot": slots}, between=(field, "", version), limit=limit))
    if len(below) == limit:
        return below
    above = (field, version + "\0", _HIGHEST)
    return below + documents.find(Query(is_in={"slot": slots}, between=above, limit=limit - len(below)))


class Looks:
    """Which of the owned slots are to be looked through, and when. A slot is done when a look finds nothing stale.

    Whoever waits until others have made good what was found looks again after a wait, twice as long each time. What is
    done is looked through again now and then: a worker that was deposed may have written by the rules that it knew.
    """

    def __init__(self, clock: Clock, progress: Progress | None = None) -> None:
        self._clock = clock
        self._progress = progress
        self._owned: Sequence[int] = ()
        self._version: str | None = None
        self._due: dict[int, datetime] = {}
        self._waits: dict[int, timedelta] = {}
        self._in_vain: datetime | None = None

    def own(self, slots: Sequence[int]) -> None:
        """These slots are this worker's from now on: look through them all."""
        self._owned = slots
        self.restart()

    def restart(self) -> None:
        """Look through all owned slots: what a call before found may have been lost."""
        self._version = None

    def look_for(self, version: str) -> bool:
        """Look for what was computed by other rules than these; whether that begins anew. Raises `Unavailable`."""
        if version == self._version:
            return False
        if self._progress is not None:
            self._progress.begin(version, self._owned)
        self._version = version
        self._due = dict.fromkeys(self._owned, self._clock.now())
        self._waits = {}
        self._in_vain = None
        return True

    def next(self, documents: Documents, field: str, version: str, most: int) -> list[int]:
        """Up to `most` slots that are to be looked through now. Raises `Unavailable`.

        Where nothing in any of them is stale, as mostly, one look at them together says so, and all are done; where
        something is, that look is in vain, and not made again for a while.
        """
        now = self._clock.now()
        slots = [slot for slot, due in self._due.items() if due <= now]
        if len(slots) > most and (self._in_vain is None or abs(now - self._in_vain) >= _FIRST_WAIT):
            if not stale(documents, slots, field, version, limit=1):
                self.clean(slots)
                return []
            self._in_vain = now
        return slots[:most]

    def clean(self, slots: Collection[int]) -> None:
        """Nothing stale was found in these slots: they are done. Raises `Unavailable`."""
        if self._progress is not None:
            self._progress.done(slots)
        now = self._clock.now()
        for slot in slots:
            self._due[slot] = now + _ONCE_MORE
            self._waits.pop(slot, None)

    def made(self, counts: Counter[int]) -> None:
        """So many were computed anew in these slots. Raises `Unavailable`."""
        if self._progress is not None:
            self._progress.add(counts)

    def wait(self, found: Counter[int]) -> None:
        """Others are to make good what was found in these slots: look again when they had time to.

        What is found once more then is counted once. Raises `Unavailable`.
        """
        self.made(Counter({slot: count for slot, count in found.items() if slot not in self._waits}))
        now = self._clock.now()
        for slot in found:
            self._waits[slot] = min(self._waits.get(slot, _FIRST_WAIT / 2) * 2, _LONGEST_WAIT)
            self._due[slot] = now + self._waits[slot]
