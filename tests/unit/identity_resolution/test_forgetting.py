"""Admission forgets whom it is told to be erased, and admits no more what they did before."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from chassis.clock import ManualClock
from chassis.memory.broker import MemoryBroker
from chassis.memory.runner import Crash
from chassis.records import Message
from identity_resolution.adapters.blocks import _block
from rapport.identity.v1 import events_pb2 as events
from tests.unit.identity_resolution.stewards import observed
from tests.unit.identity_resolution.test_erasing import customer_of, dying, erase, settle
from tests.unit.identity_resolution.world import ASSIGNMENTS, INTERACTIONS, START, World, interaction

JANE, JO = "instagram:jane-canary", "x:jo"
MAIL = ("email", "jane-canary@example.com")
DETAILS = {"given_name": "Jane", "family_name": "Canary", "date_of_birth": "1984-02-29"}


def peopled() -> World:
    """Jane, and Jo, who may be the same person: so it is suggested."""
    clock = ManualClock(START + timedelta(minutes=1))
    world = World(broker=MemoryBroker(clock), clock=clock)
    world.send(observed("1", JANE, MAIL, **DETAILS), interaction("2", JANE))
    world.settle()
    world.send(observed("1", JO, ("email", "jo@example.com"), given_name="Jane", date_of_birth="1984-02-29"))
    world.settle()
    return world


def of_jane(world: World) -> list[str]:
    """Where Jane's account is named, by collection and id."""
    return [
        f"{name}/{key}"
        for name, each in world.stores.items()
        for key, document in each.everything().items()
        if "jane-canary" in repr(document)
    ]


def test_what_admission_knew_of_an_erased_account_is_forgotten_also_by_others() -> None:
    world = peopled()
    assert {each.partition("/")[0] for each in of_jane(world)} >= {"accounts", "details", "blocks", "customers"}
    assert "jane-canary" in repr(world.stores["details"].everything()[JO])
    erase(world, customer_of(world, JANE))
    assert of_jane(world) == []
    blocks = [_block(document)[0] for document in world.stores["blocks"].everything().values()]
    assert {account for block in blocks for account in block.accounts} == {JO}


def test_a_replay_of_all_that_producers_sent_brings_nobody_back() -> None:
    world = peopled()
    erase(world, customer_of(world, JANE))
    before = {name: each.everything() for name, each in world.stores.items() if name != "journal"}
    forwarded = len(world.forwarded())
    sent = world.broker.records(INTERACTIONS)
    world.broker.publish([Message(INTERACTIONS, each.key, each.value) for each in sent if JANE in repr(each.key)])
    world.send(interaction("3", "web:unknown", MAIL))
    settle(world)
    assert {name: each.everything() for name, each in world.stores.items() if name != "journal"} == before
    assert len(world.forwarded()) == forwarded
    assert world.dead_letters() == []


def test_what_an_erased_account_does_later_is_somebody_new() -> None:
    world = peopled()
    before = customer_of(world, JANE)
    erase(world, before)
    later = interaction("4", JANE, MAIL)
    later.occurred_at.FromMilliseconds(world.outcome("e-1").at + 1)
    world.send(later)
    settle(world)
    assert customer_of(world, JANE) != before
    assert list(world.account(JANE).seen) == ["4"]
    for partition in world.broker.partitions(ASSIGNMENTS):
        world.broker.rewind("identity-resolution", partition, 0)
    settle(world)
    assert list(world.account(JANE).seen) == ["4"], "a tombstone that is read again leaves alone what came up since"


def test_a_tombstone_that_says_nothing_of_its_erasure_is_a_dead_letter() -> None:
    world = peopled()
    world.broker.publish([Message(ASSIGNMENTS, JANE.encode(), None)])
    world.settle()
    assert [reason for reason, _ in world.dead_letters()] == ["BAD_TOMBSTONE"]
    assert of_jane(world)


@pytest.mark.parametrize("is_after", [False, True])
def test_an_admission_that_dies_while_it_forgets_has_forgotten_all_in_the_end(is_after: bool) -> None:
    step = 0
    while True:
        step += 1
        world = peopled()
        world.command("e-1", erase=events.EraseCommand(customer_id=customer_of(world, JANE)))
        calls: list[str] = []
        world.wrap = partial(dying, calls, step, is_after)
        try:
            world.settle()
        except Crash:
            died = True
        else:
            died = False
        world.wrap = _plain
        settle(world)
        assert of_jane(world) == [], (step, calls[-1])
        if not died:
            break
    assert step > 20


def _plain(_: str, port: Any) -> Any:
    return port
