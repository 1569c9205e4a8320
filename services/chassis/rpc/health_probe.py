"""Health over gRPC for a process that serves nothing else: a worker."""

from __future__ import annotations

from chassis.health import Health
from chassis.rpc.server import Limits, Server


def serve_health(address: str, health: Health) -> Server:
    """Answer grpc.health.v1 at the address from now on; the caller stops the server that is returned.

    Raises `CannotListen`.
    """
    server = Server(address, (), health, limits=Limits(threads=2, calls_at_once=64))
    server.start()
    return server
