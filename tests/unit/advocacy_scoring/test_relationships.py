"""What stewards laid down about who lives together and who works for the brand, as identity resolution tells it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from advocacy_scoring.adapters.parties import Parties
from advocacy_scoring.adapters.relationships import TOPIC, RelationshipsReader
from advocacy_scoring.application.folding import DeedFolding
from advocacy_scoring.domain.findings import Suspicion
from advocacy_scoring.domain.persona import Persona, Related
from chassis.errors import InvalidRecord
from chassis.records import ReadRecord
from chassis.stages.fold import Entry
from rapport.advocacy.v1.referral_pb2 import (
    REFERRAL_REJECTION_SAME_HOUSEHOLD,
    REFERRAL_REJECTION_STAFF,
    REFERRAL_STATE_REJECTED,
    REFERRAL_STATE_VALID,
)
from rapport.identity.v1 import events_pb2 as events
from tests.unit.advocacy_scoring.actions import VERSION as RULES_VERSION
from tests.unit.advocacy_scoring.test_calls import TEXT, promote
from tests.unit.advocacy_scoring.test_sweeping import referrals, referred
from tests.unit.advocacy_scoring.world import World, deed
from tests.unit.wire.world import ANN, JOE, days_after

HOME, EMPLOYER = events.RELATIONSHIP_KIND_HOUSEHOLD, events.RELATIONSHIP_KIND_EMPLOYER
US = "Rapport Store"


def related(
    world: World, account: str, version: int, *, home: tuple[str, ...] = (), employer: str = "", days: float = 5
) -> None:
    """Publish what holds of an account, let it be folded, and let the next sweep look at it."""
    told = events.AccountRelationships(account_key=account, version=version, update_time=days_after(days))
    for other in home:
        told.relationships.add(kind=HOME, other_account_key=other)
    if employer:
        told.relationships.add(kind=EMPLOYER, organisation=employer)
    world.publish(TOPIC, account, told.SerializeToString())
    sweep(world)


def sweep(world: World) -> None:
    world.settle()
    world.clock.advance(timedelta(minutes=11))
    world.settle()


def employs(world: World, company: str) -> None:
    """Put rules in force by which the company is the brand."""
    promote(world, TEXT.replace("companies: []", f"companies: [{company}]"), RULES_VERSION)
    world.clock.advance(timedelta(minutes=1))


@pytest.mark.parametrize(("account", "other"), [(JOE, ANN), (ANN, JOE)])
def test_ad5_who_is_said_to_live_together_refers_nobody_until_it_is_taken_back(account: str, other: str) -> None:
    """Said of either side; no form of theirs told an address."""
    world = referred()
    assert referrals(world, "C1") == [(REFERRAL_STATE_VALID, 0)]
    related(world, account, 7, home=(other,))
    rejected = [(REFERRAL_STATE_REJECTED, REFERRAL_REJECTION_SAME_HOUSEHOLD)]
    assert referrals(world, "C1") == referrals(world, "C2") == rejected
    related(world, account, 8)
    assert referrals(world, "C1") == referrals(world, "C2") == [(REFERRAL_STATE_VALID, 0)]


def test_ad5_a_household_is_the_customers_whichever_account_it_was_said_of() -> None:
    """Also of an account that never did anything that is compared."""
    world = referred()
    world.belongs("C2", ANN, "web_shop:ann")
    related(world, "web_shop:ann", 7, home=(JOE,))
    assert referrals(world, "C1") == [(REFERRAL_STATE_REJECTED, REFERRAL_REJECTION_SAME_HOUSEHOLD)]


def test_ad7_who_is_said_to_work_for_the_brand_is_kept_apart_until_it_is_taken_back() -> None:
    """The score stands apart, and a referral of staff brings nobody."""
    world = referred()
    employs(world, US)
    related(world, JOE, 7, employer="rapport  STORE")
    assert world.exact("C1").is_employee
    assert referrals(world, "C1") == [(REFERRAL_STATE_REJECTED, REFERRAL_REJECTION_STAFF)]
    related(world, JOE, 8)
    assert not world.exact("C1").is_employee
    assert referrals(world, "C1") == [(REFERRAL_STATE_VALID, 0)]


def test_ad7_who_is_said_to_work_elsewhere_is_a_customer() -> None:
    world = referred()
    employs(world, US)
    related(world, JOE, 7, employer="Acme")
    assert not world.exact("C1").is_employee


def test_ad6_who_is_said_to_live_with_staff_is_discounted_with_evidence() -> None:
    """Whether the one who works for the brand was active lately or not."""
    world = World()
    world.clock.advance(timedelta(days=10))
    world.belongs("C1", JOE)
    world.belongs("C2", ANN)
    world.interacted(deed("e1", JOE, 9, "share", post_id="m1"))
    employs(world, US)
    related(world, ANN, 7, employer=US)
    related(world, JOE, 7, home=(ANN,))
    ((account, evidence),) = world.exact("C1").evidence
    assert (account, evidence.suspicion, evidence.examples) == (JOE, Suspicion.CIRCLE, (ANN,))
    assert any(part.discounted_milli for part in world.exact("C1").components)


def test_ad5_an_older_word_on_relationships_that_comes_late_changes_nothing() -> None:
    """A decider that was deposed may send one after a newer one."""
    state, fold = Persona(), DeedFolding(lambda trace: {})
    for place, told in enumerate((Related(7, (ANN,)), Related(9), Related(8, (ANN,)))):
        fold.fold(state, Entry(JOE, "identity-relationships-0", place, told, 0))
    assert state.related == Related(9)


def test_organisations_are_kept_as_keyed_hashes_only() -> None:
    world = referred()
    related(world, JOE, 7, employer="Canary Ltd")
    assert world.exact("C1")
    assert "anary" not in repr(world.everything())


@pytest.mark.parametrize("value", [b"\xff\xff", events.AccountRelationships(account_key=ANN).SerializeToString()])
def test_a_record_of_relationships_that_contradicts_itself_is_invalid(value: bytes) -> None:
    reader = RelationshipsReader(Parties(b"a key for tests only"), 1)
    with pytest.raises(InvalidRecord):
        reader(ReadRecord(TOPIC, 0, 0, 0, JOE.encode(), value))


def test_of_an_erased_account_no_relationships_are_read() -> None:
    """Its persona goes by the tombstone of its assignment."""
    reader = RelationshipsReader(Parties(b"a key for tests only"), 1)
    assert reader(ReadRecord(TOPIC, 0, 0, 0, JOE.encode(), None)) is None
