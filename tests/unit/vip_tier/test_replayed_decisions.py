"""Decisions that became dead letters, and are replayed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.letter_origin import origin_headers
from chassis.records import Headers, Message, Record
from rapport.interactions.v1.decision_pb2 import Decision, PointsSpending
from tests.unit.vip_tier.world import World, purchase
from tests.unit.wire.world import JOE
from vip_tier.application import folding
from vip_tier.domain.persona import Decided, Persona, take_in_decision


@pytest.fixture
def world() -> World:
    """Joe has 400 points."""
    made = World()
    made.belongs("C1", JOE)
    made.interacted(purchase("e1", JOE, 0.1, "o1", 40_000))
    made.settle()
    made.clock.advance(timedelta(days=1))
    return made


def spend(world: World, request_id: str, points: int) -> None:
    decision = Decision(
        event_id=request_id,
        account_key=JOE,
        owner="till-4",
        reason="A-17",
        points_spending=PointsSpending(points=points),
    )
    decision.decided_at.FromDatetime(world.clock.now())
    world.publish("decisions", JOE, decision.SerializeToString())


def letters(world: World) -> list[Record]:
    return list(world.broker.records(world.settings.topic("dead-letters.vip-tier")))


def replay(world: World, letter: Record, headers: Headers) -> None:
    """As `rapportctl dlq replay` does."""
    world.broker.publish([Message(world.settings.topic("retry.vip-tier"), JOE.encode(), letter.value, headers)])
    world.settle()


def active(world: World) -> int:
    return world.tier("C1").points.active


def test_ti9_a_decision_that_became_a_dead_letter_is_carried_out_when_it_is_replayed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, in whichever order it is replayed to those that came after it; only in the place that it had."""

    def defective(persona: Persona, decided: Decided) -> None:
        if decided.request_id == "r1":
            raise ZeroDivisionError
        take_in_decision(persona, decided)

    with monkeypatch.context() as patch:
        patch.setattr(folding, "take_in_decision", defective)
        spend(world, "r1", 100)
        spend(world, "r2", 30)
        world.settle()
    (letter,) = letters(world)
    assert active(world) == 370
    replay(world, letter, ())
    assert active(world) == 370
    assert len(letters(world)) == 2, "a decision that does not say where it was read is none that can be placed"
    for _ in range(2):
        replay(world, letter, origin_headers(letter.headers))
        assert active(world) == 270


def test_ti9_a_decision_that_fails_again_can_be_replayed_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The letter of the second failure still says where the decision was read first."""

    def defective(persona: Persona, decided: Decided) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(folding, "take_in_decision", defective)
        spend(world, "r1", 100)
        world.settle()
        replay(world, letters(world)[0], origin_headers(letters(world)[0].headers))
    first, second = letters(world)
    assert active(world) == 400
    assert origin_headers(first.headers) == origin_headers(second.headers)
    replay(world, second, origin_headers(second.headers))
    assert active(world) == 300
