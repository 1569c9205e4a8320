"""Loads of several threads are joined, and each gets what it asked for."""

from __future__ import annotations

import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.errors import Unavailable
from chassis.memory.documents import MemoryDocuments
from chassis.ports import Document
from chassis.store.coalescing import CoalescedReads


class Gate(MemoryDocuments):
    """Documents whose loads wait until the gate is opened, and are counted."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[set[str]] = []
        self.entered = threading.Semaphore(0)
        self.open = threading.Event()

    def load(self, ids: Collection[str], fields: tuple[str, ...] = ()) -> dict[str, Document]:
        self.loads.append(set(ids))
        self.entered.release()
        assert self.open.wait(10)
        return super().load(ids, fields)


@pytest.fixture
def gate() -> Gate:
    gate = Gate()
    gate.insert_new([{"_id": f"d{number}", "rev": 1} for number in range(8)])
    return gate


def test_loads_that_come_while_one_is_under_way_are_one_load(gate: Gate) -> None:
    """Seven callers behind the first cost one read, and each gets its own document."""
    reads = CoalescedReads(gate)
    with ThreadPoolExecutor(8) as threads:
        first = threads.submit(reads.load, ["d0"])
        gate.entered.acquire()
        others = [threads.submit(reads.load, [f"d{number}", "missing"]) for number in range(1, 8)]
        while len(reads._whole._next.keys) < 8:
            pass
        gate.open.set()
        assert list(first.result(10)) == ["d0"]
        assert [list(other.result(10)) for other in others] == [[f"d{number}"] for number in range(1, 8)]
    assert gate.loads == [{"d0"}, {"missing", *(f"d{number}" for number in range(1, 8))}]


def test_a_load_never_answers_with_what_was_read_before_it_was_asked_for(gate: Gate) -> None:
    """A write that ended before the call is in the answer, whatever read is under way."""
    reads = CoalescedReads(gate)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(reads.load, ["d0"])
        gate.entered.acquire()
        assert gate.compare_and_set([{"_id": "d0", "rev": 2}]) == set()
        second = threads.submit(reads.load, ["d0"])
        gate.open.set()
        first.result(10)
        assert second.result(10)["d0"]["rev"] == 2


def test_loads_of_fields_are_joined_with_those_of_the_same_fields_only(gate: Gate) -> None:
    """Whoever asks for all of a document never gets a part of it, and the other way round."""
    gate.open.set()
    reads = CoalescedReads(gate)
    assert reads.load(["d0"], ("rev",)) == {"d0": {"_id": "d0", "rev": 1}}
    assert reads.load(["d0"], ("other",)) == {"d0": {"_id": "d0"}}
    assert reads.load(["d0"]) == {"d0": {"_id": "d0", "rev": 1}}
    assert len(gate.loads) == 3


def test_a_failure_is_told_to_all_who_joined_and_to_nobody_after(gate: Gate) -> None:
    """An outage reaches each caller; the next load tries again."""
    gate.open.set()
    reads = CoalescedReads(gate)
    gate.available = False
    with pytest.raises(Unavailable):
        reads.load(["d0"])
    gate.available = True
    assert list(reads.load(["d0"])) == ["d0"]


def test_many_threads_get_what_they_asked_for() -> None:
    """Under contention nobody is answered with another's documents."""
    documents = MemoryDocuments()
    documents.insert_new([{"_id": str(number), "value": number} for number in range(100)])
    reads = CoalescedReads(documents)

    def ask(number: int) -> bool:
        return all(reads.load([str(number)]) == {str(number): {"_id": str(number), "value": number}} for _ in range(20))

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(ask, range(100)))
