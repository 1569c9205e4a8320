"""What is read from identified interactions."""

from __future__ import annotations

from typing import Any

import pytest

from advocacy_scoring.adapters import findings
from advocacy_scoring.adapters.interactions import InteractionReader
from advocacy_scoring.adapters.parties import Parties
from advocacy_scoring.adapters.sentiment import judge
from advocacy_scoring.domain.findings import Evidence, Findings, Mark, Referral, ReferralState, Rejection, Suspicion
from advocacy_scoring.domain.persona import Audience, Engaged, Event, Trace
from chassis.errors import InvalidRecord
from chassis.positions import position
from chassis.records import ReadRecord
from chassis.stages.fold import Entry
from rapport.advocacy.v1.findings_pb2 import AccountFindings
from rapport.advocacy.v1.findings_pb2 import Mark as PublishedMark
from rapport.common.v1.common_pb2 import Origin
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.interactions.v1.interaction_pb2 import (
    INTENT_COMPLAINT,
    INTENT_DEFENCE,
    INTENT_THANK_YOU,
    SENTIMENT_POSITIVE,
    VISIBILITY_PRIVATE,
    Address,
    Engagement,
    Interaction,
    Observation,
)
from tests.unit.advocacy_scoring.actions import RULES, TODAY
from tests.unit.advocacy_scoring.world import deed
from tests.unit.wire.world import JOE, START, by_account, days_after

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
    assert entry == Entry(JOE, "interactions-3", position(2, 44), expected, milliseconds)


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


@pytest.mark.parametrize(
    ("told", "followers", "notes"),
    [(-5, 0, ("followers_clamped",)), (3 * 10**9, 2 * 10**9, ("followers_clamped",)), (7, 7, ())],
)
def test_absurd_followers_are_clamped_with_a_note(told: int, followers: int, notes: tuple[str, ...]) -> None:
    """Negative, or more than there can be; the breakdown shows the note."""
    event = event_of(deed("e1", JOE, 0, "like", followers=told))
    assert event.audience is not None
    assert (event.audience.followers, event.notes) == (followers, notes)


def test_engagement_above_what_could_see_it_is_clamped_with_a_note() -> None:
    """More interactions than followers or views; where neither was told, the source is believed."""
    loud = Engagement(likes=900, comments=90, shares=10)
    event = event_of(deed("e1", JOE, 0, "post", engagement=loud, followers=400))
    assert (event.engaged, event.notes) == (Engaged(400), ("engagement_clamped",))
    loud.views = 5_000
    seen = event_of(deed("e1", JOE, 0, "post", engagement=loud, followers=400))
    untold = event_of(deed("e1", JOE, 0, "post", engagement=Engagement(likes=3)))
    assert (seen.engaged, seen.notes, untold.engaged) == (Engaged(1000), (), Engaged(3))


def test_a_text_without_a_label_is_judged_and_one_with_a_label_is_not() -> None:
    """The source knows better; and an intent says enough."""
    text = {"text": "I hate it, this is terrible", "language": "en"}
    assert event_of(deed("e1", JOE, 0, "post", **text)).signature == "post||negative|||text"
    told = event_of(deed("e1", JOE, 0, "post", sentiment=SENTIMENT_POSITIVE, **text))
    assert told.signature == "post||positive|||"
    assert event_of(deed("e1", JOE, 0, "post", intent=INTENT_THANK_YOU, **text)).signature == "post|thank_you||||"
    assert event_of(deed("e1", JOE, 0, "review", rating=5)).signature == "review||positive||5|signal"


def test_ad2_niches_are_found_by_words_and_topics() -> None:
    """Whole words, whatever their capitals; what is about nothing is counted too, and what has no words is not."""
    assert event_of(deed("e1", JOE, 0, "post", text="My new JACKET and boots!")).niches == ("", "fashion")
    assert event_of(deed("e1", JOE, 0, "post", text="jackets", topics=["Delivery"])).niches == ("", "service")
    assert event_of(deed("e1", JOE, 0, "post", text="hello")).niches == ("",)
    assert event_of(deed("e1", JOE, 0, "like")).niches == ()


def test_of_a_form_only_keyed_hashes_and_the_country_are_read() -> None:
    """Who lives or works where is compared, not known; one address and company in two spellings are one."""
    forms = [
        Observation(
            company=company,
            address=Address(lines=[street, "2nd floor"], postal_code=code, country="de"),
        )
        for company, street, code in (("Luna & Alba", "Torstr. 1", "10 115"), ("LUNA  & ALBA", "TORSTR.1", "10115"))
    ]
    one, other = (event_of(by_account("e1", JOE, days_after(0), observation=form)) for form in forms)
    assert (one.household, one.employer, one.country) == (other.household, other.employer, "DE")
    assert one.household.startswith("h_")
    assert "una" not in repr(one)
    assert PARTIES.companies(["luna & alba"]) == {one.employer}


def test_ad6_a_trace_has_the_post_that_is_made_or_answered_and_never_the_text() -> None:
    """A comment leads to the post that it answers; under the brand's own posts nobody is engaged with."""
    words = "a remark of six words or more"
    made = event_of(deed("e1", JOE, 0, "mention", post_id="m1", text=words)).trace
    answered = event_of(deed("e2", JOE, 0, "comment", post_id="m1", text="short")).trace
    assert made is not None
    assert answered is not None
    assert made.post == answered.target != ""
    assert (len(made.sketch), answered.sketch) == (256, b"")
    assert words not in repr(made)
    assert event_of(deed("e3", JOE, 0, "like", post_id="brand-17")).trace is None
    review = event_of(deed("e4", JOE, 0, "review", product_id="SKU-1", rating=5)).trace
    assert review is not None
    assert review.target


def test_findings_come_back_from_their_topic_as_they_were_told() -> None:
    """With the place in the log as their origin, so that a fence holds for them too."""
    evidence = Evidence(Suspicion.RING, TODAY, 3, 2, ("x:a", "x:b"))
    referral = Referral("x:a/e", False, ReferralState.REJECTED, Rejection.STAFF, "x:a", 5, 9, "p")
    told = Findings((Mark(Suspicion.BURST, "like|||||", TODAY, 4),), (evidence,), (referral,))
    record = findings.message("topic", JOE, told, START)
    entry = findings.FindingsReader(3)(ReadRecord("topic", 2, 17, 0, record.key or b"", record.value))
    assert entry == Entry(JOE, "advocacy-findings-2", position(3, 17), told, int(START.timestamp() * 1000))


def test_findings_of_a_newer_version_are_invalid() -> None:
    """A suspicion that is not known must not be taken for another."""
    value = AccountFindings(account_key=JOE, marks=[PublishedMark(suspicion=99)]).SerializeToString()  # type: ignore[arg-type]
    with pytest.raises(InvalidRecord) as refused:
        findings.FindingsReader(1)(ReadRecord("topic", 0, 0, 0, JOE.encode(), value))
    assert refused.value.reason == "INVALID_FIELD"
