"""The two stages of a service forget whom tombstones name, and what comes late of them creates nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.clock import milliseconds
from chassis.pseudonym import Pseudonymizer
from chassis.records import Message
from chassis.tombstones import tombstone
from tests.unit.vip_tier.world import World, purchase
from tests.unit.wire.world import ANN, JOE, START
from vip_tier.adapters.documents import CHANGES

ERASED_AT = START + timedelta(days=10)


def tombstones(world: World, account: str, customer: str) -> list[Message]:
    """What identity resolution says when it has erased a customer with one account, in the version after the newest."""
    world.versions += 1
    named = (("identity-assignments", account), ("customers", customer))
    return [
        tombstone(world.settings.topic(topic), key, world.versions, ERASED_AT, "/rapport/identity-resolution")
        for topic, key in named
    ]


def erased(world: World, account: str, customer: str) -> None:
    """Publish these, and let the service work until nobody is left who was deposed before."""
    world.broker.publish(tombstones(world, account, customer))
    settle(world)


def settle(world: World) -> None:
    """Let a worker work, and again when erasures are settled."""
    runner = world.runner()
    runner.run_until_quiet()
    world.clock.advance(timedelta(minutes=3))
    runner.run_until_quiet()


def named(world: World, *keys: str) -> list[str]:
    """The documents in which one of the keys stands."""
    return [
        f"{name}/{id_}"
        for name, documents in world.everything().items()
        for id_, document in documents.items()
        if any(key in repr(document) for key in keys)
    ]


@pytest.fixture
def world() -> World:
    """Joe, who has bought enough for changes of his tier, and Ann."""
    world = World()
    world.clock.set(START + timedelta(days=9))
    world.belongs("C1", JOE)
    world.belongs("C2", ANN)
    world.interacted(purchase("p1", JOE, 1, "o1", 500_000), purchase("p2", JOE, 2, "o2", 500_000))
    world.interacted(purchase("p3", ANN, 1, "o3", 1_000))
    world.settle()
    assert CHANGES in {place.split("/")[0] for place in named(world, "C1")}
    world.clock.set(ERASED_AT)
    return world


def test_pr5_of_an_erased_account_and_customer_only_markers_are_left(world: World) -> None:
    before = set(named(world, "C2", ANN))
    version = world.published("C1")[-1].version
    erased(world, JOE, "C1")
    assert named(world, "C1", JOE) == []
    assert set(named(world, "C2", ANN)) == before
    hashed = Pseudonymizer(world.settings.pseudonym_key).hash
    assert world.stores["erased_members"].everything().keys() == {hashed(JOE)}
    marker = world.stores["erased_groups"].everything()[hashed("C1")]
    assert (marker["erased_at"], marker["result_version"]) == (milliseconds(ERASED_AT), version)
    last = [each for each in world.broker.records(world.settings.topic("tiers")) if each.key == b"C1"][-1]
    assert last.value is None


def test_what_comes_late_of_the_time_before_creates_nothing(world: World) -> None:
    old = world.versions
    erased(world, JOE, "C1")
    world.interacted(purchase("p4", JOE, 3, "o4", 100))
    world.scored("C1", 900)
    world.versions = 0
    world.belongs("C1", JOE)
    world.versions = old + 1
    settle(world)
    assert named(world, "C1", JOE) == []
    assert world.dead_letters() == []


def test_what_happens_later_begins_anew_and_an_old_tombstone_leaves_it_alone(world: World) -> None:
    told = tombstones(world, JOE, "C1")
    world.broker.publish(told)
    settle(world)
    world.belongs("C3", JOE)
    world.interacted(purchase("p5", JOE, 11, "o5", 700), purchase("p1", JOE, 1, "o1", 500_000))
    settle(world)
    before = world.personas()[JOE], world.document("C3")["body"]
    world.broker.publish(told)
    settle(world)
    assert (world.personas()[JOE], world.document("C3")["body"]) == before
    assert "o5" in repr(before[0])
    assert "o1" not in repr(before[0])


def test_a_customer_that_comes_up_again_counts_on_from_its_marker(world: World) -> None:
    changes = [each for each in world.stores[CHANGES].everything().values() if each["group"] == "C1"]
    sequence = max(each["sequence"] for each in changes)
    version = world.published("C1")[-1].version
    erased(world, JOE, "C1")
    world.belongs("C1", JOE)
    world.interacted(purchase("p6", JOE, 11, "o6", 900_000))
    settle(world)
    assert world.tier("C1").version > version
    changes = [each for each in world.stores[CHANGES].everything().values() if each["group"] == "C1"]
    assert min(each["sequence"] for each in changes) == sequence + 1


def test_a_score_that_is_erased_says_nothing_to_the_tier(world: World) -> None:
    world.broker.publish([Message(world.settings.topic("advocacy-scores"), b"C2", None)])
    settle(world)
    assert world.dead_letters() == []


def test_what_a_deposed_worker_brings_back_is_removed_again(world: World) -> None:
    personas, tiers = world.personas()[JOE], world.document("C1")
    runner = world.runner()
    world.broker.publish(tombstones(world, JOE, "C1"))
    runner.run_until_quiet()
    world.stores["personas"].insert_new([personas])
    world.stores["tiers"].insert_new([tiers])
    world.clock.advance(timedelta(minutes=3))
    runner.run_until_quiet()
    assert named(world, "C1", JOE) == []
