"""Waits at start until the broker answers and has the topics."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from random import Random

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from chassis.health import HealthPart

log = logging.getLogger(__name__)

REQUEST_MILLISECONDS = 5000
LONGEST_WAIT_SECONDS = 10.0


async def wait_for_topics(bootstrap: Collection[str], topics: Collection[str], health: HealthPart) -> None:
    """Return once all topics exist; meanwhile say in the log and in the health what is missing."""
    random = Random()  # noqa: S311 - jitter
    wait = 0.2
    told = ""
    while reason := await _missing(bootstrap, topics):
        health.waiting(reason)
        if reason != told:
            log.warning("waiting: %s", reason)
            told = reason
        await asyncio.sleep(wait * (0.5 + random.random()))
        wait = min(LONGEST_WAIT_SECONDS, wait * 1.5)


async def _missing(bootstrap: Collection[str], topics: Collection[str]) -> str:
    """Say what is missing; nothing if all is there."""
    admin = AIOKafkaAdminClient(bootstrap_servers=list(bootstrap), request_timeout_ms=REQUEST_MILLISECONDS)
    try:
        await admin.start()
        missing = sorted(set(topics) - set(await admin.list_topics()))
    except (KafkaError, OSError, TimeoutError) as error:
        return f"the broker at {', '.join(bootstrap)} does not answer ({type(error).__name__})"
    finally:
        await admin.close()
    return f"the broker has no topic {', '.join(missing)}; `rapportctl topics apply` creates them" if missing else ""
