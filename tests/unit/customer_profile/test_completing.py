"""A worker brings erasures on beside its own work: once a minute, when it is idle."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from chassis.records import Record, TopicPartition
from customer_profile.application.completing import PAUSE_SECONDS, Completing


class Noting:
    """A handler that notes what it is told."""

    topics: Sequence[str] = ("touched",)

    def __init__(self) -> None:
        self.told: list[object] = []

    def assigned(self, partitions: Collection[TopicPartition]) -> None:
        self.told.append(("assigned", *partitions))

    def handle(self, records: Sequence[Record]) -> None:
        self.told.append(("handle", *records))

    def idle(self) -> None:
        self.told.append("idle")

    def reset(self) -> None:
        self.told.append("reset")


def test_the_handler_does_its_own_work_unchanged() -> None:
    inner = Noting()
    handler = Completing(inner, lambda: None)
    place = TopicPartition("touched", 1)
    handler.assigned([place])
    handler.handle([])
    handler.reset()
    handler.idle()
    assert handler.topics == inner.topics
    assert inner.told == [("assigned", place), ("handle",), "reset", "idle"]


def test_erasures_are_brought_on_once_a_minute() -> None:
    """Not at once, as a call that asked may still be waiting; and not with every idle second."""
    now, calls = [1_000.0], [0]

    def bring_on() -> None:
        calls[0] += 1

    handler = Completing(Noting(), bring_on, lambda: now[0])
    for second in range(1, int(3 * PAUSE_SECONDS)):
        now[0] = 1_000.0 + second
        handler.idle()
    assert calls == [2]
