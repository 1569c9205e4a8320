"""The clock with several workers, and with one that dies while it tells of what is due."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.errors import Unavailable
from chassis.partitions import partition_of
from chassis.records import TopicPartition
from chassis.stages.resend import SETTLED_AFTER
from rapport.tier.v1.tier_pb2 import ChangeReason
from tests.unit.vip_tier.world import SETTINGS, World, purchase

CUSTOMERS = [f"C{number:02}" for number in range(24)]
TOUCHED = SETTINGS.topic("touched.vip-tier")
EXPECTED = ["ENROLLED", "TIER_EXPIRING", "GRACE_STARTED", "DOWNGRADED"]


def due_at_once() -> World:
    """Many customers whose tiers began at the same moment, and an outage of four hundred days."""
    world = World()
    world.clock.advance(timedelta(days=1))
    for number in range(len(CUSTOMERS)):
        world.interacted(purchase(f"e{number}", f"shop:{number}", 0.1, f"o{number}", 30_000))
    world.settle()
    for number, customer in enumerate(CUSTOMERS):
        world.belongs(customer, f"shop:{number}")
    world.settle()
    world.clock.advance(timedelta(days=400))
    return world


def reasons(world: World, customer: str) -> list[str]:
    """What was told, each sequence once; `changes` sees to it that none has two contents."""
    changes = world.changes(customer)
    assert [each.sequence for each in changes] == list(range(1, len(changes) + 1))
    return [ChangeReason.Name(each.reason).removeprefix("CHANGE_REASON_") for each in changes]


def test_i16_of_two_workers_each_tells_what_is_due_of_its_own_customers() -> None:
    """Together all, each once, though both look at the same store."""
    world = due_at_once()
    told = len(world.broker.records(SETTINGS.topic("tier-changes")))
    workers = [world.handlers()[1] for _ in range(2)]
    for place, worker in enumerate(workers):
        worker.assigned(
            [TopicPartition(TOUCHED, number) for number in range(SETTINGS.partitions) if number % 2 == place]
        )
    workers[0].idle()
    mine = {each for each in CUSTOMERS if partition_of(each.encode(), SETTINGS.partitions) % 2 == 0}
    assert 0 < len(mine) < len(CUSTOMERS)
    for customer in CUSTOMERS:
        assert reasons(world, customer) == (EXPECTED if customer in mine else EXPECTED[:1])
    workers[1].idle()
    assert all(reasons(world, customer) == EXPECTED for customer in CUSTOMERS)
    for worker in workers:
        worker.idle()
    assert len(world.broker.records(SETTINGS.topic("tier-changes"))) == told + 3 * len(CUSTOMERS)


@pytest.mark.parametrize("after", [0, 1, 17, 60])
def test_i16_what_could_not_be_told_while_the_broker_was_away_is_told_when_it_is_back(after: int) -> None:
    """By the same worker: it was written, and is not due any more."""
    world = due_at_once()
    worker = world.handlers()[1]
    worker.assigned([TopicPartition(TOUCHED, number) for number in range(SETTINGS.partitions)])
    world.broker.fail(2, after=after)
    for _ in range(2):
        with pytest.raises(Unavailable):
            worker.idle()
        worker.reset()
    worker.idle()
    for customer in CUSTOMERS:
        assert reasons(world, customer) == EXPECTED
        assert world.published(customer)[-1] == world.tier(customer)


@pytest.mark.parametrize("after", [0, 1, 17, 60])
@pytest.mark.parametrize("away", [timedelta(minutes=1), timedelta(hours=5), timedelta(days=9)])
def test_i16_what_a_worker_had_not_told_when_it_died_another_tells(after: int, away: timedelta) -> None:
    """In order, with the dates it should have had, and the same again where it was told already; also after long."""
    world = due_at_once()
    partitions = [TopicPartition(TOUCHED, number) for number in range(SETTINGS.partitions)]
    dying, heir = world.handlers()[1], world.handlers()[1]
    dying.assigned(partitions)
    world.broker.fail(1, after=after)
    with pytest.raises(Unavailable):
        dying.idle()
    world.clock.advance(away)
    heir.assigned(partitions)
    heir.idle()
    world.clock.advance(SETTLED_AFTER)
    heir.idle()
    for customer in CUSTOMERS:
        assert reasons(world, customer) == EXPECTED
        assert len({each.effective_time.seconds for each in world.changes(customer)}) == len(EXPECTED)
        assert world.published(customer)[-1] == world.tier(customer)
