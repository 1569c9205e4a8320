"""The doors between a handler and the world. Each has a real adapter and one in memory, held to one contract suite."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from chassis.records import Message, Record, TopicPartition

Document = dict[str, Any]


class Clock(Protocol):
    """Tells the time. Only through it: tests and drills move it."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""


class Publisher(Protocol):
    """Writes records to topics."""

    def publish(self, messages: Iterable[Message]) -> None:
        """Return once every message is acknowledged by the broker, in order per partition.

        Raises `Unavailable` only where nothing after the failed message was or will be delivered to its partition.
        """


@dataclass(frozen=True, slots=True)
class Query:
    """Which documents to find: all conditions must hold. `between` is closed below and open above."""

    equals: Mapping[str, Any] = field(default_factory=dict)
    is_in: Mapping[str, Collection[Any]] = field(default_factory=dict)
    between: tuple[str, Any, Any] | None = None
    order_by: tuple[str, ...] = ()
    descending: bool = False
    limit: int = 1000


class Documents(Protocol):
    """A collection of documents by `_id`. All calls raise `Unavailable` when the store does not answer."""

    def load(self, ids: Collection[str], fields: tuple[str, ...] = ()) -> dict[str, Document]:
        """The documents that exist among `ids`, as the primary has them; where given, only these fields and `_id`."""

    def compare_and_set(self, documents: Collection[Document]) -> set[str]:
        """Write each document whose stored `rev` is one less than the document's own (absent counts as 0).

        Returns the ids that lost. Each document is written or not on its own; a repeated call loses what it had won.
        """

    def put_newer(self, documents: Collection[Document]) -> None:
        """Write each document unless the stored one has the same `version` or a higher one."""

    def put_first(self, documents: Collection[Document]) -> None:
        """Do what `put_newer` does: far quicker where nothing is stored under the `_id` yet, slower elsewhere."""

    def insert_new(self, documents: Collection[Document]) -> None:
        """Write each document unless one with its `_id` exists."""

    def find(self, query: Query) -> list[Document]:
        """The documents that match, in the order asked for."""

    def delete(self, ids: Collection[str]) -> None:
        """Remove the documents that exist among `ids`. A `compare_and_set` of a later revision loses from then on."""


class Counter(Protocol):
    """A number in the store that only rises."""

    def next(self) -> int:
        """A number higher than every one handed out before, to anybody."""


class Handler(Protocol):
    """A stage of a service: what to do with a batch. Plain and synchronous; a runner calls it from one thread."""

    @property
    def topics(self) -> Sequence[str]:
        """Full names of the topics that it reads, in one loop."""

    def assigned(self, partitions: Collection[TopicPartition]) -> None:
        """These partitions are this worker's from now on; nothing cached before holds any longer."""

    def handle(self, records: Sequence[Record]) -> None:
        """Return once all effects of the records are durable: the runner then releases their offsets.

        Records of one partition come in order. May be called again with records that it has handled before.
        """

    def idle(self) -> None:
        """Called between batches, about once a second: the place for work that the clock causes."""

    def reset(self) -> None:
        """Forget everything cached: the last call failed, or another writer was seen."""
