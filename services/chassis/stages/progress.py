"""How far a computing anew is: a document for each slot, written by its owner: {_id, rev, version, count, done}."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from chassis.partitions import SLOTS
from chassis.ports import Document, Documents


class Progress:
    """The progress of one stage, as one worker writes it. What another worker wrote meanwhile is not written over."""

    def __init__(self, documents: Documents, stage: str) -> None:
        self._documents = documents
        self._stage = stage
        self._known: dict[int, Document] = {}

    def begin(self, version: str, slots: Sequence[int]) -> None:
        """These slots are looked through for this version; what was counted for it before counts on."""
        stored = self._documents.load([_id(self._stage, slot) for slot in slots])
        self._known = {}
        for slot in slots:
            document = stored.get(_id(self._stage, slot))
            if document is None:
                document = {"_id": _id(self._stage, slot), "rev": 0, "version": ""}
            if document["version"] != version:
                document |= {"version": version, "count": 0, "done": False}
            self._known[slot] = document

    def add(self, counts: Counter[int]) -> None:
        """So many more were computed anew in these slots. Raises `Unavailable`."""
        known = self._known
        self._write({slot: {"count": known[slot]["count"] + n} for slot, n in counts.items() if n and slot in known})

    def done(self, slots: Collection[int]) -> None:
        """In these slots nothing is left to be computed anew. Raises `Unavailable`."""
        self._write({slot: {"done": True} for slot in slots if slot in self._known and not self._known[slot]["done"]})

    def _write(self, changes: Mapping[int, Document]) -> None:
        if not changes:
            return
        new = {slot: self._known[slot] | change for slot, change in changes.items()}
        for document in new.values():
            document["rev"] += 1
        lost = self._documents.compare_and_set(list(new.values()))
        self._known |= new
        for slot, document in new.items():
            if document["_id"] in lost:
                # Another worker owns the slot by now, and tells how far it is.
                del self._known[slot]


@dataclass(frozen=True, slots=True)
class Reached:
    """How many slots of a stage are done, and how many members or groups were computed anew."""

    done: int
    count: int


def reached(documents: Documents, stage: str, version: str) -> Reached:
    """How far a stage is with a version. Raises `Unavailable`."""
    stored = documents.load([_id(stage, slot) for slot in range(SLOTS)]).values()
    current = [document for document in stored if document["version"] == version]
    return Reached(sum(document["done"] for document in current), sum(document["count"] for document in current))


def _id(stage: str, slot: int) -> str:
    return f"{stage}-{slot:03d}"
