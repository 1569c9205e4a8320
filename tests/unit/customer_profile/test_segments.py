"""Segments: who enters and leaves, when and why; told once each, in sequence, whatever happens to the worker."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.clock import milliseconds
from customer_profile.adapters.documents import SEGMENT_CHANGES
from rapport.advocacy.v1.advocacy_pb2 import STANDING_DETRACTOR, Score
from rapport.profile.v1.changes_pb2 import SegmentChange
from rapport.tier.v1.tier_pb2 import Tier
from tests.unit.customer_profile.ruled import changes, rule, told, world_with
from tests.unit.customer_profile.world import World, interaction, observation, purchase, returned
from tests.unit.wire.world import ANN, JOE, JOE_SHOP, START, after

DAY = timedelta(days=1)
BUYERS = {"segment": "buyers", "when": {"fact": "orders", "at_least": 1}}
ACTIVE = {"segment": "active", "when": {"fact": "days_since_last_interaction", "at_most": 29}}
SILENT = {"segment": "silent", "when": {"fact": "days_since_last_interaction", "at_least": 30}}
ON_TIKTOK = {"segment": "on_tiktok", "when": {"channel": "tiktok"}}


def days(count: float) -> Timestamp:
    return after(count * DAY)


def segments(world: World, customer: str = "C1") -> dict[str, Timestamp]:
    return {each.segment: each.enter_time for each in world.record(customer).segments}


def test_pr6_who_begins_to_meet_the_conditions_enters_and_who_ceases_to_leaves(tmp_path: Path) -> None:
    """Both are told, in sequence, with the version of the record that shows it and the rules that asked."""
    world = world_with(tmp_path, segments=[BUYERS, {"segment": "poor", "when": {"fact": "net", "at_most": 0}}])
    world.belongs("C1", JOE_SHOP)
    world.settle()
    world.interacted(purchase("e1", JOE_SHOP, 1, "o1", 100))
    world.settle()
    assert told(world, "C1") == [
        ("poor", "entered", "event"), ("poor", "left", "event"), ("buyers", "entered", "event"),
    ]  # fmt: skip
    entered = changes(world, "C1")[-1]
    record = world.record("C1")
    assert (entered.name, entered.customer_id) == ("customers/C1/segmentChanges/3", "C1")
    assert (entered.record_version, entered.rules_version) == (record.version, record.rules_version)
    assert [*segments(world)] == ["buyers"]


@pytest.mark.parametrize("of", ["score", "tier", "standing"])
def test_pr6_what_other_services_say_moves_customers_between_segments(tmp_path: Path, of: str) -> None:
    """A score, a standing or a tier that arrives is an event like any other."""
    when = {
        "score": {"fact": "score", "at_least": 500},
        "tier": {"fact": "tier", "is_one_of": ["gold", "platinum"]},
        "standing": {"fact": "standing", "is_one_of": ["STANDING_DETRACTOR"]},
    }[of]
    world = world_with(tmp_path, segments=[{"segment": "s", "when": when}])
    world.belongs("C1", JOE)
    world.settle()
    assert told(world, "C1") == []
    if of == "tier":
        world.publish("tiers", "C1", Tier(customer_id="C1", tier="gold", version=1).SerializeToString())
    else:
        score = Score(customer_id="C1", score=500, standing=STANDING_DETRACTOR, version=1)
        world.publish("advocacy-scores", "C1", score.SerializeToString())
    world.settle()
    assert told(world, "C1") == [("s", "entered", "event")]


def test_pr6_conditions_over_traits_fields_channels_and_stage_hold_together(tmp_path: Path) -> None:
    """All-of, any-of and none-of over what the record says; counts of kinds in a window are traits."""
    when = {
        "all_of": [
            {"trait": "likes", "at_least": 2},
            {"field": "language", "is_one_of": ["de", "at"]},
            {"any_of": [{"channel": "tiktok"}, {"channel": "instagram"}]},
        ],
        "none_of": [{"fact": "stage", "is_one_of": ["customer"]}],
    }
    likes = {"trait": "likes", "function": "count", "where": {"kind": {"equals": "comment"}}, "window_days": 7}
    world = world_with(tmp_path, traits=[likes], segments=[{"segment": "s", "when": when}])
    world.belongs("C1", JOE)
    world.interacted(interaction("e1", JOE, 1), observation("e2", JOE, 2, language="de"))
    world.settle()
    assert told(world, "C1") == []
    world.interacted(interaction("e3", JOE, 3))
    world.settle()
    assert told(world, "C1") == [("s", "entered", "event")]
    world.clock.advance(8 * DAY)
    world.settle()
    assert told(world, "C1")[1:] == [("s", "left", "clock")]
    left = changes(world, "C1")[-1]
    assert left.effective_time == days(7), "the window of seven days begins after the day of the comments"


def test_pr6_time_alone_moves_customers_at_the_right_date(tmp_path: Path) -> None:
    """Thirty days after the last word, to the millisecond, however late the clock is looked at."""
    world = world_with(tmp_path, segments=[ACTIVE, SILENT])
    world.belongs("C1", JOE)
    world.interacted(interaction("e1", JOE, 90))
    world.settle()
    world.clock.advance(29 * DAY)
    world.settle()
    assert told(world, "C1") == [("active", "entered", "event")]
    world.clock.advance(40 * DAY)
    world.settle()
    assert told(world, "C1")[1:] == [("active", "left", "clock"), ("silent", "entered", "clock")]
    expected = after(timedelta(minutes=90) + 30 * DAY)
    assert [change.effective_time for change in changes(world, "C1")[1:]] == [expected, expected]
    assert segments(world) == {"silent": expected}


def test_pr6_an_event_before_the_clock_was_looked_at_is_not_told_as_times_doing(tmp_path: Path) -> None:
    """Somebody speaks again after weeks, and only then does the worker come back: the event is the cause."""
    world = world_with(tmp_path, segments=[ACTIVE, SILENT])
    world.belongs("C1", JOE)
    world.interacted(interaction("e1", JOE, 0))
    world.settle()
    world.clock.advance(31 * DAY)
    world.interacted(interaction("e2", JOE, 29 * 24 * 60))
    world.settle()
    assert [*segments(world)] == ["active"]
    assert told(world, "C1") == [("active", "entered", "event")]


def test_pr6_each_step_of_a_long_outage_is_told_with_its_date(tmp_path: Path) -> None:
    """Who entered and left while no worker ran did both, on the days on which they did."""
    fading = {
        "segment": "fading",
        "when": {
            "all_of": [
                {"fact": "days_since_last_interaction", "at_least": 10},
                {"fact": "days_since_last_interaction", "at_most": 19},
            ]
        },
    }
    world = world_with(tmp_path, segments=[fading])
    world.belongs("C1", JOE)
    world.interacted(interaction("e1", JOE, 0))
    world.settle()
    world.clock.advance(90 * DAY)
    world.settle()
    assert told(world, "C1") == [("fading", "entered", "clock"), ("fading", "left", "clock")]
    assert [change.effective_time for change in changes(world, "C1")] == [days(10), days(20)]


def test_pr6_what_the_clock_changes_in_vain_is_not_announced(tmp_path: Path) -> None:
    """A date passes at which a condition turns over that decides nothing: no version, no message."""
    never = {
        "segment": "never",
        "when": {"all_of": [{"fact": "days_since_last_interaction", "at_least": 5}, {"fact": "tier"}]},
    }
    world = world_with(tmp_path, segments=[never], lifecycle=[], traits=[])
    world.belongs("C1", JOE)
    world.interacted(interaction("e1", JOE, 0))
    world.settle()
    before = world.record("C1")
    assert world.document("C1")["due_at"] == milliseconds(START + 5 * DAY)
    world.clock.advance(6 * DAY)
    world.settle()
    assert world.published("C1")[-1] == world.record("C1") == before
    assert "due_at" not in world.document("C1"), "and it is not looked at again and again"


def test_pr6_a_merge_computes_the_survivors_segments_afresh_and_the_other_tells_nothing_more(tmp_path: Path) -> None:
    """Accounts that came are the cause; the merged-away id leaves nothing, and time brings it nothing."""
    world = world_with(tmp_path, segments=[BUYERS, ON_TIKTOK, SILENT])
    world.belongs("C1", JOE)
    world.belongs("C2", ANN)
    world.interacted(purchase("e1", ANN, 1, "o1", 100))
    world.settle()
    assert told(world, "C2") == [("on_tiktok", "entered", "event"), ("buyers", "entered", "event")]
    world.merged("C2", "C1")
    world.belongs("C1", JOE, ANN, absorbed=["C2"])
    world.settle()
    world.clock.advance(60 * DAY)
    world.settle()
    assert told(world, "C1") == [
        ("buyers", "entered", "membership"), ("on_tiktok", "entered", "membership"), ("silent", "entered", "clock"),
    ]  # fmt: skip
    assert len(changes(world, "C2")) == 2


def test_pr6_after_a_merge_is_undone_both_go_on_counting_without_gaps(tmp_path: Path) -> None:
    """The survivor leaves what the other brought; the other, which is as it was, goes on where it had stopped."""
    world = world_with(tmp_path, segments=[BUYERS, ON_TIKTOK])
    world.belongs("C1", JOE)
    world.belongs("C2", ANN)
    world.interacted(purchase("e1", ANN, 1, "o1", 100), interaction("e2", JOE, 1))
    world.settle()
    world.merged("C2", "C1")
    world.belongs("C1", JOE, ANN, absorbed=["C2"])
    world.settle()
    world.belongs("C1", JOE)
    world.belongs("C2", ANN)
    world.settle()
    world.interacted(returned("e3", ANN, 9, "r1", 100), interaction("e4", ANN, 10))
    world.settle()
    assert told(world, "C1") == [
        ("buyers", "entered", "membership"), ("on_tiktok", "entered", "membership"),
        ("buyers", "left", "membership"), ("on_tiktok", "left", "membership"),
    ]  # fmt: skip
    assert [change.sequence for change in changes(world, "C2")] == [1, 2]
    assert [*segments(world, "C2")] == ["buyers", "on_tiktok"]


def test_pr6_other_rules_are_a_cause_of_their_own(tmp_path: Path) -> None:
    """Who leaves or enters because the file was changed is told so."""
    world = world_with(tmp_path, segments=[BUYERS])
    world.belongs("C1", JOE_SHOP)
    world.interacted(purchase("e1", JOE_SHOP, 1, "o1", 100))
    world.settle()
    rule(world, tmp_path, segments=[{"segment": "big", "when": {"fact": "net", "at_least": 100}}])
    world.interacted(interaction("e2", JOE_SHOP, 2))
    world.settle()
    assert told(world, "C1")[1:] == [("buyers", "left", "rules"), ("big", "entered", "rules")]


def test_pr6_the_changes_that_were_told_are_kept_for_who_watches(tmp_path: Path) -> None:
    """The history has each under its sequence, byte for byte as it was sent."""
    world = world_with(tmp_path, segments=[BUYERS, ON_TIKTOK])
    world.belongs("C1", ANN)
    world.interacted(purchase("e1", ANN, 1, "o1", 100))
    world.settle()
    rows = sorted(world.stores[SEGMENT_CHANGES].everything().values(), key=lambda row: row["sequence"])
    assert [SegmentChange.FromString(row["message"]) for row in rows] == changes(world, "C1")
    assert {row["group"] for row in rows} == {"C1"}


def test_pr6_a_segment_change_says_what_it_is(tmp_path: Path) -> None:
    """CloudEvents headers name the type and the source; the id is the customer and the sequence."""
    world = world_with(tmp_path, segments=[ON_TIKTOK])
    world.belongs("C1", ANN)
    world.settle()
    (record,) = world.broker.records(world.settings.topic("segment-changes"))
    headers = dict(record.headers)
    assert (headers["ce_type"], headers["ce_id"]) == (b"rapport.profile.v1.SegmentChange", b"C1-1")
    assert headers["ce_source"] == b"/rapport/customer-profile"
