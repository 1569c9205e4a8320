"""The rules in force: those that were promoted and are in the store, or else the service's own file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from advocacy_scoring.domain.rules import Rules
from chassis.errors import Conflict
from chassis.ports import Clock, Document, Documents
from chassis.rules import Rules as Loaded

CURRENT = "current"
LOOK_AGAIN = timedelta(seconds=5)
"""How late a process may learn that other rules were promoted."""


@dataclass(frozen=True, slots=True)
class Promoted:
    """Rules as they were written, and who put them in force. `rev` 0 stands for the service's own file."""

    text: str
    version: str
    owner: str = ""
    reason: str = ""
    at: datetime | None = None
    rev: int = 0


class StoredRules:
    """Implements `RulesInForce`. `read` turns a file's text into rules. Safe for threads: two may look at once."""

    def __init__(
        self,
        documents: Documents,
        own: Promoted,
        read: Callable[[str], Loaded[Rules]],
        staff: Callable[[tuple[str, ...]], frozenset[str]],
        clock: Clock,
    ) -> None:
        self._documents = documents
        self._own = own
        self._read = read
        self._staff = staff
        self._clock = clock
        self._looked_at: datetime | None = None
        self._held = own.version, self._loaded(own)

    def refresh(self) -> None:
        """Look whether others were promoted, unless that was done a moment ago. Raises `Unavailable`."""
        now = self._clock.now()
        if self._looked_at is not None and abs(now - self._looked_at) < LOOK_AGAIN:
            return
        promoted = self.promoted()
        if self._held[0] != promoted.version:
            self._held = promoted.version, self._loaded(promoted)
        self._looked_at = now

    def now(self) -> tuple[Rules, str, frozenset[str]]:
        """The rules, their version, and the tokens of staff's companies, as of the last look."""
        return self._held[1]

    def promoted(self) -> Promoted:
        """What is in force, as it was written. Raises `Unavailable`."""
        document = self._documents.load([CURRENT]).get(CURRENT)
        return _promoted(document) if document else self._own

    def promote(self, text: str, expected: str, owner: str, reason: str) -> Promoted:
        """Put rules in force that have passed `read`. Raises `Conflict` where `expected` is not what is in force."""
        before = self.promoted()
        loaded = self._read(text)
        if before.version != expected:
            raise Conflict(f"the rules in force are {before.version}")
        now = self._clock.now()
        new: Document = {
            "_id": CURRENT,
            "rev": before.rev + 1,
            "text": text,
            "version": loaded.version,
            "owner": owner,
            "reason": reason,
            "at": now,
        }
        if self._documents.compare_and_set([new]):
            raise Conflict("somebody else promoted other rules at the same time")
        self._looked_at = None
        return _promoted(new)

    def _loaded(self, promoted: Promoted) -> tuple[Rules, str, frozenset[str]]:
        rules = self._read(promoted.text).value
        return rules, promoted.version, self._staff(rules.employees.companies)


class FreshRules:
    """Rules for whoever answers calls: it looks before it tells. Implements `RulesInForce`."""

    def __init__(self, rules: StoredRules) -> None:
        self._rules = rules
        self.refresh = rules.refresh

    def now(self) -> tuple[Rules, str, frozenset[str]]:
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
