"""Answering look-ups with stored states: bytes pass through unparsed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import grpc

from chassis.ports import Documents
from chassis.rpc.errors import RpcError
from chassis.rpc.requests import check_batch, concat_repeated, parse_name, parse_names
from chassis.stages.lookup import Found, find_messages
from rapport.common.v1.common_pb2 import ErrorReason

MOST_NAMES = 1000

_PREFIX = "ERROR_REASON_"
_NOT_FOUND_FIELD = 2
_RESOURCE_FIELD = 1


def not_found() -> RpcError:
    """The error for an id that no customer has."""
    return _error(ErrorReason.ERROR_REASON_CUSTOMER_NOT_FOUND, "no customer has this id")


def not_computed() -> RpcError:
    """The error for a customer of whom nothing is stored yet."""
    message = "the customer is known, and nothing is computed of it yet: ask again in a moment"
    return _error(ErrorReason.ERROR_REASON_NOT_COMPUTED_YET, message)


@dataclass(frozen=True, slots=True)
class StoredStates:
    """Get and BatchGet over a service's results; a merged-away id answers with the survivor's state.

    `pattern` is the resource name's. `redirected(asked)` are bytes that say so, put behind the survivor's
    state: in protobuf they set the field that they carry. In the batch's response, states are field 1 and the names
    that were not found field 2.
    """

    results: Documents
    pattern: str
    redirected: Callable[[str], bytes]

    def get(self, name: str) -> bytes:
        """The state under a resource name. Raises `RpcError`: INVALID_ARGUMENT or NOT_FOUND."""
        (customer,) = parse_name(self.pattern, name)
        found = find_messages(self.results, [customer]).get(customer)
        if found is None:
            raise not_found()
        if not found.message:
            raise not_computed()
        return self._answer(customer, found)

    def batch_get(self, names: Sequence[str]) -> bytes:
        """The response to a batch: the states found in the order of the names, each once, and the names of the others.

        Raises `RpcError` INVALID_ARGUMENT.
        """
        check_batch(names, MOST_NAMES)
        asked = dict(zip(parse_names(self.pattern, names), names, strict=True))
        found = {customer: each for customer, each in find_messages(self.results, asked).items() if each.message}
        states = concat_repeated(
            _RESOURCE_FIELD, (self._answer(customer, found[customer]) for customer in asked if customer in found)
        )
        missing = (name.encode() for customer, name in asked.items() if customer not in found)
        return states + concat_repeated(_NOT_FOUND_FIELD, missing)

    def _answer(self, asked: str, found: Found) -> bytes:
        return found.message if found.group == asked else found.message + self.redirected(asked)


def reason(value: ErrorReason.ValueType) -> str:
    """A reason of the API as errors bear it."""
    return ErrorReason.Name(value).removeprefix(_PREFIX)


def _error(value: ErrorReason.ValueType, message: str) -> RpcError:
    return RpcError(grpc.StatusCode.NOT_FOUND, reason(value), message)
