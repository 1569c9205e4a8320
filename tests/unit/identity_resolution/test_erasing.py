"""Erasing a customer in the log of evidence: what goes, what is left of it with others, and what is taken in later."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from chassis.memory.runner import Crash
from chassis.pseudonym import Pseudonymizer
from chassis.records import Message, Record
from chassis.tombstones import read_tombstone
from identity_resolution.adapters.markers import LATEST
from rapport.identity.v1 import events_pb2 as events
from tests.unit.identity_resolution.world import ASSIGNMENTS, CUSTOMERS, EVIDENCE, KEY, World

JANE, JOE, ZOE = "instagram:jane-canary", "instagram:joe", "instagram:zoe"
EMAIL, PHONE = "email:h_jane-canary", "phone:h_shared"


def stored(world: World) -> str:
    """All that the decider's collections hold, as text."""
    return repr({name: each.everything() for name, each in world.stores.items()})


def erase(world: World, customer: str, request_id: str = "e-1") -> None:
    """Have a customer erased."""
    world.command(request_id, erase=events.EraseCommand(customer_id=customer))
    settle(world)


def settle(world: World) -> None:
    """Let a worker work until it is quiet, and until nobody is left who was deposed before."""
    runner = world.runner()
    runner.run_until_quiet()
    world.clock.advance(timedelta(minutes=3))
    runner.run_until_quiet()


def customer_of(world: World, account: str) -> str:
    """The customer of an account, by its membership."""
    return str(world.stores["memberships"].everything()[account]["customer"])


def tombstones(world: World, topic: str) -> dict[str, Record]:
    """The last records of those keys whose last record has no value."""
    last = {(record.key or b"").decode(): record for record in world.broker.records(topic)}
    return {key: record for key, record in last.items() if record.value is None}


def pair(account: str, other: str, weight: float) -> Message:
    """Evidence that two accounts are alike."""
    told = events.Evidence(
        account_key=account,
        pairs=[events.PairEvidence(other_account_key=other, weight=weight, personal_weight=weight, model_version="m")],
    )
    return Message(EVIDENCE, account.encode(), events.EvidenceEntry(evidence=told).SerializeToString(), (), 0)


def late(account: str, occurred_ms: int, *identifiers: str) -> Message:
    """Evidence of an interaction that happened at that time."""
    told = events.Evidence(
        account_key=account, claims=[events.IdentifierClaim(type=key.partition(":")[0], key=key) for key in identifiers]
    )
    told.occurred_at.FromMilliseconds(occurred_ms)
    return Message(EVIDENCE, account.encode(), events.EvidenceEntry(evidence=told).SerializeToString(), (), 0)


@pytest.fixture
def world() -> World:
    """Jane with two accounts and an e-mail address, Joe with a phone number that Jane has shown too."""
    world = World()
    world.show((JANE, [EMAIL]), ("web:jane-canary-2", [EMAIL, PHONE]), (JOE, ["email:h_joe"]), (ZOE, []))
    world.broker.publish([pair(JANE, JOE, 1.0), pair(ZOE, JANE, 2.5)])
    world.settle()
    return world


def test_pr5_nothing_of_an_erased_customer_is_left_but_markers(world: World) -> None:
    id_ = customer_of(world, JANE)
    world.command("c-1", add_constraint=events.AddConstraintCommand(
        kind=events.CONSTRAINT_KIND_CANNOT_LINK, account_keys=[JANE, JOE, ZOE]
    ))  # fmt: skip
    world.command("r-1", add_relationship=events.AddRelationshipCommand(
        kind=events.RELATIONSHIP_KIND_HOUSEHOLD, account_key=JANE, other_account_key=JOE
    ))  # fmt: skip
    world.settle()
    assert not world.outcome("c-1").error
    assert not world.outcome("r-1").error
    erase(world, id_)
    assert not world.outcome("e-1").error
    assert "canary" not in stored(world)
    assert id_ not in world.stores["customers"].everything()
    assert world.stores["relationships"].everything() == {}
    hashed = Pseudonymizer(KEY.encode()).hash
    expected = {hashed(id_), hashed(f"account/{JANE}"), hashed(f"identifier/{EMAIL}"), LATEST}
    assert expected <= world.stores["markers"].everything().keys()


def test_what_people_said_of_others_too_goes_on_to_hold_for_them(world: World) -> None:
    world.command("c-1", add_constraint=events.AddConstraintCommand(
        kind=events.CONSTRAINT_KIND_CANNOT_LINK, account_keys=[JANE, JOE, ZOE]
    ))  # fmt: skip
    world.settle()
    erase(world, customer_of(world, JANE))
    (constraint,) = world.stores["constraints"].everything().values()
    assert constraint["holds"]
    world.command("m-1", add_constraint=events.AddConstraintCommand(
        kind=events.CONSTRAINT_KIND_MUST_LINK, account_keys=[JOE, ZOE]
    ))  # fmt: skip
    world.settle()
    assert world.outcome("m-1").error == "CONSTRAINT_FORBIDS"


def test_accounts_and_all_ids_of_the_customer_are_told_of_by_tombstones(world: World) -> None:
    away, survivor = sorted([customer_of(world, JANE), customer_of(world, ZOE)], reverse=True)
    world.command("m-1", merge=events.MergeCommand(customer_ids=[away, survivor]))
    world.settle()
    erase(world, away)
    assert dict(world.outcome("e-1").details) == {"accounts": "3", "merged": "yes"}
    assert tombstones(world, CUSTOMERS).keys() == {away, survivor}
    assert tombstones(world, ASSIGNMENTS).keys() == {JANE, ZOE, "web:jane-canary-2"}
    told = read_tombstone(tombstones(world, CUSTOMERS)[survivor])
    assert told.version == world.outcome("e-1").version
    assert told.erased_at == world.outcome("e-1").at
    assert "canary" not in stored(world)


def test_erasing_again_finds_nobody_unless_it_is_the_same_command(world: World) -> None:
    id_ = customer_of(world, JANE)
    erase(world, id_)
    first = world.outcome("e-1")
    erase(world, id_)
    assert world.outcome("e-1") == first
    erase(world, id_, "e-2")
    assert world.outcome("e-2").error == "CUSTOMER_NOT_FOUND"


def test_evidence_of_before_is_taken_in_no_more_and_later_evidence_is_somebody_new(world: World) -> None:
    before = customer_of(world, JANE)
    erase(world, before)
    at = world.outcome("e-1").at
    world.broker.publish([late(JANE, at), late("web:unknown", at, EMAIL), pair(JOE, JANE, 3.0)])
    world.settle()
    assert world.stores["memberships"].everything().keys() == {JOE, ZOE}
    world.broker.publish([late(JANE, at + 1, EMAIL)])
    world.settle()
    assert customer_of(world, JANE) > before
    assert tombstones(world, ASSIGNMENTS).keys() == {"web:jane-canary-2"}


def test_an_identifier_that_others_show_too_stays_theirs(world: World) -> None:
    world.show((JOE, [PHONE]))
    world.settle()
    world.command("s-1", split=events.SplitCommand(
        customer_id=customer_of(world, JOE), account_keys=[JOE]
    ))  # fmt: skip
    world.settle()
    erase(world, customer_of(world, JANE))
    assert world.stores["identifiers"].everything()[PHONE]["accounts"] == [JOE]
    assert EMAIL not in world.stores["identifiers"].everything()


def test_the_log_replays_to_the_same_customers(world: World) -> None:
    erase(world, customer_of(world, JANE))
    world.broker.publish([late(JANE, world.outcome("e-1").at + 5, EMAIL)])
    world.settle()
    again = World(broker=world.broker)
    _, handler = again.handlers()
    handler.assigned(world.broker.partitions(EVIDENCE))
    handler.handle(world.broker.records(EVIDENCE))
    for name in ("customers", "memberships", "identifiers"):
        assert again.stores[name].everything() == world.stores[name].everything(), name
    # All others are admission's.
    assert again.stores["markers"].everything().items() <= world.stores["markers"].everything().items()


def dying(calls: list[str], at: int, is_after: bool, name: str, port: Any) -> Any:
    return Dying(port, calls, at, name, is_after=is_after)


class Dying:
    """A port that dies at a call of the given number, before or after it is done."""

    def __init__(self, port: Any, calls: list[str], at: int, name: str, *, is_after: bool) -> None:
        self._port, self._calls, self._at, self._name, self._is_after = port, calls, at, name, is_after

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._port, name)

        def called(*arguments: Any) -> Any:
            self._calls.append(f"{self._name}.{name}")
            is_due = len(self._calls) == self._at
            if is_due and not self._is_after:
                raise Crash
            answer = call(*arguments)
            if is_due:
                raise Crash
            return answer

        return called


@pytest.mark.parametrize("is_after", [False, True])
def test_an_erasure_that_dies_anywhere_is_finished_by_the_next_worker(is_after: bool) -> None:
    step = 0
    while True:
        step += 1
        world = World()
        world.show((JANE, [EMAIL]), (JOE, ["email:h_joe"]))
        world.broker.publish([pair(JANE, JOE, 2.5)])
        world.settle()
        id_ = customer_of(world, JANE)
        world.command("e-1", erase=events.EraseCommand(customer_id=id_))
        calls: list[str] = []
        world.wrap = partial(dying, calls, step, is_after)
        try:
            world.settle()
        except Crash:
            died = True
        else:
            died = False
        world.wrap = lambda _, port: port
        settle(world)
        assert "canary" not in stored(world), (step, calls[-1])
        assert tombstones(world, CUSTOMERS).keys() == {id_}
        assert tombstones(world, ASSIGNMENTS).keys() == {JANE}
        if not died:
            break
    assert step > 10


def test_what_a_deposed_decider_brings_back_is_removed_again(world: World) -> None:
    """Its last commit was about Jane: it may still be writing that, and sending it, when she is erased."""
    id_ = customer_of(world, JANE)
    world.show((JANE, ["email:h_second"]))
    world.settle()
    before = {name: each.everything() for name, each in world.stores.items()}
    runner = world.runner()
    runner.idle()
    world.command("e-1", erase=events.EraseCommand(customer_id=id_))
    runner.run_until_quiet()
    for name in ("customers", "memberships", "identifiers"):
        world.stores[name].put_newer(list(before[name].values()))
    old = [record for record in world.broker.records(CUSTOMERS) if record.key == id_.encode() and record.value]
    world.broker.publish([Message(CUSTOMERS, old[-1].key, old[-1].value)])
    world.clock.advance(timedelta(minutes=3))
    runner.run_until_quiet()
    assert "canary" not in stored(world)
    assert tombstones(world, CUSTOMERS).keys() == {id_}
