"""What was announced earlier is found again by time, and where members of a group went is known."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import msgspec
import pytest

from chassis.clock import milliseconds
from chassis.memory.documents import MemoryDocuments
from chassis.memory.runner import MemoryRunner
from chassis.stages.results import MOVES_KEPT, Result, Snapshot, result
from chassis.stages.versions import announced_at
from tests.unit.chassis.stages.test_stages_under_crashes import Fragile, history, run
from tests.unit.chassis.stages.toy import VERSIONS_KEPT, Toy

SECOND = timedelta(seconds=1)


@pytest.fixture
def toy() -> Toy:
    return Toy()


@pytest.fixture
def runner(toy: Toy) -> MemoryRunner:
    return MemoryRunner(toy.broker, "toy", toy.handlers())


def now(toy: Toy) -> int:
    return milliseconds(toy.clock.now())


def at(toy: Toy, group: str, time: int) -> Any:
    """What is known to have been announced at that time."""
    message = announced_at(toy.results.load([group])[group], toy.versions, time)
    return None if message is None else msgspec.msgpack.decode(message)


def begin(toy: Toy, runner: MemoryRunner) -> None:
    """Group g, with a total of 0: its first version."""
    toy.assign("a", "g", 1)
    toy.snapshot("g", 1, ["a"])
    runner.run_until_quiet()


def announce_three(toy: Toy, runner: MemoryRunner) -> int:
    """Versions 1 to 3 of group g, a second after each other; the time of the first."""
    first = now(toy)
    begin(toy, runner)
    for position in range(2):
        toy.clock.advance(SECOND)
        toy.event("a", position, 10)
        runner.run_until_quiet()
    return first


def test_each_version_is_found_by_every_moment_of_its_time(toy: Toy, runner: MemoryRunner) -> None:
    """It holds from its own time up to the time of the next; before the first nothing is known."""
    first = announce_three(toy, runner)
    found = [at(toy, "g", first + offset) for offset in (-1, 0, 999, 1000, 1999, 2000, 10**9)]
    versions = [each and each[:2] for each in found]
    assert versions == [None, [1, 0], [1, 0], [2, 10], [2, 10], [3, 20], [3, 20]]


def test_of_versions_at_one_moment_the_last_held(toy: Toy, runner: MemoryRunner) -> None:
    """Two batches within a millisecond: a look-up after them was answered with the second."""
    begin(toy, runner)
    toy.event("a", 0, 10)
    runner.run_until_quiet()
    toy.clock.advance(SECOND)
    toy.event("a", 1, 10)
    runner.run_until_quiet()
    assert at(toy, "g", now(toy) - 1)[:2] == [2, 10]


def test_a_version_goes_only_so_long_after_it_was_replaced(toy: Toy, runner: MemoryRunner) -> None:
    """However old it is: what held yesterday is known for as long as yesterday is kept."""
    first = announce_three(toy, runner)
    rows = sorted(toy.versions.everything().values(), key=lambda row: row["version"])
    assert [row["version"] for row in rows] == [1, 2]
    assert [milliseconds(row["expires_at"] - VERSIONS_KEPT) for row in rows] == [first + 1000, first + 2000]


def test_where_versions_are_gone_nothing_older_answers_for_them(toy: Toy, runner: MemoryRunner) -> None:
    """A gap is told as a gap, and what is kept besides is found."""
    first = announce_three(toy, runner)
    toy.clock.advance(SECOND)
    toy.versions.delete([row["_id"] for row in toy.versions.everything().values() if row["version"] == 2])
    assert at(toy, "g", first + 1500) is None
    toy.event("a", 9, 10)
    runner.run_until_quiet()
    assert at(toy, "g", first + 2000)[:2] == [3, 20]


@pytest.mark.parametrize("seed", range(60))
def test_whatever_was_answered_is_found_again_whatever_dies(seed: int) -> None:
    """Workers die at any call and zombies go on; each state that stood in the store at a time is what that time has."""
    random = Random(seed)
    odds = {"crash": 0.03}
    toy = Toy(wrap=lambda _, port: Fragile(port, random, odds))
    steps, _, _ = history(random)
    workers = [MemoryRunner(toy.broker, "toy", toy.handlers(), random=random, flush_records=8)]
    answered: dict[tuple[str, int], bytes] = {}
    while steps:
        kind, arguments = steps.pop(0)
        getattr(toy, kind)(*arguments)
        toy.clock.advance(SECOND)
        if random.random() < 0.03:
            workers = [MemoryRunner(toy.broker, "toy", toy.handlers(), random=random, flush_records=8), workers[0]]
        for worker in workers:
            run(worker, toy)
        for group, document in toy.results.everything().items():
            if document["message"]:
                answered[group, now(toy)] = document["message"]
    assert answered
    for (group, time), message in answered.items():
        assert announced_at(toy.results.load([group])[group], toy.versions, time) == message


def test_nothing_is_kept_where_it_is_not_asked_for(toy: Toy, runner: MemoryRunner) -> None:
    """A single state costs no row: the result has it."""
    begin(toy, runner)
    toy.clock.advance(SECOND)
    toy.snapshot("g", 1, ["a"])
    runner.run_until_quiet()
    assert toy.versions.everything() == {}


def moved_to(documents: MemoryDocuments, group: str) -> tuple[str, ...]:
    return result(documents.load([group])[group]).body.moved_to


def split(toy: Toy, runner: MemoryRunner) -> None:
    """Members a and b are one group, g; then b goes to h."""
    for member in "ab":
        toy.event(member, 1 if member == "a" else 2, 10)
        toy.assign(member, "g", 1)
    toy.snapshot("g", 1, ["a", "b"])
    runner.run_until_quiet()
    toy.assign("b", "h", 2)
    toy.snapshot("g", 2, ["a"])
    toy.snapshot("h", 2, ["b"])
    runner.run_until_quiet()


def test_a_group_that_was_split_knows_where_members_went(toy: Toy, runner: MemoryRunner) -> None:
    """The old group names the new one; the new one names nobody."""
    split(toy, runner)
    assert (moved_to(toy.results, "g"), moved_to(toy.results, "h")) == (("h",), ())


def test_a_merge_is_no_move_and_its_undoing_is_one(toy: Toy, runner: MemoryRunner) -> None:
    """The group merged away stays silent about its survivor; once it has its member back, the survivor names it."""
    split(toy, runner)
    toy.assign("b", "g", 3)
    toy.snapshot("h", 3, [], merged_into="g")
    toy.snapshot("g", 3, ["a", "b"])
    runner.run_until_quiet()
    assert moved_to(toy.results, "h") == ()
    toy.assign("b", "h", 4)
    toy.snapshot("g", 4, ["a"])
    toy.snapshot("h", 4, ["b"])
    runner.run_until_quiet()
    assert (moved_to(toy.results, "g"), moved_to(toy.results, "h")) == (("h",), ())


def test_a_merge_told_after_its_members_moved_takes_the_move_back(toy: Toy, runner: MemoryRunner) -> None:
    """The topics are read in any order: the snapshot that closes the group says that it was no move."""
    split(toy, runner)
    toy.assign("b", "g", 3)
    runner.run_until_quiet()
    assert moved_to(toy.results, "h") == ("g",)
    toy.snapshot("h", 3, [], merged_into="g")
    runner.run_until_quiet()
    assert moved_to(toy.results, "h") == ()


def test_the_newest_moves_are_kept() -> None:
    """Each group once, the newest last, and no more than the bound."""
    item = Result("g")
    item.accept_snapshot(Snapshot("g", 1, ("a",)))
    for number in [*range(MOVES_KEPT + 5), 7]:
        item.accept_move(f"h{number}")
    assert len(item.body.moved_to) == MOVES_KEPT
    assert item.body.moved_to[-2:] == (f"h{MOVES_KEPT + 4}", "h7")
    item.accept_move("g")
    assert "g" not in item.body.moved_to
