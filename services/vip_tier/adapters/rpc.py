"""Answers calls with stored tiers, whose bytes pass through unparsed, with histories, previews, and decisions."""

from __future__ import annotations

from collections.abc import Iterator

import grpc

from chassis.ports import Documents
from chassis.rpc.errors import invalid
from chassis.stages.preview import PROPOSED
from rapport.tier.v1 import tier_pb2 as pb
from vip_tier.adapters import codec
from vip_tier.adapters.deciders import Deciders
from vip_tier.adapters.histories import Histories
from vip_tier.adapters.programme_previews import ProgrammePreviews
from vip_tier.adapters.told import ToldChanges
from vip_tier.application.deciding import SCORE, SEGMENTS
from vip_tier.domain.calendar import NEVER
from vip_tier.domain.holding import Change, Holding
from vip_tier.domain.persona import Persona
from vip_tier.domain.segments import CustomerSegments
from vip_tier.domain.situation import AdvocacyScore
from wire.answering import StoredStates
from wire.previewing import Previews

HIGHEST_SCORE = 1000
MOST_SEGMENTS = 200


class VipTier:
    """Implements rapport.tier.v1.VipTierService, by its parts."""

    def __init__(
        self, tiers: Documents, *, previews: Previews[Persona, Holding, Change], histories: Histories,
        told: ToldChanges, programmes: ProgrammePreviews, deciders: Deciders,
    ) -> None:  # fmt: skip
        self._tiers = StoredStates(tiers, "customers/{customer}/tier", _redirected)
        self._previews = previews
        self._histories = histories
        self._told = told
        self._programmes = programmes
        self._deciders = deciders

    def get_tier(self, request: pb.GetTierRequest, context: object) -> bytes:
        """Return the customer's tier; for a merged-away id the survivor's, with `merged_from` set to the id."""
        return self._tiers.get(request.name)

    def batch_get_tiers(self, request: pb.BatchGetTiersRequest, context: object) -> bytes:
        """Return the tiers in the order of the names, without those that are not found, which it names."""
        return self._tiers.batch_get(request.names)

    def preview_tiers(self, request: pb.PreviewTiersRequest, context: object) -> bytes:
        """Return what tiers the proposed customers would hold, on the scores given, and who is unknown among them."""
        return self._previews.answer(request.customers, _inputs(request))

    def explain_tier(self, request: pb.ExplainTierRequest, context: object) -> pb.ExplainTierResponse:
        """Return why the customer holds its tier."""
        return self._histories.explain(request)

    def list_tier_history(self, request: pb.ListTierHistoryRequest, context: object) -> pb.ListTierHistoryResponse:
        """Return what was told of the customer."""
        return self._told.list_history(request)

    def list_ledger(self, request: pb.ListLedgerRequest, context: object) -> pb.ListLedgerResponse:
        """Return the customer's ledger."""
        return self._histories.list_ledger(request)

    def watch_tier_changes(
        self, request: pb.WatchTierChangesRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.WatchTierChangesResponse]:
        """Return changes as they are told."""
        return self._told.watch(request, context.is_active)

    def preview_programme(
        self, request: pb.PreviewProgrammeRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.PreviewProgrammeResponse]:
        """Return who would move under other programmes."""
        return self._programmes.preview(request, context.is_active)

    def override_tier(self, request: pb.OverrideTierRequest, context: object) -> pb.OverrideTierResponse:
        """Have a tier held because a person says so."""
        return self._deciders.override_tier(request)

    def adjust_points(self, request: pb.AdjustPointsRequest, context: object) -> pb.AdjustPointsResponse:
        """Give points, or take some."""
        return self._deciders.adjust_points(request)

    def spend_points(self, request: pb.SpendPointsRequest, context: object) -> pb.SpendPointsResponse:
        """Spend points."""
        return self._deciders.spend_points(request)


def _inputs(request: pb.PreviewTiersRequest) -> dict[str, dict[str, bytes]]:
    """The scores and segments given as inputs, by customer; they are of the very accounts that are proposed."""
    inputs: dict[str, dict[str, bytes]] = {customer.customer_id: {} for customer in request.customers}
    score_bytes, segment_bytes = codec.scores().encode, codec.segments().encode
    for customer, score in request.advocacy_scores.items():
        if customer not in inputs or not 0 <= score <= HIGHEST_SCORE:
            raise invalid("advocacy_scores", f"0 to {HIGHEST_SCORE}, each of a customer that is proposed")
        inputs[customer][SCORE] = score_bytes(AdvocacyScore(score, PROPOSED))
    for customer, proposed in request.segments.items():
        if customer not in inputs or len(proposed.segments) > MOST_SEGMENTS:
            raise invalid("segments", f"at most {MOST_SEGMENTS}, each of a customer that is proposed")
        # Who is in one already has been so for longer: a segment counts anew only for who was not.
        entered = tuple((name, NEVER) for name in sorted(set(proposed.segments)))
        inputs[customer][SEGMENTS] = segment_bytes(CustomerSegments(entered, PROPOSED))
    return inputs


def _redirected(asked: str) -> bytes:
    return pb.Tier(merged_from=asked).SerializeToString()
