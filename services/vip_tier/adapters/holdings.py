"""What the service holds of a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chassis.ports import Documents
from rapport.tier.v1 import tier_pb2 as pb
from vip_tier.adapters import codec
from vip_tier.adapters.documents import CHANGES, PERSONAS, TIERS
from vip_tier.application.deciding import SCORE, SEGMENTS
from wire.holdings import Kept
from wire.kept import by_field, field_as, of_customers, parts, results, rows


def kept(documents: Callable[[str], Documents]) -> Sequence[Kept]:
    """All collections in which something of people is kept; for one thread."""
    changes = by_field(documents(CHANGES), "group", "sequence", of_customers, is_number=True)
    return (
        parts(
            PERSONAS,
            "of each account: what counts towards tiers and points, and what people decided",
            documents(PERSONAS),
            codec.personas(),
        ),
        results(
            TIERS,
            "the tiers that the customer holds, with the points, and from what they follow",
            documents(TIERS),
            state=codec.holdings(),
            message=pb.Tier,
            inputs={SCORE: codec.scores(), SEGMENTS: codec.segments()},
            change=pb.TierChange,
        ),
        rows(CHANGES, "every change of tiers and points that was told", changes, field_as("message", pb.TierChange)),
    )
