"""What is kept beside a member's part or a group's result, and goes with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from chassis.ports import Document, Documents, Query
from chassis.stages.resend import SETTLED_AFTER
from chassis.tombstones import Tombstone

PAGE = 1_000


class Owned(Protocol):
    """Documents beside a member's part or a group's result that are its own."""

    def forget(self, key: str) -> None:
        """Delete all of the member or group. Raises `Unavailable`."""


@dataclass(frozen=True, slots=True)
class ByKey:
    """A document that has the key for an `_id`."""

    documents: Documents

    def forget(self, key: str) -> None:
        """Delete it."""
        self.documents.delete([key])


@dataclass(frozen=True, slots=True)
class ByField:
    """Documents that have the key in an indexed field."""

    documents: Documents
    name: str

    def forget(self, key: str) -> None:
        """Delete them, a page at a time."""
        while page := self.documents.find(Query(equals={self.name: key}, limit=PAGE)):
            self.documents.delete([document["_id"] for document in page])


@dataclass(frozen=True, slots=True)
class ByFinding:
    """Documents that `found` yields, a page in memory at a time, whatever of them is deleted meanwhile."""

    documents: Documents
    found: Callable[[str], Iterable[Document]]

    def forget(self, key: str) -> None:
        """Delete them."""
        for document in self.found(key):
            self.documents.delete([document["_id"]])


@dataclass(slots=True)
class Unsettled:
    """Erasures that a deposed worker may not know of, with when it has stopped whatever it had in hand."""

    _waiting: list[tuple[datetime, Tombstone]] = field(default_factory=list)

    def add(self, erasures: Iterable[Tombstone], now: datetime) -> None:
        """Remember these, which were made now."""
        self._waiting += [(now + SETTLED_AFTER, each) for each in erasures]

    def settled(self, now: datetime) -> list[Tombstone]:
        """Those that everybody must know of by now."""
        return [each for until, each in self._waiting if until <= now]

    def forget(self, now: datetime) -> None:
        """Remember no longer those that everybody must know of by now."""
        self._waiting = [(until, each) for until, each in self._waiting if until > now]
