"""Sending again what changed about the time when partitions were gained.

The worker that lost them may have sent an older state after a newer one: it wrote, stalled, was deposed, and its send
went out late. Readers keep the higher version and are not misled, but a compacted topic keeps what came last. So once
whatever the old owner had under way must have arrived or failed, the new owner says the latest again. That also says
what the old one wrote last and died before it could send: of what the clock causes no record is read again. After an
outage of hours that is long before the partitions are gained, so the look goes back from what was written last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chassis.clock import milliseconds
from chassis.ports import Document, Documents, Query

SETTLED_AFTER = timedelta(seconds=90)
LOOK_BACK = timedelta(minutes=10)
NO_LIMIT = 1_000_000
SLOTS_AT_ONCE = 8
ENOUGH = 1_000
"""Results to send in one call, which comes once a second: a small deployment is quiet again at once, and a large one
still has its time for what comes in."""


@dataclass(slots=True)
class Resend:
    """What is still to be sent again: results of `slots` changed up to `end`, milliseconds since 1970.

    They go back to `LOOK_BACK` before the last change before `gained`; `start` is when that was, once it is known.
    """

    gained: int = 0
    end: int = 0
    slots: list[int] = field(default_factory=list)
    start: int | None = None

    @classmethod
    def after_gaining(cls, slots: Sequence[int], now: datetime) -> Resend:
        """Results changed shortly before or after `now`, to be sent once the former owner's sends have settled."""
        return cls(milliseconds(now), milliseconds(now + SETTLED_AFTER), list(slots))

    def step(self, results: Documents, now: datetime, send: Callable[[list[Document]], None]) -> None:
        """Send the results of the next slots again, `ENOUGH` or a few more; nothing while it is too early.

        Slots are done when `send` has come back: if that or the store fails, the next call begins with them again.
        """
        if milliseconds(now) < self.end or not self.slots:
            return
        if self.start is None:
            self.start = self._last_change(results) - LOOK_BACK // timedelta(milliseconds=1)
        changed = ("changed_at", self.start, self.end)
        sent = 0
        while self.slots and sent < ENOUGH:
            slots = self.slots[-SLOTS_AT_ONCE:]
            found = results.find(Query(is_in={"slot": slots}, between=changed, limit=NO_LIMIT))
            send(found)
            del self.slots[-len(slots) :]
            sent += len(found)

    def _last_change(self, results: Documents) -> int:
        """When the former owner of the slots wrote last; when they were gained, where it never did."""
        newest = Query(
            is_in={"slot": self.slots}, between=("changed_at", 1, self.gained), order_by=("changed_at",),
            descending=True, limit=1,
        )  # fmt: skip
        return max((document["changed_at"] for document in results.find(newest)), default=self.gained)
