"""What interactions say to and fro, how it sounds, and what it comes to in a record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.rules import RulesError, parse_rules
from customer_profile.adapters.turns import TurnReader
from customer_profile.config import DEFAULT_RULES, SCHEMA, profile_rules
from customer_profile.domain.reach import ACCOUNTS_SHOWN, Figures, newer, summary
from customer_profile.domain.rules import ConversationRules, ProfileRules, WaitingRule
from customer_profile.domain.talk import ASKS, CLOSES, REMARKS, REPLIES, Said
from rapport.interactions.v1 import interaction_pb2 as pb
from rapport.profile.v1 import facets_pb2 as facets
from tests.unit.customer_profile.world import SETTINGS, World, at, interaction
from tests.unit.wire.world import ANN, JOE

RULES = profile_rules(SETTINGS).value.conversations


def content(intent: str = "UNSPECIFIED", sentiment: str = "UNSPECIFIED") -> pb.Content:
    return pb.Content(intent=f"INTENT_{intent}", sentiment=f"SENTIMENT_{sentiment}")  # type: ignore[arg-type]


def read(rules: ConversationRules = RULES, **kind: Any) -> tuple[Said | None, int | None]:
    message = interaction("e1", **kind)
    return TurnReader(rules)(message, message.WhichOneof("kind") or "")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ({"direct_message": pb.DirectMessage(conversation_id="c1")}, Said(ASKS, "c1")),
        ({"direct_message": pb.DirectMessage()}, Said(ASKS, "")),
        ({"support_message": pb.SupportMessage(conversation_id="c1")}, Said(ASKS, "c1")),
        ({"support_message": pb.SupportMessage(conversation_id="c1", closes=True)}, Said(CLOSES, "c1")),
        ({"comment": pb.Comment(content=content("COMPLAINT"))}, Said(ASKS, "e1", is_public=True)),
        ({"mention": pb.Mention(content=content("QUESTION"))}, Said(ASKS, "e1", is_public=True)),
        ({"review": pb.Review(content=content("COMPLAINT"))}, Said(ASKS, "e1", is_public=True)),
        ({"comment": pb.Comment(content=content("THANK_YOU"))}, None),
        ({"post": pb.Post(content=content("QUESTION"))}, None),
        ({"brand_reply": pb.BrandReply(conversation_id="c1")}, Said(REPLIES, "c1")),
        (
            {"brand_reply": pb.BrandReply(conversation_id="c1", in_reply_to="e7")},
            Said(REPLIES, "c1", answers="e7"),
        ),
        (
            {"brand_reply": pb.BrandReply(in_reply_to="e7")},
            Said(REPLIES, "e7", is_public=True, answers="e7"),
        ),
        ({"brand_reply": pb.BrandReply()}, Said(REPLIES, "")),
        ({"like": pb.Like()}, None),
        ({"purchase": pb.Purchase(order_id="o1")}, None),
    ],
)
def test_what_waits_for_an_answer_follows_from_kind_and_intent(kind: dict[str, Any], expected: Said | None) -> None:
    """By the rules as they are delivered."""
    assert read(**kind)[0] == expected


def test_other_rules_have_other_things_wait() -> None:
    """A message that does not wait is still part of its conversation; of what is public, nothing is kept."""
    rules = ConversationRules((WaitingRule(("direct_message",), ("complaint",)), WaitingRule(("post",))), 30)
    assert read(rules, direct_message=pb.DirectMessage(content=content("COMPLAINT")))[0] == Said(ASKS, "")
    assert read(rules, direct_message=pb.DirectMessage(content=content("THANK_YOU")))[0] == Said(REMARKS, "")
    assert read(rules, support_message=pb.SupportMessage())[0] == Said(REMARKS, "")
    assert read(rules, comment=pb.Comment(content=content("COMPLAINT")))[0] is None
    assert read(rules, post=pb.Post())[0] == Said(ASKS, "e1", is_public=True)


@pytest.mark.parametrize(
    ("sentiment", "expected"), [("NEGATIVE", -1), ("NEUTRAL", 0), ("POSITIVE", 1), ("UNSPECIFIED", None)]
)
def test_only_what_a_source_has_judged_counts_and_never_the_brands_own_words(
    sentiment: str, expected: int | None
) -> None:
    """Of every kind that has words."""
    assert read(comment=pb.Comment(content=content(sentiment=sentiment)))[1] == expected
    assert read(survey_answer=pb.SurveyAnswer(content=content(sentiment=sentiment)))[1] == expected
    assert read(direct_message=pb.DirectMessage(content=content(sentiment=sentiment)))[1] == expected
    assert read(brand_reply=pb.BrandReply(content=content(sentiment=sentiment)))[1] is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("closed_after_days: 30", "closed_after_days: 0", "conversations.closed_after_days"),
        ("kinds: [direct_message, support_message]", "kinds: [direct_message, brand_reply]", "brand_reply"),
        ("intents: [complaint, question]", "intents: [complaints]", "did you mean"),
    ],
)
def test_a_mistake_in_the_rules_is_told_with_its_place(old: str, new: str, said: str) -> None:
    """Line and column, and what would be right."""
    text = DEFAULT_RULES.read_text()
    assert old in text
    line = text[: text.index(old)].count("\n") + 1
    with pytest.raises(RulesError) as refused:
        parse_rules(text.replace(old, new), "rules.yaml", json.loads(SCHEMA.read_text()), ProfileRules)
    assert any(problem.startswith(f"rules.yaml:{line}:") and said in problem for problem in refused.value.problems)


def test_a_record_tells_who_waits_how_long_answers_took_and_how_the_person_sounds() -> None:
    """Over two accounts, in whatever order it arrives; the clock gives up what nobody answered."""
    told = [
        interaction("e1", JOE, 0, direct_message=pb.DirectMessage(content=content(sentiment="NEGATIVE"))),
        interaction("e2", JOE, 30, brand_reply=pb.BrandReply()),
        interaction("e3", JOE, 60, direct_message=pb.DirectMessage(content=content(sentiment="POSITIVE"))),
        interaction("e4", JOE, 62, direct_message=pb.DirectMessage(content=content(sentiment="POSITIVE"))),
        interaction("e5", ANN, 10, comment=pb.Comment(content=content("QUESTION"))),
        interaction("e6", ANN, 20, brand_reply=pb.BrandReply(in_reply_to="e5")),
    ]
    found = []
    for order in (1, -1):
        world = World()
        world.clock.advance(timedelta(hours=2))
        world.belongs("C1", JOE, ANN)
        world.interacted(*told[::order])
        world.settle()
        found.append(world.record("C1").conversations)
    assert found[0] == found[1]
    expected = facets.Conversations(total=2, open_count=1, replies=2)
    expected.open.add(conversation_id="", channel="instagram", waiting_since=at(60), unanswered=2)
    expected.last_inbound_at.CopyFrom(at(62))
    expected.last_reply_at.CopyFrom(at(30))
    for name, minutes in (("average", 20), ("median", 20), ("longest", 30)):
        getattr(expected, f"{name}_response").FromTimedelta(timedelta(minutes=minutes))
    expected.sentiment.recent, expected.sentiment.recent_count = round(1 / 3, 6), 3
    assert found[0] == expected
    world.clock.advance(timedelta(days=30))
    world.settle()
    assert world.record("C1").conversations.open_count == 0
    world.clock.advance(timedelta(days=90))
    world.settle()
    trend = world.record("C1").conversations.sentiment
    assert (trend.recent_count, trend.before_count, trend.before) == (0, 3, round(1 / 3, 6))


@given(st.permutations([Figures(2, 10, 3, 1), Figures(1, 99), Figures(2, 9, 50), Figures(0, 1)]))
def test_the_newest_figures_of_an_account_count_in_any_order(told: Sequence[Figures]) -> None:
    """Of two at one time, those with more followers."""
    known = None
    for each in told:
        known = newer(known, each)
    assert known == Figures(2, 10, 3, 1)


def test_reach_sums_all_accounts_and_shows_those_with_the_most_followers() -> None:
    """At most twenty, ordered by followers, then by account."""
    figures = {f"x:{number:02}": Figures(5, number // 2, 7, 3) for number in range(30)}
    found = summary(figures)
    assert found.followers == sum(number // 2 for number in range(30))
    assert len(found.accounts) == ACCOUNTS_SHOWN
    assert [account for account, _ in found.accounts][:4] == ["x:28", "x:29", "x:26", "x:27"]
    assert summary({}).accounts == ()


def test_a_record_shows_the_public_figures_of_each_account() -> None:
    """With the time at which they were told; followers in `activity` are the same sum."""
    world = World()
    world.belongs("C1", JOE, ANN)
    world.interacted(
        interaction("e1", JOE, 1, figures=pb.AccountFigures(followers=500, following=20, posts_last_year=7)),
        interaction("e2", ANN, 2, figures=pb.AccountFigures(followers=900)),
    )
    world.settle()
    record = world.record("C1")
    assert record.reach.followers == record.activity.followers == 1400
    assert [(each.account_key, each.followers) for each in record.reach.accounts] == [(ANN, 900), (JOE, 500)]
    assert record.reach.accounts[1] == facets.AccountReach(
        account_key=JOE, followers=500, following=20, posts_last_year=7, observed_at=at(1)
    )
