"""Answers calls with stored tiers; bytes pass through unparsed."""

from __future__ import annotations

import grpc

from chassis.ports import Documents
from chassis.rpc.errors import RpcError
from chassis.rpc.requests import check_batch, concat_repeated, parse_name, parse_names
from rapport.common.v1.common_pb2 import ErrorReason
from rapport.tier.v1 import tier_pb2 as pb
from vip_tier.adapters.repository import Found, find

NAME = "customers/{customer}/tier"
MOST_NAMES = 1000

_PREFIX = "ERROR_REASON_"
_TIERS = pb.BatchGetTiersResponse.DESCRIPTOR.fields_by_name["tiers"].number


class VipTier:
    """Implements rapport.tier.v1.VipTierService over the collection of tiers."""

    def __init__(self, tiers: Documents) -> None:
        self._tiers = tiers

    def get_tier(self, request: pb.GetTierRequest, context: grpc.ServicerContext) -> bytes:
        """Return the customer's tier; for a merged-away id the survivor's, with `merged_into` set to the survivor."""
        (customer,) = parse_name(NAME, request.name)
        found = find(self._tiers, [customer]).get(customer)
        if found is None:
            raise _not_found(ErrorReason.ERROR_REASON_CUSTOMER_NOT_FOUND, "nobody is known under this customer id")
        if not found.message:
            raise _not_found(ErrorReason.ERROR_REASON_NOT_COMPUTED_YET, "the tier has not been decided yet")
        return _answer(found)

    def batch_get_tiers(self, request: pb.BatchGetTiersRequest, context: grpc.ServicerContext) -> bytes:
        """Return the tiers in the order of the names, without those that are not found, which it names."""
        check_batch(request.names, MOST_NAMES)
        customers = parse_names(NAME, request.names)
        found = {customer: each for customer, each in find(self._tiers, customers).items() if each.message}
        missing = pb.BatchGetTiersResponse(
            not_found=[name for name, customer in zip(request.names, customers, strict=True) if customer not in found]
        )
        tiers = (_answer(found[customer]) for customer in customers if customer in found)
        return concat_repeated(_TIERS, tiers) + missing.SerializeToString()


def _answer(found: Found) -> bytes:
    if not found.merged_into:
        return found.message
    # Concatenation merges in protobuf: one more field, and nothing is parsed.
    return found.message + pb.Tier(merged_into=found.merged_into).SerializeToString()


def _not_found(reason: ErrorReason.ValueType, message: str) -> RpcError:
    return RpcError(grpc.StatusCode.NOT_FOUND, ErrorReason.Name(reason).removeprefix(_PREFIX), message)
