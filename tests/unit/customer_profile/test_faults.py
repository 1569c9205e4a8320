"""Crashes, outages and batch borders: whatever happens on the way, the records are those of an undisturbed run."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from chassis.errors import Unavailable
from chassis.memory.runner import Crash
from customer_profile.adapters.documents import RECORDS
from rapport.profile.v1.profile_pb2 import CustomerRecord
from tests.unit.customer_profile.world import (
    World,
    facts,
    interaction,
    observation,
    purchase,
    returned,
)
from tests.unit.wire.world import crashing

A, B, C = "instagram:a", "web_shop:b", "tiktok:c"


def story(world: World) -> None:
    """Three accounts; two customers become one, and the third stays alone. Everything is published at once."""
    world.belongs("C1", A)
    world.belongs("C2", B)
    sent = world.interacted(
        purchase("e1", B, 1, "o1", 100),
        interaction("e2", A, 2),
        observation("e3", B, 3, given_name="Bea"),
        interaction("e4", C, 4),
        purchase("bad", B, 4, "o9", -1),
    )
    world.merged("C2", "C1")
    world.belongs("C1", A, B, absorbed=["C2"])
    world.belongs("C3", C)
    world.broker.publish(sent)
    world.interacted(
        returned("e5", B, 5, "r1", 30), purchase("e6", A, 6, "o1", 100), observation("e7", A, 2, email="a@b")
    )


def outcome(world: World) -> dict[str, Any]:
    """All that must not depend on what went wrong."""
    return {
        "records": {id_: facts(CustomerRecord.FromString(d["message"])) for id_, d in records(world).items()},
        "published": {id_: facts(world.published(id_)[-1]) for id_ in records(world)},
        "rows": {id_: row["body"] for id_, row in world.rows().items()},
        # After a crash a dead letter may be told again, or for the first time, under the reason REDELIVERED.
        "dead": {value for _, value in world.dead_letters()},
    }


def records(world: World) -> dict[str, Any]:
    return world.stores[RECORDS].everything()


def undisturbed() -> dict[str, Any]:
    world = World()
    story(world)
    world.settle()
    return outcome(world)


class Trap:
    """Stands between the handlers and their ports; the given call fails, before or after it took effect."""

    def __init__(self, fails_at: int, error: type[Exception], *, after: bool) -> None:
        self.calls = 0
        self._fails_at = fails_at
        self._error = error
        self._after = after

    def __call__(self, name: str, port: Any) -> Any:
        trap = self

        class Trapped:
            def __getattr__(self, method: str) -> Any:
                call = getattr(port, method)
                return lambda *arguments: trap.pass_on(call, arguments)

        return Trapped()

    def pass_on(self, call: Any, arguments: Any) -> Any:
        self.calls += 1
        fails = self.calls == self._fails_at
        if fails and not self._after:
            raise self._error("planted")
        result = call(*arguments)
        if fails:
            raise self._error("planted")
        return result


def run(trap: Trap) -> World:
    world = World(wrap=trap)
    story(world)
    runner = world.runner(flush_records=4)
    world.settle_through_crashes(runner)
    return world


def calls_in_all() -> int:
    trap = Trap(0, Crash, after=False)
    run(trap)
    return trap.calls


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("error", [Crash, Unavailable])
def test_a_fault_at_any_call_changes_nothing(error: type[Exception], after: bool) -> None:
    """The worker dies, or the store or broker is away, at each single call of a port in turn."""
    expected = undisturbed()
    calls = calls_in_all()
    assert calls > 20, "the story would have to be longer to show anything"
    for number in range(1, calls + 1):
        assert outcome(run(Trap(number, error, after=after))) == expected, f"{error.__name__} at call {number}"


@pytest.mark.parametrize("seed", range(25))
def test_batch_borders_and_the_order_of_partitions_change_nothing(seed: int) -> None:
    """Batches of random size, partitions in random order, crashes before commits: the same records."""
    random = Random(seed)
    world = World()
    story(world)
    runner = world.runner(flush_records=7, random=random, before_commit=crashing(random, 0.2, 3))
    world.settle_through_crashes(runner)
    assert outcome(world) == undisturbed()


def test_the_story_is_what_it_should_be() -> None:
    """Guards the tests above: the merge took place, repeats counted once, the bad purchase did not count."""
    world = World()
    story(world)
    world.settle()
    record = world.record("C1")
    assert list(record.accounts) == [A, B]
    assert record.activity.interactions == 6
    (euros,) = record.purchases
    assert (euros.orders, euros.gross_minor_units, euros.returned_minor_units) == (1, 100, 30)
    assert world.record("C2").merged_into == "C1"
    assert {reason for reason, _ in world.dead_letters()} == {"INVALID_FIELD", "REDELIVERED"}
