"""States that were asked for lately, kept in a server's process and renewed by what their level topic announces.

A worker writes a state into the store and then announces it, so that what the store answered with is announced later or
was announced before. From that follows all that is promised here:

- An answer is never older than what the level topic has delivered to this process before the call began, and of one id
  answers of one process never go backwards. Behind the store they are as long as an announcement takes: milliseconds
  as a rule; where a worker died between writing and announcing, until it or another one says it again, but no longer
  than `KEPT_SECONDS`, after which a state is read from the store anew.
- A newer version on the topic takes the place of a kept one; an older one, of a worker that was deposed, never does.
  A tombstone, or a state that says that its group was merged away, is the end of a kept one: then the store is asked.
- What is read from the store is kept only if nothing was heard of its id since before that read began. Otherwise an
  older state, read before a newer one was written, could be kept after the newer one was announced.
- The cache answers and keeps only while whoever follows the topic confirms that it has read to its end, at least once
  in `LIVE_SECONDS`. Before and after, every call goes to the store. What was kept before a gap is gone.
- Whatever else this process reads of an id from the store ends a kept state that differs from it.
"""

from __future__ import annotations

import threading
import time
from array import array
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from chassis.errors import InvalidRecord

LIVE_SECONDS = 1.0
KEPT_SECONDS = 60.0
OVERHEAD_BYTES = 450
"""What an entry takes beside its message: the objects, and its places in the tables. Measured, and rounded up."""
MARKS = 1 << 16
"""Of so many slots of ids it is known when something was heard last: ids that share one are taken for each other, which
now and then costs a read."""
NEVER = -1


class AnnouncedState(NamedTuple):
    """What a state's message says of itself. One that `is_closed` names another group that answers for its own."""

    version: int
    is_closed: bool


ReadState = Callable[[bytes], AnnouncedState]
"""Reads a state's message. Raises `InvalidRecord` for bytes that are none."""


@dataclass(frozen=True, slots=True)
class _Entry:
    message: bytes
    until: float

    def size(self) -> int:
        return len(self.message) + OVERHEAD_BYTES


class StateCache:
    """Messages by id, of at most so many bytes together; those that were asked for longest ago make room.

    `now` is monotonic, in seconds. For any number of threads.
    """

    def __init__(self, most_bytes: int, read: ReadState, now: Callable[[], float] = time.monotonic) -> None:
        self._most_bytes = most_bytes
        self._read = read
        self._now = now
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._size = 0
        self._confirmed = float("-inf")
        self._heard = 0
        self._emptied = 0
        self._marks = array("q", bytes(8 * MARKS))

    @property
    def size(self) -> int:
        """How many bytes are kept, overhead included."""
        return self._size

    def __len__(self) -> int:
        """How many states are kept."""
        return len(self._entries)

    def take(self, ids: Collection[str]) -> tuple[dict[str, bytes], int]:
        """The messages kept of these ids, and a token for keeping what will be read of the others."""
        found: dict[str, bytes] = {}
        with self._lock:
            now = self._now()
            if now - self._confirmed > LIVE_SECONDS:
                return found, NEVER
            for id_ in ids:
                entry = self._entries.get(id_)
                if entry is not None and now < entry.until:
                    self._entries.move_to_end(id_)
                    found[id_] = entry.message
            return found, self._heard

    def keep(self, token: int, ids: Collection[str], stored: Mapping[str, bytes]) -> None:
        """Take note of what the store said of these ids: `stored` are the messages of those that it had a state of.

        They are kept where nothing was heard of them since the token was taken. With the token `NEVER` none is; what
        was kept stays if the store said the same.
        """
        with self._lock:
            self._heard += 1
            until = self._now() + KEPT_SECONDS
            # All are looked at before one is marked: two of them may share a slot.
            heard_of = {id_ for id_ in ids if token < max(self._marks[_slot(id_)], self._emptied)}
            for id_ in ids:
                self._marks[_slot(id_)] = self._heard
                message = stored.get(id_)
                if message is None:
                    self._drop(id_)
                elif id_ not in heard_of:
                    self._put(id_, _Entry(message, until))
                elif (entry := self._entries.get(id_)) is not None and entry.message != message:
                    self._drop(id_)
            self._make_room()

    def announced(self, id_: str, message: bytes | None) -> None:
        """Take note of a record of the level topic; None is a tombstone. Of an id that is not kept nothing is read."""
        with self._lock:
            self._heard += 1
            self._marks[_slot(id_)] = self._heard
            entry = self._entries.get(id_)
            if entry is None:
                return
            version, kept = self._open_version(message), self._open_version(entry.message)
            if not message or version is None or kept is None:
                self._drop(id_)
            elif version >= kept:
                self._put(id_, _Entry(message, self._now() + KEPT_SECONDS))
                self._make_room()

    def confirm(self, at: float) -> None:
        """The topic was read to its end at that time, by `now`, and all of it was passed to `announced`."""
        with self._lock:
            if at - self._confirmed > LIVE_SECONDS:
                self._empty()
            self._confirmed = max(at, self._confirmed)

    def lose(self) -> None:
        """The topic is not followed any more, or something of it may be missing."""
        with self._lock:
            self._confirmed = float("-inf")
            self._empty()

    def _open_version(self, message: bytes | None) -> int | None:
        """The version of a state that may be kept; None where the store is to be asked instead."""
        if not message:
            return None
        try:
            state = self._read(message)
        except InvalidRecord:
            return None
        return None if state.is_closed else state.version

    def _put(self, id_: str, entry: _Entry) -> None:
        self._drop(id_)
        self._entries[id_] = entry
        self._size += entry.size()

    def _drop(self, id_: str) -> None:
        entry = self._entries.pop(id_, None)
        if entry is not None:
            self._size -= entry.size()

    def _make_room(self) -> None:
        while self._size > self._most_bytes:
            _, entry = self._entries.popitem(last=False)
            self._size -= entry.size()

    def _empty(self) -> None:
        self._heard += 1
        self._emptied = self._heard
        self._entries.clear()
        self._size = 0


def _slot(id_: str) -> int:
    return hash(id_) % MARKS
