"""From identified interactions to advocacy-scores: the worker over adapters in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest

from advocacy_scoring.application import folding
from advocacy_scoring.domain.persona import Event, Persona, take_in
from chassis.cloudevents import parse
from chassis.memory.runner import Crash
from rapport.advocacy.v1.advocacy_pb2 import (
    STANDING_DETRACTOR,
    STANDING_NEUTRAL,
    STANDING_SUPPORTER,
    Score,
)
from rapport.interactions.v1.interaction_pb2 import (
    INTENT_COMPLAINT,
    INTENT_DEFENCE,
    INTENT_DETRACTION,
    INTENT_THANK_YOU,
    Interaction,
)
from tests.unit.advocacy_scoring.world import SETTINGS, World, deed, facts
from tests.unit.wire.world import ANN, JOE, JOE_SHOP
from tests.unit.wire.world import days_after as at

SOCIAL = [
    deed("e1", JOE, 0, "reply", intent=INTENT_DEFENCE, followers=300),
    deed("e2", JOE, 0.1, "mention"),
    deed("e3", JOE, 0.2, "like"),
    deed("e4", JOE, 0.3, "comment", intent=INTENT_COMPLAINT),
    deed("e5", JOE, 0.4, "like"),
]
SHOP = [deed("e6", JOE_SHOP, 0.1, "review", rating=5), deed("e7", JOE_SHOP, 0.5, "like")]
OTHER = [deed("e8", ANN, 0.5, "share", followers=20), deed("e9", ANN, 0.6, "comment", intent=INTENT_THANK_YOU)]
DAY = timedelta(days=1)


def settled(*interactions: Interaction, at_day: float = 1) -> World:
    """A world in which one customer has Joe's accounts, another Ann's, and all this has happened."""
    world = World()
    world.clock.advance(DAY * at_day)
    world.belongs("C1", JOE, JOE_SHOP)
    world.belongs("C2", ANN)
    world.interacted(*interactions)
    world.settle()
    return world


def test_ad4_a_score_is_published_with_its_breakdown() -> None:
    """What is stored, what lookups answer with and what subscribers get are the same bytes."""
    world = settled(*SOCIAL, *SHOP)
    score = world.score("C1")
    assert (score.name, score.customer_id, score.as_of) == ("customers/C1/score", "C1", at(1))
    assert [(part.action, part.count) for part in score.components] == [
        ("review_positive", 1),
        ("complaint_public", 1),
        ("defence", 1),
        ("tag", 1),
        ("like", 3),
    ]
    assert sum(part.contribution_milli for part in score.components) == score.deeds_milli
    assert (score.standing, score.followers, score.actions) == (STANDING_SUPPORTER, 300, 7)
    assert [(top.event_id, top.account_key) for top in score.top_events][:2] == [("e6", JOE_SHOP), ("e1", JOE)]
    assert score.top_events[1].occurred_at == at(0)
    assert score.rules_version.startswith("2-")
    assert score.membership_version == 1
    assert world.published("C1")[-1] == score


def test_a_published_score_is_a_cloud_event() -> None:
    """Type, source and an id that no other state of the customer has."""
    world = settled(*SOCIAL)
    records = [each for each in world.broker.records(SETTINGS.topic("advocacy-scores")) if each.key == b"C1"]
    attributes = [parse(record.headers) for record in records]
    assert {each.type for each in attributes} == {"rapport.advocacy.v1.Score"}
    assert {each.source for each in attributes} == {"/rapport/advocacy-scoring"}
    versions = [Score.FromString(record.value or b"").version for record in records]
    assert [each.id for each in attributes] == [f"C1-{version}" for version in versions]


def test_ad1_what_counts_for_nothing_leaves_no_trace() -> None:
    """Neither a persona nor a published state comes of it."""
    world = World()
    world.interacted(deed("e2", JOE, 0, "brand_reply", intent=INTENT_THANK_YOU))
    world.settle()
    assert world.personas() == {}


@pytest.mark.parametrize("seed", range(8))
def test_i13_order_across_accounts_repetition_and_batches_change_nothing(seed: int) -> None:
    """Whatever the batches and turns, and with records delivered twice, the scores are the same."""
    expected = settled(*SOCIAL, *SHOP, *OTHER)
    random = Random(seed)
    world = World()
    world.clock.advance(DAY)
    streams = [list(SOCIAL), list(SHOP), list(OTHER)]
    said = [
        lambda: world.belongs("C1", JOE, JOE_SHOP),
        lambda: world.belongs("C2", ANN),
    ]
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
        assert world.exact(customer) == expected.exact(customer)


@pytest.mark.parametrize("crash_at", range(1, 6))
def test_i1_a_crash_before_any_commit_counts_nothing_twice(crash_at: int) -> None:
    """The process dies with its effects written and its offsets not, and starts again from the commit."""
    expected = settled(*SOCIAL, *SHOP)
    world = World()
    world.clock.advance(DAY)
    world.belongs("C1", JOE, JOE_SHOP)
    world.interacted(*SOCIAL, *SHOP)
    runner = world.runner(flush_records=3, before_commit=crashing(crash_at))
    with pytest.raises(Crash):
        runner.run_until_quiet()
    runner.before_commit = None
    runner.restart(world.handlers())
    runner.run_until_quiet()
    assert world.exact("C1") == expected.exact("C1")
    assert world.published("C1")[-1] == world.score("C1")


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
def test_i8_a_broker_that_fails_loses_no_score(after: int) -> None:
    """What was written and not sent is sent when the broker is back."""
    world = World()
    world.clock.advance(DAY)
    world.belongs("C1", JOE, JOE_SHOP)
    world.interacted(*SOCIAL, *SHOP)
    world.broker.fail(3, after=after)
    world.settle(flush_records=3)
    assert world.exact("C1") == settled(*SOCIAL, *SHOP).exact("C1")
    assert world.published("C1")[-1] == world.score("C1")


def test_ad10_a_merge_gives_the_score_one_customer_would_have_and_an_undo_gives_both_back() -> None:
    """Merged, undone and never merged are told apart by nothing but versions."""
    apart = settled(*SOCIAL, *SHOP, *OTHER)
    together = World()
    together.clock.advance(DAY)
    together.belongs("C1", JOE, JOE_SHOP, ANN)
    together.interacted(*SOCIAL, *SHOP, *OTHER)
    together.settle()
    world = settled(*SOCIAL, *SHOP, *OTHER)
    world.merged("C2", "C1")
    world.belongs("C1", JOE, JOE_SHOP, ANN, absorbed=["C2"])
    world.settle()
    assert facts(world.score("C1")) == facts(together.score("C1"))
    assert world.published("C2")[-1].merged_into == "C1"
    world.belongs("C2", ANN)
    world.belongs("C1", JOE, JOE_SHOP)
    world.settle()
    for customer in ("C1", "C2"):
        assert facts(world.score(customer)) == facts(apart.score(customer))
        assert world.published(customer)[-1] == world.score(customer)


def test_a_score_names_the_membership_that_it_was_computed_for() -> None:
    """Also where the membership changed and the score did not: whoever waits for it must learn of it."""
    world = settled(*SOCIAL)
    before = world.score("C1")
    world.belongs("C1", JOE, JOE_SHOP, "store:5")
    world.settle()
    after = world.score("C1")
    assert after.raw_milli == before.raw_milli
    assert after.membership_version > before.membership_version
    assert world.published("C1")[-1] == after


def test_a_reconcile_without_news_publishes_nothing_new() -> None:
    """Level-triggered: touched again on the same day, a customer keeps its version."""
    world = settled(*SOCIAL)
    version = world.score("C1").version
    world.publish("touched.advocacy-scoring", "C1", b"")
    world.settle()
    assert world.score("C1").version == version


def test_ad3_the_clock_announces_a_score_once_it_has_moved_by_a_step() -> None:
    """On the day that is due, and not before; and then again, until nothing is left to move."""
    world = settled(*SHOP)
    runner = world.runner()
    runner.run_until_quiet()
    states = [world.score("C1")]
    for _ in range(740):
        world.clock.advance(DAY)
        runner.idle()
        if world.score("C1") != states[-1]:
            assert world.score("C1").as_of.ToDatetime() == world.clock.now().replace(tzinfo=None)
            states.append(world.score("C1"))
    assert world.published("C1")[-len(states) :] == states
    assert (states[0].score > 200, states[-1].score) == (True, 0)
    for earlier, later in pairwise(states[:-1]):
        assert 10 <= earlier.score - later.score < 20 or earlier.standing != later.standing


def test_ad3_a_detractor_is_forgiven_when_it_is_forgotten() -> None:
    """The clock moves the standing alone, without any event."""
    world = settled(deed("e1", JOE, 0.5, "comment", intent=INTENT_DETRACTION))
    assert world.score("C1").standing == STANDING_DETRACTOR
    runner = world.runner()
    runner.run_until_quiet()
    world.clock.advance(DAY * 731)
    runner.idle()
    assert world.score("C1").standing == STANDING_NEUTRAL
    assert not world.score("C1").components


def test_a_clock_set_back_does_not_make_a_score_younger() -> None:
    """`as_of` never runs backwards, so that of two states the later one is the one computed later."""
    world = settled(*SOCIAL, at_day=10)
    world.clock.advance(-DAY * 5)
    world.interacted(deed("e20", JOE, 3, "like"))
    world.settle()
    assert world.score("C1").as_of == at(10)


def test_i14_an_unusable_event_is_a_dead_letter_with_its_bytes() -> None:
    """The rest of the batch goes on."""
    world = settled()
    good, bad = deed("e1", JOE, 0.5, "like"), deed("", JOE, 0.6, "share")
    sent = world.interacted(good, bad)
    world.settle()
    assert world.dead_letters() == [("INVALID_FIELD", sent[1].value)]
    assert [part.action for part in world.exact("C1").components] == ["like"]


def test_i14_a_replayed_dead_letter_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a defect made a dead letter is applied when it is replayed to the service's own topic, and only then."""

    def defective(persona: Persona, event: Event) -> None:
        if event.event_id == "e1":
            raise ZeroDivisionError
        take_in(persona, event)

    world = settled()
    with monkeypatch.context() as patch:
        patch.setattr(folding, "take_in", defective)
        world.interacted(deed("e1", JOE, 0.5, "like"), deed("e2", JOE, 0.5, "like"))
        world.settle()
    ((reason, value),) = world.dead_letters()
    assert reason == "HANDLER_FAILED"
    assert world.exact("C1").actions == 1
    for _ in range(2):
        world.publish("retry.advocacy-scoring", JOE, value or b"")
        world.settle()
        assert world.exact("C1").actions == 2
