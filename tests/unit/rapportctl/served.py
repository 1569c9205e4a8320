"""A service in memory, served over gRPC beside identity resolution, for commands that call it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from chassis.health import Health
from chassis.rpc.server import Limits, Server
from rapport.identity.v1 import service_pb2
from tests.unit.rapportctl.fakes import IdentityService, MemoryDeployment
from tests.unit.wire.world import ResultsWorld

IDENTITY = service_pb2.DESCRIPTOR.services_by_name["IdentityResolutionService"]


@contextmanager
def served(world: ResultsWorld, identity: IdentityService, callers: Mapping[str, Any]) -> Iterator[MemoryDeployment]:
    """Serve the world's service, which asks others by `callers`; the commands ask `identity` who is who."""
    health = Health()
    health.serving()
    services: list[tuple[Any, object]] = [(IDENTITY, identity), *world.service.server(world.server_context(callers))]
    server = Server("127.0.0.1:0", services, health, limits=Limits(threads=4))
    server.start()
    own = world.service.name.upper().replace("-", "_")
    try:
        yield MemoryDeployment({f"RAPPORT_{name}_ADDRESS": server.address for name in ("IDENTITY_RESOLUTION", own)})
    finally:
        server.stop(0.0)


@contextmanager
def working(world: ResultsWorld, *, every: float = 0.02, before: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Within the block a worker works beside, every so many seconds; `before` is done each time."""
    stopped, worker = threading.Event(), world.runner()

    def work() -> None:
        while not stopped.wait(every):
            before()
            worker.run_until_quiet()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
