"""What a merge would change, before it is done."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations

import grpc

from chassis.rpc.errors import RpcError
from identity_resolution.adapters import asked
from identity_resolution.adapters.people import People
from identity_resolution.adapters.previews import PreviewResult, Previews
from identity_resolution.adapters.telling import told_refusal
from identity_resolution.domain.apart import held_back_between
from identity_resolution.domain.customers import Customer
from identity_resolution.domain.policy import Policy
from rapport.common.v1.common_pb2 import ErrorReason
from rapport.common.v1.proposal_pb2 import ProposedCustomer
from rapport.stewardship.v1 import stewardship_pb2 as pb
from wire.answering import reason

MOST_CUSTOMERS = 10


class MergePreviews:
    """Asks the other services what they say of customers, and what they would say of one made of them."""

    def __init__(self, people: People, previews: Previews, policy: Policy) -> None:
        self._people = people
        self._previews = previews
        self._policy = policy

    def preview_merge(self, request: pb.PreviewMergeRequest, context: object) -> pb.PreviewMergeResponse:
        """Customers as they are and as one, what holds the rules back, and who did not answer."""
        places = asked.customers(request.names, least=2, most=MOST_CUSTOMERS)
        customers = list({each.id: each for each in self._people.customers(places).values()}.values())
        proposed = _together(customers)
        if len(proposed.account_keys) > self._policy.caps.accounts_per_customer:
            raise _too_large(self._policy.caps.accounts_per_customer)
        now = self._previews.current([each.id for each in customers])
        then = self._previews.preview([proposed])
        answer = pb.PreviewMergeResponse(
            customer_id=proposed.customer_id,
            account_keys=proposed.account_keys,
            before=[_standing(each.id, now) for each in customers],
            after=_standing(proposed.customer_id, then),
            missing_services=_either(now.missing, then.missing),
        )
        for one, other in combinations(customers, 2):
            held_back = held_back_between(one, other, self._policy)
            answer.held_back.extend(told_refusal(refusal, one, self._policy) for refusal in held_back)
        return answer


def _together(customers: Sequence[Customer]) -> ProposedCustomer:
    """The customer that these would be: a customer's id is the least birth id of its accounts."""
    id_ = min(each.id for each in customers)
    absorbed = {gone for each in customers for gone in (each.id, *each.absorbed)} - {id_}
    return ProposedCustomer(
        customer_id=id_,
        account_keys=sorted(account for each in customers for account in each.accounts),
        absorbed=sorted(absorbed),
    )


def _standing(customer: str, result: PreviewResult) -> pb.CustomerStanding:
    return pb.CustomerStanding(
        customer_id=customer,
        record=result.records.get(customer),
        score=result.scores.get(customer),
        tier=result.tiers.get(customer),
    )


def _either(*missing: Collection[str]) -> list[str]:
    return sorted({service for each in missing for service in each})


def _too_large(limit: int) -> RpcError:
    return RpcError(
        grpc.StatusCode.FAILED_PRECONDITION,
        reason(ErrorReason.ERROR_REASON_CUSTOMER_TOO_LARGE),
        f"names: together they hold more than {limit} accounts",
        {"limit": str(limit)},
    )
