"""Has commands carried out: puts them into the log, and waits for what comes of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import grpc

from chassis.errors import ChassisError
from chassis.ports import Clock, Documents, Publisher
from chassis.rpc.deadlines import remaining
from chassis.rpc.errors import RpcError
from identity_resolution.adapters import decided
from identity_resolution.adapters.commands import message
from identity_resolution.adapters.evidence import digest
from identity_resolution.adapters.refusals import not_carried_out, reason
from identity_resolution.domain.decisions import Outcome
from rapport.common.v1.common_pb2 import ErrorReason
from rapport.identity.v1 import events_pb2 as events

LOG = "kafka"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How outcomes are waited for. Each look into the store is followed by a longer wait than the one before it.

    A call waits until `margin_seconds` before its deadline, and no longer than `most_seconds`. Not more than `at_once`
    wait at a time, so that look-ups find a thread free.
    """

    first_seconds: float = 0.02
    longest_seconds: float = 0.2
    most_seconds: float = 10.0
    margin_seconds: float = 0.1
    at_once: int = 4
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic


class CommandLog:
    """The log of evidence as those see it who command. For any number of threads."""

    def __init__(
        self, topic: str, publisher: Publisher, outcomes: Documents, clock: Clock, waiting: Waiting | None = None
    ) -> None:
        self._topic = topic
        self._publisher = publisher
        self._outcomes = outcomes
        self._clock = clock
        self._waiting = waiting or Waiting()
        self._places = threading.BoundedSemaphore(self._waiting.at_once)

    def carry_out(self, command: events.Command, places: Mapping[str, str]) -> Outcome:
        """What came of the command; at once where its request id has an outcome already.

        `places` name the field of the request by the key or id that it gave. Raises `RpcError`: as `not_carried_out`;
        ALREADY_EXISTS for another command under a request id that was used; DEADLINE_EXCEEDED where the outcome is not
        known in time; RESOURCE_EXHAUSTED where too many wait; UNAVAILABLE where the log cannot be written.
        """
        outcome = self._outcome(command.request_id) or self._decided(command)
        if outcome.digest != digest(command):
            raise RpcError(
                grpc.StatusCode.ALREADY_EXISTS,
                reason(ErrorReason.ERROR_REASON_REQUEST_ID_REUSED),
                "request_id: another command was given under it; a new command needs a new one",
                {"field": "request_id"},
            )
        if outcome.error:
            raise not_carried_out(outcome.error, dict(outcome.details), places)
        return outcome

    def _decided(self, command: events.Command) -> Outcome:
        if not self._places.acquire(blocking=False):
            raise RpcError(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                reason(ErrorReason.ERROR_REASON_TOO_MANY_COMMANDS),
                f"{self._waiting.at_once} commands wait for their outcomes already; repeat the call in a moment",
            )
        try:
            end = self._waiting.now() + self._patience()
            self._append(command)
            return self._await(command.request_id, end)
        finally:
            self._places.release()

    def _patience(self) -> float:
        left = remaining()
        most = self._waiting.most_seconds
        return most if left is None else min(most, left - self._waiting.margin_seconds)

    def _append(self, command: events.Command) -> None:
        try:
            self._publisher.publish([message(self._topic, command, self._clock.now())])
        except ChassisError as error:
            raise RpcError(
                grpc.StatusCode.UNAVAILABLE,
                reason(ErrorReason.ERROR_REASON_DEPENDENCY_UNAVAILABLE),
                "the log did not take the command in time; the call may be repeated with the same request_id",
                {"service": LOG},
            ) from error

    def _await(self, request_id: str, end: float) -> Outcome:
        pause = self._waiting.first_seconds
        while True:
            outcome = self._outcome(request_id)
            if outcome is not None:
                return outcome
            if self._waiting.now() + pause > end:
                raise RpcError(
                    grpc.StatusCode.DEADLINE_EXCEEDED,
                    reason(ErrorReason.ERROR_REASON_OUTCOME_PENDING),
                    "the outcome is not known yet; the same call with the same request_id has it later",
                    {"field": "request_id"},
                )
            self._waiting.sleep(pause)
            pause = min(pause * 1.5, self._waiting.longest_seconds)

    def _outcome(self, request_id: str) -> Outcome | None:
        document = self._outcomes.load([request_id]).get(request_id)
        return decided.outcome(document) if document is not None else None
