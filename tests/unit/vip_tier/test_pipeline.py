"""From identified interactions to tiers and tier-changes: the worker over adapters in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

from chassis.cloudevents import parse
from chassis.memory.runner import Crash
from rapport.interactions.v1.interaction_pb2 import Interaction
from rapport.tier.v1.tier_pb2 import (
    CHANGE_REASON_DOWNGRADED,
    CHANGE_REASON_ENROLLED,
    CHANGE_REASON_MERGED,
    CHANGE_REASON_SPLIT,
    CHANGE_REASON_UPGRADED,
    Tier,
    TierChange,
)
from tests.unit.vip_tier.world import SETTINGS, World, facts, interaction, purchase, returned
from tests.unit.wire.world import ANN, JOE, JOE_SHOP
from tests.unit.wire.world import days_after as at
from vip_tier.application import folding
from vip_tier.domain.persona import Persona, Trade, take_in

SHOP = [
    purchase("e1", JOE_SHOP, 0.1, "o1", 20_000),
    purchase("e2", JOE_SHOP, 0.2, "o2", 90_000),
    returned("e3", JOE_SHOP, 0.3, "r1", 30_000),
]
SOCIAL = [purchase("e4", JOE, 0.1, "o3", 100), purchase("e5", JOE, 0.2, "o4", 500, currency="JPY")]
OTHER = [purchase("e6", ANN, 0.1, "o5", 30_000)]
DAY = timedelta(days=1)


def settled(*interactions: Interaction) -> World:
    """A world in which one customer has Joe's accounts, another Ann's, and all this has happened."""
    world = World()
    world.belongs("C1", JOE, JOE_SHOP)
    world.belongs("C2", ANN)
    world.interacted(*interactions)
    world.scored("C1", 100)
    world.scored("C2", 0)
    world.settle()
    return world


def reasons(world: World, customer: str) -> list[int]:
    return [change.reason for change in world.changes(customer)]


def test_ti1_a_tier_is_published_with_its_benefits_and_figures() -> None:
    """What is stored, what lookups answer with and what subscribers get are the same bytes."""
    world = settled(*SHOP, *SOCIAL)
    tier = world.tier("C1")
    assert (tier.name, tier.customer_id, tier.tier, tier.rank) == ("customers/C1/tier", "C1", "silver", 1)
    assert list(tier.benefits) == ["birthday_gift", "free_shipping"]
    figures = tier.figures
    assert (figures.spend.minor_units, figures.spend.currency_code, figures.points) == (80_100, "EUR", 801)
    assert (figures.purchases, figures.purchases_not_counted, figures.advocacy_score) == (3, 1, 100)
    assert (tier.programme, tier.programme_version[:2]) == ("rapport-club", "2-")
    assert (tier.qualified_tier, tier.held_from) == ("silver", "")
    assert tier.sequence == len(world.changes("C1"))
    assert world.published("C1")[-1] == tier


def test_ti10_tiers_and_changes_are_cloud_events() -> None:
    """Each with an id of its own: a change by its sequence, a state by its version."""
    world = settled(*SHOP)
    for topic, type_, kind in (("tiers", "Tier", Tier), ("tier-changes", "TierChange", TierChange)):
        for record in world.broker.records(SETTINGS.topic(topic)):
            attributes, message = parse(record.headers), kind.FromString(record.value or b"")
            number = message.version if isinstance(message, Tier) else message.sequence
            assert (attributes.type, attributes.source) == (f"rapport.tier.v1.{type_}", "/rapport/vip-tier")
            assert attributes.id == f"{message.customer_id}-{number}"


def test_ti6_every_change_comes_with_its_receipt_and_sequence() -> None:
    """Enrolled, up, down: numbered from one without a gap, each with the events that caused it."""
    world = World()
    world.belongs("C1", JOE_SHOP)
    world.settle()
    for event in (*SHOP[:2], returned("e3", JOE_SHOP, 0.3, "r1", 20_000)):
        world.clock.advance(DAY)
        world.interacted(event)
        world.settle()
    changes = world.changes("C1")
    assert [change.sequence for change in changes] == [1, 2, 3]
    assert [(change.previous_tier, change.tier) for change in changes] == [
        ("", "member"),
        ("member", "gold"),
        ("gold", "silver"),
    ]
    assert reasons(world, "C1") == [CHANGE_REASON_ENROLLED, CHANGE_REASON_UPGRADED, CHANGE_REASON_DOWNGRADED]
    assert [list(change.receipt.event_ids) for change in changes] == [[], ["e1", "e2"], ["e3"]]
    assert [change.effective_time for change in changes] == [at(0), at(0.2), at(0.3)]
    assert changes[1].receipt.before.points == 0
    assert (changes[1].receipt.after.points, changes[2].receipt.after.points) == (1100, 900)
    assert changes[2].receipt.before == changes[1].receipt.after
    assert world.tier("C1").since == at(0.3)
    assert world.tier("C1").sequence == 3


def test_what_is_no_trade_leaves_no_trace() -> None:
    """Only purchases and returns are folded in this programme."""
    world = World()
    world.interacted(interaction("e1", JOE, 0, like={"post_id": "p"}))
    world.settle()
    assert world.personas() == {}


@pytest.mark.parametrize("seed", range(8))
def test_i13_order_across_accounts_repetition_and_batches_change_no_tier(seed: int) -> None:
    """Whatever the batches and turns, and with records delivered twice, tiers are the same and sequences whole."""
    expected = settled(*SHOP, *SOCIAL, *OTHER)
    random = Random(seed)
    world = World()
    world.belongs("C1", JOE, JOE_SHOP)
    world.belongs("C2", ANN)
    streams = [list(SHOP), list(SOCIAL), list(OTHER)]
    said: list[Callable[[], None]] = [lambda: world.scored("C1", 100), lambda: world.scored("C2", 0)]
    while streams or said:
        pick = random.randrange(len(streams) + len(said))
        if pick < len(streams):
            sent = world.interacted(streams[pick].pop(0))
            if random.random() < 0.5:
                world.broker.publish(sent)
            if not streams[pick]:
                streams.pop(pick)
        else:
            said.pop(0)()
        if random.random() < 0.3:
            world.settle(flush_records=3, random=random)
    world.settle(flush_records=2, random=random)
    for customer in ("C1", "C2"):
        assert facts(world.tier(customer)) == facts(expected.tier(customer))
        assert [change.sequence for change in world.changes(customer)] == list(
            range(1, world.tier(customer).sequence + 1)
        )


@pytest.mark.parametrize("crash_at", range(1, 6))
def test_i7_a_crash_before_any_commit_neither_loses_nor_doubles_a_change(crash_at: int) -> None:
    """The process dies with its effects written and its offsets not, and starts again from the commit."""
    world = World()
    world.belongs("C1", JOE, JOE_SHOP)
    world.scored("C1", 100)
    world.interacted(*SHOP, *SOCIAL)
    runner = world.runner(flush_records=3, before_commit=crashing(crash_at))
    with pytest.raises(Crash):
        runner.run_until_quiet()
    runner.before_commit = None
    runner.restart(world.handlers())
    runner.run_until_quiet()
    expected = settled(*SHOP, *SOCIAL)
    assert facts(world.tier("C1")) == facts(expected.tier("C1"))
    assert world.published("C1")[-1] == world.tier("C1")
    changes = world.changes("C1")
    assert [change.sequence for change in changes] == list(range(1, world.tier("C1").sequence + 1))
    assert changes[-1].tier == "silver"


def crashing(at_commit: int) -> Callable[[object], None]:
    """A hook that kills the worker at its n-th commit."""
    seen = 0

    def before_commit(_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == at_commit:
            raise Crash

    return before_commit


@pytest.mark.parametrize("after", range(6))
def test_i9_a_broker_that_fails_loses_no_change(after: int) -> None:
    """What was written and not sent is sent when the broker is back, in sequence."""
    world = World()
    world.belongs("C1", JOE, JOE_SHOP)
    world.interacted(*SHOP)
    world.broker.fail(3, after=after)
    world.settle(flush_records=3)
    assert [change.sequence for change in world.changes("C1")] == list(range(1, world.tier("C1").sequence + 1))
    assert world.published("C1")[-1] == world.tier("C1")


def merged(*interactions: Interaction) -> World:
    """The world of `settled`, after C2 was merged into C1 and the merged customer scored."""
    world = settled(*interactions)
    world.clock.advance(DAY)
    world.merged("C2", "C1")
    world.belongs("C1", JOE, JOE_SHOP, ANN, absorbed=["C2"])
    world.scored("C2", 0, merged_into="C1")
    world.scored("C1", 100)
    world.settle()
    return world


def test_ti7_a_merge_adds_up_and_closes_the_other() -> None:
    """The survivor's change says so; the other id's last state names the survivor, and it changes no more."""
    world = merged(*SHOP, *SOCIAL, *OTHER)
    change = world.changes("C1")[-1]
    assert (change.previous_tier, change.tier, change.reason) == ("silver", "gold", CHANGE_REASON_MERGED)
    assert list(change.receipt.accounts_gained) == [ANN]
    assert world.published("C2")[-1].merged_into == "C1"
    closed = world.changes("C2")
    world.interacted(purchase("e9", ANN, 0.9, "o9", 500_000))
    world.settle()
    assert world.changes("C2") == closed
    assert world.tier("C1").tier == "platinum"


def test_ti7_an_undo_restores_both_exactly() -> None:
    """With a higher version and their own accounts, both have what they would have had without the merge."""
    apart = settled(*SHOP, *SOCIAL, *OTHER)
    world = merged(*SHOP, *SOCIAL, *OTHER)
    world.clock.advance(DAY)
    world.belongs("C2", ANN)
    world.belongs("C1", JOE, JOE_SHOP)
    world.settle()
    assert world.tier("C1").tier == "gold", "no tier is lowered on a score of another membership"
    world.scored("C2", 0)
    world.scored("C1", 100)
    world.settle()
    for customer in ("C1", "C2"):
        assert facts(world.tier(customer)) == facts(apart.tier(customer))
        assert world.published(customer)[-1] == world.tier(customer)
    parted, last = world.changes("C1")[-2:]
    assert (parted.reason, parted.tier, list(parted.receipt.accounts_lost)) == (CHANGE_REASON_SPLIT, "gold", [ANN])
    assert (last.reason, last.tier) == (CHANGE_REASON_SPLIT, "silver")
    assert [change.sequence for change in world.changes("C1")] == list(range(1, last.sequence + 1))


def test_ti7_the_last_word_of_a_merged_away_score_is_no_score_of_zero() -> None:
    """Back from a merge, a customer goes on with the score it had until the next one comes."""
    world = settled(*OTHER)
    world.scored("C2", 350)
    world.settle()
    world.merged("C2", "C1")
    world.scored("C2", 0, merged_into="C1")
    world.settle()
    world.belongs("C2", ANN)
    world.settle()
    assert world.tier("C2").figures.advocacy_score == 350


def test_i11_a_tier_is_held_whichever_result_is_closed_first() -> None:
    """The survivor may learn of its accounts before the absorbed customer does, or after."""
    for order in (("closed", "survivor"), ("survivor", "closed")):
        world = settled(*SHOP, returned("e7", ANN, 0.5, "r7", 29_000), *OTHER)
        world.scored("C2", 700)
        world.interacted(purchase("e8", ANN, 0.6, "o8", 160_000), returned("e9", ANN, 0.7, "r9", 1))
        world.settle()
        assert world.tier("C2").tier == "platinum"
        world.interacted(returned("e10", JOE_SHOP, 0.9, "r10", 70_000))
        for step in order:
            if step == "closed":
                world.merged("C2", "C1")
            else:
                world.belongs("C1", JOE, JOE_SHOP, ANN, absorbed=["C2"])
            world.settle()
        world.scored("C1", 0)
        world.settle()
        tier = world.tier("C1")
        assert (tier.tier, tier.held_from, tier.qualified_tier) == ("platinum", "C2", "gold")
        assert tier.rank == 3


def test_i11_a_tier_is_held_though_the_first_of_two_merges_is_heard_of_last() -> None:
    """C3 went into C2, and that into C1; it still rises before it hears of it, and C1 must hear of that."""
    world = World()
    worker = world.runner()
    world.belongs("C1", ANN)
    world.belongs("C2", JOE)
    world.belongs("C3", JOE_SHOP)
    world.interacted(purchase("e1", JOE_SHOP, 1, "o1", 50_000))
    world.belongs("C2", JOE, JOE_SHOP, absorbed=["C3"])
    world.belongs("C1", ANN, JOE, JOE_SHOP, absorbed=["C2", "C3"])
    world.merged("C2", into="C1")
    world.scored("C1", 0)
    worker.run_until_quiet()
    world.scored("C3", 600, membership=3)
    worker.run_until_quiet()
    assert (world.tier("C3").tier, world.tier("C1").tier) == ("gold", "silver")
    world.merged("C3", into="C2")
    worker.run_until_quiet()
    assert (world.tier("C1").tier, world.tier("C1").held_from) == ("gold", "C3")


def test_a_score_that_comes_before_the_customer_waits_for_it() -> None:
    """Topics have no order among each other."""
    world = World()
    world.scored("C1", 400, membership=1)
    world.settle()
    assert world.document("C1")["message"] == b""
    world.belongs("C1", JOE)
    world.settle()
    assert (world.tier("C1").tier, world.tier("C1").figures.advocacy_score) == ("silver", 400)
    assert reasons(world, "C1") == [CHANGE_REASON_ENROLLED]


def test_ti6_a_reconcile_without_news_changes_and_publishes_nothing_new() -> None:
    """Level-triggered: touched again, on another day, a customer keeps its version and its sequence."""
    world = settled(*SHOP)
    before = world.tier("C1")
    world.clock.advance(DAY * 30)
    world.publish("touched.vip-tier", "C1", b"")
    world.settle()
    assert world.tier("C1") == before


@pytest.mark.parametrize(
    "bad",
    [
        purchase("e1", JOE, 0, "", 100),
        purchase("e1", JOE, 0, "o1", -1),
        purchase("e1", JOE, 0, "o1", 1, currency="euro"),
        purchase("", JOE, 0, "o1", 1),
    ],
)
def test_i14_an_unusable_event_is_a_dead_letter_with_its_bytes(bad: Interaction) -> None:
    """The rest of the batch goes on."""
    world = settled()
    sent = world.interacted(bad, purchase("e2", JOE, 0.5, "o2", 30_000))
    world.settle()
    assert world.dead_letters() == [("INVALID_FIELD", sent[0].value)]
    assert world.tier("C1").figures.spend.minor_units == 30_000


def test_i14_a_replayed_dead_letter_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a defect made a dead letter is applied when it is replayed to the service's own topic, and only then."""

    def defective(persona: Persona, trade: Trade) -> None:
        if trade.event_id == "e1":
            raise ZeroDivisionError
        take_in(persona, trade)

    world = settled()
    with monkeypatch.context() as patch:
        patch.setattr(folding, "take_in", defective)
        world.interacted(purchase("e1", JOE, 0.5, "o1", 100), purchase("e2", JOE, 0.5, "o2", 200))
        world.settle()
    ((reason, value),) = world.dead_letters()
    assert reason == "HANDLER_FAILED"
    assert world.tier("C1").figures.purchases == 1
    for _ in range(2):
        world.publish("retry.vip-tier", JOE, value or b"")
        world.settle()
        assert world.tier("C1").figures.purchases == 2
