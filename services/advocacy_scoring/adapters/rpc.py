"""Answers calls with stored scores; bytes pass through unparsed."""

from __future__ import annotations

import grpc

from advocacy_scoring.adapters.repository import Found, find
from chassis.ports import Documents
from chassis.rpc.errors import RpcError
from chassis.rpc.requests import check_batch, concat_repeated, parse_name, parse_names
from rapport.advocacy.v1 import advocacy_pb2 as pb
from rapport.common.v1.common_pb2 import ErrorReason

NAME = "customers/{customer}/score"
MOST_NAMES = 1000

_PREFIX = "ERROR_REASON_"
_SCORES = pb.BatchGetScoresResponse.DESCRIPTOR.fields_by_name["scores"].number


class AdvocacyScoring:
    """Implements rapport.advocacy.v1.AdvocacyScoringService over the collection of scores."""

    def __init__(self, scores: Documents) -> None:
        self._scores = scores

    def get_score(self, request: pb.GetScoreRequest, context: grpc.ServicerContext) -> bytes:
        """Return the customer's score; for a merged-away id the survivor's, with `merged_into` set to the survivor."""
        (customer,) = parse_name(NAME, request.name)
        found = find(self._scores, [customer]).get(customer)
        if found is None:
            raise _not_found(ErrorReason.ERROR_REASON_CUSTOMER_NOT_FOUND, "nobody is known under this customer id")
        if not found.message:
            raise _not_found(ErrorReason.ERROR_REASON_NOT_COMPUTED_YET, "the score has not been computed yet")
        return _answer(found)

    def batch_get_scores(self, request: pb.BatchGetScoresRequest, context: grpc.ServicerContext) -> bytes:
        """Return the scores in the order of the names, without those that are not found, which it names."""
        check_batch(request.names, MOST_NAMES)
        customers = parse_names(NAME, request.names)
        found = {customer: each for customer, each in find(self._scores, customers).items() if each.message}
        missing = pb.BatchGetScoresResponse(
            not_found=[name for name, customer in zip(request.names, customers, strict=True) if customer not in found]
        )
        scores = (_answer(found[customer]) for customer in customers if customer in found)
        return concat_repeated(_SCORES, scores) + missing.SerializeToString()


def _answer(found: Found) -> bytes:
    if not found.merged_into:
        return found.message
    # Concatenation merges in protobuf: one more field, and nothing is parsed.
    return found.message + pb.Score(merged_into=found.merged_into).SerializeToString()


def _not_found(reason: ErrorReason.ValueType, message: str) -> RpcError:
    return RpcError(grpc.StatusCode.NOT_FOUND, ErrorReason.Name(reason).removeprefix(_PREFIX), message)
