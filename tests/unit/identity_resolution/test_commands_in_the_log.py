"""People's commands, taken from the log that evidence stands in: what is stored and published of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity_resolution.adapters import journal
from rapport.identity.v1.events_pb2 import (
    ASSIGNMENT_CAUSE_MERGE,
    ASSIGNMENT_CAUSE_SPLIT,
    ASSIGNMENT_CAUSE_UNDO,
    CONSTRAINT_KIND_CANNOT_LINK,
    CUSTOMER_STATE_LIVE,
    AddConstraintCommand,
    MergeCommand,
    SplitCommand,
    UndoCommand,
)
from tests.unit.identity_resolution.evidence_log import MAIL, PHONE, A, B, C, replayed, stored
from tests.unit.identity_resolution.sabotage import Saboteur
from tests.unit.identity_resolution.world import World

ONE, TWO, THREE = "instagram:1", "tiktok:2", "store:3"


def ids(world: World) -> list[str]:
    """The ids of live customers, oldest first."""
    return sorted(id_ for id_, each in world.customers().items() if each.state == CUSTOMER_STATE_LIVE)


def people(*groups: set[str]) -> set[frozenset[str]]:
    """Accounts by person."""
    return {frozenset(group) for group in groups}


def strangers() -> World:
    """A world of three customers with nothing in common."""
    world = World()
    world.show((ONE, [MAIL]), (TWO, [PHONE]), (THREE, []))
    world.settle()
    return world


def test_id9_a_merge_by_a_person_is_told_like_any_other_with_its_cause() -> None:
    world = strangers()
    first, second, _ = ids(world)
    world.command("r-1", merge=MergeCommand(customer_ids=[second, first]))
    world.settle()
    moved = world.assignments()[TWO]
    assert world.people() == people({ONE, TWO}, {THREE})
    assert (moved.customer_id, moved.previous_customer_id, moved.cause) == (first, second, ASSIGNMENT_CAUSE_MERGE)
    assert moved.decision_id == world.outcome("r-1").decision
    assert world.customers()[second].merged_into == first
    assert (world.decision("r-1").owner, world.decision("r-1").reason) == ("care-17", "told so")


def test_id10_undo_gives_both_customers_their_ids_and_accounts_back() -> None:
    world = strangers()
    before = {id_: each.accounts for id_, each in world.customers().items()}
    first, second, _ = ids(world)
    world.command("r-1", merge=MergeCommand(customer_ids=[first, second]))
    world.settle()
    world.command("r-2", undo=UndoCommand(decision_id=world.outcome("r-1").decision))
    world.settle()
    assert {id_: each.accounts for id_, each in world.customers().items()} == before
    assert world.assignments()[TWO].cause == ASSIGNMENT_CAUSE_UNDO
    assert list(world.customers()[first].absorbed) == []


def test_id6_evidence_that_comes_again_does_not_join_what_a_person_has_parted() -> None:
    world = World()
    world.show((A, [MAIL]), (B, [MAIL]), (C, [MAIL]))
    world.settle()
    (customer,) = ids(world)
    world.command("r-1", split=SplitCommand(customer_id=customer, account_keys=[B]))
    world.settle()
    assert world.people() == people({A, C}, {B})
    assert world.assignments()[B].cause == ASSIGNMENT_CAUSE_SPLIT
    world.show((A, [PHONE]), (B, [PHONE]), (B, [MAIL]))
    world.settle()
    assert world.people() == people({A, C}, {B})


def test_a_command_under_a_known_request_id_changes_nothing() -> None:
    world = strangers()
    first, second, third = ids(world)
    world.command("r-1", merge=MergeCommand(customer_ids=[first, second]))
    world.command("r-1", merge=MergeCommand(customer_ids=[first, third]))
    world.settle()
    assert world.people() == people({ONE, TWO}, {THREE})


def test_a_command_that_cannot_be_carried_out_says_why_and_changes_nothing() -> None:
    world = strangers()
    before = stored(world)
    world.command("r-1", merge=MergeCommand(customer_ids=[ids(world)[0], "0" * 26]))
    world.settle()
    after = stored(world)
    assert world.outcome("r-1").error == "CUSTOMER_NOT_FOUND"
    assert after.pop("outcomes").keys() == {"r-1"}
    assert before.pop("outcomes") == {}
    assert after == before


def test_id6_a_constraint_ends_when_its_time_has_passed_and_the_log_says_so() -> None:
    world = World()
    world.show((A, []), (B, []))
    world.settle()
    constraint = AddConstraintCommand(kind=CONSTRAINT_KIND_CANNOT_LINK, account_keys=[A, B])
    constraint.expire_time.FromDatetime(world.clock.now() + timedelta(days=1))
    world.command("r-1", add_constraint=constraint)
    world.show((A, [MAIL]), (B, [MAIL]))
    world.settle()
    assert world.people() == people({A}, {B})
    world.clock.advance(timedelta(days=2))
    world.settle()
    world.settle()
    assert world.people() == people({A, B})
    assert stored(replayed(world)) == stored(world)


def story(world: World) -> None:
    """Evidence and commands by turns, in one log."""
    world.show((A, [MAIL]), (B, [PHONE]), (C, ["tie:h_3"]))
    world.settle()
    first, second, third = ids(world)
    world.command("r-1", merge=MergeCommand(customer_ids=[first, second]))
    world.show((C, [PHONE]), ("x:1", [MAIL, "tie:h_8"]))
    world.command("r-2", split=SplitCommand(customer_id=first, account_keys=[C, "x:1"]))
    world.show(("x:2", ["tie:h_8"]))
    world.command("r-3", merge=MergeCommand(customer_ids=[first, third]))
    world.command("r-4", merge=MergeCommand(customer_ids=[first, "nobody"]))


@pytest.mark.parametrize("flush", [2, 100])
def test_i17_crashes_at_any_call_of_a_port_and_replays_lead_to_the_same(flush: int) -> None:
    reference = World()
    story(reference)
    reference.settle()
    assert stored(replayed(reference)) == stored(reference)
    crashes = 0
    for call in range(1, 200):
        world = World()
        story(world)
        saboteur = Saboteur(world, call)
        saboteur.run(flush_records=flush)
        assert world.people() == reference.people()
        assert stored(world) == stored(reference)
        crashes += saboteur.crashes
        if not saboteur.crashes:
            break
    assert crashes > 8


def test_a_command_that_no_commit_can_hold_is_turned_down_and_the_log_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of sixty customers would note whom it is kept apart from: sixty times sixty keys."""
    world = World()
    accounts = [f"web_shop:{number:020d}" for number in range(60)]
    world.show(*((account, []) for account in accounts))
    world.settle()
    before = stored(world)
    monkeypatch.setattr(journal, "MOST_MEGABYTES", 0.05)
    strangers = AddConstraintCommand(kind=CONSTRAINT_KIND_CANNOT_LINK, account_keys=accounts)
    world.command("r-1", add_constraint=strangers)
    world.settle()
    outcome, after = world.outcome("r-1"), stored(world)
    assert (outcome.error, outcome.details) == ("CUSTOMER_TOO_LARGE", (("limit", "0.05 MB"),))
    assert {**after, "outcomes": {}} == before
    world.show((accounts[0], [MAIL]), (accounts[1], [MAIL]))
    world.settle()
    assert frozenset(accounts[:2]) in world.people()
