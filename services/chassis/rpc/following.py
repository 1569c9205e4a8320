"""Following a history of changes as they are told, for as long as a caller takes them."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from chassis.clock import milliseconds
from chassis.ports import Clock, Document, Documents, Query
from chassis.rpc.awaited import Places

END = 2**62
OVERLAP_MS = 60_000
"""A change that is computed earlier may be stored later, by another worker: so far back is looked each time."""

REMEMBERED = 50_000
"""Changes within the overlap that are known to be sent; with more, some are sent twice, which subscribers drop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """How it is looked for more: every so many seconds, so many at once; not more than `at_once` calls follow."""

    pause_seconds: float = 0.5
    rows: int = 500
    at_once: int = 4
    sleep: Callable[[float], None] = time.sleep

    def rest(self, found: Sequence[object] = ()) -> None:
        """Pause, unless so much was found that there may be more."""
        if len(found) < self.rows:
            self.sleep(self.pause_seconds)


class Following:
    """Reads a collection of changes, as chassis.stages.results makes their rows. For any number of threads.

    The caller takes one before the next is looked at, so nothing piles up here. `refusal` is what the one too many is
    told, after the number of those who follow.
    """

    def __init__(self, changes: Documents, clock: Clock, watching: Watching, refusal: str) -> None:
        self._changes = changes
        self._clock = clock
        self._watching = watching
        self._places = Places(watching.at_once, refusal)

    def place(self) -> AbstractContextManager[None]:
        """Have a place among those who follow. Raises `RpcError` RESOURCE_EXHAUSTED if none is free."""
        return self._places.one()

    def of_group(self, group: str, after: int, is_active: Callable[[], bool]) -> Iterator[Document]:
        """Yield a group's changes after that sequence, in sequence."""
        while is_active():
            query = Query(
                equals={"group": group},
                between=("sequence", after + 1, END),
                order_by=("sequence",),
                limit=self._watching.rows,
            )
            found = self._changes.find(query)
            for row in found:
                after = row["sequence"]
                yield row
            self._watching.rest(found)

    def of_all(self, since: int | None, is_active: Callable[[], bool]) -> Iterator[Document]:
        """Yield all changes from now on, or again from shortly before `since`, the `at` of one that was yielded."""
        start = milliseconds(self._clock.now()) if since is None else since - OVERLAP_MS
        sent: OrderedDict[str, int] = OrderedDict()
        while is_active():
            query = Query(between=("at", start, END), order_by=("at", "_id"), limit=self._watching.rows + len(sent))
            found = [row for row in self._changes.find(query) if row["_id"] not in sent]
            for row in found:
                sent[row["_id"]] = row["at"]
                yield row
            start = max([start, *(row["at"] - OVERLAP_MS for row in found)])
            while sent and (len(sent) > REMEMBERED or next(iter(sent.values())) < start):
                sent.popitem(last=False)
            self._watching.rest(found)
