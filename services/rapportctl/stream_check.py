"""Whether a stream of tier changes is what a subscriber may rely on: every change, in order, one content each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from chassis.records import Record
from rapport.tier.v1.tier_pb2 import TierChange


@dataclass(slots=True)
class _Customer:
    """What was seen of a customer: its first and highest sequence, and the content of each."""

    first: int
    highest: int
    partition: int
    contents: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class StreamCheck:
    """Checks records as they come. `records`, `changes` and `repeats` count; `faults` are sentences.

    A change that comes again with the same content is a repeat, which the promise allows; a stream that begins after a
    customer's first change is one of which the topic has forgotten the beginning.
    """

    records: int = 0
    changes: int = 0
    repeats: int = 0
    cut_off: int = 0
    faults: list[str] = field(default_factory=list)
    _customers: dict[str, _Customer] = field(default_factory=dict)

    @property
    def customers(self) -> int:
        """How many customers were seen."""
        return len(self._customers)

    def check(self, records: Iterable[Record]) -> StreamCheck:
        """Check all of them; return this."""
        for record in records:
            self.records += 1
            self.faults.extend(self._look(record))
        return self

    def _look(self, record: Record) -> Iterator[str]:
        place = f"partition {record.partition}, offset {record.offset}"
        try:
            change = TierChange.FromString(record.value or b"")
        except DecodeError:
            yield f"{place}: this is no TierChange"
            return
        id_, sequence = change.customer_id, change.sequence
        if record.key != id_.encode():
            yield f"{place}: the key is not the customer {id_}"
        known = self._customers.get(id_)
        if known is None:
            self._customers[id_] = known = _Customer(sequence, sequence - 1, record.partition)
            self.cut_off += sequence > 1
        if known.partition != record.partition:
            yield f"{place}: {id_} was in partition {known.partition} before"
        content = hash(record.value)
        if sequence in known.contents:
            self.repeats += 1
            if known.contents[sequence] != content:
                yield f"{place}: {id_} has two contents of sequence {sequence}"
            return
        if sequence < known.first:
            yield f"{place}: {id_} has sequence {sequence} after {known.highest}: wrong order"
        elif sequence <= known.highest:
            yield f"{place}: {id_} has sequence {sequence}, which was missing, after {known.highest}: wrong order"
        elif sequence > known.highest + 1:
            yield f"{place}: {id_} has sequence {sequence} after {known.highest}: a gap"
        self.changes += 1
        known.highest = max(known.highest, sequence)
        known.contents[sequence] = content
