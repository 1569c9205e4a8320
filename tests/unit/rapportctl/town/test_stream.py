"""The stream of a town: the same for the same settings, in time order, valid by the words of interaction.proto."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.interactions.v1 import interaction_pb2 as pb
from rapportctl.town import Town, TownEvent, TownSettings
from rapportctl.town.faults import FAULTS, with_faults
from rapportctl.town.identifiers import CHANNELS, TYPES

SHARES = st.sampled_from([0.0, 0.1, 0.5, 1.0])
TOWNS = st.builds(
    TownSettings,
    people=st.integers(1, 25),
    seed=st.integers(0, 2**80),
    duration=st.sampled_from([timedelta(minutes=1), timedelta(hours=30), timedelta(days=5), timedelta(days=40)]),
    start=st.sampled_from([datetime(2024, 2, 28, 23, 59, 59, 999_000, UTC), datetime(2026, 1, 1, tzinfo=UTC)]),
    events_per_day=st.sampled_from([0.01, 1.0, 4.0]),
    separate_share=SHARES,
    family_share=SHARES,
    influencer_share=SHARES,
    return_share=SHARES,
    crisis_share=SHARES,
    mistake_share=SHARES,
    untidy_share=SHARES,
    junk_share=SHARES,
    shared_identifiers=SHARES,
    repeat_share=SHARES,
    invalid_share=SHARES,
    other_currency_share=SHARES,
    main_currency=st.sampled_from(["EUR", "JPY"]),
    tying_types=st.sampled_from([TYPES, ("external_id",), ("email", "phone", "loyalty_number")]),
)
TOWNS |= TOWNS.map(TownSettings.tangled)
ORIGINAL = TownSettings(people=60, seed=7, duration=timedelta(days=12), invalid_share=0.02, shared_identifiers=0.2)
ITS_DIGEST = "d510e9bdc3c97c0ed90b3981219e63b5a9ee2ac3a8db8f6d5d3209c1df4bade5"


def digest(town: Town) -> str:
    """Give the sha256 of accounts and payloads, in order."""
    sha = hashlib.sha256()
    for event in town.events():
        for part in (event.account_key.encode(), event.payload()):
            sha.update(len(part).to_bytes(4, "big") + part)
    return sha.hexdigest()


def violations(message: pb.Interaction, now: datetime) -> list[str]:
    """List what breaks a promise of interaction.proto."""
    found: list[str] = []

    def promise(holds: bool, reason: str) -> None:
        if not holds:
            found.append(reason)

    promise(1 <= len(message.event_id) <= 128, "NO_EVENT_ID")
    promise(message.HasField("occurred_at"), "NO_TIME")
    promise(message.occurred_at.seconds <= (now + timedelta(days=1)).timestamp(), "TIME_IN_FUTURE")
    promise(message.account.channel in CHANNELS and 1 <= len(message.account.id) <= 256, "NO_ACCOUNT")
    promise(all(each.type in TYPES and len(each.value) <= 512 for each in message.identifiers), "VALUE_OUT_OF_RANGE")
    kind = message.WhichOneof("kind")
    promise(kind is not None, "UNKNOWN_KIND")
    if kind is None:
        return found
    said = getattr(message, kind)
    if "content" in said.DESCRIPTOR.fields_by_name:
        promise(len(said.content.text) <= 10_000, "VALUE_OUT_OF_RANGE")
    if kind == "review":
        promise(1 <= said.rating <= 5, "VALUE_OUT_OF_RANGE")
    elif kind == "survey_answer":
        promise(0 <= said.score <= 10, "VALUE_OUT_OF_RANGE")
    elif kind == "purchase":
        promise(bool(said.order_id) and said.total.minor_units >= 0, "VALUE_OUT_OF_RANGE")
    elif kind == "purchase_return":
        promise(bool(said.return_id) and said.total.minor_units > 0, "VALUE_OUT_OF_RANGE")
    if kind in ("purchase", "purchase_return"):
        promise(len(said.total.currency_code) == 3 and len(said.lines) <= 1000, "VALUE_OUT_OF_RANGE")
        for line in said.lines:
            promise(line.quantity >= 1 and line.unit_price.minor_units >= 0, "VALUE_OUT_OF_RANGE")
            promise(line.unit_price.currency_code == said.total.currency_code, "VALUE_OUT_OF_RANGE")
    return found


def valid_of(events: list[TownEvent]) -> list[tuple[TownEvent, pb.Interaction]]:
    """Give valid events with their interactions, without repeats."""
    return [(event, event.interaction) for event in events if event.interaction is not None and not event.repeats]


def test_a_town_of_given_settings_is_the_same_bytes_in_every_version_and_on_every_machine() -> None:
    assert digest(Town(ORIGINAL)) == ITS_DIGEST


def test_the_order_of_hashes_plays_no_part() -> None:
    program = (
        "from rapportctl.town import *; import hashlib;"
        "town = Town(TownSettings(people=30));"
        "print(hashlib.sha256(b''.join(e.payload() for e in town.events())).hexdigest(), hash(town.truth().to_json()))"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout.split()
        for seed in ("1", "2")
    ]
    assert outputs[0][0] == outputs[1][0]
    assert outputs[0][1] != outputs[1][1], "the two runs must differ in their hashes, or nothing is shown"


@settings(max_examples=30, deadline=None)
@given(TOWNS)
def test_a_second_town_of_equal_settings_sends_equal_events_and_has_equal_truth(chosen: TownSettings) -> None:
    one, other = Town(chosen), Town(chosen)
    assert [*map(TownEvent.payload, one.events())] == [*map(TownEvent.payload, other.events(tally=False))]
    assert one.truth().to_json() == other.truth().to_json()


def test_another_seed_is_another_town() -> None:
    assert digest(Town(TownSettings(people=5, seed=1))) != digest(Town(TownSettings(people=5, seed=2)))


@settings(max_examples=40, deadline=None)
@given(TOWNS)
def test_valid_events_come_in_time_order_within_the_duration_and_keep_every_promise_of_the_schema(
    chosen: TownSettings,
) -> None:
    end = chosen.start + chosen.duration
    last = chosen.start
    for event, interaction in valid_of(list(Town(chosen).events())):
        assert last <= event.occurred_at < end
        last = event.occurred_at
        assert interaction.occurred_at.ToDatetime(UTC) == event.occurred_at
        assert (interaction.account.channel, interaction.account.id) == (event.account_channel, event.account_id)
        assert violations(interaction, end) == []
        assert violations(pb.Interaction.FromString(event.payload()), end) == []


def test_the_check_of_promises_sees_every_fault_that_can_be_parsed() -> None:
    spoilt = [event for event in Town(TownSettings(people=20, invalid_share=1.0)).events() if event.raw]
    seen = set()
    for event in spoilt[: len(FAULTS)]:
        assert event.raw is not None
        if event.expected_reason != "UNPARSEABLE":
            assert violations(pb.Interaction.FromString(event.raw), event.occurred_at) == [event.expected_reason]
            seen.add(event.expected_reason)
    assert len(seen) == 6


@settings(max_examples=20, deadline=None)
@given(TOWNS)
def test_event_ids_and_order_numbers_are_unique(chosen: TownSettings) -> None:
    interactions = [interaction for _, interaction in valid_of(list(Town(chosen).events()))]
    assert len({interaction.event_id for interaction in interactions}) == len(interactions)
    orders = [each.purchase.order_id for each in interactions if each.HasField("purchase")]
    assert len(set(orders)) == len(orders)


def test_the_same_town_at_another_time_has_other_event_ids_so_that_it_repeats_nothing() -> None:
    original = TownSettings(people=5)
    later = original.ending_at(datetime(2027, 3, 1, 12, 30, 0, 123_456, UTC))
    assert later.start + later.duration == datetime(2027, 3, 1, 12, 30, 0, 123_000, UTC)
    one, other = list(Town(original).events()), list(Town(later).events())
    assert [event.account_key for event in one] == [event.account_key for event in other]
    assert {event.occurred_at - original.start for event in one} == {event.occurred_at - later.start for event in other}
    assert not {each.event_id for _, each in valid_of(one)} & {each.event_id for _, each in valid_of(other)}


def test_planned_is_the_number_of_valid_events_without_repeats(town: Town, valid: list[TownEvent]) -> None:
    assert town.planned() == len(valid)


def test_faults_are_added_between_the_events_and_change_none() -> None:
    clean, spoilt = (
        list(Town(TownSettings(people=20, repeat_share=share, invalid_share=share)).events()) for share in (0.0, 0.5)
    )
    assert len(spoilt) > 1.5 * len(clean)
    assert [event.payload() for event in clean] == [event.payload() for event, _ in valid_of(spoilt)]


def test_without_faults_the_stream_passes_as_it_is() -> None:
    events = list(Town(TownSettings(people=3)).events())[:10]
    clean = TownSettings(repeat_share=0, invalid_share=0)
    assert list(with_faults(clean, events)) == events
