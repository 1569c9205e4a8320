"""The life of a server process: serve until told to stop, drain, and leave with exit status 0."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chassis.health import Health
from chassis.rpc.replicas import run_replicas
from chassis.rpc.server import Limits, Served, Server
from chassis.settings import Settings

_log = logging.getLogger(__name__)

GRACE_SECONDS = 10.0


def serve(
    settings: Settings, make: Callable[[], Served], health: Health, *, grace_seconds: float = GRACE_SECONDS
) -> int:
    """Serve what `make` returns until SIGTERM or SIGINT, and return the exit status. To be called in the main thread.

    `make` connects to what the implementations need, and is called only in a process that serves: with several
    processes per port this one only watches over the others, which run the same command line.
    """
    if settings.grpc_processes > 1:
        return run_replicas(settings.grpc_processes, settings.grpc_listen, grace_seconds)
    part = health.part("calls")
    with stop_signals() as stopping:
        server = Server(
            settings.grpc_listen,
            make(),
            health,
            limits=Limits(threads=settings.grpc_threads),
            shared_port=settings.grpc_shared_port,
        )
        server.start()
        part.serving()
        _log.info("serving", extra={"address": server.address})
        stopping.wait()
        part.waiting("shutting down")
        finished = server.stop(grace_seconds)
        _log.info("stopped", extra={"calls_cut_off": not finished})
    return 0


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """Within the block, SIGTERM and SIGINT set the event and do nothing else."""
    stopping = threading.Event()
    handled = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(each, lambda *_: stopping.set()) for each in handled]
    try:
        yield stopping
    finally:
        for each, handler in zip(handled, before, strict=True):
            signal.signal(each, handler)
