"""The standard health service, grpc.health.v1, telling the health of this process."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence

import grpc
from grpc_health.v1 import health as grpc_health
from grpc_health.v1 import health_pb2

from chassis.health import Health, HealthState
from chassis.rpc.errors import RpcError, to_status
from chassis.rpc.handlers import parser, to_bytes

_NAME = "grpc.health.v1.Health"
# What a process waits for, in the trailing metadata: the standard message has no room for it.
REASON = "rapport-reason-bin"
_Send = Callable[[object], None]


class HealthService:
    """Answers for the whole process and for each of its services; all say the same.

    Watchers take no thread of the server's pool. Once draining it says NOT_SERVING for good.
    """

    def __init__(self, health: Health, services: Sequence[str] = ()) -> None:
        self._names = ("", _NAME, *services)
        self._servicer = grpc_health.HealthServicer(experimental_non_blocking=True)
        self._health = health
        self._states: queue.SimpleQueue[HealthState | None] = queue.SimpleQueue()
        self._set(health.state)
        # A change is told from the thread that caused it, which must not wait for watchers.
        threading.Thread(target=self._follow, name="health", daemon=True).start()
        health.observe(self._states.put)

    def drain(self) -> None:
        """Say NOT_SERVING from now on."""
        self._states.put(None)
        self._servicer.enter_graceful_shutdown()

    def handlers(self) -> grpc.GenericRpcHandler:
        """Return the handlers for a grpc server."""
        parse = parser(health_pb2.HealthCheckRequest)
        servicer = self._servicer

        def check(data: bytes, context: grpc.ServicerContext) -> bytes:
            context.set_trailing_metadata(((REASON, self._health.state.reason.encode()),))
            return to_bytes(servicer.Check(_parsed(parse, data, context), context), health_pb2.HealthCheckResponse)

        def watch(data: bytes, context: grpc.ServicerContext, send: _Send) -> None:
            def send_bytes(response: health_pb2.HealthCheckResponse | None) -> None:
                send(None if response is None else response.SerializeToString())

            servicer.Watch(_parsed(parse, data, context), context, send_bytes)

        watch.experimental_non_blocking = True  # type: ignore[attr-defined]
        return grpc.method_handlers_generic_handler(
            _NAME,
            {
                "Check": grpc.unary_unary_rpc_method_handler(check),
                "Watch": grpc.unary_stream_rpc_method_handler(watch),
            },
        )

    def _follow(self) -> None:
        while (state := self._states.get()) is not None:
            self._set(state)

    def _set(self, state: HealthState) -> None:
        response = health_pb2.HealthCheckResponse
        status = response.SERVING if state.serving else response.NOT_SERVING
        for name in self._names:
            self._servicer.set(name, status)


def _parsed(parse: Callable[[bytes], object], data: bytes, context: grpc.ServicerContext) -> object:
    try:
        return parse(data)
    except RpcError as error:
        context.abort_with_status(to_status(error))
        raise
