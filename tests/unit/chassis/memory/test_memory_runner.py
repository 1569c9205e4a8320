"""The runner in memory, with planted crashes, outages and rebalances."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from random import Random

import pytest

from chassis.errors import Conflict, Deposed, Unavailable
from chassis.memory.broker import MemoryBroker
from chassis.memory.runner import Crash, MemoryRunner, run_until_quiet
from chassis.records import Message, Record, TopicPartition


class Collecting:
    """A handler that notes what it is called with, and raises the errors planted in it."""

    def __init__(self, *topics: str, errors: Sequence[Exception] = ()) -> None:
        self.topics = topics
        self.errors = list(errors)
        self.values: list[bytes | None] = []
        self.calls: list[str] = []

    def assigned(self, partitions: Collection[TopicPartition]) -> None:
        self.calls.append(f"assigned {len(partitions)}")

    def handle(self, records: Sequence[Record]) -> None:
        self.calls.append("handle")
        if self.errors:
            raise self.errors.pop(0)
        self.values += [record.value for record in records]

    def idle(self) -> None:
        self.calls.append("idle")

    def reset(self) -> None:
        self.calls.append("reset")


def broker_with(count: int, topic: str = "in") -> MemoryBroker:
    broker = MemoryBroker()
    broker.publish(Message(topic, b"%d" % number, b"%d" % number) for number in range(count))
    return broker


def all_values(count: int) -> list[bytes]:
    return sorted(b"%d" % number for number in range(count))


def test_every_record_is_handed_over_and_committed() -> None:
    broker, handler = broker_with(100), Collecting("in")
    MemoryRunner(broker, "group", [handler], flush_records=7).run_until_quiet()
    assert sorted(v for v in handler.values if v) == all_values(100)
    assert broker.lag("group", "in") == 0


def test_the_handler_learns_its_partitions_before_its_first_batch() -> None:
    broker, handler = broker_with(1), Collecting("in")
    runner = MemoryRunner(broker, "group", [handler])
    runner.step()
    runner.assign()
    runner.idle()
    assert handler.calls == ["assigned 4", "handle", "assigned 4", "idle"]


@pytest.mark.parametrize("error", [Unavailable("store away"), Conflict("lost")])
def test_a_passing_error_resets_the_handler_and_hands_the_batch_in_again(error: Exception) -> None:
    broker, handler = broker_with(10), Collecting("in", errors=[error, error])
    MemoryRunner(broker, "group", [handler]).step()
    assert handler.calls == ["assigned 4", "handle", "reset", "handle", "reset", "handle"]
    assert len(handler.values) == 10


@pytest.mark.parametrize("error", [Deposed("by another"), ValueError("a defect")])
def test_any_other_error_ends_the_worker_with_nothing_committed(error: Exception) -> None:
    broker, handler = broker_with(10), Collecting("in", errors=[error])
    with pytest.raises(type(error)):
        MemoryRunner(broker, "group", [handler]).run_until_quiet()
    assert broker.lag("group", "in") == 10


def test_the_sixth_conflict_in_a_row_ends_the_worker() -> None:
    handler = Collecting("in", errors=[Conflict("lost")] * 6)
    with pytest.raises(Conflict):
        MemoryRunner(broker_with(1), "group", [handler]).step()
    assert handler.calls.count("handle") == 6


def test_a_crash_between_handle_and_commit_delivers_the_batch_again() -> None:
    broker, first, second = broker_with(10), Collecting("in"), Collecting("in")

    def crash(_: object) -> None:
        raise Crash

    runner = MemoryRunner(broker, "group", [first], before_commit=crash)
    with pytest.raises(Crash):
        runner.step()
    runner.before_commit = None
    runner.restart([second])
    runner.run_until_quiet()
    assert sorted(first.values) == sorted(second.values)  # type: ignore[type-var]


def test_a_zombie_cannot_commit() -> None:
    broker = broker_with(10)
    zombie = MemoryRunner(broker, "group", [Collecting("in")])
    owner = MemoryRunner(broker, "group", [Collecting("in")])
    zombie.step()
    assert broker.lag("group", "in") == 10
    owner.step()
    assert broker.lag("group", "in") == 0


def test_two_workers_share_the_partitions() -> None:
    broker = broker_with(100)
    one, two = Collecting("in"), Collecting("in")
    runners = [MemoryRunner(broker, "group", [one]), MemoryRunner(broker, "group", [two])]
    partitions = broker.partitions("in")
    for runner, share in zip(runners, (partitions[:1], partitions[1:]), strict=True):
        runner.assign(share)
    run_until_quiet(runners)
    assert sorted(v for v in one.values + two.values if v) == all_values(100)
    assert one.values
    assert two.values


def test_a_seed_decides_the_order_across_partitions_and_keeps_it_within_each() -> None:
    orders = []
    for seed in (1, 1, 2):
        handler = Collecting("in")
        MemoryRunner(broker_with(100), "group", [handler], random=Random(seed)).run_until_quiet()
        orders.append([v for v in handler.values if v])
    assert orders[0] == orders[1] != orders[2]
    for partition in broker_with(100).partitions("in"):
        there = [record.value for record in broker_with(100).read(partition, 0)]
        assert [v for v in orders[2] if v in there] == there


def test_what_a_handler_publishes_while_idle_is_processed_before_it_is_quiet() -> None:
    broker = broker_with(1)

    class Waking(Collecting):
        def idle(self) -> None:
            if len(self.values) < 3:
                broker.publish([Message("in", b"k", b"woken")])

    handler = Waking("in")
    MemoryRunner(broker, "group", [handler]).run_until_quiet()
    assert handler.values == [b"0", b"woken", b"woken"]


def test_a_worker_that_answers_itself_for_ever_is_found_out() -> None:
    broker = broker_with(1)

    class Echo(Collecting):
        def handle(self, records: Sequence[Record]) -> None:
            broker.publish([Message("in", b"k", b"again")])

    with pytest.raises(RuntimeError, match="not quiet"):
        MemoryRunner(broker, "group", [Echo("in")]).run_until_quiet(steps=50)


def test_a_planted_outage_delivers_what_came_before_it() -> None:
    broker = MemoryBroker()
    broker.fail(after=2)
    with pytest.raises(Unavailable):
        broker.publish([Message("out", b"k", b"%d" % n) for n in range(4)])
    assert [record.value for record in broker.records("out")] == [b"0", b"1"]
    broker.publish([Message("out", b"k", b"2")])
    assert len(broker.records("out")) == 3
