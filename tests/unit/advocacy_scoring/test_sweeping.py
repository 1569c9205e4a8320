"""From interactions to findings and back into scores: the sweep beside the fold, over adapters in memory."""

from __future__ import annotations

from datetime import timedelta

import pytest

from advocacy_scoring.adapters.parties import Parties
from chassis.errors import Unavailable
from rapport.advocacy.v1.advocacy_pb2 import Score
from rapport.advocacy.v1.breakdown_pb2 import CAUSE_FINDINGS, SUSPICION_RING
from rapport.advocacy.v1.referral_pb2 import (
    REFERRAL_REJECTION_NO_PURCHASE_IN_TIME,
    REFERRAL_REJECTION_SAME_HOUSEHOLD,
    REFERRAL_REJECTION_SELF,
    REFERRAL_STATE_PENDING,
    REFERRAL_STATE_REJECTED,
    REFERRAL_STATE_TAKEN_BACK,
    REFERRAL_STATE_VALID,
    GetReferralRequest,
    ListReferralsRequest,
    ListReferralsResponse,
)
from rapport.common.v1.common_pb2 import Money
from rapport.interactions.v1.interaction_pb2 import (
    Address,
    Identifier,
    Interaction,
    Observation,
    Purchase,
    PurchaseReturn,
)
from tests.unit.advocacy_scoring.world import World, deed
from tests.unit.wire.world import ANN, JOE, by_account, days_after

DAY = timedelta(days=1)
RING = ["x:a", "x:b", "x:c", "x:d"]


def bought(event_id: str, account: str, days: float, code: str = "") -> Interaction:
    total = Money(currency_code="EUR", minor_units=5000)
    purchase = Purchase(order_id=f"o-{event_id}", total=total, referral_code=code)
    return by_account(event_id, account, days_after(days), purchase=purchase)


def returned(event_id: str, account: str, days: float, order: str) -> Interaction:
    total = Money(currency_code="EUR", minor_units=5000)
    back = PurchaseReturn(return_id=event_id, order_id=order, total=total)
    return by_account(event_id, account, days_after(days), purchase_return=back)


def observed(event_id: str, account: str, days: float, street: str) -> Interaction:
    form = Observation(address=Address(lines=[street], postal_code="10115", country="de"))
    return by_account(event_id, account, days_after(days), observation=form)


def referrals(world: World, customer: str) -> list[tuple[int, int]]:
    request = ListReferralsRequest(parent=f"customers/{customer}")
    answer = world.server().list_referrals(request, None)
    assert isinstance(answer, ListReferralsResponse)
    return [(each.state, each.rejection) for each in answer.referrals]


def exchange(world: World, accounts: list[str], rounds: int) -> None:
    for number in range(rounds):
        for author in accounts:
            post = f"{author}-{number}"
            world.interacted(deed(f"p{number}", author, number, "mention", post_id=post))
            for other in accounts:
                if other != author:
                    world.interacted(deed(f"c-{post}", other, number + 0.01, "share", post_id=post))


def ring() -> World:
    world = World()
    world.clock.advance(DAY * 10)
    for place, account in enumerate(RING):
        world.belongs(f"R{place}", account)
    world.belongs("C1", JOE)
    exchange(world, RING, 5)
    world.interacted(deed("e1", JOE, 1, "mention", post_id="m1"))
    world.settle()
    return world


def test_ad6_a_ring_is_found_discounted_and_explained() -> None:
    """The score of each member falls by the discount, says why it was announced anew, and shows the others."""
    world = ring()
    score = world.score("R0")
    (share,) = [part for part in score.components if part.action == "share"]
    assert share.discounted_milli == share.raw_milli * 80 // 100 > 0
    (evidence,) = score.evidence
    assert (evidence.suspicion, evidence.account_key, list(evidence.examples)) == (SUSPICION_RING, "x:a", RING[1:])
    assert CAUSE_FINDINGS in score.causes
    assert not world.score("C1").evidence


def test_ad6_a_suspicion_ends_when_its_deeds_are_older_than_the_window() -> None:
    """The finding is taken back; the deeds count whole again, as far as they have not decayed."""
    world = ring()
    world.clock.advance(DAY * 60)
    world.settle()
    assert not world.exact("R0").evidence
    assert all(part.discounted_milli == 0 for part in world.exact("R0").components)


def test_ad6_a_sweep_that_finds_nothing_new_tells_nothing() -> None:
    """However often it looks."""
    world = ring()
    told = len(world.broker.records(world.settings.topic("advocacy-findings")))
    for _ in range(3):
        world.clock.advance(timedelta(minutes=11))
        world.settle()
    assert len(world.broker.records(world.settings.topic("advocacy-findings"))) == told == len(RING)


def test_ad6_findings_follow_the_account_through_a_merge_and_a_split() -> None:
    """They are part of its persona, so both come out as they were."""
    world = ring()
    before = world.exact("R0"), world.exact("C1")
    world.merged("R0", "C1")
    world.belongs("C1", JOE, RING[0], absorbed=["R0"])
    world.settle()
    assert len(world.exact("C1").evidence) == 1
    world.belongs("R0", RING[0])
    world.belongs("C1", JOE)
    world.settle()
    assert (world.exact("R0"), world.exact("C1")) == before


def referred(*more: Interaction) -> World:
    """Joe gave his code to somebody, and Ann bought with it two days later; C1 is Joe, C2 Ann."""
    world = World()
    world.clock.advance(DAY * 10)
    world.belongs("C1", JOE)
    world.belongs("C2", ANN)
    world.interacted(deed("r1", JOE, 0, "referral", code="JOE10"), bought("p1", ANN, 2, "JOE10"), *more)
    world.settle()
    return world


def test_ad5_a_referral_credits_both_customers_once() -> None:
    """The giver with a referral, the taker with a small start."""
    world = referred()
    actions = {name: {part.action: part.count for part in world.score(name).components} for name in ("C1", "C2")}
    assert actions == {"C1": {"referral": 1, "recommendation": 1}, "C2": {"referred": 1}}
    assert referrals(world, "C1") == referrals(world, "C2") == [(REFERRAL_STATE_VALID, 0)]


def test_ad5_a_return_takes_the_credit_of_both_back() -> None:
    """And the referral says so."""
    world = referred(returned("b1", ANN, 4, "o-p1"))
    assert [part.action for part in world.score("C1").components] == ["recommendation"]
    assert world.exact("C2").actions == 0
    assert referrals(world, "C2") == [(REFERRAL_STATE_TAKEN_BACK, 0)]


def test_ad5_a_settled_referral_counts_for_as_long_as_a_deed_does() -> None:
    """A year on, when no sweep looks at its interactions any more; also after something else is found."""
    world = referred()
    world.clock.advance(DAY * 365)
    world.settle()
    assert referrals(world, "C1") == [(REFERRAL_STATE_VALID, 0)]
    world.interacted(deed("r2", JOE, 374, "referral", code="JOE10"))
    world.settle()
    world.clock.advance(timedelta(minutes=11))
    world.settle()
    assert referrals(world, "C1") == [(REFERRAL_STATE_PENDING, 0), (REFERRAL_STATE_VALID, 0)]
    counts = {part.action: part.times for part in world.exact("C1").components}
    assert counts["referral"] == 1
    assert not any(each["is_open"] for key, each in world.stores["told"].everything().items() if key != JOE)
    world.clock.advance(DAY * 400)
    world.interacted(deed("r3", JOE, 774, "referral", code="JOE10"))
    world.settle()
    late = (REFERRAL_STATE_REJECTED, REFERRAL_REJECTION_NO_PURCHASE_IN_TIME)
    assert referrals(world, "C1") == [(REFERRAL_STATE_PENDING, 0), late], "what is older than the history is forgotten"


def test_ad5_people_of_one_household_refer_nobody() -> None:
    """Their forms told one address, however it was written."""
    world = referred(observed("f1", JOE, 1, "Torstr. 1"), observed("f2", ANN, 1, "torstr.  1"))
    assert referrals(world, "C1") == [(REFERRAL_STATE_REJECTED, REFERRAL_REJECTION_SAME_HOUSEHOLD)]


def test_ad5_a_merge_of_giver_and_taker_shows_at_once_and_an_undo_gives_it_back() -> None:
    """Before the next sweep: a referral within a customer brings nobody."""
    world = referred()
    world.merged("C2", "C1")
    world.belongs("C1", JOE, ANN, absorbed=["C2"])
    world.settle()
    assert {part.action for part in world.score("C1").components} == {"recommendation"}
    assert set(referrals(world, "C1")) == {(REFERRAL_STATE_REJECTED, REFERRAL_REJECTION_SELF)}
    world.belongs("C2", ANN)
    world.belongs("C1", JOE)
    world.settle()
    world.clock.advance(timedelta(minutes=11))
    world.settle()
    assert referrals(world, "C1") == referrals(world, "C2") == [(REFERRAL_STATE_VALID, 0)]


def test_ad5_whom_an_address_meant_is_found_by_the_account_that_bears_it() -> None:
    """The address is hashed as account keys are; nothing of it is kept in the clear."""
    world = World()
    world.clock.advance(DAY * 10)
    said = deed("r1", JOE, 0, "referral")
    said.referral.referred.CopyFrom(Identifier(type="email", value=" Ann@Example.com"))
    world.belongs("C1", JOE)
    world.interacted(said)
    world.settle()
    assert referrals(world, "C1") == [(REFERRAL_STATE_PENDING, 0)]
    (trace,) = world.stores["traces"].everything().values()
    assert b"xample" not in trace["body"]
    email = Parties(world.settings.pseudonym_key).referred(said.referral)
    world.belongs("C2", email, ANN)
    world.interacted(deed("e1", email, 1, "direct_message"), bought("p1", ANN, 3))
    world.clock.advance(timedelta(minutes=11))
    world.settle()
    assert referrals(world, "C1") == referrals(world, "C2") == [(REFERRAL_STATE_VALID, 0)]


@pytest.mark.parametrize(
    ("kind", "named", "borne", "state"),
    [
        ("loyalty_number", "l 0042", "L0042", REFERRAL_STATE_VALID),
        ("user_id", "u7", "u7", REFERRAL_STATE_VALID),
        ("external_id", "crm-1", "crm-1", REFERRAL_STATE_VALID),
        ("email", " Ann@Example.com", "ann@example.com", REFERRAL_STATE_VALID),
        ("phone", "+49 30 901820", "+4930901820", REFERRAL_STATE_VALID),
        ("loyalty_number", "L0042", "L0043", REFERRAL_STATE_PENDING),
        ("handle", "anouk", "@Anouk", REFERRAL_STATE_PENDING),
        ("phone", "901820", "901820", REFERRAL_STATE_PENDING),
    ],
)
def test_ad5_whom_an_identifier_meant_is_found_by_a_purchase_that_bears_it(
    kind: str, named: str, borne: str, state: int
) -> None:
    """Of any type; a handle is somebody's on its own channel only. Neither is kept in the clear."""
    world = World()
    world.clock.advance(DAY * 10)
    said, purchase = deed("r1", JOE, 0, "referral"), bought("p1", ANN, 3)
    said.referral.referred.CopyFrom(Identifier(type=kind, value=named))
    purchase.identifiers.add(type=kind, value=borne)
    world.belongs("C1", JOE)
    world.belongs("C2", ANN)
    world.interacted(said, purchase)
    world.settle()
    assert referrals(world, "C1") == [(state, 0)]
    kept = repr(world.stores["traces"].everything())
    assert named not in kept
    assert borne not in kept


def test_ad5_a_handle_is_found_on_its_own_channel() -> None:
    """However it was written."""
    world = World()
    world.clock.advance(DAY * 10)
    said, purchase = deed("r1", "tiktok:joe", 0, "referral"), bought("p1", ANN, 3)
    said.referral.referred.CopyFrom(Identifier(type="handle", value="ann"))
    purchase.identifiers.add(type="handle", value="@Ann")
    world.belongs("C1", "tiktok:joe")
    world.belongs("C2", ANN)
    world.interacted(said, purchase)
    world.settle()
    assert referrals(world, "C1") == [(REFERRAL_STATE_VALID, 0)]


def test_ad5_one_referral_can_be_asked_for_by_its_name() -> None:
    """As the list names it; an unknown one is not found."""
    world = referred()
    server = world.server()
    (listed,) = server.list_referrals(ListReferralsRequest(parent="customers/C1"), None).referrals
    assert server.get_referral(GetReferralRequest(name=listed.name), None) == listed
    with pytest.raises(Exception, match="RESOURCE_NOT_FOUND"):
        server.get_referral(GetReferralRequest(name="customers/C1/referrals/none"), None)


def test_a_store_that_is_away_delays_a_sweep_and_makes_no_dead_letters() -> None:
    """The rules are looked for before a batch, not while records are read."""
    world = World()
    world.clock.advance(DAY)
    world.belongs("C1", JOE)
    runner = world.runner(attempts=2)
    runner.run_until_quiet()
    world.clock.advance(timedelta(minutes=1))
    world.interacted(deed("e1", JOE, 0.5, "share"))
    world.stores["rules"].available = False
    with pytest.raises(Unavailable):
        runner.run_until_quiet()
    world.stores["rules"].available = True
    runner.run_until_quiet()
    assert world.dead_letters() == []
    assert isinstance(world.score("C1"), Score)
    assert world.exact("C1").actions == 1
