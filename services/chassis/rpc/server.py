"""A gRPC server: the services it is given, health and reflection, with bounds on everything."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import grpc
from google.protobuf.descriptor import ServiceDescriptor

from chassis.errors import ChassisError
from chassis.health import Health
from chassis.rpc.handlers import handlers
from chassis.rpc.health_service import HealthService
from chassis.rpc.reflection_service import ReflectionService

Served = Sequence[tuple[ServiceDescriptor, object]]


class CannotListen(ChassisError):
    """The address is taken, or is not one of this machine's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of a server. Calls beyond `calls_at_once` (working and queued) are refused: RESOURCE_EXHAUSTED."""

    threads: int = 8
    calls_at_once: int = 512
    request_bytes: int = 4 * 1024 * 1024
    response_bytes: int = 64 * 1024 * 1024
    # Connections are renewed, so that callers find servers that were added, and leave those that go.
    connection_age_seconds: float = 300.0
    connection_age_grace_seconds: float = 30.0


class Server:
    """Serves from `start` until `stop`. Bind several processes to one port with `shared_port`.

    `credentials` and `interceptors` are for TLS and authentication; without credentials the port is in the clear.
    """

    def __init__(
        self,
        address: str,
        served: Served,
        health: Health,
        *,
        limits: Limits | None = None,
        shared_port: bool = False,
        credentials: grpc.ServerCredentials | None = None,
        interceptors: Sequence[grpc.ServerInterceptor] = (),
    ) -> None:
        limits = limits or Limits()
        names = [descriptor.full_name for descriptor, _ in served]
        self._health = HealthService(health, names)
        self._threads = ThreadPoolExecutor(limits.threads, thread_name_prefix="call")
        self._server = grpc.server(
            self._threads,
            handlers=[
                *(handlers(descriptor, implementation) for descriptor, implementation in served),
                self._health.handlers(),
                ReflectionService([*names, "grpc.health.v1.Health"]).handlers(),
            ],
            interceptors=list(interceptors),
            options=_options(limits, shared_port=shared_port),
            maximum_concurrent_rpcs=limits.calls_at_once,
        )
        host = address.rpartition(":")[0]
        try:
            port = (
                self._server.add_insecure_port(address)
                if credentials is None
                else self._server.add_secure_port(address, credentials)
            )
        except RuntimeError:
            raise CannotListen(f"cannot listen on {address}: is another process there already?") from None
        self.address = f"{host}:{port}"

    def start(self) -> None:
        """Take calls from now on."""
        self._server.start()

    def stop(self, grace_seconds: float) -> bool:
        """Say NOT_SERVING, refuse new calls, and let those at work finish within the grace.

        Returns whether all did; the others were cancelled.
        """
        self._health.drain()
        finished = self._server.stop(grace_seconds).wait(grace_seconds + 1.0)
        self._threads.shutdown(wait=False, cancel_futures=True)
        return finished


def _options(limits: Limits, *, shared_port: bool) -> list[tuple[str, int]]:
    return [
        # Without this, grpc lets a second server take the same port in silence.
        ("grpc.so_reuseport", int(shared_port)),
        ("grpc.max_receive_message_length", limits.request_bytes),
        ("grpc.max_send_message_length", limits.response_bytes),
        ("grpc.max_concurrent_streams", limits.calls_at_once),
        ("grpc.max_connection_age_ms", int(limits.connection_age_seconds * 1000)),
        ("grpc.max_connection_age_grace_ms", int(limits.connection_age_grace_seconds * 1000)),
        # Callers may ask every 10 s whether a quiet connection still lives.
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 10_000),
    ]
