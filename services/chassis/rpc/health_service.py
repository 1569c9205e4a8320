"""The standard health service, grpc.health.v1, telling the health of this process.

Not grpcio's own servicer: without a thread for each watcher, that one holds its lock while it sends, and waits for ever
when a watcher leaves at that moment, since leaving takes the same lock in the thread that completes sends.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any

import grpc
from grpc_health.v1 import health_pb2

from chassis.health import Health
from chassis.rpc.errors import RpcError, to_status
from chassis.rpc.handlers import parser

_log = logging.getLogger(__name__)

_NAME = "grpc.health.v1.Health"
# What a process waits for, in the trailing metadata: the standard message has no room for it.
REASON = "rapport-reason-bin"

_Response = health_pb2.HealthCheckResponse
_Send = Callable[[bytes | None], object]


class _Watcher:
    """One watching call. Nobody but the service's own thread sends to it."""

    def __init__(self, service: str, send: _Send) -> None:
        self.service = service
        self.send = send
        self.told: int | None = None


class HealthService:
    """Answers for the whole process and for each of its services; all say the same.

    Watchers take no thread of the server's pool. Once draining it says NOT_SERVING for good, and watching calls end.
    """

    def __init__(self, health: Health, services: Sequence[str] = ()) -> None:
        self._names = frozenset(("", _NAME, *services))
        self._health = health
        self._draining = False
        self._lock = threading.Lock()
        self._watchers: set[_Watcher] = set()
        # A change is told from the thread that caused it, which must not wait for watchers.
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=self._follow, name="health", daemon=True).start()
        health.observe(lambda _: self._work.put(self._tell_all))

    def drain(self) -> None:
        """Say NOT_SERVING from now on, and end the watching calls; returns before they have heard it."""
        self._draining = True
        for job in (self._tell_all, self._end_all, None):
            self._work.put(job)

    def handlers(self) -> grpc.GenericRpcHandler:
        """Return the handlers for a grpc server."""
        parse = parser(health_pb2.HealthCheckRequest)

        def check(data: bytes, context: grpc.ServicerContext) -> bytes:
            status = self._status(_parsed(parse, data, context).service)
            context.set_trailing_metadata(((REASON, self._health.state.reason.encode()),))
            if status is None:
                context.set_code(grpc.StatusCode.NOT_FOUND)
                return b""
            return _encoded(status)

        def watch(data: bytes, context: grpc.ServicerContext, send: _Send) -> None:
            watcher = _Watcher(_parsed(parse, data, context).service, send)
            with self._lock:
                self._watchers.add(watcher)
            if not context.add_callback(lambda: self._forget(watcher)):
                self._forget(watcher)
            self._work.put(lambda: self._tell(watcher))
            if self._draining:
                send(None)

        watch.experimental_non_blocking = True  # type: ignore[attr-defined]
        return grpc.method_handlers_generic_handler(
            _NAME,
            {
                "Check": grpc.unary_unary_rpc_method_handler(check),
                "Watch": grpc.unary_stream_rpc_method_handler(watch),
            },
        )

    def _status(self, service: str) -> int | None:
        if service not in self._names:
            return None
        serving = self._health.state.serving and not self._draining
        return int(_Response.SERVING if serving else _Response.NOT_SERVING)

    def _forget(self, watcher: _Watcher) -> None:
        with self._lock:
            self._watchers.discard(watcher)
        watcher.send(None)

    def _follow(self) -> None:
        while (job := self._work.get()) is not None:
            job()

    def _everybody(self) -> list[_Watcher]:
        with self._lock:
            return list(self._watchers)

    def _tell_all(self) -> None:
        for watcher in self._everybody():
            self._tell(watcher)

    def _end_all(self) -> None:
        for watcher in self._everybody():
            watcher.send(None)

    def _tell(self, watcher: _Watcher) -> None:
        status = self._status(watcher.service)
        status = int(_Response.SERVICE_UNKNOWN) if status is None else status
        if status != watcher.told:
            watcher.told = status
            try:
                watcher.send(_encoded(status))
            except Exception as error:  # noqa: BLE001 - one watcher's trouble is not the others'
                _log.info("a watcher of the health could not be told", extra={"error": type(error).__name__})


def _encoded(status: int) -> bytes:
    encoded: bytes = _Response(status=_Response.ServingStatus.ValueType(status)).SerializeToString()
    return encoded


def _parsed(parse: Callable[[bytes], Any], data: bytes, context: grpc.ServicerContext) -> Any:  # noqa: ANN401
    try:
        return parse(data)
    except RpcError as error:
        context.abort_with_status(to_status(error))
        raise
