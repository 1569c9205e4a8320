"""Decisions under crashes, outages, and two workers that both believe to decide."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from chassis.errors import Deposed, Unavailable
from chassis.memory.runner import Crash, MemoryRunner
from chassis.records import Message
from chassis.stages.resend import SETTLED_AFTER
from tests.unit.identity_resolution.evidence_log import (
    MAIL,
    PHONE,
    TOWN,
    A,
    B,
    C,
    Shown,
    check,
    decided,
    replayed,
    stored,
)
from tests.unit.identity_resolution.sabotage import Saboteur
from tests.unit.identity_resolution.world import ASSIGNMENTS, CUSTOMERS, EVIDENCE, SERVICE, SETTINGS, World


def test_what_was_dead_lettered_before_a_crash_is_dead_lettered_again() -> None:
    """The journal's position hides entries from the next worker: their dead letters must be out before it moves."""
    for call in range(1, 12):
        world = World()
        world.broker.publish([Message(EVIDENCE, b"k", b"\xff", (), 0)])
        world.show((A, [MAIL]))
        Saboteur(world, call).run()
        assert ("UNPARSEABLE", "the value is no serialized EvidenceEntry") in world.dead_letters()
        assert world.people() == {frozenset({A})}


@pytest.mark.parametrize("flush", [3, 100])
def test_a_crash_at_any_call_of_a_port_delays_decisions_and_tears_none(flush: int) -> None:
    reference = decided(TOWN)
    calls = 0
    for call in range(1, 200):
        world = World()
        world.show(*TOWN)
        saboteur = Saboteur(world, call)
        saboteur.run(flush_records=flush)
        check(world, TOWN)
        assert stored(world) == stored(reference)
        calls += saboteur.crashes
        if not saboteur.crashes:
            break
    assert calls > 8


@pytest.mark.parametrize("seed", range(40))
def test_i5_many_crashes_any_batches_and_repeated_evidence_end_in_the_same_components(seed: int) -> None:
    random = Random(seed)
    log: Shown = [
        (f"x:{random.randrange(25)}", [f"tie:h_{random.randrange(30)}" for _ in range(random.randrange(3))])
        for _ in range(60)
    ]
    world = World()
    world.show(*log)
    calls = [call for call in range(1, 400) if random.random() < 0.08]
    Saboteur(world, *calls).run(flush_records=20, random=random)
    check(world, log)
    assert stored(world) == stored(decided(log))


def test_a_very_first_commit_that_fails_is_made_again() -> None:
    """The journal holds nothing yet that would say where to begin."""
    world = World()
    world.wrap = lambda name, port: Refusing(port, call=2) if name == "journal" else port
    world.show((A, [MAIL]), (B, [MAIL]))
    world.settle()
    check(world, [(A, [MAIL]), (B, [MAIL])])


class Refusing:
    """A store that is away at one call of `compare_and_set`."""

    def __init__(self, port: Any, call: int) -> None:
        self._port, self._left = port, call

    def __getattr__(self, name: str) -> Any:
        if name == "compare_and_set":
            self._left -= 1
            if self._left == 0:
                raise Unavailable("away (planted)")
        return getattr(self._port, name)


def test_outages_of_store_and_broker_lose_nothing() -> None:
    world = World()
    world.show(*TOWN)
    runner = world.runner(flush_records=4, attempts=3)
    for trouble in range(6):
        world.broker.fail(times=1, after=trouble)
        runner.step()
    world.broker.fail(times=0)
    runner.run_until_quiet()
    check(world, TOWN)
    assert stored(world) == stored(decided(TOWN))


def test_two_workers_in_turn_decide_as_one() -> None:
    world = World()
    workers = [world.runner(), world.runner()]
    for number, entry in enumerate(TOWN):
        world.show(entry)
        worker = workers[number // 2 % 2]
        worker.assign()
        worker.run_until_quiet()
    check(world, TOWN)
    assert stored(replayed(world)) == stored(world)


def test_a_worker_that_lost_the_log_and_was_not_told_is_deposed() -> None:
    world = World()
    world.show((A, [MAIL]))
    zombie = world.runner()
    zombie.run_until_quiet()
    world.show((B, [MAIL]))
    world.settle()
    before = stored(world)
    world.show((C, [MAIL]))
    with pytest.raises(Deposed):
        zombie.run_until_quiet()
    assert stored(world) == before
    world.settle()
    check(world, [(A, [MAIL]), (B, [MAIL]), (C, [MAIL])])


def test_a_worker_that_has_taken_over_is_the_only_one_even_before_it_decides() -> None:
    world = World()
    world.show((A, [MAIL]))
    zombie = world.runner()
    zombie.run_until_quiet()
    world.runner().idle()
    world.show((B, [MAIL]))
    with pytest.raises(Deposed):
        zombie.run_until_quiet()
    assert set(world.stores["memberships"].everything()) == {A}


def test_entries_that_were_decided_are_not_decided_again_when_the_log_hands_them_out() -> None:
    world = decided([(A, [MAIL]), (B, [PHONE])])
    position = world.stores["journal"].everything()["journal"]["position"]
    world.broker.rewind(SERVICE, world.broker.partitions(EVIDENCE)[0], 0)
    runner = world.runner(flush_records=1)
    while runner.step():
        assert world.stores["journal"].everything()["journal"]["position"] == position


def test_what_a_former_owner_sends_late_is_sent_over_once_it_has_settled() -> None:
    """Readers keep the higher version, but a compacted topic keeps what came last."""
    world = World()
    late: list[Message] = []

    class Stalling:
        def publish(self, messages: Iterable[Message]) -> None:
            late.extend(messages)
            raise Crash

    world.show((A, [MAIL]))
    world.wrap = lambda name, port: Stalling() if name == "publisher" else port
    with pytest.raises(Crash):
        world.runner().step()
    world.wrap = lambda name, port: port
    owner = world.runner()
    owner.run_until_quiet()
    world.show((B, [MAIL]))
    owner.run_until_quiet()
    newest = last_of(world, CUSTOMERS)
    world.broker.publish(late)
    assert last_of(world, CUSTOMERS) != newest
    world.clock.advance(SETTLED_AFTER - timedelta(seconds=1))
    owner.run_until_quiet()
    assert last_of(world, CUSTOMERS) != newest
    world.clock.advance(timedelta(seconds=1))
    owner.run_until_quiet()
    assert last_of(world, CUSTOMERS) == newest
    written = world.broker.written
    world.clock.advance(SETTLED_AFTER)
    owner.run_until_quiet()
    assert world.broker.written == written


def test_what_a_former_owner_sends_late_is_sent_over_by_whoever_decides_by_then() -> None:
    """The next owner may be followed by another before the former one has settled."""
    world = World()
    late: list[Message] = []

    class Stalling:
        def publish(self, messages: Iterable[Message]) -> None:
            late.extend(messages)
            raise Crash

    world.show((A, [MAIL]))
    world.wrap = lambda name, port: Stalling() if name == "publisher" else port
    with pytest.raises(Crash):
        world.runner().step()
    world.wrap = lambda name, port: port
    for shown in ((B, [MAIL]), (C, [PHONE]), ("x:1", [PHONE])):
        world.show(shown)
        world.settle()
    newest = {topic: last_of(world, topic) for topic in (CUSTOMERS, ASSIGNMENTS)}
    world.broker.publish(late)
    for _ in range(20):
        world.settle()
    assert last_of(world, CUSTOMERS) != newest[CUSTOMERS]
    assert len(world.stores["journal"].everything()["journal"]["late"]) < 500
    world.clock.advance(SETTLED_AFTER)
    owner = world.runner()
    owner.run_until_quiet()
    assert {topic: last_of(world, topic) for topic in newest} == newest


def last_of(world: World, topic: str) -> dict[bytes | None, bytes | None]:
    """What compaction leaves of the topic."""
    return {record.key: record.value for record in world.broker.records(topic)}


def test_a_worker_without_the_log_leaves_the_journal_alone() -> None:
    world = World()
    world.show((A, [MAIL]))
    world.settle()
    before = world.stores["journal"].everything()
    idle: MemoryRunner = world.runner()
    idle.assign(world.broker.partitions(SETTINGS.topic("interactions")))
    idle.idle()
    assert world.stores["journal"].everything() == before
