"""The rules in force: those that were promoted and are in the store, or else the service's own file.

Workers and servers look again every few seconds, so that what one of them puts in force soon holds for all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from chassis.errors import Conflict
from chassis.ports import Clock, Document, Documents

T = TypeVar("T")
U = TypeVar("U")
T_co = TypeVar("T_co", covariant=True)

CURRENT = "current"
LOOK_AGAIN = timedelta(seconds=5)
"""How late a process may learn that other rules were promoted."""


class InForce(Protocol[T_co]):
    """What holds now, and changes while processes run."""

    @property
    def version(self) -> str:
        """The version of what `now` tells."""

    def refresh(self) -> None:
        """Look whether something else holds by now, unless that was done a moment ago. Raises `Unavailable`.

        A handler does so before each batch: a store that is away must not look like a record that nobody can read.
        """

    def now(self) -> T_co:
        """What holds, as of the last look. Asks nobody."""


@dataclass(frozen=True, slots=True)
class Promoted:
    """Rules as they were written, and who put them in force. `rev` 0 stands for the service's own file."""

    text: str
    version: str
    owner: str = ""
    reason: str = ""
    at: datetime | None = None
    rev: int = 0


class StoredRules(Generic[T]):
    """Implements `InForce`. Safe for threads: two may look at once.

    `own` is the service's own file. `read` makes of a promotion what handlers work with, or raises `RulesError`.
    """

    def __init__(self, documents: Documents, own: Promoted, read: Callable[[Promoted], T], clock: Clock) -> None:
        self._documents = documents
        self._own = own
        self._read = read
        self._clock = clock
        self._looked_at: datetime | None = None
        self._held = own.version, read(own)

    @property
    def version(self) -> str:
        """The version of the rules held."""
        return self._held[0]

    def refresh(self) -> None:
        """Look whether others were promoted, unless that was done a moment ago. Raises `Unavailable`."""
        now = self._clock.now()
        if self._looked_at is not None and abs(now - self._looked_at) < LOOK_AGAIN:
            return
        promoted = self.promoted()
        if self._held[0] != promoted.version:
            self._held = promoted.version, self._read(promoted)
        self._looked_at = now

    def now(self) -> T:
        """What the rules were read into, as of the last look."""
        return self._held[1]

    def promoted(self) -> Promoted:
        """What is in force, as it was written. Raises `Unavailable`."""
        document = self._documents.load([CURRENT]).get(CURRENT)
        return _promoted(document) if document else self._own

    def promote(self, new: Promoted, expected: str) -> Promoted:
        """Put rules in force. Raises `Conflict` where `expected` is not what is in force, and what `read` raises."""
        before = self.promoted()
        self._read(new)
        if before.version != expected:
            raise Conflict(f"the rules in force are {before.version}")
        document: Document = {
            "_id": CURRENT,
            "rev": before.rev + 1,
            "text": new.text,
            "version": new.version,
            "owner": new.owner,
            "reason": new.reason,
            "at": self._clock.now(),
        }
        if self._documents.compare_and_set([document]):
            raise Conflict("somebody else promoted other rules at the same time")
        self._looked_at = None
        return _promoted(document)


class Derived(Generic[T, U]):
    """What is made of what holds, made again when something else does. For one thread."""

    def __init__(self, now: Callable[[], T], make: Callable[[T], U]) -> None:
        self._now = now
        self._make = make
        self._of: T | None = None
        self._made: U | None = None

    def __call__(self) -> U:
        """What was made of what holds now."""
        now = self._now()
        made = self._made
        if made is None or now is not self._of:
            made = self._made = self._make(now)
            self._of = now
        return made


class FreshRules(Generic[T]):
    """Rules for whoever answers calls: it looks before it tells. Implements `InForce`."""

    def __init__(self, rules: InForce[T]) -> None:
        self._rules = rules
        self.refresh = rules.refresh

    @property
    def version(self) -> str:
        """The version of the rules as they are. Raises `Unavailable`."""
        self._rules.refresh()
        return self._rules.version

    def now(self) -> T:
        """The rules as they are. Raises `Unavailable`."""
        self._rules.refresh()
        return self._rules.now()


def _promoted(document: Document) -> Promoted:
    return Promoted(
        document["text"],
        document["version"],
        document["owner"],
        document["reason"],
        document["at"],
        document["rev"],
    )
