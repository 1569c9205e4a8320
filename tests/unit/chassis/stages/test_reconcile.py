"""Reconcile: the result follows from the parts, and is announced in order, each change under a number of its own."""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from chassis.dead_letters import REASON, SOURCE_KEY
from chassis.errors import Unavailable
from chassis.memory.runner import MemoryRunner
from chassis.partitions import SLOTS
from chassis.ports import Query
from chassis.records import Message
from chassis.stages.computing import Outcome, View
from chassis.stages.resend import SETTLED_AFTER
from chassis.stages.results import result
from chassis.stream.settings import ProducerSettings
from tests.unit.chassis.stages.toy import Collected, Packed, Total, Toy, compute


@pytest.fixture
def toy() -> Toy:
    return Toy()


@pytest.fixture
def runner(toy: Toy) -> MemoryRunner:
    return MemoryRunner(toy.broker, "toy", toy.handlers())


def fill(toy: Toy) -> None:
    """Two members in two groups."""
    for number, (member, amount) in enumerate([("a", 50), ("b", 30)]):
        toy.event(member, number, amount)
        toy.assign(member, f"g-{member}", number + 1)
        toy.snapshot(f"g-{member}", number + 1, [member])


def chain(toy: Toy) -> list[str]:
    """The levels that group g-a went through, each change beginning where the one before ended."""
    pairs = [text.split("->") for _, text in toy.changes("g-a")]
    assert all(before[1] == after[0] for before, after in itertools.pairwise(pairs))
    return [pairs[0][0], *(pair[1] for pair in pairs)]


def merge(toy: Toy) -> None:
    toy.assign("b", "g-a", 10)
    toy.snapshot("g-a", 10, ["a", "b"])
    toy.snapshot("g-b", 10, [], merged_into="g-a")


def test_a_result_follows_its_parts(toy: Toy, runner: MemoryRunner) -> None:
    """The level topic ends with the total of the members' parts."""
    fill(toy)
    runner.run_until_quiet()
    assert {group: value[1:] for group, value in toy.last("totals").items()} == {"g-a": [50, 1], "g-b": [30, 0]}


def test_a_touch_without_a_difference_announces_nothing(toy: Toy, runner: MemoryRunner) -> None:
    """Doing it twice changes nothing: no write, no message."""
    fill(toy)
    runner.run_until_quiet()
    documents, messages = toy.results.everything(), len(toy.broker.records("totals"))
    toy.send("touched", "g-a", b"")
    runner.run_until_quiet()
    assert toy.results.everything() == documents
    assert len(toy.broker.records("totals")) == messages


def test_a_merge_moves_no_state_and_an_undo_takes_nothing_back(toy: Toy, runner: MemoryRunner) -> None:
    """The survivor's total is that of all members; after the undo both have what they had."""
    fill(toy)
    runner.run_until_quiet()
    merge(toy)
    runner.run_until_quiet()
    assert toy.last("totals")["g-a"][1:] == [80, 2]
    assert toy.last("totals")["g-b"][1:] == ["merged", "g-a"]
    toy.assign("b", "g-b", 20)
    toy.snapshot("g-a", 20, ["a"])
    toy.snapshot("g-b", 20, ["b"])
    runner.run_until_quiet()
    assert toy.last("totals")["g-a"][1:] == [50, 1]
    assert toy.last("totals")["g-b"][1:] == [30, 0]


def test_changes_are_numbered_without_a_gap_and_chained(toy: Toy, runner: MemoryRunner) -> None:
    """Every change of a group has the next sequence, and begins where the one before ended."""
    fill(toy)
    runner.run_until_quiet()
    for position in range(2, 6):
        toy.event("a", position, 40)
        runner.run_until_quiet()
    changes = toy.changes("g-a")
    assert [sequence for sequence, _ in changes] == list(range(1, len(changes) + 1))
    assert chain(toy) == ["None", *chain(toy)[1:-1], "5"]
    assert chain(toy)[-5:] == ["1", "2", "3", "4", "5"]


def test_a_closed_group_says_nothing_more(toy: Toy, runner: MemoryRunner) -> None:
    """An event that still names a group that was merged away does not bring it back."""
    fill(toy)
    merge(toy)
    runner.run_until_quiet()
    messages = len(toy.broker.records("totals"))
    toy.send("touched", "g-b", b"")
    toy.snapshot("g-b", 5, ["b"])
    runner.run_until_quiet()
    assert len(toy.broker.records("totals")) == messages


def test_an_input_that_comes_before_the_group_is_kept(toy: Toy, runner: MemoryRunner) -> None:
    """What another service says of a group that is not known yet counts once it is."""
    toy.send("bonuses", "g-a", ["g-a", 1, 9])
    runner.run_until_quiet()
    assert toy.last("totals") == {}
    fill(toy)
    runner.run_until_quiet()
    assert toy.last("totals")["g-a"][1:] == [59, 1]


def test_an_older_input_loses(toy: Toy, runner: MemoryRunner) -> None:
    """The higher version of an input wins in any order."""
    fill(toy)
    toy.send("bonuses", "g-a", ["g-a", 3, 9])
    runner.run_until_quiet()
    toy.send("bonuses", "g-a", ["g-a", 2, 1])
    runner.run_until_quiet()
    assert toy.last("totals")["g-a"][1] == 59


def test_an_input_that_says_the_same_again_writes_nothing(toy: Toy, runner: MemoryRunner) -> None:
    """However many versions of it come; and what differs counts again."""
    fill(toy)
    toy.send("bonuses", "g-a", ["g-a", 1, 9])
    runner.run_until_quiet()
    stored, messages = toy.results.everything(), len(toy.broker.records("totals"))
    toy.send("bonuses", "g-a", ["g-a", 2, 9])
    runner.run_until_quiet()
    assert toy.results.everything() == stored
    assert len(toy.broker.records("totals")) == messages
    toy.send("bonuses", "g-a", ["g-a", 3, 10])
    runner.run_until_quiet()
    assert toy.last("totals")["g-a"][1] == 60


def test_an_input_that_says_the_same_still_publishes_what_a_crash_left_unpublished(toy: Toy) -> None:
    """It was written, with the state that follows from it, and not sent: whoever reads it again sends that."""
    runner = MemoryRunner(toy.broker, "toy", toy.handlers())
    fill(toy)
    runner.run_until_quiet()
    toy.send("bonuses", "g-a", ["g-a", 1, 9])
    toy.broker.fail(1)
    with pytest.raises(Exception, match="away"):
        for _ in range(10):
            MemoryRunner(toy.broker, "toy", list(runner.handlers), attempts=1).run_until_quiet()
    assert toy.last("totals")["g-a"][1] == 50
    runner.restart(toy.handlers())
    runner.run_until_quiet()
    assert toy.last("totals")["g-a"][1] == 59


def test_the_clock_alone_changes_what_is_due(toy: Toy, runner: MemoryRunner) -> None:
    """Without any event, a result changes on the day on which it is due, once."""
    fill(toy)
    toy.send("bonuses", "g-a", ["g-a", 1, 30])
    runner.run_until_quiet()
    assert toy.last("totals")["g-a"][1:] == [80, 2]
    toy.clock.advance(timedelta(days=365))
    runner.run_until_quiet()
    runner.run_until_quiet()
    assert toy.last("totals")["g-a"][1:] == [50, 1]
    assert chain(toy)[-2:] == ["2", "1"]


def test_what_changed_about_a_takeover_is_said_again_once_the_former_owner_is_silent(
    toy: Toy, runner: MemoryRunner
) -> None:
    """An old state that a deposed worker sent late does not stay the last one of its key."""
    fill(toy)
    runner.run_until_quiet()
    toy.send("totals", "g-a", [0, -1, -1])
    toy.clock.advance(SETTLED_AFTER + timedelta(seconds=1))
    runner.idle()
    assert toy.last("totals")["g-a"][1:] == [50, 1]
    messages = len(toy.broker.records("totals"))
    runner.idle()
    assert len(toy.broker.records("totals")) == messages


def test_a_record_that_no_reader_can_bear_is_a_dead_letter_and_blocks_nobody(toy: Toy, runner: MemoryRunner) -> None:
    toy.broker.publish([Message("touched", b"\xff", b"")])
    fill(toy)
    runner.run_until_quiet()
    (letter,) = toy.broker.records("dead")
    headers = dict(letter.headers)
    assert (headers[SOURCE_KEY], headers[REASON]) == (b"\xff", b"HANDLER_FAILED")
    assert toy.last("totals")["g-a"][1:] == [50, 1]


def test_what_is_to_be_said_again_waits_for_a_broker_or_store_that_is_away(toy: Toy, runner: MemoryRunner) -> None:
    fill(toy)
    runner.run_until_quiet()
    toy.send("totals", "g-a", [0, -1, -1])
    toy.clock.advance(SETTLED_AFTER + timedelta(seconds=1))
    reconcile = runner.handlers[1]
    for _ in range(SLOTS):
        toy.results.available = False
        with pytest.raises(Unavailable):
            reconcile.idle()
        toy.results.available = True
        toy.broker.fail(1)
        with contextlib.suppress(Unavailable):
            reconcile.idle()
        toy.broker.fail(0)
        reconcile.idle()
    assert toy.last("totals")["g-a"][1:] == [50, 1]


def test_a_restart_publishes_what_a_crash_left_unpublished(toy: Toy) -> None:
    """A state that was written and not sent is sent by whoever reads the same offsets again."""
    runner = MemoryRunner(toy.broker, "toy", toy.handlers())
    fill(toy)
    runner.run_until_quiet()
    toy.event("a", 5, 40)
    toy.broker.fail(1, after=1)  # the touched goes out, the total does not
    fold, reconcile = runner.handlers
    with pytest.raises(Exception, match="away"):
        for _ in range(10):
            MemoryRunner(toy.broker, "toy", [fold, reconcile], attempts=1).run_until_quiet()
    runner.restart(toy.handlers())
    runner.run_until_quiet()
    assert toy.last("totals")["g-a"][1:] == [90, 2]
    assert chain(toy)[-2:] == ["1", "2"]


def test_what_a_deposed_worker_sends_last_is_followed_by_what_holds() -> None:
    """The latest is said again only when no send of a former owner can still be under way."""
    assert ProducerSettings(bootstrap=("x",)).delivery_seconds < SETTLED_AFTER.total_seconds()


def quietly(view: View[Collected, Total]) -> Outcome[Total, str]:
    """As the toy computes; but only whole tens are news."""
    outcome = compute(view)
    return replace(outcome, is_news=outcome.state.total % 10 == 0, index={"level": outcome.state.level})


def test_a_state_that_is_no_news_is_stored_and_not_announced(toy: Toy) -> None:
    """Look-ups and the level topic keep what was announced last; the next news is announced with all that is stored."""
    toy.compute = quietly
    runner = MemoryRunner(toy.broker, "toy", toy.handlers())
    fill(toy)
    runner.run_until_quiet()
    announced = len(toy.broker.records("totals"))
    toy.event("b", 7, 5)
    runner.run_until_quiet()
    assert len(toy.broker.records("totals")) == announced
    assert toy.last("totals")["g-b"][1] == 30
    stored = result(toy.results.load(["g-b"])["g-b"])
    assert Packed(Total).decode(stored.body.state).total == 35
    assert msgspec.msgpack.decode(stored.message) == [stored.body.version, 30, 0]
    toy.event("b", 8, 5)
    runner.run_until_quiet()
    assert toy.last("totals")["g-b"] == [stored.body.version + 1, 40, 1]


def test_what_was_announced_last_is_sent_again_under_a_new_token(toy: Toy) -> None:
    """By whoever gains the partitions, also where what it computes is no news: the send may not have arrived."""
    toy.compute = quietly
    fill(toy)
    MemoryRunner(toy.broker, "toy", toy.handlers()).run_until_quiet()
    announced = [record.value for record in toy.broker.records("totals") if record.key == b"g-b"]
    later = MemoryRunner(toy.broker, "toy", toy.handlers())
    toy.event("b", 7, 5)
    later.run_until_quiet()
    assert [record.value for record in toy.broker.records("totals") if record.key == b"g-b"] == [
        *announced,
        announced[-1],
    ]


def test_what_results_are_queried_by_is_in_their_documents_until_they_are_closed(toy: Toy) -> None:
    """A merged-away group is found by nothing but its id."""
    toy.compute = quietly
    runner = MemoryRunner(toy.broker, "toy", toy.handlers())
    fill(toy)
    runner.run_until_quiet()
    assert [each["_id"] for each in toy.results.find(Query(equals={"index.level": 1}))] == ["g-a"]
    merge(toy)
    runner.run_until_quiet()
    assert [each["_id"] for each in toy.results.find(Query(equals={"index.level": 2}))] == ["g-a"]
    assert "index" not in toy.results.load(["g-b"])["g-b"]
