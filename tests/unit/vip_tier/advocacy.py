"""Advocacy scoring as the VIP tier service asks it."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message

from chassis.rpc.descriptors import methods_of
from rapport.advocacy.v1.advocacy_pb2 import ExplainScoreResponse, Score
from rapport.advocacy.v1.queries_pb2 import Advice
from vip_tier.adapters.advocacy import ADVOCACY, CALLED


class Advocacy:
    """Answers ExplainScore with a score of 420, or raises. Notes of whom it was asked, and how long it was given."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error
        (service,) = CALLED[ADVOCACY]
        self._methods = methods_of(service)
        self.asked: list[str] = []
        self.deadlines: list[float | None] = []

    def call(
        self, method: str, request: Any, response_type: type[Any], deadline_seconds: float | None = None
    ) -> Message:
        """The answer."""
        known = self._methods[method]
        assert (known.request, known.response) == (type(request), response_type)
        self.asked.append(request.name)
        self.deadlines.append(deadline_seconds)
        if self._error is not None:
            raise self._error
        return ExplainScoreResponse(score=Score(score=420), advice=[Advice(action="review", points=15)])
