"""What goes wrong on purpose: invalid events with the reason to refuse them, and repeats."""

from __future__ import annotations

from collections import Counter

import pytest
from google.protobuf.message import DecodeError

from rapport.interactions.v1 import interaction_pb2 as pb
from rapportctl.town import REASONS, Town, TownEvent, TownSettings
from rapportctl.town.faults import FAULTS, REPEAT_WITHIN


def invalid_events(people: int = 20) -> list[TownEvent]:
    """Give a town's invalid events."""
    events = Town(TownSettings(people=people, invalid_share=1.0)).events()
    return [event for event in events if event.expected_reason is not None]


def test_the_reasons_are_those_that_dead_letters_bear() -> None:
    assert sorted(REASONS) == [
        "NO_ACCOUNT",
        "NO_EVENT_ID",
        "NO_TIME",
        "TIME_IN_FUTURE",
        "UNKNOWN_KIND",
        "UNPARSEABLE",
        "VALUE_OUT_OF_RANGE",
    ]


def test_by_default_nothing_is_invalid() -> None:
    assert all(event.expected_reason is None for event in Town(TownSettings(people=20)).events())


def test_few_invalid_events_already_show_every_reason() -> None:
    assert {event.expected_reason for event in invalid_events()[: len(REASONS)]} == set(REASONS)
    assert Counter(reason for reason, _ in FAULTS) == Counter(
        event.expected_reason for event in invalid_events()[: len(FAULTS)]
    )


def test_what_counts_as_unparseable_does_not_parse() -> None:
    unparseable = [event for event in invalid_events() if event.expected_reason == "UNPARSEABLE"]
    assert len(unparseable) > 50
    for event in unparseable:
        with pytest.raises(DecodeError):
            pb.Interaction.FromString(event.payload())


def test_every_other_invalid_event_parses_and_has_one_fault() -> None:
    for event in invalid_events():
        if event.expected_reason == "UNPARSEABLE":
            continue
        message = pb.Interaction.FromString(event.payload())
        assert (message.event_id == "") == (event.expected_reason == "NO_EVENT_ID")
        assert message.HasField("occurred_at") == (event.expected_reason != "NO_TIME")
        assert (message.account.id == "") == (event.expected_reason == "NO_ACCOUNT")
        assert (message.WhichOneof("kind") is None) == (event.expected_reason == "UNKNOWN_KIND")
        assert (message.occurred_at.seconds > 4_000_000_000) == (event.expected_reason == "TIME_IN_FUTURE")
        assert message.account.channel == event.account_channel
        assert message.account.id == event.account_id


def test_invalid_events_have_event_ids_of_their_own(sent: list[TownEvent]) -> None:
    valid = {event.interaction.event_id for event in sent if event.interaction is not None}
    for event in sent:
        if event.raw is not None and event.expected_reason != "UNPARSEABLE":
            assert pb.Interaction.FromString(event.raw).event_id not in valid


def test_a_repeat_is_the_same_bytes_a_little_later(sent: list[TownEvent]) -> None:
    first_at: dict[tuple[str, str], tuple[int, bytes]] = {}
    repeats = place = 0
    for event in sent:
        if event.interaction is None:
            continue
        key = event.account_key, event.interaction.event_id
        if event.repeats:
            repeats += 1
            earlier, payload = first_at[key]
            assert payload == event.payload()
            assert 0 <= place - earlier <= REPEAT_WITHIN
        else:
            place += 1
            assert key not in first_at
            first_at[key] = place, event.payload()
    assert 0.005 * place < repeats < 0.02 * place


def test_the_share_of_repeats_is_as_asked() -> None:
    events = list(Town(TownSettings(people=50, repeat_share=1.0)).events())
    assert sum(event.repeats for event in events) * 2 == len(events)
