"""Relationships on their topic: what holds of each account, whole, until it is taken back or somebody is erased."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from chassis.memory.runner import Crash
from chassis.records import Message
from rapport.identity.v1 import events_pb2 as events
from tests.unit.identity_resolution.test_erasing import customer_of, dying, erase, settle
from tests.unit.identity_resolution.world import World

TOPIC = "rapport.identity-relationships"
JANE, JOE = "instagram:jane", "instagram:joe"
HOME, EMPLOYER = events.RELATIONSHIP_KIND_HOUSEHOLD, events.RELATIONSHIP_KIND_EMPLOYER


def told(world: World) -> dict[str, events.AccountRelationships | None]:
    """What the topic holds of each account once it is compacted; None for a tombstone."""
    return {
        (record.key or b"").decode(): None
        if record.value is None
        else events.AccountRelationships.FromString(record.value)
        for record in world.broker.records(TOPIC)
    }


def relate(world: World, request_id: str, kind: events.RelationshipKind.ValueType, account: str, **side: str) -> str:
    """Lay a relationship down; returns its id."""
    command = events.AddRelationshipCommand(kind=kind, account_key=account, **side)
    world.command(request_id, add_relationship=command)
    world.settle()
    outcome = world.outcome(request_id)
    assert not outcome.error
    return outcome.made


def of(world: World, account: str) -> list[tuple[int, str, str]]:
    message = told(world)[account]
    assert message is not None
    return [(each.kind, each.other_account_key, each.organisation) for each in message.relationships]


@pytest.fixture
def world() -> World:
    """Two people that nothing ties."""
    world = World()
    world.show((JANE, ["email:h_jane"]), (JOE, ["email:h_joe"]))
    world.settle()
    return world


def test_ad5_a_household_is_told_to_both_sides_and_an_employer_to_one(world: World) -> None:
    relate(world, "r-1", HOME, JANE, other_account_key=JOE)
    relate(world, "r-2", EMPLOYER, JOE, organisation="us")
    assert of(world, JANE) == [(HOME, JOE, "")]
    assert of(world, JOE) == [(HOME, JANE, ""), (EMPLOYER, "", "us")]


def test_ad5_a_relationship_that_is_taken_back_is_told_of_no_more_in_a_higher_version(world: World) -> None:
    made = relate(world, "r-1", HOME, JANE, other_account_key=JOE)
    before = told(world)[JOE]
    assert before is not None
    world.command("r-2", remove_relationship=events.RemoveRelationshipCommand(relationship_id=made))
    world.settle()
    after = told(world)[JOE]
    assert after is not None
    assert of(world, JANE) == of(world, JOE) == []
    assert after.version > before.version


def test_ad5_after_an_erasure_the_other_side_lives_alone_and_the_erased_one_is_a_tombstone(world: World) -> None:
    relate(world, "r-1", HOME, JANE, other_account_key=JOE)
    before = told(world)[JOE]
    assert before is not None
    erase(world, customer_of(world, JANE))
    after = told(world)
    assert after[JANE] is None
    assert of(world, JOE) == []
    joe = after[JOE]
    assert joe is not None
    assert joe.version > before.version


@pytest.mark.parametrize("is_after", [False, True])
def test_ad5_wherever_a_worker_dies_the_topic_comes_to_say_what_holds(is_after: bool) -> None:
    """Also where a relationship was committed and not told of."""
    step, has_died = 0, True
    while has_died:
        step += 1
        world = World()
        world.show((JANE, ["email:h_jane"]), (JOE, ["email:h_joe"]))
        world.settle()
        command = events.AddRelationshipCommand(kind=HOME, account_key=JANE, other_account_key=JOE)
        world.command("r-1", add_relationship=command)
        world.wrap = partial(dying, [], step, is_after)
        try:
            world.settle()
        except Crash:
            pass
        else:
            has_died = False
        world.wrap = lambda _, port: port
        settle(world)
        assert of(world, JANE) == [(HOME, JOE, "")]
        assert of(world, JOE) == [(HOME, JANE, "")]
    assert step > 3


def test_ad5_what_a_deposed_decider_says_late_of_relationships_is_said_anew(world: World) -> None:
    """A compacted topic keeps what came last: here that they live together, which was taken back meanwhile."""
    made = relate(world, "r-1", HOME, JANE, other_account_key=JOE)
    (old,) = [record for record in world.broker.records(TOPIC) if record.key == JOE.encode()]
    runner = world.runner()
    runner.idle()
    world.command("r-2", remove_relationship=events.RemoveRelationshipCommand(relationship_id=made))
    runner.run_until_quiet()
    world.broker.publish([Message(TOPIC, old.key, old.value)])
    assert of(world, JOE) == [(HOME, JANE, "")]
    world.clock.advance(timedelta(minutes=3))
    runner.run_until_quiet()
    assert of(world, JOE) == of(world, JANE) == []
