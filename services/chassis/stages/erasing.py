"""Forgetting members for good: what is kept of them goes, and a marker says so of their keyed hash.

The order is what keeps it right: the marker, what is kept beside the document, the document, dead letters.
A crash between any two repeats the batch, which finds the marker as it was written first. What comes later of the time
before is discarded by the marker; what happened after it begins anew from there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from chassis.dead_letters import DeadLetters
from chassis.ports import Clock, Document, Documents
from chassis.stages.owned import Owned, Unsettled
from chassis.stages.parts import Part, version_of
from chassis.tombstones import Tombstone

MEMBER_MARKERS = "erased_members"
"""The collection of markers, in every service."""

Hash = Callable[[str], str]


class MemberErasing:
    """Forgets members of a fold. `markers` are {_id: keyed hash, version, erased_at, fences}.

    `owned` is all that is kept beside parts. What a worker that was deposed meanwhile brings back is deleted once it
    must have stopped.
    """

    def __init__(
        self,
        *,
        parts: Documents,
        markers: Documents,
        owned: Sequence[Owned],
        hashed: Hash,
        dead_letters: DeadLetters,
        clock: Clock,
    ) -> None:
        self._parts = parts
        self._markers = markers
        self._owned = owned
        self._hash = hashed
        self._dead_letters = dead_letters
        self._clock = clock
        self._unsettled = Unsettled()

    def mark(self, parts: Iterable[Part[Any]]) -> None:
        """Let parts of which nothing is stored begin where an erasure ended, if there was one. Raises `Unavailable`."""
        ids = {self._hash(part.member): part for part in parts}
        for id_, marker in (self._markers.load(ids.keys()) if ids else {}).items():
            part = ids[id_]
            part.group_version = int(marker["version"])
            part.erased_at = int(marker["erased_at"])
            part.fences = {each["source"]: int(each["position"]) for each in marker["fences"]}

    def erase(self, erasures: Mapping[str, Tombstone], parts: Mapping[str, Part[Any]]) -> list[str]:
        """Forget members, by key, of whom these are the parts; not one that has come up anew since.

        Returns who was forgotten: their parts are of no use any more. Raises `Unavailable`.
        """
        due = [each for key, each in erasures.items() if not parts[key].rev or parts[key].group_version < each.version]
        if not due:
            return []
        self._markers.put_newer([self._marker(each, parts[each.key].fences) for each in due])
        for each in due:
            self._forget(each.key)
        self._dead_letters.erase([each.key for each in due])
        self._unsettled.add(due, self._clock.now())
        return [each.key for each in due]

    def settle(self) -> None:
        """Forget again what was brought back, or came of what was under way. To be called from time to time.

        Raises `Unavailable`.
        """
        now = self._clock.now()
        settled = {each.key: each for each in self._unsettled.settled(now)}
        if settled:
            stored = self._versions(settled.keys())
            for key, each in settled.items():
                if stored.get(key, -1) < each.version:
                    self._forget(key)
            self._dead_letters.erase(settled.keys())
            self._unsettled.forget(now)

    def _versions(self, keys: Collection[str]) -> dict[str, int]:
        return {key: version_of(document) for key, document in self._parts.load(keys).items()}

    def _marker(self, erasure: Tombstone, fences: Mapping[str, int]) -> Document:
        passed = [{"source": source, "position": position} for source, position in sorted(fences.items())]
        return {
            "_id": self._hash(erasure.key),
            "version": erasure.version,
            "erased_at": erasure.erased_at,
            "fences": passed,
        }

    def _forget(self, member: str) -> None:
        for owned in self._owned:
            owned.forget(member)
        self._parts.delete([member])
