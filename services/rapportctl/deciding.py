"""Calls that lay down what a person decides, repeated under one request id until their outcome is known."""

from __future__ import annotations

import time
from typing import Any, TypeVar

from google.protobuf.message import Message

from rapportctl.calls import DEADLINE_SECONDS, Calls, NoAnswerError, RefusedError
from rapportctl.stewardship import Mandate, PendingError

M = TypeVar("M", bound=Message)

BETWEEN_TRIES_SECONDS = 0.5
_UNDER_WAY = frozenset({"OUTCOME_PENDING", "SHUTTING_DOWN", "TOO_MANY_COMMANDS"})
"""Reasons of errors after which the same call with the same request id is right."""


def carry_out(
    calls: Calls,
    mandate: Mandate,
    request: Any,  # noqa: ANN401 - any request with owner, reason and request_id
    response: type[M],
    *,
    service: str,
    method: str,
) -> M:
    """Make the call under the mandate, and again until its outcome is known.

    Raises as `Calls.call` does, and `PendingError` where no outcome is known in time.
    """
    request.owner, request.reason, request.request_id = mandate.owner, mandate.reason, mandate.request_id
    end = time.monotonic() + mandate.timeout_seconds
    while True:
        patience = min(DEADLINE_SECONDS, max(0.1, end - time.monotonic()))
        try:
            return calls.call(service, method, request, response, patience)
        except (NoAnswerError, RefusedError) as error:
            if error.reason not in _UNDER_WAY:
                raise
        if time.monotonic() >= end:
            raise PendingError(f"no outcome after {mandate.timeout_seconds:g} s", mandate.request_id)
        time.sleep(BETWEEN_TRIES_SECONDS)
