"""Lifecycle stages: where customers stand by the rules that ship, through events, time and merges; and bad rules."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.rules import RulesError
from customer_profile.config import SCHEMA, rules_of
from customer_profile.domain.activity import Activity
from customer_profile.domain.conditions import Condition
from customer_profile.domain.contact import FIELDS
from customer_profile.domain.conversations import Conversations
from customer_profile.domain.facts import AGES, NUMBERS, WORDS
from customer_profile.domain.inputs import ScoreSummary, TierSummary
from customer_profile.domain.purchases.expectation import LifetimeValue
from customer_profile.domain.purchases.rfm import Rfm
from customer_profile.domain.purchases.summary import Purchases
from customer_profile.domain.record import Record
from customer_profile.domain.situation import facts
from rapport.advocacy.v1.advocacy_pb2 import STANDING_ADVOCATE, Score
from rapport.profile.v1.facets_pb2 import Lifecycle
from tests.unit.customer_profile.ruled import rules_with, text_with, world_with
from tests.unit.customer_profile.world import World, interaction, observation, purchase
from tests.unit.wire.world import ANN, JOE, JOE_SHOP, after

DAY = timedelta(days=1)


def days(count: float) -> Timestamp:
    return after(count * DAY)


def lifecycle(world: World, customer: str = "C1") -> Lifecycle:
    return world.record(customer).lifecycle


def test_pr7_a_customer_goes_through_the_stages_as_things_happen() -> None:
    """From follower to advocate, each with the stage before and since when."""
    world = World()
    world.belongs("C1", JOE, JOE_SHOP)
    seen = []
    for day, event in enumerate(
        [
            interaction("e1", JOE, 0),
            observation("e2", JOE, 1440, email="joe@example.com"),
            purchase("e3", JOE_SHOP, 2880, "o1", 100),
            purchase("e4", JOE_SHOP, 4320, "o2", 100),
        ]
    ):
        world.interacted(event)
        world.settle()
        stage = lifecycle(world)
        assert stage.since == days(day)
        seen.append((stage.stage, stage.previous_stage))
        world.clock.advance(DAY)
    score = Score(customer_id="C1", score=900, standing=STANDING_ADVOCATE, version=1)
    world.publish("advocacy-scores", "C1", score.SerializeToString())
    world.settle()
    seen.append((lifecycle(world).stage, lifecycle(world).previous_stage))
    assert seen == [
        ("follower", ""), ("lead", "follower"), ("customer", "lead"), ("repeat_customer", "customer"),
        ("advocate", "repeat_customer"),
    ]  # fmt: skip


def test_pr7_who_stays_in_a_stage_has_been_in_it_since_they_came() -> None:
    """Further events and versions move neither the date nor the stage before."""
    world = World()
    world.belongs("C1", JOE_SHOP)
    world.interacted(purchase("e1", JOE_SHOP, 0, "o1", 100))
    world.settle()
    first = lifecycle(world)
    world.clock.advance(5 * DAY)
    world.interacted(interaction("e2", JOE_SHOP, 7200))
    world.settle()
    assert lifecycle(world) == first
    assert world.record("C1").activity.interactions == 2


def test_pr7_who_buys_no_more_is_at_risk_and_then_lapses_on_the_very_dates() -> None:
    """Half a year and a year after the last order, whenever the worker looks; and the next order brings them back."""
    world = World()
    world.belongs("C1", JOE_SHOP)
    world.interacted(purchase("e1", JOE_SHOP, 0, "o1", 100), purchase("e2", JOE_SHOP, 1440, "o2", 100))
    world.settle()
    world.clock.advance(181 * DAY - timedelta(seconds=1))
    world.settle()
    assert lifecycle(world).stage == "repeat_customer"
    world.clock.advance(timedelta(seconds=1))
    world.settle()
    assert lifecycle(world) == Lifecycle(stage="at_risk", since=days(181), previous_stage="repeat_customer")
    world.clock.advance(300 * DAY)
    world.settle()
    assert lifecycle(world) == Lifecycle(stage="lapsed", since=days(366), previous_stage="at_risk")
    world.interacted(purchase("e3", JOE_SHOP, 481 * 1440, "o3", 100))
    world.settle()
    assert lifecycle(world) == Lifecycle(stage="repeat_customer", since=days(481), previous_stage="lapsed")


def test_pr7_an_outage_over_several_dates_leaves_the_stages_and_dates_of_a_worker_that_ran() -> None:
    """Both stages that time brought are gone through, the first only as the one before."""
    world = World()
    world.belongs("C1", JOE_SHOP)
    world.interacted(purchase("e1", JOE_SHOP, 0, "o1", 100))
    world.settle()
    world.clock.advance(900 * DAY)
    world.settle()
    assert lifecycle(world) == Lifecycle(stage="lapsed", since=days(365), previous_stage="at_risk")


def test_pr7_the_stage_of_a_survivor_is_that_of_all_its_accounts() -> None:
    """A merge makes a repeat customer of two who bought once; an undo makes them two again."""
    world = World()
    world.belongs("C1", JOE_SHOP)
    world.belongs("C2", ANN)
    world.interacted(purchase("e1", JOE_SHOP, 1, "o1", 100), purchase("e2", ANN, 1, "o2", 100))
    world.settle()
    world.merged("C2", "C1")
    world.belongs("C1", JOE_SHOP, ANN, absorbed=["C2"])
    world.settle()
    assert (lifecycle(world).stage, lifecycle(world).previous_stage) == ("repeat_customer", "customer")
    world.belongs("C1", JOE_SHOP)
    world.belongs("C2", ANN)
    world.settle()
    assert [lifecycle(world, customer).stage for customer in ("C1", "C2")] == ["customer", "customer"]


def test_pr7_where_no_stage_holds_a_customer_is_in_none(tmp_path: Path) -> None:
    """A list without a last stage for everybody leaves some out."""
    world = world_with(tmp_path, lifecycle=[{"stage": "buyer", "when": {"fact": "orders", "at_least": 1}}], segments=[])
    world.belongs("C1", JOE)
    world.settle()
    assert not world.record("C1").HasField("lifecycle")


def test_pr7_a_stage_may_depend_on_traits_and_moves_when_their_window_does(tmp_path: Path) -> None:
    """Counts in a window are traits; the clock takes them back on the day they leave the window."""
    trait = {"trait": "comments_7d", "function": "count", "where": {"kind": {"equals": "comment"}}, "window_days": 7}
    stages = [{"stage": "active", "when": {"trait": "comments_7d", "at_least": 1}}, {"stage": "quiet"}]
    world = world_with(tmp_path, lifecycle=stages, traits=[trait], segments=[])
    world.belongs("C1", JOE)
    world.interacted(interaction("e1", JOE, 60))
    world.settle()
    assert lifecycle(world).stage == "active"
    world.clock.advance(30 * DAY)
    world.settle()
    assert lifecycle(world) == Lifecycle(stage="quiet", since=days(7), previous_stage="active")


SEGMENT = "segments"
LIFETIME = LifetimeValue(0.5, 1.0, 100, 100, 365, "m", 0)


@pytest.mark.parametrize(
    ("section", "condition", "place", "words"),
    [
        (SEGMENT, {"fact": "scroe", "at_least": 1}, "fact", "did you mean 'score'?"),
        (SEGMENT, {"trait": "comments_91d"}, "trait", "did you mean 'comments_90d'?"),
        (SEGMENT, {"field": "e_mail"}, "field", "did you mean 'email'?"),
        (SEGMENT, {"fact": "score", "at_last": 1}, "at_last", "did you mean 'at_least'?"),
        (SEGMENT, {"fact": "score", "field": "email"}, "field", "tests one thing"),
        (SEGMENT, {"at_least": 3}, "at_least", "needs one of fact"),
        (SEGMENT, {"fact": "tier", "at_least": 3}, "at_least", "use is_one_of"),
        (SEGMENT, {"fact": "score", "is_one_of": ["a word"]}, "a word", "use at_least"),
        (SEGMENT, {"fact": "days_since_last_order", "at_least": 1.5}, "at_least", "whole days"),
        (SEGMENT, {"field": "email", "via": "email"}, "via", "only a consent"),
        (SEGMENT, {"fact": "stage", "is_one_of": ["leed"]}, "leed", "did you mean 'lead'?"),
        ("lifecycle", {"fact": "stage", "is_one_of": ["lead"]}, "fact", "follows from these conditions"),
    ],
)
def test_pr6_a_condition_that_cannot_hold_is_told_with_its_place(
    section: str, condition: dict[str, Any], place: str, words: str
) -> None:
    """The line is that of the mistake, and the words say what would be right; unknown names are suggested."""
    name = "segment" if section == SEGMENT else "stage"
    text = text_with(**{section: [{name: "s", "when": {"any_of": [{"channel": "x"}, condition]}}]})
    with pytest.raises(RulesError) as caught:
        rules_of(text)
    (problem, *_) = [each for each in caught.value.problems if words in each]
    line = int(problem.split(":")[1])
    assert place in text.splitlines()[line - 1]


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"lifecycle": [{"stage": "a"}, {"stage": "b"}]}, "it comes last"),
        ({"lifecycle": [{"stage": "a", "when": {"field": "email"}}, {"stage": "a"}]}, "is there already"),
        ({"segments": [{"segment": "s", "when": {"field": "email"}}] * 2}, "is there already"),
    ],
)
def test_pr7_stages_and_segments_have_names_of_their_own(sections: dict[str, Any], words: str) -> None:
    """A list that hides its end, or says a name twice, is a mistake."""
    with pytest.raises(RulesError, match=words):
        rules_with(**sections)


def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SCHEMA.read_text())
    return found


def test_pr6_the_schema_names_the_facts_fields_and_rules_that_there_are() -> None:
    """What an editor may write is what the service knows, so that a name which passes is never unknown later."""
    named = schema()["$defs"]["condition"]["properties"]
    assert sorted(named["fact"]["enum"]) == sorted((*NUMBERS, *AGES, *WORDS))
    assert named["field"]["enum"] == list(FIELDS)
    assert set(named) == {each.name for each in dataclasses.fields(Condition)}
    assert list(schema()["properties"]["survivorship"]["properties"]["fields"]["properties"]) == list(FIELDS)


def test_pr6_every_fact_can_be_known_of_a_customer() -> None:
    """None of the names is one that conditions would ask for in vain."""
    value = Purchases(orders=2, gross=100, last_at=5, order_days=1, rfm=Rfm(1, 2, 3, "lost", "m"), lifetime=LIFETIME)
    record = Record(
        accounts=(JOE,),
        activity=Activity(interactions=1),
        purchases={"EUR": value},
        conversations=Conversations(last_inbound_at=1, last_reply_at=2),
        score=ScoreSummary(1, "STANDING_ADVOCATE", 1, 0),
        tier=TierSummary("gold", (), 1, 0),
    )
    found = facts(record, "EUR", 0)
    found.words["stage"] = "lead"
    assert [name for name in (*NUMBERS, *AGES, *WORDS) if found.known(name) is None] == []


def test_pr6_what_is_not_known_passes_no_test() -> None:
    """Who never ordered has not been without an order for a year, and has no low score for having none."""
    found = facts(Record(accounts=(JOE,)), "EUR", 10**13)
    for name in (*AGES, "score", "average_order", "probability_alive", "tier"):
        assert not Condition(fact=name).holds(found), name
        assert Condition(none_of=(Condition(fact=name),)).holds(found)
