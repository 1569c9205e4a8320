"""A runner over the broker in memory: hands batches to handlers step by step, in an order that a seed decides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from random import Random

from chassis.attempts import Attempts, Patience
from chassis.memory.broker import MemoryBroker
from chassis.ports import Handler
from chassis.records import ReadRecord, TopicPartition

Offsets = Mapping[TopicPartition, int]


class Crash(Exception):
    """Raised by a hook to kill a worker at that very point."""


class MemoryRunner:
    """One worker process: it runs its handlers on its partitions, and commits after each batch.

    Errors are treated as the real runner treats them, except that waits take no time: `Unavailable`, `BreakerOpen` and
    `Conflict` reset the handler and hand the batch in again; anything else is raised, and nothing is committed.
    With `random`, the order of partitions in a batch, the handler that comes next and the size of batches vary.
    `before_commit` is called between `handle` and the commit; let it raise `Crash`, then `restart`.
    """

    def __init__(
        self,
        broker: MemoryBroker,
        group: str,
        handlers: Sequence[Handler],
        *,
        flush_records: int = 10_000,
        attempts: int = 20,
        random: Random | None = None,
        before_commit: Callable[[Offsets], None] | None = None,
    ) -> None:
        self.broker = broker
        self.group = group
        self.handlers = list(handlers)
        self.before_commit = before_commit
        self._flush_records = flush_records
        self._attempts = attempts
        self._random = random
        self._mine: frozenset[TopicPartition] = frozenset()
        self._positions: dict[TopicPartition, int] = {}
        self._told: set[int] = set()
        self._turn = 0
        self.assign()

    @property
    def partitions(self) -> frozenset[TopicPartition]:
        """What this worker believes to own."""
        return self._mine

    def assign(self, partitions: Collection[TopicPartition] | None = None) -> None:
        """A rebalance: these partitions are this worker's from now on (all, if none are named), read from the commit.

        A worker that lost partitions and was not told is a zombie: it goes on, but cannot commit.
        """
        if partitions is None:
            partitions = [
                p for handler in self.handlers for topic in handler.topics for p in self.broker.partitions(topic)
            ]
        self._mine = frozenset(partitions)
        self.broker.claim(self.group, self, self._mine)
        self._positions = {partition: self.broker.committed(self.group, partition) for partition in self._mine}
        self._told.clear()

    def restart(self, handlers: Sequence[Handler]) -> None:
        """The process died and a new one takes its place: handlers with empty memories, read from the commit."""
        self.handlers = list(handlers)
        self.assign(self._mine)

    def step(self) -> bool:
        """Hand one batch to one handler and commit it. Returns False, and does nothing, if there is no record."""
        order = self._order()
        for handler in order:
            records = self._collect(handler)
            if records:
                self._flush(handler, records)
                return True
        return False

    def idle(self) -> None:
        """Let every handler do what the clock causes."""
        for handler in self.handlers:
            self._tell(handler)
            self._persevere(handler, handler.idle)

    def run_until_quiet(self, steps: int = 100_000) -> None:
        """Step until no record is left and idling brings none. Raises RuntimeError if it never ends."""
        run_until_quiet([self], steps)

    def _order(self) -> list[Handler]:
        """Handlers in the order in which they are asked: by turns, or by the dice."""
        if self._random is not None:
            return self._random.sample(self.handlers, len(self.handlers))
        self._turn = (self._turn + 1) % max(1, len(self.handlers))
        return self.handlers[self._turn :] + self.handlers[: self._turn]

    def _collect(self, handler: Handler) -> list[ReadRecord]:
        topics = set(handler.topics)
        partitions = sorted(partition for partition in self._mine if partition.topic in topics)
        room = self._flush_records
        if self._random is not None:
            self._random.shuffle(partitions)
            room = self._random.randint(1, room)
        records: list[ReadRecord] = []
        for partition in partitions:
            records += self.broker.read(partition, self._positions[partition], room - len(records))
        return records

    def _flush(self, handler: Handler, records: Sequence[ReadRecord]) -> None:
        self._tell(handler)
        self._persevere(handler, lambda: handler.handle(records))
        offsets = {TopicPartition(record.topic, record.partition): record.offset + 1 for record in records}
        if self.before_commit is not None:
            self.before_commit(offsets)
        self._positions.update(offsets)
        self.broker.commit(self.group, self, offsets)

    def _tell(self, handler: Handler) -> None:
        """Tell the handler its partitions, once after each assignment."""
        if id(handler) not in self._told:
            topics = set(handler.topics)
            handler.assigned({partition for partition in self._mine if partition.topic in topics})
            self._told.add(id(handler))

    def _persevere(self, handler: Handler, call: Callable[[], None]) -> None:
        attempts = Attempts(Random(0), Patience())  # noqa: S311 - the waits are never waited
        for left in reversed(range(self._attempts)):
            try:
                return call()
            except Exception as error:
                if attempts.after(error) is None or not left:
                    raise
                handler.reset()
        return None


def run_until_quiet(runners: Sequence[MemoryRunner], steps: int = 100_000) -> None:
    """Let several workers take turns until nothing is left to do for any. Raises RuntimeError if it never ends."""
    for _ in range(steps):
        stepped = [runner.step() for runner in runners]
        if any(stepped):
            continue
        before = runners[0].broker.written if runners else 0
        for runner in runners:
            runner.idle()
        if not runners or runners[0].broker.written == before:
            return
    raise RuntimeError(f"not quiet after {steps} steps: does something answer itself?")
