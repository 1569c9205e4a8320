"""Calls that have something done by a worker, by way of a log, and answer with what came of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import grpc

from chassis.errors import ChassisError
from chassis.ports import Publisher
from chassis.records import Message
from chassis.rpc.deadlines import remaining
from chassis.rpc.errors import RpcError
from chassis.rpc.reasons import DEPENDENCY_UNAVAILABLE, OUTCOME_PENDING, REQUEST_ID_REUSED, TOO_MANY_COMMANDS

T = TypeVar("T")

_GROWTH = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How outcomes are waited for: each wait is longer than the one before it.

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

    def end(self) -> float:
        """When the call that is served is to stop waiting, by `now`."""
        left = remaining()
        return self.now() + (self.most_seconds if left is None else min(self.most_seconds, left - self.margin_seconds))

    def until_known(self, end: float, look: Callable[[], T | None]) -> T:
        """Return what `look` finds. Raises `RpcError` DEADLINE_EXCEEDED (OUTCOME_PENDING) where that is not in time."""
        pause = self.first_seconds
        while (found := look()) is None:
            if self.now() + pause > end:
                raise RpcError(
                    grpc.StatusCode.DEADLINE_EXCEEDED,
                    OUTCOME_PENDING,
                    "the outcome is not known yet; the same call with the same request_id has it later",
                    {"field": "request_id"},
                )
            self.sleep(pause)
            pause = min(pause * _GROWTH, self.longest_seconds)
        return found


class Places:
    """So many calls may wait or follow at a time. For any number of threads."""

    def __init__(self, number: int, refusal: str) -> None:
        self._refusal = f"{number} {refusal}"
        self._free = threading.BoundedSemaphore(number)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Have a place within the block. Raises `RpcError` (RESOURCE_EXHAUSTED, TOO_MANY_COMMANDS) if none is free."""
        if not self._free.acquire(blocking=False):
            raise RpcError(grpc.StatusCode.RESOURCE_EXHAUSTED, TOO_MANY_COMMANDS, self._refusal)
        try:
            yield
        finally:
            self._free.release()


def append(publisher: Publisher, message: Message, refusal: str) -> None:
    """Put a message into the log. Raises `RpcError` (UNAVAILABLE, DEPENDENCY_UNAVAILABLE) if that fails."""
    try:
        publisher.publish([message])
    except ChassisError as error:
        raise RpcError(grpc.StatusCode.UNAVAILABLE, DEPENDENCY_UNAVAILABLE, refusal, {"service": "kafka"}) from error


def reused(what: str) -> RpcError:
    """The error for a request id under which another thing was asked for; `what` says which."""
    return RpcError(grpc.StatusCode.ALREADY_EXISTS, REQUEST_ID_REUSED, f"request_id: {what}", {"field": "request_id"})
