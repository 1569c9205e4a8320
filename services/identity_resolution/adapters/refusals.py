"""Errors of calls that more than one of this service's APIs answers with."""

from __future__ import annotations

from collections.abc import Mapping

import grpc

from chassis.rpc.errors import RpcError
from rapport.common.v1.common_pb2 import ErrorReason
from wire.answering import reason

# What is said to people of each reason for which a command is refused.
_REFUSED = {
    "CUSTOMER_NOT_FOUND": (grpc.StatusCode.NOT_FOUND, "nobody is known under it"),
    "RESOURCE_NOT_FOUND": (grpc.StatusCode.NOT_FOUND, "nothing has this name"),
    "INVALID_FIELD": (grpc.StatusCode.INVALID_ARGUMENT, "it does not fit the customers as they are now"),
    "CONSTRAINT_FORBIDS": (grpc.StatusCode.FAILED_PRECONDITION, "a constraint forbids it; remove that first"),
    "ALREADY_UNDONE": (grpc.StatusCode.FAILED_PRECONDITION, "another decision has taken it back"),
    "NOTHING_TO_UNDO": (grpc.StatusCode.FAILED_PRECONDITION, "nothing is left of what it brought about"),
    "CUSTOMER_TOO_LARGE": (grpc.StatusCode.FAILED_PRECONDITION, "it would hold, or change, too much at once"),
    "SUGGESTION_DECIDED": (grpc.StatusCode.FAILED_PRECONDITION, "the suggestion is decided already"),
}
_REQUESTED = frozenset({"account", "customer"})
_COLLECTIONS = {"constraint": "constraints", "decision": "decisions"}


def nobody(field: str) -> RpcError:
    """The error for an id, account or identifier that leads to no customer."""
    return RpcError(
        grpc.StatusCode.NOT_FOUND,
        reason(ErrorReason.ERROR_REASON_CUSTOMER_NOT_FOUND),
        f"{field}: nobody is known under it",
        {"field": field},
    )


def not_carried_out(error: str, details: Mapping[str, str], places: Mapping[str, str]) -> RpcError:
    """The error for a command that was refused, by the reason and details of its outcome.

    Details name what the request did by the field, found in `places`, and everything else as the API names it.
    """
    code, said = _REFUSED.get(error, (grpc.StatusCode.FAILED_PRECONDITION, "it cannot be done"))
    metadata: dict[str, str] = {}
    for name, value in details.items():
        if name in _REQUESTED:
            metadata["field"] = places.get(value, "")
        else:
            metadata[name] = f"{_COLLECTIONS[name]}/{value}" if name in _COLLECTIONS else value
    field = metadata.get("field", "")
    return RpcError(code, error, f"{field}: {said}" if field else said, metadata)
