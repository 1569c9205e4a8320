"""Turns what people ask for into decisions: overrides, adjustments, points spent."""

from __future__ import annotations

from typing import Protocol

from chassis.clock import milliseconds
from chassis.ports import Clock
from chassis.rpc.errors import invalid
from chassis.rpc.requests import parse_name
from rapport.interactions.v1.decision_pb2 import Decision
from rapport.tier.v1 import tier_pb2 as pb
from vip_tier.adapters.carrying_out import TierDecisions
from vip_tier.adapters.messages import points_message
from vip_tier.domain.programme import LOWEST, Programmes
from wire.mandate import Mandated, require_mandate

MOST_POINTS = 10**12
LATEST_SECONDS = 253_402_300_799
"""The last second of the year 9999, the latest that a protobuf timestamp may be."""


class _Asked(Mandated, Protocol):
    """What all three requests have in common."""

    @property
    def parent(self) -> str: ...
    @property
    def programme(self) -> str: ...


class Deciders:
    """Implements the three calls. For any number of threads. They raise `RpcError`, as `TierDecisions` does."""

    def __init__(self, decisions: TierDecisions, programmes: Programmes, clock: Clock) -> None:
        self._decisions = decisions
        self._programmes = programmes
        self._clock = clock

    def override_tier(self, request: pb.OverrideTierRequest) -> pb.OverrideTierResponse:
        """Have a tier held until a time."""
        customer, decision = self._begin(request)
        now = self._clock.now()
        rules = self._programmes.in_force(request.programme or self._programmes.main, milliseconds(now))
        if request.tier and rules.rank_of(request.tier) < LOWEST:
            raise invalid("tier", f"one of {', '.join(rules.ranks)}, or empty to end the override in force")
        decision.tier_override.tier = request.tier
        decision.tier_override.programme = request.programme
        if request.HasField("end_time"):
            if not int(now.timestamp()) < request.end_time.seconds <= LATEST_SECONDS:
                raise invalid("end_time", "a time to come, before the year 10000; absent, it never ends")
            decision.expires_at.CopyFrom(request.end_time)
        found, _ = self._decisions.carry_out(customer, decision)
        return pb.OverrideTierResponse(tier=pb.Tier.FromString(found.message))

    def adjust_points(self, request: pb.AdjustPointsRequest) -> pb.AdjustPointsResponse:
        """Give points, or take some."""
        if not request.points or abs(request.points) > MOST_POINTS:
            raise invalid("points", f"1 to {MOST_POINTS}, or as many less than 0")
        customer, decision = self._begin(request)
        decision.points_adjustment.points = request.points
        decision.points_adjustment.qualifies = request.qualifies
        decision.points_adjustment.programme = request.programme
        return pb.AdjustPointsResponse(points=self._points(customer, decision, request.programme))

    def spend_points(self, request: pb.SpendPointsRequest) -> pb.SpendPointsResponse:
        """Spend points."""
        if not 1 <= request.points <= MOST_POINTS:
            raise invalid("points", f"1 to {MOST_POINTS}")
        customer, decision = self._begin(request)
        decision.points_spending.points = request.points
        decision.points_spending.programme = request.programme
        return pb.SpendPointsResponse(points=self._points(customer, decision, request.programme))

    def _begin(self, request: _Asked) -> tuple[str, Decision]:
        """The customer, and a decision with all but what is decided."""
        (customer,) = parse_name("customers/{customer}", request.parent, "parent")
        require_mandate(request)
        if request.programme and request.programme not in self._programmes.editions:
            raise invalid("programme", f"one of {', '.join(self._programmes.editions)}, or empty for the first")
        return customer, Decision(event_id=request.request_id, owner=request.owner, reason=request.reason)

    def _points(self, customer: str, decision: Decision, programme: str) -> pb.Points:
        _, holding = self._decisions.carry_out(customer, decision)
        return points_message(holding.standing(programme) or holding.main)
