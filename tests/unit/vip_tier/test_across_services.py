"""Tiers among the other services: segments as the profile tells them, and a score as advocacy scoring explains it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rapport.common.v1.common_pb2 import Money
from rapport.common.v1.proposal_pb2 import ProposedCustomer
from rapport.interactions.v1.interaction_pb2 import Purchase, Review
from rapport.profile.v1 import profile_pb2 as profile
from rapport.tier.v1 import tier_pb2 as pb
from tests.unit.customer_profile.four_services import PROFILE, TIER, FourServices, interaction
from vip_tier.config import DEFAULT_PROGRAMME

JOE, ANN = "shop:joe", "shop:ann"
PROFILE_RULES = DEFAULT_PROGRAMME.parents[1] / "customer_profile" / "rules.yaml"


@pytest.fixture
def town(tmp_path: Path) -> FourServices:
    """All four, where who has bought for a euro is a buyer, and buyers are silver."""
    records, programme = tmp_path / "rules.yaml", tmp_path / "programme.yaml"
    segment = "segments:\n  - segment: buyers\n    when: { fact: net, at_least: 100 }\n"
    records.write_text(PROFILE_RULES.read_text().replace("\nsegments:\n", f"\n{segment}"))
    programme.write_text(DEFAULT_PROGRAMME.read_text().replace("- purchases: 5\n", "- segments: [buyers]\n"))
    return FourServices({"RAPPORT_CUSTOMER_PROFILE_RULES": str(records), "RAPPORT_VIP_TIER_RULES": str(programme)})


def bought(event_id: str, account: str, cents: int) -> Any:
    total = Money(currency_code="EUR", minor_units=cents)
    return interaction(event_id, account, purchase=Purchase(order_id=event_id, total=total))


def tier(town: FourServices, account: str) -> pb.Tier:
    request = pb.GetTierRequest(name=f"customers/{town.customer_of(account).customer_id}/tier")
    found = town.callers[TIER].call("GetTier", request, pb.Tier)
    assert isinstance(found, pb.Tier)
    return found


def test_ti1_whoever_enters_a_segment_of_the_profile_has_the_tier_that_asks_for_it(town: FourServices) -> None:
    """The tier, the profile's record and the change agree, and all of it comes to rest."""
    town.happened(interaction("e1", JOE, review=Review(rating=5)), bought("e2", ANN, 99))
    assert {tier(town, JOE).tier, tier(town, ANN).tier} == {"member"}
    town.happened(bought("e3", JOE, 1_000), bought("e4", ANN, 1_000))
    for account in (JOE, ANN):
        found = tier(town, account)
        assert (found.tier, list(found.figures.segments)) == ("silver", ["buyers"])
        request = profile.GetCustomerRequest(name=f"customers/{found.customer_id}")
        record = town.callers[PROFILE].call("GetCustomer", request, profile.CustomerRecord)
        assert record.tier.tier == "silver"
        assert [each.segment for each in record.segments] == ["buyers"]
    written = town.broker.written
    town.idle()
    town.settle()
    assert town.broker.written == written


def test_ti5_an_explanation_has_what_advocacy_scoring_says_of_the_score(town: FourServices) -> None:
    """The very score that the tier was decided on; and where it is silent, the rest of the answer."""
    town.happened(interaction("e1", JOE, review=Review(rating=5)), bought("e2", JOE, 1_000))
    found = tier(town, JOE)
    request = pb.ExplainTierRequest(name=found.name)
    answer = town.callers[TIER].call("ExplainTier", request, pb.ExplainTierResponse)
    assert answer.score.score.score == found.figures.advocacy_score > 0
    assert answer.tier == found
    town.callers["advocacy-scoring"].away.add("ExplainScore")
    silent = town.callers[TIER].call("ExplainTier", request, pb.ExplainTierResponse)
    assert list(silent.missing_services) == ["advocacy-scoring"]
    assert (silent.next, silent.steps) == (answer.next, answer.steps)


def test_id9_a_merge_is_previewed_with_the_segments_that_the_profile_previews(town: FourServices) -> None:
    """Neither has bought for a euro, and both together have."""
    town.happened(bought("e1", JOE, 60), bought("e2", ANN, 60))
    assert tier(town, JOE).tier == "member"
    customers = [
        ProposedCustomer(
            customer_id=town.customer_of(JOE).customer_id,
            account_keys=[JOE, ANN],
            absorbed=[town.customer_of(ANN).customer_id],
        )
    ]
    records = town.callers[PROFILE].call(
        "PreviewCustomers", profile.PreviewCustomersRequest(customers=customers), profile.PreviewCustomersResponse
    )
    segments = {
        each.customer_id: pb.ProposedSegments(segments=[one.segment for one in each.segments])
        for each in records.customers
    }
    scores = {each.customer_id: 0 for each in customers}
    request = pb.PreviewTiersRequest(customers=customers, advocacy_scores=scores, segments=segments)
    previewed = town.callers[TIER].call("PreviewTiers", request, pb.PreviewTiersResponse)
    assert [each.tier for each in previewed.tiers] == ["silver"]
