"""What people get to see: amounts, times, and one line for each thing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp

from rapport.advocacy.v1.advocacy_pb2 import Score
from rapport.interactions.v1.decision_pb2 import Decision
from rapport.interactions.v1.interaction_pb2 import Interaction
from rapport.profile.v1.facets_pb2 import TraitValue
from rapport.profile.v1.profile_pb2 import CustomerRecord, TimelineEntry
from rapport.tier.v1.tier_pb2 import Tier, TierChange
from rapportctl.facet_views import whole_record
from rapportctl.timeline_views import timeline_row
from rapportctl.views import change_row, moment, money, record_fields, score_fields, tier_fields

EXAMPLES = Path(__file__).parents[3] / "protos" / "examples"


@pytest.mark.parametrize(
    ("minor_units", "currency", "text"),
    [
        (1999, "EUR", "19.99 EUR"),
        (5, "EUR", "0.05 EUR"),
        (-123456, "GBP", "-1,234.56 GBP"),
        (1999, "JPY", "1,999 JPY"),
        (-5, "EUR", "-0.05 EUR"),
        (1234, "KWD", "1.234 KWD"),
        (0, "", "0.00"),
    ],
)
def test_an_amount_has_its_currencys_decimals(minor_units: int, currency: str, text: str) -> None:
    assert money(minor_units, currency) == text


def test_times_are_in_utc_and_none_is_empty() -> None:
    timestamp = Timestamp()
    assert moment(timestamp) == ""
    timestamp.FromDatetime(datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC))
    assert moment(timestamp) == "2026-03-14 09:26:53Z"
    assert moment(Timestamp(seconds=10**15)) == "beyond the calendar"


def test_a_record_shows_details_with_their_source_and_purchases_with_their_currency() -> None:
    record = json_format.Parse((EXAMPLES / "customer-records/live.json").read_text(), CustomerRecord())
    fields = record_fields(record)
    assert fields["given name"] == "Maria  (crm, 2026-03-14 09:26:53Z)"
    assert fields["purchases"] == ["1 orders 49.98 EUR, 1 returns 24.99 EUR, net 24.99 EUR"]
    assert fields["score"] == "214 (supporter)"
    assert fields["tier"] == "silver"


def test_pr8_pr9_purchases_show_where_a_buyer_stands_and_what_is_expected() -> None:
    summary = {"currency_code": "EUR", "orders": 4, "gross_minor_units": 4000, "net_minor_units": 4000}
    rfm = {"recency": 5, "frequency": 4, "monetary": 3, "rfm_class": "loyal"}
    value = {"probability_alive": 0.874, "expected_minor_units": 12300, "horizon_days": 365}
    told = {**summary, "unmatched_returns": 1, "rfm": rfm, "lifetime_value": value}
    (line,) = record_fields(json_format.ParseDict({"purchases": [told]}, CustomerRecord()))["purchases"]
    assert line.endswith(
        "net 40.00 EUR, 1 returns of no known order, loyal (5-4-3), 87% still buying, 123.00 EUR expected in 365 days"
    )


def test_a_score_shows_what_it_is_made_of() -> None:
    score = json_format.Parse((EXAMPLES / "advocacy-scores/live.json").read_text(), Score())
    fields = score_fields(score)
    assert fields["score"] == "214 of 1000"
    assert fields["standing"] == "supporter"
    assert fields["made of"][0] == "review_positive: 30.000  (once: 30.000 in all, 0.000 capped, 0.000 decayed)"


def test_a_tier_shows_the_figures_behind_it() -> None:
    tier = json_format.Parse((EXAMPLES / "tiers/live.json").read_text(), Tier())
    fields = tier_fields(tier)
    assert (fields["tier"], fields["spend"], fields["points"]) == ("silver", "24.99 EUR", 24)
    held = json_format.Parse((EXAMPLES / "tiers/held.json").read_text(), Tier())
    assert tier_fields(held)["qualified for"] == held.qualified_tier


def test_a_change_names_its_causes_and_counts_the_rest() -> None:
    change = json_format.Parse((EXAMPLES / "tier-changes/upgraded.json").read_text(), TierChange())
    assert change_row(change)["change"] == "member -> silver"
    assert change_row(change)["causes"] == "evt-purchase"
    change.receipt.event_ids.extend(["e2", "e3", "e4", "e5"])
    change.receipt.events_left_out = 10
    change.receipt.accounts_gained.append("store:1")
    assert change_row(change)["causes"] == "evt-purchase, e2, e3, 12 more, gained store:1"
    change.previous_tier = ""
    assert change_row(change)["change"] == "none -> silver"


@pytest.mark.parametrize(
    ("example", "what"),
    [
        ("purchase", "49.98 EUR  o-2001"),
        ("like", "p-1"),
        ("referral", "MARIA-10"),
        ("observation", "given_name, family_name, date_of_birth, email, phone, address, language"),
        ("follow", ""),
    ],
)
def test_pr3_a_line_of_a_history_says_what_matters(example: str, what: str) -> None:
    interaction = Interaction.FromString((EXAMPLES / f"interactions/{example}.binpb").read_bytes())
    row = timeline_row(TimelineEntry(account_key="a:1", interaction=interaction))
    assert (row["kind"], row["what"], row["event"]) == (example, what, f"evt-{example}")


def test_pr3_long_words_are_cut_and_figures_come_first() -> None:
    interaction = Interaction()
    interaction.review.rating = 4
    interaction.review.content.text = "x" * 100
    what = timeline_row(TimelineEntry(interaction=interaction))["what"]
    assert what == f"4 stars  {'x' * 60}…"


def test_a_decision_in_a_history_says_what_was_decided_and_never_a_value() -> None:
    consent = json_format.Parse((EXAMPLES / "decisions/consent.json").read_text(), Decision())
    row = timeline_row(TimelineEntry(account_key="a:1", decision=consent))
    assert (row["kind"], row["what"], row["event"]) == ("consent", "agrees to newsletter on email", "req-consent")
    by_hand = json_format.Parse((EXAMPLES / "decisions/field.json").read_text(), Decision())
    assert timeline_row(TimelineEntry(decision=by_hand))["what"] == "given_name laid down"
    by_hand.field.value = ""
    assert timeline_row(TimelineEntry(decision=by_hand))["what"] == "given_name taken back"
    consent.consent.granted, consent.consent.channel = False, ""
    assert timeline_row(TimelineEntry(decision=consent))["what"] == "does not agree to newsletter on all channels"


def test_a_record_shows_what_follows_from_rules_talk_and_decisions() -> None:
    record = CustomerRecord(customer_id="c", version=7)
    record.lifecycle.stage = "lead"
    record.segments.add(segment="waiting_vips")
    record.traits["orders"].number = 3
    record.traits["shops"].CopyFrom(TraitValue(number=500, truncated=True))
    record.conversations.total, record.conversations.open_count, record.conversations.replies = 3, 1, 2
    record.conversations.median_response.seconds = 5400
    record.conversations.open.add(channel="email", unanswered=2)
    record.conversations.sentiment.recent, record.conversations.sentiment.recent_count = -0.5, 4
    record.consents.add(purpose="newsletter", channel="email", granted=True)
    fields = whole_record(record)
    assert fields["traits"] == {"orders": "3", "shops": "500 or more"}
    assert fields["conversations"] == "3, 1 open; 2 answered, half of them within 1:30:00"
    assert fields["waiting for an answer"] == ["email  (, 2 unanswered)"]
    assert fields["sentiment"] == "-0.50 (4 judged), before +0.00 (0)"
    assert fields["consents"] == ["newsletter on email: agrees  ()"]
    assert list(fields)[-2:] == ["version", "updated"]
