"""Segments under faults: every change is told once, in sequence, whatever happens to worker, store and broker."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chassis.errors import Unavailable
from chassis.memory.runner import Crash
from chassis.settings import Settings
from customer_profile.adapters.documents import SEGMENT_CHANGES
from tests.unit.customer_profile.ruled import changes, told, world_with
from tests.unit.customer_profile.test_faults import Trap
from tests.unit.customer_profile.test_segments import ACTIVE, BUYERS, DAY, ON_TIKTOK, SILENT
from tests.unit.customer_profile.world import World, followers, interaction, purchase
from tests.unit.wire.world import ANN, JOE, crashing


@pytest.mark.parametrize("seed", range(20))
def test_pr6_no_change_is_told_twice_or_lost_when_workers_die(tmp_path: Path, seed: int) -> None:
    """Random batches and crashes before commits, days going by: the changes are those of an undisturbed run."""
    assert _story(tmp_path, Random(seed)) == _story(tmp_path, None)


def _story(folder: Path, random: Random | None) -> dict[str, list[tuple[str, str, str]]]:
    world = world_with(folder, segments=[BUYERS, ON_TIKTOK, ACTIVE, SILENT])
    faults: dict[str, Any] = {} if random is None else {"random": random, "before_commit": crashing(random, 0.3, 4)}

    def settle() -> None:
        world.settle_through_crashes(world.runner(flush_records=3, **faults))

    world.belongs("C1", JOE)
    world.belongs("C2", ANN)
    settle()
    world.interacted(interaction("e1", JOE, 1), purchase("e2", ANN, 2, "o1", 100, currency="EUR"))
    settle()
    world.merged("C2", "C1")
    world.belongs("C1", JOE, ANN, absorbed=["C2"])
    settle()
    world.clock.advance(45 * DAY)
    settle()
    world.interacted(interaction("e3", JOE, 45 * 24 * 60, figures=followers(3)))
    settle()
    for customer in ("C1", "C2"):
        changes(world, customer)
    return {customer: told(world, customer) for customer in ("C1", "C2")}


def test_pr6_the_story_moves_customers_in_every_way(tmp_path: Path) -> None:
    """Guards the test above: events, time and a merge each have told something."""
    found = _story(tmp_path, None)
    assert {cause for _, _, cause in found["C1"]} == {"event", "clock", "membership"}
    assert found["C2"]


@pytest.mark.parametrize("after_it", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("error", [Crash, Unavailable])
def test_pr6_a_fault_at_any_call_tells_every_change_once(
    tmp_path: Path, error: type[Exception], after_it: bool
) -> None:
    """The worker dies, or store or broker is away, at each single call in turn: same changes, same sequences."""
    settings = world_with(tmp_path, segments=[BUYERS, ON_TIKTOK, SILENT], traits=[]).settings
    counting = Trap(0, error, after=after_it)
    expected = _short_story(settings, counting)
    assert len(expected) > 3
    for number in range(1, counting.calls + 1):
        found = _short_story(settings, Trap(number, error, after=after_it))
        assert found == expected, f"{error.__name__} at call {number}"


def _short_story(settings: Settings, trap: Trap) -> list[tuple[str, str, str]]:
    """An order, a merge, and weeks of silence, with a worker that goes on after every fault."""
    world = World(wrap=trap)
    world.settings = settings  # type: ignore[misc]
    world.belongs("C1", JOE)
    world.belongs("C2", ANN)
    _persist(world)
    world.interacted(interaction("e1", JOE, 1), purchase("e2", ANN, 2, "o1", 100))
    _persist(world)
    world.merged("C2", "C1")
    world.belongs("C1", JOE, ANN, absorbed=["C2"])
    _persist(world)
    world.clock.advance(45 * DAY)
    # What the clock causes stands in no log: what was not sent because of a fault is sent a while after it.
    _persist(world, pause=timedelta(minutes=3))
    kept = world.stores[SEGMENT_CHANGES].everything().values()
    assert sum(row["group"] == "C1" for row in kept) == len(changes(world, "C1")), "each is kept, once"
    return [*told(world, "C1"), *told(world, "C2")]


def _persist(world: World, pause: timedelta = timedelta()) -> None:
    """Let a worker work until it is quiet, and look again after a pause."""
    runner = world.runner(flush_records=4)
    while True:
        try:
            runner.run_until_quiet()
            world.clock.advance(pause)
            pause = timedelta()
            runner.run_until_quiet()
        except Crash:
            runner.restart(world.handlers())
        else:
            return


@pytest.mark.parametrize("after_it", [False, True], ids=["before the call", "after the call"])
def test_pr6_what_the_clock_causes_is_told_although_the_broker_was_away(tmp_path: Path, after_it: bool) -> None:
    """A worker that has had its partitions for weeks sends it once the broker is back: nothing else would remind it."""
    counting = _DuringSilence(0, after=after_it)
    expected = _silence(tmp_path, counting)
    assert expected[-1] == ("silent", "entered", "clock")
    for number in range(1, counting.calls + 1):
        assert _silence(tmp_path, _DuringSilence(number, after=after_it)) == expected, f"at call {number}"


class _DuringSilence(Trap):
    """Begins to count once it is armed."""

    def __init__(self, fails_at: int, *, after: bool) -> None:
        super().__init__(fails_at, Unavailable, after=after)
        self.is_armed = False

    def pass_on(self, call: Any, arguments: Any) -> Any:
        return super().pass_on(call, arguments) if self.is_armed else call(*arguments)


def _silence(folder: Path, trap: _DuringSilence) -> list[tuple[str, str, str]]:
    world = world_with(folder, segments=[SILENT], traits=[])
    world.wrap = trap
    world.belongs("C1", JOE)
    world.interacted(interaction("e1", JOE, 1))
    runner = world.runner()
    runner.run_until_quiet()
    world.clock.advance(45 * DAY)
    runner.run_until_quiet()
    world.clock.advance(DAY)
    world.interacted(interaction("e2", JOE, 45 * 24 * 60))
    runner.run_until_quiet()
    world.clock.advance(29.5 * DAY)
    trap.is_armed = True
    runner.run_until_quiet()
    world.clock.advance(timedelta(minutes=3))
    runner.run_until_quiet()
    return told(world, "C1")
