"""A customer's referrals, given and taken."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import grpc

from advocacy_scoring.adapters.reading import Customer, Customers
from advocacy_scoring.domain.findings import Referral, ReferralState, Rejection
from chassis.rpc.errors import RpcError
from chassis.rpc.pages import page_position, page_token
from chassis.rpc.requests import page_size, parse_name
from rapport.advocacy.v1 import referral_pb2 as pb
from rapport.common.v1.common_pb2 import ErrorReason
from wire.answering import reason

_PATTERN = "customers/{customer}/referrals/{referral}"
_GIVEN, _TAKEN = "g", "t"


class Referrals:
    """GetReferral and ListReferrals. For any number of threads."""

    def __init__(self, customers: Customers) -> None:
        self._customers = customers

    def get_referral(self, request: pb.GetReferralRequest, context: object) -> pb.Referral:
        """One of a customer's referrals."""
        _, wanted = parse_name(_PATTERN, request.name)
        customer = self._customers.named(_PATTERN, request.name)
        for each in _referrals(customer):
            if _token(each) == wanted:
                return _message(customer, each)
        raise RpcError(
            grpc.StatusCode.NOT_FOUND,
            reason(ErrorReason.ERROR_REASON_RESOURCE_NOT_FOUND),
            "name: the customer has no such referral, or it is too long ago",
            {"field": "name"},
        )

    def list_referrals(self, request: pb.ListReferralsRequest, context: object) -> pb.ListReferralsResponse:
        """A customer's referrals, the newest first."""
        customer = self._customers.named("customers/{customer}", request.parent, "parent")
        position = page_position(request.page_token, request)
        size = page_size(request.page_size)
        wanted = {int(state) for state in request.states}
        rest = [
            each
            for each in _referrals(customer)
            if (not wanted or each.state.value in wanted) and (position is None or _place(each) < position)
        ]
        page = rest[:size]
        token = page_token(_place(page[-1]), request) if len(rest) > size else ""
        return pb.ListReferralsResponse(referrals=[_message(customer, each) for each in page], next_page_token=token)


def _referrals(customer: Customer) -> Iterator[Referral]:
    """The newest first. One within the customer, given and taken, stands twice; it shows as rejected at once."""
    found = {
        (each.id_, each.is_giver, each.event_id): _within(customer, each)
        for persona in customer.personas.values()
        for each in persona.findings.referrals
    }
    return iter(sorted(found.values(), key=_place, reverse=True))


def _within(customer: Customer, each: Referral) -> Referral:
    if each.other and each.other in customer.personas and each.state != ReferralState.REJECTED:
        return each._replace(state=ReferralState.REJECTED, rejection=Rejection.SELF)
    return each


def _place(each: Referral) -> list[int | str]:
    return [each.referred_ms, each.id_, each.event_id, int(each.is_giver)]


def _message(customer: Customer, each: Referral) -> pb.Referral:
    message = pb.Referral(
        name=f"customers/{customer.id_}/referrals/{_token(each)}",
        is_giver=each.is_giver,
        state=pb.ReferralState.ValueType(each.state.value),
        rejection=pb.ReferralRejection.ValueType(each.rejection.value),
        other_account_key=each.other,
        purchase_event_id=each.event_id,
    )
    message.refer_time.FromMilliseconds(each.referred_ms)
    if each.purchased_ms >= 0:
        message.purchase_time.FromMilliseconds(each.purchased_ms)
    return message


def _token(each: Referral) -> str:
    """The referral's id in a name: without slashes, and the same for as long as the referral is known."""
    side = _GIVEN if each.is_giver else _TAKEN
    return base64.urlsafe_b64encode(f"{side}|{each.id_}|{each.event_id}".encode()).decode().rstrip("=")
