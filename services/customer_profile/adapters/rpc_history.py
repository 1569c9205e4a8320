"""Records as they were at a time, over gRPC: under the identity that held then, or under the one that holds now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc

from chassis.clock import milliseconds
from chassis.ports import Clock, Documents
from chassis.rpc.errors import RpcError, invalid
from chassis.stages.results import result
from customer_profile.adapters import answers, codec
from customer_profile.adapters.finding import found_under
from customer_profile.adapters.times import milliseconds as asked_time
from customer_profile.application.earlier import EarlierRecords
from customer_profile.application.recomputing import MOST_ROWS, Membership, Recomputing, TooManyRowsError
from customer_profile.application.reconciling import SCORE, TIER
from customer_profile.domain.inputs import ScoreSummary, TierSummary
from rapport.common.v1.common_pb2 import ErrorReason
from rapport.profile.v1 import profile_pb2 as pb
from wire.answering import not_found, reason

_BASES = frozenset(pb.IdentityBasis.values())


def merged_into(message: bytes) -> str:
    """Return which customer has the accounts of the record's, or an empty string."""
    return pb.CustomerRecord.FromString(message).merged_into


class Earlier:
    """Answers GetCustomer with `as_of`. For any number of threads.

    `recomputing` makes what computes records anew, for one call.
    """

    def __init__(
        self,
        records: Documents,
        recorded: EarlierRecords,
        recomputing: Callable[[], Recomputing[Any, Any, Any, Any]],
        clock: Clock,
    ) -> None:
        self._records = records
        self._recorded = recorded
        self._recomputing = recomputing
        self._clock = clock

    def record(self, customer: str, request: pb.GetCustomerRequest) -> bytes:
        """The record as it was. Raises `RpcError` INVALID_ARGUMENT and NOT_FOUND, and `Unavailable`."""
        time = asked_time(request.as_of, "as_of")
        if time > milliseconds(self._clock.now()):
            raise invalid("as_of", "not in the future")
        if request.identity not in _BASES:
            raise invalid("identity", "THEN or NOW")
        if request.identity == pb.IDENTITY_BASIS_NOW:
            return self._now(customer, time, request)
        return self._then(customer, time, request)

    def _then(self, customer: str, time: int, request: pb.GetCustomerRequest) -> bytes:
        recorded = self._recorded.at(customer, time)
        if recorded is None:
            if not self._records.load([customer]):
                raise not_found()
            raise _not_recorded()
        return answers.stated(recorded.message, recorded.customer, customer, request.read_mask)

    def _now(self, customer: str, time: int, request: pb.GetCustomerRequest) -> bytes:
        """The record of today's accounts; score and tier are those of the customer's own id at that time."""
        found = found_under(self._records, customer)
        assert found.document is not None
        body = result(found.document).body
        whose = Membership(found.group, body.members, body.absorbed, body.membership_version)
        own = self._recorded.own(found.group, time)
        then = pb.CustomerRecord.FromString(own) if own is not None else pb.CustomerRecord()
        try:
            message = self._recomputing().at(whose, _inputs(then), time)
        except TooManyRowsError:
            raise _too_large() from None
        if message is None:
            raise _not_recorded()
        return answers.stated(message, found.group, customer, request.read_mask)


def _inputs(record: pb.CustomerRecord) -> dict[str, tuple[int, bytes]]:
    """What other services had said when the record was announced, as the stream keeps it."""
    inputs: dict[str, tuple[int, bytes]] = {}
    if record.HasField("score"):
        score = record.score
        known = ScoreSummary(score.score, score.standing, score.version, score.update_time.ToMilliseconds())
        inputs[SCORE] = score.version, codec.scores().encode(known)
    if record.HasField("tier"):
        tier = record.tier
        held = TierSummary(tier.tier, tuple(tier.benefits), tier.version, tier.update_time.ToMilliseconds())
        inputs[TIER] = tier.version, codec.tiers().encode(held)
    return inputs


def _not_recorded() -> RpcError:
    return RpcError(
        grpc.StatusCode.NOT_FOUND,
        reason(ErrorReason.ERROR_REASON_NOT_RECORDED),
        "as_of: nothing is recorded of this customer at that time",
        {"field": "as_of"},
    )


def _too_large() -> RpcError:
    return RpcError(
        grpc.StatusCode.FAILED_PRECONDITION,
        reason(ErrorReason.ERROR_REASON_CUSTOMER_TOO_LARGE),
        f"identity: more than {MOST_ROWS} interactions are not computed anew within a call; ask for THEN",
        {"field": "identity", "limit": str(MOST_ROWS)},
    )
