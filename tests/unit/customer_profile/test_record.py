"""The whole record: when the clock changes it, what is told to have changed, and how large it may become."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.clock import milliseconds
from chassis.records import ReadRecord
from customer_profile.adapters import codec
from customer_profile.adapters.stages import folded, interactions_read
from customer_profile.config import DEFAULT_RULES, rules_of
from customer_profile.domain.advance import advance
from customer_profile.domain.basis import Basis
from customer_profile.domain.decided import ConsentGiven, Decision, FieldLaid
from customer_profile.domain.persona import Persona
from customer_profile.domain.purchases.model import BgNbd, GammaGamma, PurchaseModel, RfmBounds
from customer_profile.domain.record import SECTIONS
from customer_profile.domain.segments import Change
from customer_profile.domain.unify import Known, unify
from rapport.common.v1.common_pb2 import Origin
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.interactions.v1.interaction_pb2 import (
    SENTIMENT_POSITIVE,
    Content,
    Interaction,
    SupportMessage,
)
from rapport.profile.v1.profile_pb2 import CustomerRecord
from tests.unit.customer_profile.world import World, followers, identifier, interaction, observation, purchase, returned
from tests.unit.wire.world import JOE, JOE_SHOP, START

DAY_MS = 86_400_000
NOW = milliseconds(START)
RULES = rules_of(DEFAULT_RULES.read_text())
MODEL = PurchaseModel(
    currency="EUR",
    version="m",
    horizon_days=365,
    rfm=RfmBounds((10, 40, 90, 200), (1, 2, 4, 8), (1000, 5000, 10_000, 50_000)),
    bg_nbd=BgNbd(r=0.243, alpha=31.0, a=0.793, b=2.426),
    gamma_gamma=GammaGamma(p=6.25, q=3.74, v=1544.0),
)
BASIS = Basis(RULES.value, RULES.version, {"EUR": MODEL})


def persona(account: str, events: list[Interaction], decisions: list[Decision]) -> Persona:
    """The persona of an account of which this happened, read and folded as in the stream."""
    read, logic = interactions_read(BASIS), folded(BASIS)
    state = codec.personas(lambda: BASIS.plan).new(account).state
    for offset, event in enumerate(events):
        origin = Origin(epoch=1, topic="interactions", partition=0, offset=offset)
        value = IdentifiedInteraction(interaction=event, account_key=account, origin=origin).SerializeToString()
        logic.fold(state, read(ReadRecord("identified", 0, 0, 0, account.encode(), value)))
    for decision in decisions:
        state.decided.take_in(decision)
    return state


@st.composite
def events(draw: st.DrawFn, account: str) -> Interaction:
    """Something that happened within the last year, or is dated up to a day ahead."""
    minutes = draw(st.sampled_from([-1, -0.5, *range(-365, -1, 7)])) * 1440 + draw(st.sampled_from([0, 1, 600, 2879]))
    id_ = draw(st.text("abcdef0123", min_size=8, max_size=8))
    kind = draw(st.sampled_from(["comment", "support", "purchase", "return", "observation", "figures"]))
    if kind == "support":
        content = Content(text="hm", sentiment=SENTIMENT_POSITIVE)
        return interaction(id_, account, minutes, support_message=SupportMessage(conversation_id="c", content=content))
    if kind == "purchase":
        return purchase(id_, account, minutes, id_, draw(st.integers(1, 50_000)))
    if kind == "return":
        return returned(id_, account, minutes, id_, 100)
    if kind == "observation":
        return observation(id_, account, minutes, email=draw(st.sampled_from(["a@b", "c@d"])))
    if kind == "figures":
        return interaction(id_, account, minutes, figures=followers(6000))
    return interaction(id_, account, minutes)


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    """A consent or a field by hand, which may expire."""
    at = NOW - draw(st.integers(0, 400)) * DAY_MS
    consent = ConsentGiven("newsletter", "email", granted=True)
    what: ConsentGiven | FieldLaid = consent if draw(st.booleans()) else FieldLaid("email", "by@hand")
    expires_at = draw(st.sampled_from([0, NOW + DAY_MS, NOW + 90 * DAY_MS]))
    return Decision(draw(st.text("xyz0123", min_size=8, max_size=8)), at, what, "care-7", "said so", expires_at)


@st.composite
def customers(draw: st.DrawFn) -> Known:
    """A customer with one or two accounts."""
    accounts = draw(st.sampled_from([(JOE,), (JOE, JOE_SHOP)]))
    return Known(
        accounts,
        {
            account: persona(
                account, draw(st.lists(events(account), max_size=6)), draw(st.lists(decisions(), max_size=2))
            )
            for account in accounts
        },
    )


@settings(max_examples=60, deadline=None)
@given(customers(), st.floats(0, 1))
def test_pr7_nothing_changes_before_the_clock_is_due(known: Known, share: float) -> None:
    """At any time before `due_at`, the record is what it was, but for times of computation; later dues only follow."""
    record = unify(known, BASIS, NOW)
    assert record.due_at == 0 or record.due_at > NOW
    end = record.due_at or NOW + 3000 * DAY_MS
    between = NOW + int((end - 1 - NOW) * share)
    assert unify(known, BASIS, between, record) == record


@settings(max_examples=40, deadline=None)
@given(customers(), st.integers(1, 900))
def test_pr6_however_late_the_clock_is_looked_at_the_record_and_its_changes_are_the_same(
    known: Known, days: int
) -> None:
    """A worker that looks every day and one that comes back at the end tell the same, with the same dates."""
    first, _ = advance(known, BASIS, NOW, None)
    seldom, told_at_once = advance(known, BASIS, NOW + days * DAY_MS, first)
    often, told = first, list[Change]()
    for day in range(1, days + 1):
        often, changes = advance(known, BASIS, NOW + day * DAY_MS, often)
        told += changes
    assert (often, tuple(told)) == (seldom, told_at_once)
    assert [change.at for change in told] == sorted(change.at for change in told)


@settings(max_examples=40, deadline=None)
@given(customers(), st.integers(0, 900))
def test_pr4_what_was_computed_step_by_step_is_what_is_computed_at_once(known: Known, days: int) -> None:
    """But for since when the customer is in stage and segments, a record depends on today alone."""
    first, _ = advance(known, BASIS, NOW, None)
    stepped, _ = advance(known, BASIS, NOW + days * DAY_MS, first)
    fresh = unify(known, BASIS, NOW + days * DAY_MS)
    for name in set(SECTIONS) - {"segments", "lifecycle"}:
        assert getattr(stepped, name) == getattr(fresh, name), name
    assert [each.segment for each in stepped.segments] == [each.segment for each in fresh.segments]
    assert (stepped.lifecycle and stepped.lifecycle.stage) == (fresh.lifecycle and fresh.lifecycle.stage)
    assert stepped.due_at == fresh.due_at


@settings(max_examples=40, deadline=None)
@given(customers())
def test_pr2_a_whole_record_survives_the_store(known: Known) -> None:
    """What is stored and loaded again is what it was, in all its sections."""
    record = unify(known, BASIS, NOW)
    assert codec.records().decode(codec.records().encode(record)) == record


def test_every_section_of_a_record_is_a_field_of_the_message() -> None:
    """What is told to have changed is named as the API names it, and no section is left out."""
    fields = set(CustomerRecord.DESCRIPTOR.fields_by_name)
    assert set(SECTIONS) <= fields
    envelope = {
        "name", "customer_id", "merged_from", "merged_into", "version", "update_time", "etag", "membership_version",
        "account_count", "changed_sections",
    }  # fmt: skip
    assert fields - envelope == set(SECTIONS)


def test_pr10_a_record_tells_which_sections_differ_from_the_version_before() -> None:
    """At first all that say anything; then only what the new event touched."""
    world = World()
    world.belongs("C1", JOE)
    world.interacted(interaction("e1", JOE, 1))
    world.settle()
    first = {name for record in world.published("C1") for name in record.changed_sections}
    assert {"accounts", "activity", "lifecycle", "rules_version"} <= first
    assert not {"contact", "purchases", "segments"} & first
    world.interacted(observation("e2", JOE, 2, email="joe@example.com"))
    world.settle()
    record = world.record("C1")
    assert {"contact", "activity", "lifecycle"} <= set(record.changed_sections)
    assert not {"accounts", "purchases", "rules_version", "reach"} & set(record.changed_sections)
    assert record.etag == f'"{record.version}"'


def test_pr1_after_a_split_the_old_id_names_the_customer_who_has_the_rest() -> None:
    """Its own part, and where the other accounts went; if they come back, it names nobody any more."""
    world = World()
    world.belongs("C1", JOE, JOE_SHOP)
    world.interacted(purchase("e1", JOE_SHOP, 1, "o1", 100), interaction("e2", JOE, 2))
    world.settle()
    world.belongs("C1", JOE)
    world.belongs("C5", JOE_SHOP)
    world.settle()
    record = world.record("C1")
    assert (list(record.accounts), list(record.parted), len(record.purchases)) == ([JOE], ["C5"], 0)
    assert list(world.record("C5").parted) == []
    world.merged("C5", "C1")
    world.belongs("C1", JOE, JOE_SHOP, absorbed=["C5"])
    world.settle()
    assert (list(world.record("C1").parted), list(world.record("C1").absorbed)) == ([], ["C5"])


def test_a_record_of_2500_accounts_is_bounded_and_counts_all() -> None:
    """The message names the first 200 accounts and says how many there are; sums are of all of them."""
    world = World()
    accounts = [f"instagram:user{number:04d}" for number in range(2500)]
    world.belongs("C1", *accounts, absorbed=[f"C{number}" for number in range(2, 1002)])
    world.interacted(
        *(
            interaction(
                f"e{number}",
                account,
                number,
                figures=followers(number),
                identifiers=[identifier("email", f"{number}@b")],
            )
            for number, account in enumerate(accounts)
        )
    )
    world.settle()
    record = world.record("C1")
    assert (list(record.accounts), record.account_count) == (accounts[:200], 2500)
    assert len(record.absorbed) == 200
    assert (record.activity.interactions, record.reach.followers) == (2500, sum(range(2500)))
    assert (record.contact.email.value, record.contact.email.other_count) == ("2499@b", 2499)
    assert (len(record.contact.email.others), len(record.reach.accounts)) == (5, 20)
    assert record.ByteSize() < 32_000


def test_computing_a_record_again_says_nothing_new() -> None:
    """A customer that is touched, with nothing to show for it, keeps its version."""
    world = World()
    world.belongs("C1", JOE)
    world.interacted(interaction("e1", JOE, 1))
    world.settle()
    before = world.record("C1")
    world.publish("touched.customer-profile", "C1", b"")
    world.clock.advance(timedelta(minutes=1))
    world.settle()
    assert world.record("C1") == before
