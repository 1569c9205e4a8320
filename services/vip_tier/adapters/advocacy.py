"""Asks advocacy scoring what a score is made of."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

import grpc
from google.protobuf.message import Message

from chassis.rpc.deadlines import remaining
from chassis.rpc.errors import CallFailed
from rapport.advocacy.v1 import advocacy_pb2 as advocacy
from rapport.advocacy.v1.queries_pb2 import ExplainScoreRequest

M = TypeVar("M", bound=Message)

_log = logging.getLogger(__name__)

ADVOCACY = "advocacy-scoring"
CALLED: Mapping[str, Any] = {ADVOCACY: [advocacy.DESCRIPTOR.services_by_name["AdvocacyScoringService"]]}
"""The services that are asked, by the names of their callers."""

DEADLINE_SECONDS = 1.0
"""A score is explained in milliseconds; one of thousands of deeds, in tenths of a second."""


class Caller(Protocol):
    """What is needed of `chassis.rpc.client.Caller`."""

    def call(self, method: str, request: Message, response_type: type[M], deadline_seconds: float | None = None) -> M:
        """Return the answer within the deadline. Raises `CallFailed`."""


class Scores:
    """Advocacy scoring as tiers see it. For any number of threads."""

    def __init__(self, callers: Mapping[str, Caller], deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._callers = callers
        self._deadline = deadline_seconds

    def explain(self, customer: str) -> tuple[advocacy.ExplainScoreResponse | None, list[str]]:
        """What the customer's score is made of; None where there is none. And who did not answer, who then is missing.

        It takes half of what is left of the call being served at most, so that an answer comes in time.
        """
        left = remaining()
        deadline = self._deadline if left is None else min(self._deadline, left / 2)
        request = ExplainScoreRequest(name=f"customers/{customer}/score")
        try:
            return self._callers[ADVOCACY].call("ExplainScore", request, advocacy.ExplainScoreResponse, deadline), []
        except CallFailed as failed:
            if failed.code is grpc.StatusCode.NOT_FOUND:
                return None, []
            _log.warning("a service is missing in an answer", extra={"asked": ADVOCACY, "code": failed.code.name})
            return None, [ADVOCACY]
