"""Entry point of a worker process."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence

import uvloop

from chassis.health import Health
from chassis.ports import Handler
from chassis.stream.settings import StreamSettings
from chassis.stream.worker import Worker

log = logging.getLogger(__name__)

TALKATIVE = ("aiokafka", "faust", "mode")


def run_worker(name: str, handlers: Sequence[Handler], settings: StreamSettings, health: Health) -> int:
    """Run the handlers until SIGTERM or SIGINT; returns the exit status of the process.

    0: asked to end; the batch in work was finished and committed, if that took a few seconds at most. 1: something
    failed for good, and a supervisor should start the process anew. In no case is anything acknowledged that is not
    finished. Call it from the main thread, and end the process with what it returns: where a handler or the broker
    does not come back, it ends the process itself.
    """
    for logger in TALKATIVE:
        logging.getLogger(logger).setLevel(logging.WARNING)
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    with asyncio.Runner() as runner:
        status, is_clean = runner.run(_run(name, handlers, settings, health))
        if not is_clean:
            log.error("%s: leaving without what has not come back: a handler's call, or the broker's answer", name)
            _leave(status)
    return status


async def _run(name: str, handlers: Sequence[Handler], settings: StreamSettings, health: Health) -> tuple[int, bool]:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    worker = Worker(name, handlers, settings, health)
    status = await worker.run(stop)
    return status, worker.is_clean


def _leave(status: int) -> None:
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
