"""Forgetting groups for good: as members are, and with a last word on the level topic.

Ids of groups are never given again; where one comes up anew all the same, it counts on from what its marker says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from chassis.clock import moment
from chassis.dead_letters import DeadLetters
from chassis.ports import Clock, Document, Documents, Publisher
from chassis.records import Message
from chassis.stages.computing import Announcer, Stamp
from chassis.stages.owned import Owned, Unsettled
from chassis.stages.results import Result, result
from chassis.tombstones import Tombstone, tombstone

GROUP_MARKERS = "erased_groups"
"""The collection of markers, in every service."""

Hash = Callable[[str], str]


class GroupErasing:
    """Forgets groups of a reconcile. `markers` are {_id: keyed hash, version, erased_at, result_version, sequence}.

    `owned` is all that is kept beside results. What a worker that was deposed meanwhile brings back, or says on the
    level topic, is taken back once it must have stopped.
    """

    def __init__(
        self,
        *,
        results: Documents,
        markers: Documents,
        owned: Sequence[Owned],
        hashed: Hash,
        announcer: Announcer[Any, Any],
        publisher: Publisher,
        dead_letters: DeadLetters,
        clock: Clock,
    ) -> None:
        self._results = results
        self._markers = markers
        self._owned = owned
        self._hash = hashed
        self._announcer = announcer
        self._publisher = publisher
        self._dead_letters = dead_letters
        self._clock = clock
        self._unsettled = Unsettled()

    def mark(self, results: Iterable[Result]) -> None:
        """Let results of which nothing is stored count on from an erasure, if there was one. Raises `Unavailable`."""
        ids = {self._hash(item.group): item for item in results}
        for id_, marker in (self._markers.load(ids.keys()) if ids else {}).items():
            item = ids[id_]
            item.erased_version = int(marker["version"])
            item.body.version = int(marker["result_version"])
            item.body.sequence = int(marker["sequence"])

    def erase(self, erasures: Iterable[Tombstone], results: Mapping[str, Result]) -> None:
        """Forget groups, of which these are the results; not one that has a newer membership. Raises `Unavailable`.

        The results are of no use any more.
        """
        due = [each for each in erasures if results[each.key].body.membership_version < each.version]
        if due:
            self._markers.put_newer([self._marker(each, results[each.key]) for each in due])
            self._forget(due)
            self._unsettled.add(due, self._clock.now())

    def settle(self) -> None:
        """Take back what was said or brought back. Raises `Unavailable`; to be called from time to time."""
        now = self._clock.now()
        settled = {each.key: each for each in self._unsettled.settled(now)}
        if settled:
            stored = self._results.load(settled.keys())
            known = {key: result(document).body.membership_version for key, document in stored.items()}
            self._forget([each for key, each in settled.items() if known.get(key, -1) < each.version])
            self._unsettled.forget(now)

    def _forget(self, erasures: Sequence[Tombstone]) -> None:
        groups = [each.key for each in erasures]
        for group in groups:
            for owned in self._owned:
                owned.forget(group)
        self._results.delete(groups)
        self._dead_letters.erase(groups)
        self._publisher.publish([self._last_word(each) for each in erasures])

    def _marker(self, erasure: Tombstone, item: Result) -> Document:
        return {
            "_id": self._hash(erasure.key),
            "version": erasure.version,
            "erased_at": erasure.erased_at,
            "result_version": item.body.version,
            "sequence": item.body.sequence,
        }

    def _last_word(self, erasure: Tombstone) -> Message:
        """A tombstone where the group's states are announced, by whoever announces them."""
        at = moment(erasure.erased_at)
        state = self._announcer.messages(Stamp(erasure.key, 0, 0, erasure.version, at), b"", is_change=False)
        source = dict(state.headers)["ce_source"].decode()
        return tombstone(state.topic, erasure.key, erasure.version, at, source)
