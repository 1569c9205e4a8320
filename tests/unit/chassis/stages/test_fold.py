"""Fold: each event once, whatever is repeated; touched is said even for what was skipped."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from chassis.memory.runner import Crash, MemoryRunner
from chassis.records import Message
from chassis.stages.fold import HOLES_KEPT
from chassis.stages.parts import PartCodec
from tests.unit.chassis.stages.toy import Collected, Packed, Toy

CODEC: PartCodec[Collected] = PartCodec(Packed(Collected), Collected)


def total(toy: Toy, member: str) -> int:
    return CODEC.state(toy.parts.everything()[member]).total


def touched(toy: Toy) -> list[str]:
    return [(record.key or b"").decode() for record in toy.broker.records("touched")]


@pytest.fixture
def toy() -> Toy:
    return Toy()


@pytest.fixture
def runner(toy: Toy) -> MemoryRunner:
    return MemoryRunner(toy.broker, "toy", toy.handlers()[:1])


def test_many_events_of_one_member_cost_one_write(toy: Toy, runner: MemoryRunner) -> None:
    """A batch writes each part once, however many of its events it holds."""
    for position in range(10):
        toy.event("a", position, 1)
    runner.run_until_quiet()
    assert total(toy, "a") == 10
    assert toy.parts.everything()["a"]["rev"] == 1
    assert len(toy.rows.everything()) == 10


def test_a_redelivered_event_is_applied_once_and_touches_again(toy: Toy, runner: MemoryRunner) -> None:
    """Skipped is not finished: a crash between the write and `touched` heals itself."""
    toy.assign("a", "g", 1)
    toy.event("a", 0, 5)
    runner.run_until_quiet()
    before = len(touched(toy))
    for partition in toy.broker.partitions("in"):
        toy.broker.rewind("toy", partition, 0)
    runner.restart(toy.handlers()[:1])
    runner.run_until_quiet()
    assert total(toy, "a") == 5
    assert touched(toy)[before:] == ["g"]


def test_an_older_assignment_loses_in_any_order(toy: Toy, runner: MemoryRunner) -> None:
    """The higher version of an assignment wins, also when it comes first."""
    toy.assign("a", "new", 7)
    runner.run_until_quiet()
    toy.assign("a", "old", 3)
    runner.run_until_quiet()
    assert toy.parts.everything()["a"]["group"] == "new"


def test_a_member_that_moves_touches_the_group_it_left_and_forgets_it(toy: Toy, runner: MemoryRunner) -> None:
    """Both groups must be computed anew; once both have been told, the part forgets where it came from."""
    toy.assign("a", "g1", 1)
    runner.run_until_quiet()
    toy.assign("a", "g2", 2)
    runner.run_until_quiet()
    assert set(touched(toy)) == {"g1", "g2"}
    assert CODEC.part(toy.parts.everything()["a"]).left == []


def test_an_invalid_event_is_a_dead_letter_and_leaves_a_hole_that_a_replay_fills_once(
    toy: Toy, runner: MemoryRunner
) -> None:
    """What was dead-lettered may be applied later, by its own position, once; the rest of the batch goes on."""
    toy.event("a", 0, 5)
    toy.event("a", 1, 0)
    toy.event("a", 2, 7)
    runner.run_until_quiet()
    assert total(toy, "a") == 12
    [dead] = toy.broker.records("dead")
    assert dict(dead.headers)["rapport-reason"] == b"NOTHING"
    for _ in range(2):
        toy.event("a", 1, 3, topic="retry")
    toy.event("a", 2, 7, topic="retry")
    runner.run_until_quiet()
    assert total(toy, "a") == 15


@pytest.mark.parametrize("still_bad", [0, 666], ids=["refused", "poison"])
def test_a_replay_that_fails_again_leaves_the_hole_open(toy: Toy, runner: MemoryRunner, still_bad: int) -> None:
    """What is replayed too early is a dead letter once more, and applied once when it is replayed after the repair."""
    toy.event("a", 0, 0)
    toy.event("a", 1, 7)
    for amount in (still_bad, still_bad, 3, 3):
        toy.event("a", 0, amount, topic="retry")
        runner.run_until_quiet()
    assert total(toy, "a") == 10
    reasons = [dict(record.headers)["rapport-reason"] for record in toy.broker.records("dead")]
    assert len(reasons) == 4
    assert reasons.count(b"NO_HOLE") == 1


def test_a_poison_event_changes_nothing_of_its_part_and_blocks_nobody(toy: Toy, runner: MemoryRunner) -> None:
    """An event on which the logic itself fails half-way is a dead letter; the part is as if it had never come."""
    toy.event("a", 0, 5)
    toy.event("a", 1, 666)
    toy.event("a", 2, 7)
    toy.event("b", 3, 1)
    runner.run_until_quiet()
    assert (total(toy, "a"), total(toy, "b")) == (12, 1)
    [dead] = toy.broker.records("dead")
    assert dict(dead.headers)["rapport-reason"] == b"HANDLER_FAILED"


def test_a_crash_before_dead_letters_are_sent_loses_none_however_many_a_member_has(toy: Toy) -> None:
    toy.wrap = lambda name, port: Mute() if name == "publisher" else port
    number = HOLES_KEPT + 50
    for position in range(number):
        toy.event("a", position, 0)
    runner = MemoryRunner(toy.broker, "toy", toy.handlers()[:1])
    with pytest.raises(Crash):
        runner.run_until_quiet()
    toy.wrap = lambda _, port: port
    runner.restart(toy.handlers()[:1])
    runner.run_until_quiet()
    assert len(toy.broker.records("dead")) == number
    for position in range(number, number + 10):
        toy.event("a", position, 0)
    runner.run_until_quiet()
    part = CODEC.part(toy.parts.everything()["a"])
    assert (len(part.holes), part.holes_forgotten) == (HOLES_KEPT, number + 10 - HOLES_KEPT)


class Mute:
    """A publisher whose worker dies before anything is sent."""

    def publish(self, messages: Iterable[Message]) -> None:
        raise Crash


def test_bytes_that_do_not_parse_are_a_dead_letter(toy: Toy, runner: MemoryRunner) -> None:
    """A record without a readable event does not stop the ones beside it."""
    toy.send("in", "a", "junk")
    toy.event("a", 0, 5)
    runner.run_until_quiet()
    assert total(toy, "a") == 5
    assert len(toy.broker.records("dead")) == 1


def test_a_store_that_fails_leaves_nothing_half_done_in_the_cache(toy: Toy, runner: MemoryRunner) -> None:
    """After a failed publish the batch is folded again from the store, not on top of what was in memory."""
    toy.assign("a", "g", 1)
    toy.event("a", 0, 5)
    toy.broker.fail(1)
    runner.run_until_quiet()
    assert total(toy, "a") == 5
    assert "g" in touched(toy)


def test_a_replay_that_fills_no_hole_is_told_and_not_lost_in_silence(toy: Toy, runner: MemoryRunner) -> None:
    """Whoever replays an event that was applied already, or left no trace, finds it among the dead letters again."""
    toy.event("a", 0, 5)
    runner.run_until_quiet()
    toy.event("a", 0, 5, topic="retry")
    runner.run_until_quiet()
    assert total(toy, "a") == 5
    [dead] = toy.broker.records("dead")
    assert dict(dead.headers)["rapport-reason"] == b"NO_HOLE"
