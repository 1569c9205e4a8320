"""What is read from identified interactions."""

from __future__ import annotations

from typing import Any

import pytest

from advocacy_scoring.adapters.interactions import InteractionReader
from advocacy_scoring.adapters.parties import Parties
from advocacy_scoring.adapters.sentiment import judge
from advocacy_scoring.domain.persona import Audience, Event, Trace
from chassis.errors import InvalidRecord
from chassis.positions import position
from chassis.records import ReadRecord
from chassis.stages.fold import Entry
from rapport.common.v1.common_pb2 import Origin
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.interactions.v1.interaction_pb2 import (
    INTENT_COMPLAINT,
    INTENT_DEFENCE,
    INTENT_THANK_YOU,
    VISIBILITY_PRIVATE,
    Interaction,
)
from tests.unit.advocacy_scoring.actions import RULES
from tests.unit.advocacy_scoring.world import deed
from tests.unit.wire.world import JOE, START

PARTIES = Parties(b"a key for tests only")
ORIGIN = Origin(epoch=2, topic="interactions", partition=3, offset=44)


def reader() -> InteractionReader:
    return InteractionReader(lambda: RULES, judge, PARTIES)


def read(interaction: Interaction, account: str = JOE, key: str = JOE, origin: Origin = ORIGIN) -> Entry[Event] | None:
    value = IdentifiedInteraction(interaction=interaction, account_key=account, origin=origin).SerializeToString()
    return reader()(ReadRecord("t", 0, 7, 0, key.encode(), value))


def event_of(interaction: Interaction) -> Event:
    entry = read(interaction)
    assert entry is not None
    return entry.event


def action(kind: str, **fields: Any) -> str | None:
    entry = read(deed("e1", JOE, 0, kind, **fields))
    found = RULES.action_of(entry.event.signature) if entry is not None else None
    return found.name if found else None


def test_ad1_an_event_comes_with_its_signature_its_time_and_where_it_entered() -> None:
    """All that folding needs, and the origin that the fence compares."""
    entry = read(deed("e1", JOE, 0.5, "referral", followers=12))
    milliseconds = int(START.timestamp() * 1000) + 43_200_000
    trace = Trace("referral", JOE, "e1", milliseconds)
    expected = Event("e1", milliseconds, "referral|||||", Audience(milliseconds, 12, 0, 0), trace=trace)
    assert entry == Entry(JOE, "interactions-3", position(2, 44), expected)


def test_followers_that_were_not_told_are_not_zero() -> None:
    """A figure of nobody is told as such."""
    told, untold = read(deed("e1", JOE, 0, "like", followers=0)), read(deed("e1", JOE, 0, "like"))
    assert told is not None
    assert untold is not None
    assert told.event.audience is not None
    assert told.event.audience.followers == 0
    assert untold.event.audience is None


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("comment", {"intent": INTENT_COMPLAINT}, "complaint_public"),
        ("support_message", {"intent": INTENT_COMPLAINT, "visibility": VISIBILITY_PRIVATE}, "complaint_private"),
        ("reply", {"intent": INTENT_DEFENCE}, "defence"),
        ("review", {"rating": 2}, "review_negative"),
        ("follow", {}, "follow"),
        ("follow", {"ended": True}, None),
        ("comment", {"intent": 99}, None),
        ("survey_answer", {"score": 9}, None),
    ],
)
def test_ad1_what_the_source_told_decides_the_action(kind: str, fields: dict[str, Any], expected: str | None) -> None:
    """Intent, visibility, rating and the end of a follow are looked at; a value of a newer version counts as untold."""
    assert action(kind, **fields) == expected


def test_ad1_what_the_brand_says_is_no_deed_of_the_person_it_says_it_to() -> None:
    """A brand that thanks a customer does not make an advocate of them."""
    assert action("comment", intent=INTENT_THANK_YOU) == "thank_you"
    assert action("brand_reply", intent=INTENT_THANK_YOU) is None


def test_an_interaction_without_a_kind_counts_for_nothing() -> None:
    """It is of a newer version, and whoever knows it says what is wrong with it."""
    assert read(Interaction(event_id="e1")) is None


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"key": "instagram:ann"}, "KEY_MISMATCH"),
        ({"account": "", "key": ""}, "KEY_MISMATCH"),
        ({"origin": Origin(epoch=1)}, "BAD_ORIGIN"),
        ({"origin": Origin(epoch=1, topic="t", offset=-1)}, "BAD_ORIGIN"),
    ],
)
def test_a_record_that_contradicts_itself_is_invalid(changed: dict[str, Any], reason: str) -> None:
    """It would be folded into the wrong account, or more than once."""
    with pytest.raises(InvalidRecord) as refused:
        read(deed("e1", JOE, 0, "like"), **changed)
    assert refused.value.reason == reason


def test_bytes_that_are_no_interaction_are_invalid() -> None:
    """A foreign record is named as such."""
    with pytest.raises(InvalidRecord) as refused:
        reader()(ReadRecord("t", 0, 7, 0, b"k", b"\xff\xff"))
    assert refused.value.reason == "UNPARSEABLE"
