"""Answers calls with stored tiers; bytes pass through unparsed."""

from __future__ import annotations

from chassis.ports import Documents
from rapport.tier.v1 import tier_pb2 as pb
from wire.answering import StoredStates


class VipTier:
    """Implements rapport.tier.v1.VipTierService over the collection of tiers."""

    def __init__(self, tiers: Documents) -> None:
        self._tiers = StoredStates(tiers, "customers/{customer}/tier", _redirected)

    def get_tier(self, request: pb.GetTierRequest, context: object) -> bytes:
        """Return the customer's tier; for a merged-away id the survivor's, with `merged_from` set to the id."""
        return self._tiers.get(request.name)

    def batch_get_tiers(self, request: pb.BatchGetTiersRequest, context: object) -> bytes:
        """Return the tiers in the order of the names, without those that are not found, which it names."""
        return self._tiers.batch_get(request.names)


def _redirected(asked: str) -> bytes:
    return pb.Tier(merged_from=asked).SerializeToString()
