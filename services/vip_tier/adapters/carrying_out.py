"""Has people's decisions carried out: puts them on the topic of decisions, and waits for what comes of them."""

from __future__ import annotations

import grpc

from chassis.ports import Clock, Documents
from chassis.rpc.awaited import reused
from chassis.rpc.errors import RpcError, invalid
from chassis.stages.lookup import Found, find
from chassis.stages.results import result
from rapport.common.v1.common_pb2 import ErrorReason
from rapport.interactions.v1.decision_pb2 import Decision
from vip_tier.adapters import codec
from vip_tier.adapters.decisions import decided_of
from vip_tier.domain.holding import Holding
from vip_tier.domain.replay import INSUFFICIENT, Outcome
from wire.answering import not_computed, not_found, reason
from wire.decisions import DecisionLog


class TierDecisions:
    """What becomes of decisions about tiers and points. For any number of threads."""

    def __init__(self, log: DecisionLog, *, personas: Documents, tiers: Documents, clock: Clock) -> None:
        self._log = log
        self._personas = personas
        self._tiers = tiers
        self._clock = clock

    def carry_out(self, customer: str, decision: Decision) -> tuple[Found, Holding]:
        """Return what the customer holds once the decision was carried out; at once where it was before.

        The account and the time are set here. Raises `RpcError`: NOT_FOUND; FAILED_PRECONDITION (INSUFFICIENT_POINTS);
        ALREADY_EXISTS for another decision under a request id that was used; and as `DecisionLog` does.
        """
        found, _ = self._holding(customer)
        decision.account_key = found.anchor()
        if not decision.account_key:
            raise not_computed()
        decision.decided_at.FromDatetime(self._clock.now())
        if not self._is_known(decision):
            self._log.append(decision)
        return self._outcome(customer, decision.event_id)

    def _is_known(self, decision: Decision) -> bool:
        """Whether the account has the decision already. Raises `RpcError` where it has another one under its id."""
        document = self._personas.load([decision.account_key]).get(decision.account_key)
        known = codec.personas().state(document).decisions.get(decision.event_id) if document else None
        if known is None:
            return False
        asked = decided_of(decision)
        if asked is None or asked._replace(decided_ms=0) != known._replace(decided_ms=0):
            raise reused("another decision was made under it; a new decision needs a new one")
        return True

    def _outcome(self, customer: str, request_id: str) -> tuple[Found, Holding]:
        def look() -> tuple[Found, Holding] | None:
            found, holding = self._holding(customer)
            outcome = holding.outcomes.get(request_id)
            if outcome is None:
                return None
            _raise_refused(outcome)
            return found, holding

        return self._log.outcome(look)

    def _holding(self, customer: str) -> tuple[Found, Holding]:
        found = find(self._tiers, [customer]).get(customer)
        if found is None:
            raise not_found()
        state = result(found.document).body.state if found.document is not None else b""
        if not state:
            raise not_computed()
        return found, codec.holdings().decode(state)


def _raise_refused(outcome: Outcome) -> None:
    if outcome.error == INSUFFICIENT:
        raise RpcError(
            grpc.StatusCode.FAILED_PRECONDITION,
            reason(ErrorReason.ERROR_REASON_INSUFFICIENT_POINTS),
            f"points: {outcome.missing} more than the customer has active",
            {"field": "points", "missing": str(outcome.missing)},
        )
    if outcome.error:
        raise invalid("tier", "a tier of the programme that is in force")
