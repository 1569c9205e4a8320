"""Only what is finished, without a gap, may be committed."""

from __future__ import annotations

from random import Random

import pytest

from chassis.records import ReadRecord, TopicPartition
from chassis.stream.ledger import Batch, Ledger

ONE, TWO = TopicPartition("in", 0), TopicPartition("in", 1)


def batch(first: int, last: int, partition: TopicPartition = ONE) -> Batch:
    return Batch(partition, [ReadRecord(*partition, offset, 0, b"k", b"v") for offset in range(first, last + 1)])


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.start({ONE: 0, TWO: 0})
    return ledger


def delivered(ledger: Ledger, *batches: Batch) -> tuple[Batch, ...]:
    for item in batches:
        ledger.deliver(item)
    return batches


def test_nothing_is_due_before_a_batch_is_released(ledger: Ledger) -> None:
    delivered(ledger, batch(0, 9))
    assert ledger.due() == {}
    assert ledger.unfinished


def test_a_released_batch_makes_the_offset_behind_it_due(ledger: Ledger) -> None:
    ledger.release(delivered(ledger, batch(0, 9)))
    assert ledger.due() == {ONE: 10}


def test_an_unreleased_batch_holds_up_those_behind_it(ledger: Ledger) -> None:
    first, second, third = delivered(ledger, batch(0, 9), batch(10, 19), batch(20, 29))
    ledger.release([third])
    ledger.release([second])
    assert ledger.due() == {}
    ledger.release([first])
    assert ledger.due() == {ONE: 30}


def test_partitions_do_not_hold_up_each_other(ledger: Ledger) -> None:
    _, other = delivered(ledger, batch(0, 9), batch(0, 4, TWO))
    ledger.release([other])
    assert ledger.due() == {TWO: 5}


def test_an_offset_stays_due_until_its_commit_is_confirmed(ledger: Ledger) -> None:
    first, second = delivered(ledger, batch(0, 9), batch(10, 19))
    ledger.release([first])
    committing = ledger.due()
    ledger.release([second])
    ledger.confirm(committing)
    assert ledger.due() == {ONE: 20}
    ledger.confirm(ledger.due())
    assert ledger.due() == {}
    assert ledger.confirmed == {ONE: 20, TWO: 0}
    assert not ledger.unfinished


def test_releases_from_before_a_change_of_the_assignment_are_ignored(ledger: Ledger) -> None:
    (old,) = delivered(ledger, batch(0, 99))
    ledger.start({ONE: 0})
    (new,) = delivered(ledger, batch(0, 9))
    assert ledger.release([old]) == 1
    assert ledger.due() == {}
    assert ledger.release([new]) == 0
    assert ledger.due() == {ONE: 10}


def test_a_confirmation_after_the_partition_is_gone_changes_nothing(ledger: Ledger) -> None:
    ledger.release(delivered(ledger, batch(0, 9)))
    committing = ledger.due()
    ledger.forget()
    ledger.confirm(committing)
    assert ledger.confirmed == {}


def test_a_batch_is_held_from_delivery_to_release(ledger: Ledger) -> None:
    one = batch(0, 9)
    assert not ledger.holds(one)
    delivered(ledger, one)
    assert ledger.holds(one)
    ledger.release([one])
    assert not ledger.holds(one)


def test_a_batch_of_a_partition_that_is_not_read_is_a_defect(ledger: Ledger) -> None:
    ledger.forget()
    with pytest.raises(RuntimeError, match="not assigned"):
        ledger.deliver(batch(0, 9))


@pytest.mark.parametrize("seed", range(20))
def test_in_whatever_order_batches_finish_what_is_due_is_the_unbroken_beginning(seed: int) -> None:
    random, ledger = Random(seed), Ledger()
    ledger.start({ONE: 0})
    batches, offset = [], 0
    for _ in range(30):
        size = random.randint(1, 9)
        batches.append(batch(offset, offset + size - 1))
        offset += size + random.randint(0, 2)  # compaction leaves gaps
    delivered(ledger, *batches)
    for finished in random.sample(batches, len(batches)):
        ledger.release([finished])
        unfinished = [item for item in batches if not item.released]
        leading = batches[: batches.index(unfinished[0])] if unfinished else batches
        assert ledger.due() == ({ONE: leading[-1].next_offset} if leading else {})
