"""Members' parts as one worker holds them: out of the cache, or else of the store; back by compare-and-set."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Generic, TypeVar

from chassis.errors import Conflict
from chassis.ports import Documents
from chassis.stages.erasing import MemberErasing
from chassis.stages.parts import Part, PartCodec
from chassis.store.cache import Cache

S = TypeVar("S")


class HeldParts(Generic[S]):
    """The parts that a fold, and whatever computes parts anew beside it, take out and put back. For one thread.

    `erasing` knows which members were erased; without it none is.
    """

    def __init__(
        self, documents: Documents, codec: PartCodec[S], cache_size: int, erasing: MemberErasing | None = None
    ) -> None:
        self._erasing = erasing
        self._documents = documents
        self._codec = codec
        self._cache: Cache[Part[S]] = Cache(cache_size)

    def forget(self) -> None:
        """Forget the cache: another worker may have written since."""
        self._cache.clear()

    def take(self, members: Collection[str]) -> dict[str, Part[S]]:
        """Check the members' parts out, new ones for members that nothing is known of. Raises `Unavailable`."""
        wanted = set(members)
        parts = self._cache.take(wanted)
        missing = wanted - parts.keys()
        documents = self._documents.load(missing) if missing else {}
        for member in missing:
            document = documents.get(member)
            parts[member] = self._codec.part(document) if document else self._codec.new(member)
        if self._erasing is not None:
            self._erasing.mark([parts[member] for member in missing if member not in documents])
        return parts

    def save(self, parts: Iterable[Part[S]]) -> None:
        """Write the parts. Raises `Conflict` where another worker has written one of them, and `Unavailable`."""
        changed = list(parts)
        lost = self._documents.compare_and_set([self._codec.document(part) for part in changed])
        if lost:
            raise Conflict(f"{len(lost)} of {len(changed)} parts were written by another worker")
        for part in changed:
            part.rev += 1

    def put_back(self, parts: Mapping[str, Part[S]]) -> None:
        """Hold these parts, which are as the store has them."""
        self._cache.put_all(parts)
