"""The audit that ends the other tests: it finds nothing after an undisturbed run, and everything that is planted."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from chassis.records import ReadRecord, Record
from chassis.stages.results import result
from rapport.tier.v1.tier_pb2 import Tier, TierChange
from tests.e2e.faults import recompute
from tests.e2e.faults.audit import audit
from tests.e2e.faults.picture import IDENTITY, PROFILE, TIER, Picture, take
from tests.e2e.faults.system import System

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def picture(system: System) -> Picture:
    """Send a town undisturbed, and read everything."""
    sent = system.send(system.town(60))
    system.wait_until_quiet()
    assert system.differences(sent) == []
    return take(system.deployment)


def test_nothing_is_wrong_after_an_undisturbed_run(system: System, picture: Picture) -> None:
    assert audit(picture) == []
    assert recompute.differences(system.deployment, picture, system.valid) == []


def _moved_account(picture: Picture) -> None:
    persona = next(iter(picture.stores[TIER]["personas"].values()))
    persona["group"] = "somebody else"


def _merge_that_leads_nowhere(picture: Picture) -> None:
    customers = picture.stores[IDENTITY]["customers"].values()
    next(each for each in customers if "merged_into" in each)["merged_into"] = "nobody"


def _lost_change(picture: Picture) -> None:
    changes = picture.topics["tier-changes"]
    first = next(each for each in changes if TierChange.FromString(each.value or b"").sequence == 1)
    picture.topics["tier-changes"] = [each for each in changes if each.key != first.key]


def _rewritten_change(picture: Picture) -> None:
    changes = picture.topics["tier-changes"]
    picture.topics["tier-changes"] = [*changes, _again(changes[-1])]


def _again(record: Record) -> Record:
    """The record once more, with a field that no version of the schema knows."""
    value = (record.value or b"") + b"\xf8\x07\x01"
    return ReadRecord(record.topic, record.partition, record.offset + 1, record.timestamp, record.key, value)


def _old_record_last(picture: Picture) -> None:
    records = picture.topics["customer-records"]
    newest = picture.last("customer-records")
    old = next(each for each in records if each.value != newest[(each.key or b"").decode()].value)
    picture.topics["customer-records"] = [*records, old]


def _other_content(picture: Picture) -> None:
    last = picture.topics["advocacy-scores"][-1]
    picture.topics["advocacy-scores"] = [*picture.topics["advocacy-scores"], _again(last)]


def _lost_assignment(picture: Picture) -> None:
    records = picture.topics["identity-assignments"]
    picture.topics["identity-assignments"] = [each for each in records if each.key != records[0].key]


def _full_outbox(picture: Picture) -> None:
    tiers = picture.stores[TIER]["tiers"]
    found = result(next(iter(tiers.values())))
    found.body.outbox = [(found.body.sequence, b"a change")]
    tiers[found.group] = found.document(changed_at=0)


def _dead_letter(picture: Picture) -> None:
    letter = picture.topics["interactions"][0]
    picture.topics[f"dead-letters.{PROFILE}"] = [letter]


@pytest.mark.parametrize(
    ("invariant", "plant"),
    [
        ("I4", _moved_account),
        ("I6", _merge_that_leads_nowhere),
        ("I7", _lost_change),
        ("I7", _rewritten_change),
        ("I8 by place", _old_record_last),
        ("I8 by version", _other_content),
        ("I8 of assignments", _lost_assignment),
        ("I9", _full_outbox),
        ("dead letters", _dead_letter),
    ],
)
def test_the_audit_finds_what_is_planted(picture: Picture, invariant: str, plant: Callable[[Picture], None]) -> None:
    spoilt = _copy(picture)
    plant(spoilt)
    assert invariant in {finding.partition(":")[0] for finding in audit(spoilt)}


def _lost_event(picture: Picture) -> None:
    records = picture.topics[recompute.FORWARDED]
    picture.topics[recompute.FORWARDED] = records[1:]


def _other_state(picture: Picture) -> None:
    """One account's persona stands under another's name, as if the one had taken in the other's events."""
    personas = picture.stores[PROFILE]["personas"]
    one, other = list(personas.values())[:2]
    one["body"], other["body"] = other["body"], one["body"]


def _other_result(picture: Picture) -> None:
    """A customer's tier is still what it was for other figures."""
    tiers = picture.stores[TIER]["tiers"]
    found = [each for each in map(result, tiers.values()) if not each.is_closed]
    poorest, richest = (pick(found, key=lambda each: _spend(each.message)) for pick in (min, max))
    poorest.body.state = richest.body.state
    tiers[poorest.group] = poorest.document(changed_at=0)


def _spend(message: bytes) -> int:
    return Tier.FromString(message).figures.spend.minor_units


def _lost_evidence(picture: Picture) -> None:
    picture.topics["identity-evidence"] = picture.topics["identity-evidence"][1:]


def _lost_row(picture: Picture) -> None:
    picture.stores[PROFILE]["timeline"].popitem()


@pytest.mark.parametrize(
    ("invariant", "plant"),
    [
        ("I1", _lost_event),
        ("I2", _other_state),
        ("I3", _other_result),
        ("I17", _lost_evidence),
        ("timeline", _lost_row),
    ],
)
def test_computing_anew_finds_what_is_planted(
    system: System, picture: Picture, invariant: str, plant: Callable[[Picture], None]
) -> None:
    spoilt = _copy(picture)
    plant(spoilt)
    found = recompute.differences(system.deployment, spoilt, system.valid)
    assert invariant in {finding.partition(":")[0] for finding in found}


def _copy(picture: Picture) -> Picture:
    return Picture(copy.deepcopy(picture.stores), dict(picture.topics))
