"""Watchers of a server's health that come and go while it changes and while the server stops."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2

from chassis.health import Health
from chassis.rpc.server import Server

pytestmark = pytest.mark.integration

ROUNDS = 15
WATCHERS = 12
WATCH = "/grpc.health.v1.Health/Watch"
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def watch(channel: grpc.Channel) -> Any:
    call: Any = channel.unary_stream(WATCH, response_deserializer=health_pb2.HealthCheckResponse.FromString)
    return call(b"", timeout=30)


def test_watchers_that_leave_while_the_server_stops_do_not_hold_it_up() -> None:
    """Nobody waits for anybody: a server with watchers that leave at that very moment stops at once, every time."""
    for _ in range(ROUNDS):
        health = Health()
        server = Server("127.0.0.1:0", (), health)
        server.start()
        health.serving()
        with grpc.insecure_channel(server.address) as channel:
            calls = [watch(channel) for _ in range(WATCHERS)]
            assert all(next(call).status == SERVING for call in calls)
            leaving = threading.Thread(target=lambda calls=calls: [call.cancel() for call in calls])
            leaving.start()
            health.waiting("something")
            stopped = threading.Event()
            stopping = threading.Thread(target=lambda s=server, e=stopped: (s.stop(1.0), e.set()), daemon=True)
            stopping.start()
            assert stopped.wait(10), "the server did not stop"
            leaving.join()


def test_a_watcher_is_told_that_the_server_drains_and_its_call_ends() -> None:
    """It hears NOT_SERVING, and then the stream ends: no need to wait for the grace to pass."""
    health = Health()
    server = Server("127.0.0.1:0", (), health)
    server.start()
    health.serving()
    with grpc.insecure_channel(server.address) as channel:
        call = watch(channel)
        assert next(call).status == SERVING
        assert server.stop(10.0)
        heard = []
        with contextlib.suppress(grpc.RpcError):
            heard = [response.status for response in call]
        assert heard == [NOT_SERVING]
