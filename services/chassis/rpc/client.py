"""Calls to another service: always with a deadline, and repeated only where that is safe."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2

from chassis.rpc.deadlines import remaining
from chassis.rpc.descriptors import Method, methods_of
from chassis.rpc.errors import DependencyUnavailable, from_call

M = TypeVar("M", bound=Message)

# Methods that only read, by the naming of Google's API Improvement Proposals.
SAFE_PREFIXES = ("Get", "BatchGet", "List", "Lookup", "Preview", "Resolve", "BatchResolve")
_HEALTH = "/grpc.health.v1.Health/Check"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often a safe call is tried in all (up to 5), on UNAVAILABLE alone.

    The wait between two tries doubles each time, give or take a fifth. The deadline covers all tries.
    """

    attempts: int = 4
    first_wait_seconds: float = 0.05
    longest_wait_seconds: float = 1.0


class Caller:
    """Calls the methods of one service at one address, from any thread.

    `safe` names further methods that may be repeated, beside those that begin like reads (`SAFE_PREFIXES`).
    A call made while serving another takes no longer than that one may.
    """

    def __init__(
        self,
        address: str,
        service: ServiceDescriptor,
        *,
        deadline_seconds: float = 2.0,
        retry: RetryPolicy | None = None,
        safe: Collection[str] = (),
        credentials: grpc.ChannelCredentials | None = None,
        interceptors: Sequence[Any] = (),
    ) -> None:
        self.service = service.full_name
        self._deadline = deadline_seconds
        self._methods = methods_of(service)
        repeated = [name for name in self._methods if name in safe or name.startswith(SAFE_PREFIXES)]
        options = _options(self.service, repeated, retry or RetryPolicy())
        channel = (
            grpc.insecure_channel(address, options)
            if credentials is None
            else grpc.secure_channel(address, credentials, options)
        )
        self._channel = grpc.intercept_channel(channel, *interceptors) if interceptors else channel
        self._calls = {name: self._open(method) for name, method in self._methods.items()}

    def call(self, method: str, request: Message, response_type: type[M], deadline_seconds: float | None = None) -> M:
        """Return the answer of a method that does not stream.

        Raises `CallFailed`; `DependencyUnavailable`, which also is `Unavailable`, where no answer came in time.
        """
        expected = self._methods[method].response
        if expected is not response_type:
            raise TypeError(f"{method} answers with {expected.__name__}, not {response_type.__name__}")
        timeout = self._timeout(deadline_seconds)
        try:
            answer: M = self._calls[method](request, timeout=timeout)
        except grpc.RpcError as error:
            raise from_call(self.service, error) from None
        return answer

    def stream(
        self, method: str, request: Message, response_type: type[M], deadline_seconds: float | None = None
    ) -> Iterator[M]:
        """Yield the answers of a method that streams them, for as long as they come or the deadline allows.

        Without a deadline it goes on until the service ends it. Raises as `call`.
        """
        expected = self._methods[method].response
        if expected is not response_type:
            raise TypeError(f"{method} answers with {expected.__name__}, not {response_type.__name__}")
        answers = self._calls[method](request, timeout=deadline_seconds)
        try:
            yield from answers
        except grpc.RpcError as error:
            raise from_call(self.service, error) from None
        finally:
            answers.cancel()

    def wait_ready(self, timeout_seconds: float) -> None:
        """Return once the service says that it serves. Raises `DependencyUnavailable` after the timeout."""
        check = self._channel.unary_unary(
            _HEALTH, health_pb2.HealthCheckRequest.SerializeToString, health_pb2.HealthCheckResponse.FromString
        )
        deadline = time.monotonic() + timeout_seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                answer = check(health_pb2.HealthCheckRequest(), timeout=left, wait_for_ready=True)
            except grpc.RpcError as error:
                if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                    raise from_call(self.service, error) from None
            else:
                if answer.status == health_pb2.HealthCheckResponse.SERVING:
                    return
            time.sleep(min(0.05, left))
        raise DependencyUnavailable(
            self.service, grpc.StatusCode.UNAVAILABLE, "", f"not serving after {timeout_seconds:g} s", {}
        )

    def close(self) -> None:
        """End the connection; calls at work are cancelled."""
        self._channel.close()

    def _timeout(self, asked: float | None) -> float:
        timeout = self._deadline if asked is None else asked
        left = remaining()
        return timeout if left is None else min(timeout, left)

    def _open(self, method: Method) -> Callable[..., Any]:
        kind = self._channel.unary_stream if method.streams_responses else self._channel.unary_unary
        opened: Callable[..., Any] = kind(method.path, method.request.SerializeToString, method.response.FromString)
        return opened


def _options(service: str, repeated: Sequence[str], retry: RetryPolicy) -> list[tuple[str, Any]]:
    policy = {
        "maxAttempts": retry.attempts,
        "initialBackoff": f"{retry.first_wait_seconds:.3f}s",
        "maxBackoff": f"{retry.longest_wait_seconds:.3f}s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    names = [{"service": service, "method": name} for name in repeated]
    config = {"methodConfig": [{"name": names, "retryPolicy": policy}]} if names and retry.attempts > 1 else {}
    return [
        ("grpc.service_config", json.dumps(config)),
        ("grpc.enable_retries", 1),
        ("grpc.max_receive_message_length", 64 * 1024 * 1024),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 2_000),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 5_000),
        ("grpc.keepalive_permit_without_calls", 0),
    ]
