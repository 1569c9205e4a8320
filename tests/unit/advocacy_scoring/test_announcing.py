"""When a score is announced, why, and what care hears of."""

from __future__ import annotations

from datetime import timedelta

from advocacy_scoring.domain.curve import Standing
from rapport.advocacy.v1.breakdown_pb2 import CAUSE_ACCOUNTS, CAUSE_CLOCK, CAUSE_DEEDS, CAUSE_FIRST
from rapport.interactions.v1.interaction_pb2 import INTENT_COMPLAINT, INTENT_DEFENCE, INTENT_DETRACTION
from tests.unit.advocacy_scoring.world import World, deed
from tests.unit.wire.world import ANN, JOE, JOE_SHOP

DAY = timedelta(days=1)


def settled() -> World:
    world = World()
    world.clock.advance(DAY)
    world.belongs("C1", JOE, JOE_SHOP)
    world.interacted(deed("e1", JOE, 0.5, "reply", intent=INTENT_DEFENCE))
    world.settle()
    return world


def did(world: World, event_id: str, kind: str, days: float = 0.6, account: str = JOE, **fields: object) -> None:
    world.interacted(deed(event_id, account, days, kind, **fields))
    world.settle()


def test_ad10_a_move_below_the_step_is_stored_and_not_announced() -> None:
    """A like more is 3 points; the next one after three of them is news."""
    world = settled()
    runner = world.runner()
    runner.run_until_quiet()
    before = world.score("C1").version
    for number in range(4):
        world.interacted(deed(f"l{number}", JOE, 0.6, "like"))
        runner.run_until_quiet()
    assert world.exact("C1").actions == 5
    assert abs(world.exact("C1").score - world.score("C1").score) < 10
    assert world.score("C1").version == before + 1
    assert world.published("C1")[-1] == world.score("C1"), "the topic, and look-ups, have what was announced"


def test_ad10_another_standing_is_announced_however_small_the_move() -> None:
    """Whoever acts on bands must learn of it."""
    world = settled()
    for number in range(3):
        did(world, f"c{number}", "support_message", intent=INTENT_COMPLAINT, visibility=2)
    before = world.exact("C1")
    assert world.score("C1").standing == before.standing.value
    did(world, "d", "comment", intent=INTENT_DETRACTION)
    assert world.score("C1").standing == Standing.DETRACTOR.value


def test_ad10_an_announcement_says_why() -> None:
    """First, deeds, accounts, and age alone."""
    world = settled()
    did(world, "e2", "review", rating=5)
    world.belongs("C1", JOE, JOE_SHOP, ANN)
    did(world, "e3", "review", account=ANN, rating=5)
    runner = world.runner()
    runner.run_until_quiet()
    world.clock.advance(DAY * 60)
    runner.idle()
    causes = [list(score.causes) for score in world.published("C1")]
    assert [CAUSE_FIRST] in causes
    assert [CAUSE_DEEDS] in causes
    assert causes[-1] == [CAUSE_CLOCK]
    assert any(CAUSE_ACCOUNTS in each for each in causes)


def test_ad8_a_grave_deed_before_many_people_is_told_to_care_once() -> None:
    """With the deed, and whom it is expected to reach."""
    world = settled()
    did(world, "bad", "comment", days=0.8, intent=INTENT_DETRACTION, visibility=1, followers=30_000)
    audience = world.exact("C1").heard.bad
    did(world, "like", "like", days=0.85)
    (alert,) = world.alerts("C1")
    assert (alert.event_id, alert.account_key, alert.action, alert.sequence) == ("bad", JOE, "detraction", 1)
    assert alert.followers == 30_000
    assert alert.audience == audience >= 500
    did(world, "worse", "comment", days=0.9, intent=INTENT_DETRACTION, visibility=1)
    assert [each.event_id for each in world.alerts("C1")] == ["bad", "worse"]


def test_ad8_what_few_people_hear_and_what_is_old_is_not_told_to_care() -> None:
    """A detractor without followers; and a warning of a month ago that only now arrives."""
    world = settled()
    did(world, "bad", "comment", days=0.8, intent=INTENT_DETRACTION, visibility=1)
    world.clock.advance(DAY * 40)
    did(world, "old", "comment", days=10, intent=INTENT_DETRACTION, visibility=1, followers=30_000)
    assert world.alerts("C1") == []


def test_ad8_whom_an_experience_reaches_grows_with_followers_and_with_speaking_in_public() -> None:
    """Those told in person, and the followers who see it; a bad experience is passed on twice as often."""
    private, public = World(), World()
    for world, visibility in ((private, 2), (public, 1)):
        world.belongs("C1", JOE)
        for number in range(6):
            world.interacted(deed(f"e{number}", JOE, 0, "comment", visibility=visibility, followers=10_000))
        world.settle()
    quiet, loud = private.exact("C1").heard, public.exact("C1").heard
    assert quiet.good < loud.good
    assert loud.bad - loud.good == 5
    assert loud.good == 5 + 10_000 * 10 * 7 // (100 * 8)
