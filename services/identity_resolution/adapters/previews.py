"""Asks the services that speak of customers what they say, and what they would say if accounts belonged otherwise."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import grpc
from google.protobuf.message import Message

from chassis.rpc.deadlines import remaining
from chassis.rpc.errors import CallFailed, RpcError
from rapport.advocacy.v1 import advocacy_pb2 as advocacy
from rapport.common.v1.proposal_pb2 import ProposedCustomer
from rapport.profile.v1 import profile_pb2 as profile
from rapport.tier.v1 import tier_pb2 as tier

M = TypeVar("M", bound=Message)
S = TypeVar("S", profile.CustomerRecord, advocacy.Score, tier.Tier)

_log = logging.getLogger(__name__)

PROFILE, ADVOCACY, TIER = "customer-profile", "advocacy-scoring", "vip-tier"
CALLED: Mapping[str, Any] = {
    PROFILE: profile.DESCRIPTOR.services_by_name["CustomerProfileService"],
    ADVOCACY: advocacy.DESCRIPTOR.services_by_name["AdvocacyScoringService"],
    TIER: tier.DESCRIPTOR.services_by_name["VipTierService"],
}
"""The services that are asked, by the names of their callers."""

DEADLINE_SECONDS = 1.0
"""Of each call. They take milliseconds; ten customers of five hundred accounts each, some tenths of a second."""


class Caller(Protocol):
    """What is needed of `chassis.rpc.client.Caller`."""

    def call(self, method: str, request: Message, response_type: type[M], deadline_seconds: float | None = None) -> M:
        """Return the answer within the deadline. Raises `CallFailed`."""


@dataclass(frozen=True, slots=True)
class PreviewResult:
    """Records, scores and tiers by the customer ids asked for; of a service in `missing` there are none.

    `unknown_accounts` are those that one of the services at least knows nothing of yet.
    """

    records: Mapping[str, profile.CustomerRecord]
    scores: Mapping[str, advocacy.Score]
    tiers: Mapping[str, tier.Tier]
    unknown_accounts: Sequence[str]
    missing: list[str]


class Previews:
    """The other services as identity resolution sees them: one that does not answer is named, and fails nothing.

    Where the call being served has a deadline, the calls share what is left of it, so that an answer comes in time.
    Raises `RpcError` INVALID_ARGUMENT where a service refuses the request, say for its size.
    """

    def __init__(self, callers: Mapping[str, Caller], deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._callers = callers
        self._deadline = deadline_seconds

    def preview(self, groups: Collection[ProposedCustomer]) -> PreviewResult:
        """Return what would be said if accounts belonged to customers as proposed.

        Tiers are decided on the scores and segments that there would be; where those are missing, none is lowered.
        """
        asking = _Asking(self._callers, self._deadline)
        scores = asking.ask(
            ADVOCACY, "PreviewScores", advocacy.PreviewScoresRequest(customers=groups), advocacy.PreviewScoresResponse
        )
        records = asking.ask(
            PROFILE,
            "PreviewCustomers",
            profile.PreviewCustomersRequest(customers=groups),
            profile.PreviewCustomersResponse,
        )
        tiers = asking.ask(
            TIER,
            "PreviewTiers",
            tier.PreviewTiersRequest(
                customers=groups,
                advocacy_scores={score.customer_id: score.score for score in scores.scores},
                segments={record.customer_id: _segments(record) for record in records.customers},
            ),
            tier.PreviewTiersResponse,
        )
        unknown = {account for answer in (scores, tiers, records) for account in answer.unknown_accounts}
        return PreviewResult(
            _by_customer(records.customers),
            _by_customer(scores.scores),
            _by_customer(tiers.tiers),
            sorted(unknown),
            asking.missing,
        )

    def current(self, customers: Collection[str]) -> PreviewResult:
        """Return what is said of the customers now; of one that a service has computed nothing for, it says nothing."""
        asking = _Asking(self._callers, self._deadline)
        names = [f"customers/{customer}" for customer in customers]
        scores = asking.ask(
            ADVOCACY,
            "BatchGetScores",
            advocacy.BatchGetScoresRequest(names=[f"{name}/score" for name in names]),
            advocacy.BatchGetScoresResponse,
        )
        tiers = asking.ask(
            TIER,
            "BatchGetTiers",
            tier.BatchGetTiersRequest(names=[f"{name}/tier" for name in names]),
            tier.BatchGetTiersResponse,
        )
        records = asking.ask(
            PROFILE,
            "BatchGetCustomers",
            profile.BatchGetCustomersRequest(names=names),
            profile.BatchGetCustomersResponse,
        )
        return PreviewResult(
            _by_customer(records.customers),
            _by_customer(scores.scores),
            _by_customer(tiers.tiers),
            [],
            asking.missing,
        )


class _Asking:
    """One round of calls, and who did not answer in it."""

    def __init__(self, callers: Mapping[str, Caller], deadline_seconds: float) -> None:
        self._callers = callers
        self._deadline = deadline_seconds
        self._to_come = len(CALLED)
        self.missing: list[str] = []

    def ask(self, service: str, method: str, request: Message, response_type: type[M]) -> M:
        """The answer; an empty one, with the service noted as missing, where there is none."""
        deadline = self._share()
        self._to_come -= 1
        try:
            return self._callers[service].call(method, request, response_type, deadline)
        except CallFailed as failed:
            if failed.code is grpc.StatusCode.INVALID_ARGUMENT:
                raise RpcError(failed.code, failed.reason, failed.message, failed.metadata) from failed
            _log.warning("a service is missing in an answer", extra={"asked": service, "code": failed.code.name})
            self.missing.append(service)
            return response_type()

    def _share(self) -> float:
        left = remaining()
        # One share is for answering: a caller that has given up reads nothing.
        return self._deadline if left is None else min(self._deadline, left / (self._to_come + 1))


def _segments(record: profile.CustomerRecord) -> tier.ProposedSegments:
    return tier.ProposedSegments(segments=[each.segment for each in record.segments])


def _by_customer(states: Iterable[S]) -> dict[str, S]:
    """The states by the ids asked for, also where the survivor of a merge answered."""
    return {state.merged_from or state.customer_id: state for state in states}
