"""Forgetting: what admission knows of accounts goes once they are erased, and what they did before is admitted no more.

Decisions are forgotten where they are made; this is about what admission alone writes. It hears of erasures by the
tombstones of assignments, which come to the worker that has the account's interactions.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from chassis.dead_letters import DeadLetters
from chassis.errors import InvalidRecord
from chassis.records import DeadLetter, Record
from chassis.tombstones import Tombstone, read_tombstone
from identity_resolution.application.ports import Markers, Submission
from identity_resolution.domain.account import Account
from identity_resolution.domain.known import Known
from identity_resolution.domain.matching.blocking import keys
from identity_resolution.domain.matching.rules import MatchingRules

log = logging.getLogger(__name__)

_MILLISECOND = 1_000_000
_NEVER = -1
_UNKNOWN = Known()

Submitted = tuple[Record, Submission]


class RememberedAccounts(Protocol):
    """What admission remembers. Calls raise `Conflict` where others write the same accounts without end."""

    def load(self, keys: Collection[str]) -> dict[str, Account]:
        """Each account among the keys, new ones included."""

    def untell(self, named: Mapping[str, Collection[str]]) -> None:
        """Forget, by account, that evidence of it told how alike it is to these others."""

    def forget(self, keys: Collection[str]) -> None:
        """Remember nothing of these accounts."""


class KnownDetails(Protocol):
    """What is known of accounts. Calls raise as those of `RememberedAccounts`."""

    def load(self, accounts: Collection[str]) -> Mapping[str, Known]:
        """What is known of these accounts; nothing is known of those that are missing."""

    def untell(self, named: Mapping[str, Collection[str]]) -> None:
        """Forget, by account, that the log was told of its pairs with these others."""

    def forget(self, accounts: Collection[str]) -> None:
        """Know nothing of these accounts."""


class Blocks(Protocol):
    """Blocks that accounts can be taken out of. Raises as `RememberedAccounts`."""

    def remove(self, members: Mapping[str, Collection[str]]) -> None:
        """Take accounts out of blocks, by key. A closed block stays closed."""


class Erasures(Protocol):
    """Who was erased, as admission must know it."""

    @property
    def topics(self) -> Sequence[str]:
        """Full names of the topics that tell of it."""

    def heed(self, records: Sequence[Record]) -> tuple[list[Record], list[DeadLetter], bool]:
        """Forget whom these records tell of; all other records, those that say nothing, and whether any was forgotten.

        Raises `Conflict` where others write the same documents without end, and `Unavailable`.
        """

    def spare(self, submissions: Sequence[Submitted]) -> list[Submitted]:
        """Those that were not erased: not of the time before, of an account or an identifier that was."""


class NobodyErased:
    """The `Erasures` of a file."""

    topics: Sequence[str] = ()

    def heed(self, records: Sequence[Record]) -> tuple[list[Record], list[DeadLetter], bool]:
        """All of them."""
        return list(records), [], False

    def spare(self, submissions: Sequence[Submitted]) -> list[Submitted]:
        """All of them."""
        return list(submissions)


class Forgetting:
    """The `Erasures` of the stream. `topic` is that of the assignments, by its full name."""

    def __init__(
        self,
        topic: str,
        rules: MatchingRules,
        *,
        markers: Markers,
        accounts: RememberedAccounts,
        details: KnownDetails,
        blocks: Blocks,
        dead_letters: DeadLetters,
    ) -> None:
        self._topic = topic
        self._rules = rules
        self._markers = markers
        self._accounts = accounts
        self._details = details
        self._blocks = blocks
        self._dead_letters = dead_letters

    @property
    def topics(self) -> Sequence[str]:
        """That of the assignments."""
        return [self._topic]

    def heed(self, records: Sequence[Record]) -> tuple[list[Record], list[DeadLetter], bool]:
        """Forget whom tombstones tell of; assignments are no matter of admission, and their values are not looked at.

        What was forgotten is noted behind it: a tombstone that is read again finds what has come up since, and leaves
        it alone.
        """
        others = [record for record in records if record.topic != self._topic]
        dead: list[DeadLetter] = []
        told: dict[str, Tombstone] = {}
        for record in records:
            if record.topic == self._topic and record.value is None:
                try:
                    each = read_tombstone(record)
                except InvalidRecord as invalid:
                    dead.append(DeadLetter(record, invalid.reason, invalid.detail))
                else:
                    told[each.key] = max(each, told.get(each.key, each), key=lambda tombstone: tombstone.version)
        known = self._markers.forgotten(told.keys()) if told else {}
        news = {key: each for key, each in told.items() if known.get(key, 0) < each.version}
        if news:
            self._forget(news.keys())
            self._markers.note_forgotten(news.values())
        return others, dead, bool(news)

    def _forget(self, erased: Collection[str]) -> None:
        """Others first, as what the erased know leads to them: after a crash it still does."""
        remembered, known = self._accounts.load(erased), self._details.load(erased)
        blocks: dict[str, list[str]] = {}
        named: dict[str, set[str]] = {}
        for key in erased:
            details = known.get(key, _UNKNOWN)
            for block in (*keys(details.details, self._rules), *remembered[key].shown):
                blocks.setdefault(block, []).append(key)
            for other in (*details.told, *remembered[key].told):
                named.setdefault(other, set()).add(key)
        self._blocks.remove(blocks)
        self._details.untell(named)
        self._accounts.untell(named)
        self._details.forget(erased)
        self._accounts.forget(erased)
        self._dead_letters.erase(erased)

    def spare(self, submissions: Sequence[Submitted]) -> list[Submitted]:
        """Those that were not erased; how many were is logged. What happened after the latest erasure was not."""
        latest = self._markers.latest()
        old = [each for _, each in submissions if each.occurred_at // _MILLISECOND <= latest]
        if not old:
            return list(submissions)
        accounts = self._markers.accounts({each.account for each in old})
        identifiers = self._markers.identifiers({identifier for each in old for identifier in each.identifiers})
        if not accounts and not identifiers:
            return list(submissions)
        spared = [
            (record, each)
            for record, each in submissions
            if each.occurred_at // _MILLISECOND > _erased_at(each, accounts, identifiers)
        ]
        if len(spared) < len(submissions):
            log.info("left out what erased people did", extra={"records": len(submissions) - len(spared)})
        return spared


def _erased_at(submission: Submission, accounts: Mapping[str, int], identifiers: Mapping[str, int]) -> int:
    times: Iterable[int] = (identifiers.get(each, _NEVER) for each in submission.identifiers)
    return max((accounts.get(submission.account, _NEVER), *times))
