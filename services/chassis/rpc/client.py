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
    """Calls the methods of the services that are served at one address, from any thread.

    No two of the services may have methods of the same name: ValueError. `safe` names further methods that may be
    repeated, beside those that begin like reads (`SAFE_PREFIXES`). A call made while serving another takes no longer
    than that one may.
    """

    def __init__(
        self,
        address: str,
        *services: ServiceDescriptor,
        deadline_seconds: float = 2.0,
        retry: RetryPolicy | None = None,
        safe: Collection[str] = (),
        credentials: grpc.ChannelCredentials | None = None,
        interceptors: Sequence[Any] = (),
    ) -> None:
        self._deadline = deadline_seconds
        self._methods = _methods(services)
        repeated = [
            (each.service, name)
            for name, each in self._methods.items()
            if name in safe or name.startswith(SAFE_PREFIXES)
        ]
        options = _options(repeated, retry or RetryPolicy())
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
        service = self._service_of(method, response_type)
        timeout = self._timeout(deadline_seconds)
        try:
            answer: M = self._calls[method](request, timeout=timeout)
        except grpc.RpcError as error:
            raise from_call(service, error) from None
        return answer

    def stream(
        self, method: str, request: Message, response_type: type[M], deadline_seconds: float | None = None
    ) -> Iterator[M]:
        """Yield the answers of a method that streams them, for as long as they come or the deadline allows.

        Without a deadline it goes on until the service ends it. Raises as `call`.
        """
        service = self._service_of(method, response_type)
        answers = self._calls[method](request, timeout=deadline_seconds)
        try:
            yield from answers
        except grpc.RpcError as error:
            raise from_call(service, error) from None
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
                    raise from_call(self._names(), error) from None
            else:
                if answer.status == health_pb2.HealthCheckResponse.SERVING:
                    return
            time.sleep(min(0.05, left))
        raise DependencyUnavailable(
            self._names(), grpc.StatusCode.UNAVAILABLE, "", f"not serving after {timeout_seconds:g} s", {}
        )

    def close(self) -> None:
        """End the connection; calls at work are cancelled."""
        self._channel.close()

    def _service_of(self, method: str, response_type: type[Message]) -> str:
        """The service that a method is of. Raises TypeError where it answers with another type."""
        known = self._methods[method]
        if known.response is not response_type:
            raise TypeError(f"{method} answers with {known.response.__name__}, not {response_type.__name__}")
        return known.service

    def _names(self) -> str:
        return ", ".join(dict.fromkeys(each.service for each in self._methods.values()))

    def _timeout(self, asked: float | None) -> float:
        timeout = self._deadline if asked is None else asked
        left = remaining()
        return timeout if left is None else min(timeout, left)

    def _open(self, method: Method) -> Callable[..., Any]:
        kind = self._channel.unary_stream if method.streams_responses else self._channel.unary_unary
        opened: Callable[..., Any] = kind(method.path, method.request.SerializeToString, method.response.FromString)
        return opened


def _methods(services: Sequence[ServiceDescriptor]) -> dict[str, Method]:
    methods: dict[str, Method] = {}
    for service in services:
        own = methods_of(service)
        if both := methods.keys() & own.keys():
            raise ValueError(f"{', '.join(sorted(both))}: of {service.full_name} and of another service")
        methods.update(own)
    return methods


def _options(repeated: Sequence[tuple[str, str]], retry: RetryPolicy) -> list[tuple[str, Any]]:
    policy = {
        "maxAttempts": retry.attempts,
        "initialBackoff": f"{retry.first_wait_seconds:.3f}s",
        "maxBackoff": f"{retry.longest_wait_seconds:.3f}s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    names = [{"service": service, "method": name} for service, name in repeated]
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
