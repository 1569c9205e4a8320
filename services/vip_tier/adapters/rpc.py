"""Answers calls with stored tiers, whose bytes pass through unparsed, and with previews."""

from __future__ import annotations

from chassis.ports import Documents
from chassis.rpc.errors import invalid
from chassis.stages.preview import PROPOSED
from rapport.tier.v1 import tier_pb2 as pb
from vip_tier.adapters import codec
from vip_tier.application.deciding import SCORE
from vip_tier.domain.holding import Change, Holding
from vip_tier.domain.persona import Persona
from vip_tier.domain.situation import AdvocacyScore
from wire.answering import StoredStates
from wire.previewing import Previews

HIGHEST_SCORE = 1000


class VipTier:
    """Implements rapport.tier.v1.VipTierService over the collection of tiers."""

    def __init__(self, tiers: Documents, previews: Previews[Persona, Holding, Change]) -> None:
        self._tiers = StoredStates(tiers, "customers/{customer}/tier", _redirected)
        self._previews = previews

    def get_tier(self, request: pb.GetTierRequest, context: object) -> bytes:
        """Return the customer's tier; for a merged-away id the survivor's, with `merged_from` set to the id."""
        return self._tiers.get(request.name)

    def batch_get_tiers(self, request: pb.BatchGetTiersRequest, context: object) -> bytes:
        """Return the tiers in the order of the names, without those that are not found, which it names."""
        return self._tiers.batch_get(request.names)

    def preview_tiers(self, request: pb.PreviewTiersRequest, context: object) -> bytes:
        """Return what tiers the proposed customers would hold, on the scores given, and who is unknown among them."""
        return self._previews.answer(request.customers, _scores(request))


def _scores(request: pb.PreviewTiersRequest) -> dict[str, dict[str, bytes]]:
    """The scores given as inputs, by customer; they are of the very accounts that are proposed."""
    proposed = {customer.customer_id for customer in request.customers}
    encode = codec.scores().encode
    inputs: dict[str, dict[str, bytes]] = {}
    for customer, score in request.advocacy_scores.items():
        if customer not in proposed or not 0 <= score <= HIGHEST_SCORE:
            raise invalid("advocacy_scores", f"0 to {HIGHEST_SCORE}, each of a customer that is proposed")
        inputs[customer] = {SCORE: encode(AdvocacyScore(score, PROPOSED))}
    return inputs


def _redirected(asked: str) -> bytes:
    return pb.Tier(merged_from=asked).SerializeToString()
