"""Segments as customers' records tell them, from their topic to tiers, and to previews."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from chassis.records import Message
from chassis.rpc.errors import RpcError
from chassis.settings import Settings
from rapport.common.v1.proposal_pb2 import ProposedCustomer
from rapport.profile.v1.profile_pb2 import CustomerRecord
from rapport.tier.v1 import tier_pb2 as pb
from tests.unit.vip_tier.world import SETTINGS, World, facts, purchase
from tests.unit.wire.merging import MERGED, merge, stay_apart
from tests.unit.wire.world import ANN, JOE
from vip_tier.config import DEFAULT_PROGRAMME


@dataclass
class Club(World):
    """The service with a programme of which a segment's members are silver."""

    settings: Settings = SETTINGS  # type: ignore[misc]


@pytest.fixture
def club(tmp_path: Path) -> Club:
    """Joe and Ann, of whom nothing is known but a purchase of each."""
    rules = tmp_path / "programme.yaml"
    rules.write_text(DEFAULT_PROGRAMME.read_text().replace("- purchases: 5\n", "- segments: [fans]\n"))
    environment = {"RAPPORT_PSEUDONYM_KEY": "a key for tests only", "RAPPORT_VIP_TIER_RULES": str(rules)}
    made = Club(settings=Settings.from_environment("vip-tier", environment))
    stay_apart(made)
    made.interacted(purchase("e1", JOE, 0.1, "o1", 1_000), purchase("e2", ANN, 0.1, "o2", 1_000))
    made.scored("C1", 0)
    made.scored("C2", 0)
    made.settle()
    return made


def preview(world: World, *customers: ProposedCustomer, **segments: list[str]) -> dict[str, pb.Tier]:
    """The tiers that they would hold, with a score of 0 each."""
    request = pb.PreviewTiersRequest(
        customers=customers,
        advocacy_scores={each.customer_id: 0 for each in customers},
        segments={customer: pb.ProposedSegments(segments=names) for customer, names in segments.items()},
    )
    answer = pb.PreviewTiersResponse.FromString(world.server().preview_tiers(request, None))
    return {tier.customer_id: facts(tier) for tier in answer.tiers}


def test_ti1_a_record_that_names_a_segment_brings_the_tier_that_asks_for_it(club: Club) -> None:
    """The change says by which version of the record, and the tier shows the segment."""
    club.recorded("C1")
    club.settle()
    club.recorded("C1", "fans", "lapsing")
    club.settle()
    change = club.changes("C1")[-1]
    assert (change.previous_tier, change.tier, change.receipt.record_version) == ("member", "silver", 2)
    assert list(change.receipt.after.segments) == list(club.tier("C1").figures.segments) == ["fans"]
    assert club.tier("C2").next.missing[-1].figure in ("points", "segment:fans")


def test_ti6_a_record_that_says_the_same_of_segments_writes_and_publishes_nothing(club: Club) -> None:
    """The topic has a record for every event of every customer."""
    runner = club.runner()
    club.recorded("C1", "fans")
    runner.run_until_quiet()
    stored, told = club.document("C1"), len(club.values("tiers", "C1"))
    club.recorded("C1", "fans")
    runner.run_until_quiet()
    assert club.document("C1") == stored
    assert len(club.values("tiers", "C1")) == told


def test_ti1_a_record_with_fields_of_a_later_version_is_read_all_the_same(club: Club) -> None:
    """What is not known of is passed over."""
    record = CustomerRecord(customer_id="C1", version=5, membership_version=club.versions)
    record.segments.add(segment="fans").enter_time.FromDatetime(club.clock.now())
    later = bytes([(1000 << 3 | 2) & 0x7F | 0x80, (1000 << 3 | 2) >> 7, 3]) + b"new"
    club.publish("customer-records", "C1", record.SerializeToString() + later)
    club.settle()
    assert club.tier("C1").tier == "silver"
    assert club.dead_letters() == []


def test_ti1_a_record_that_is_no_more_changes_nothing(club: Club) -> None:
    """Whom identity resolution erases, it tells itself."""
    club.recorded("C1", "fans")
    club.settle()
    before = club.document("C1")
    club.broker.publish([Message(club.settings.topic("customer-records"), b"C1", None)])
    club.settle()
    assert club.tier("C1").tier == "silver"
    assert club.document("C1")["body"] == before["body"]
    assert club.dead_letters() == []


def test_ti7_a_merged_away_record_speaks_for_nobody(club: Club) -> None:
    """And after the undo, the customer waits for its next one with the tier that it had."""
    club.recorded("C2", "fans")
    club.settle()
    merge(club)
    club.recorded("C2", merged_into="C1")
    club.scored("C2", 0, merged_into="C1")
    club.scored("C1", 0)
    club.recorded("C1")
    club.settle()
    held = club.tier("C1")
    assert (held.tier, held.held_from, held.qualified_tier) == ("silver", "C2", "member")
    stay_apart(club)
    club.scored("C1", 0)
    club.scored("C2", 0)
    club.settle()
    assert club.tier("C2").tier == "silver"
    club.recorded("C1")
    club.recorded("C2", "fans")
    club.settle()
    assert [club.tier(customer).tier for customer in ("C1", "C2")] == ["member", "silver"]


def test_id9_the_preview_of_a_merge_counts_the_segments_that_there_would_be(club: Club) -> None:
    """It is the tier that is then published."""
    assert preview(club, MERGED, C1=[])["C1"].tier == "member"
    expected = preview(club, MERGED, C1=["fans"])["C1"]
    assert expected.tier == "silver"
    merge(club)
    club.scored("C2", 0, merged_into="C1")
    club.scored("C1", 0)
    club.recorded("C1", "fans")
    club.settle()
    assert facts(club.tier("C1")) == expected


@pytest.mark.parametrize("segments", [{"C9": ["fans"]}, {"C1": [f"s{number}" for number in range(201)]}])
def test_id9_segments_that_cannot_be_are_the_callers_mistake(club: Club, segments: dict[str, list[str]]) -> None:
    """Of a customer that is not proposed, or more than there are."""
    with pytest.raises(RpcError) as refused:
        preview(club, MERGED, **segments)
    assert (refused.value.code.name, refused.value.metadata["field"]) == ("INVALID_ARGUMENT", "segments")
