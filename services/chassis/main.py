"""The two kinds of process of a service: `python -m <package> worker` and `python -m <package> server`."""

from __future__ import annotations

import argparse
import gc
import logging
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from random import Random

from chassis import logs
from chassis.attempts import Attempts
from chassis.clock import SystemClock
from chassis.dead_letters import DeadLetters
from chassis.errors import ChassisError, Unavailable
from chassis.health import Health, HealthPart
from chassis.letters import LETTERS, LetterIndex
from chassis.lookup_cache import documents_for_calls
from chassis.ports import Documents
from chassis.pseudonym import Pseudonymizer
from chassis.rpc.client import Caller
from chassis.rpc.health_probe import serve_health
from chassis.rpc.process import serve
from chassis.rpc.server import Served
from chassis.service import ServerContext, Service, WorkerContext
from chassis.settings import Settings
from chassis.store.connection import FOR_CALLS, Store, connect
from chassis.store.mongo import MongoCounter, MongoDocuments
from chassis.stream.producer import KafkaPublisher
from chassis.stream.renewed import RenewedPublisher
from chassis.stream.runner import run_worker
from chassis.stream.settings import ProducerSettings, StreamSettings

_log = logging.getLogger(__name__)

# A worker's batches make objects by the hundred thousand that live for a second, and its caches hold ten thousands that
# live for ever: collecting as often as Python does by default costs two fifths of its time (docs/benchmarks.md).
GARBAGE_THRESHOLDS = (100_000, 20, 100)

COUNTERS = "counters"
GENERATIONS = "generations"
WATCH_SECONDS = 2.0
# Below the topics' max.message.bytes; a record that came with 1 MB grows by headers and an origin.
MESSAGE_BYTES = 2_000_000


def main(service: Service) -> None:
    """Run the role that the command line names, and exit: 0 after a signal, 1 after a failure, 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog=f"python -m {service.name.replace('-', '_')}", description=main.__doc__)
    parser.add_argument("role", choices=["worker", "server"], help="consume from Kafka, or answer gRPC")
    role = parser.parse_args().role
    try:
        settings = Settings.from_environment(service.name)
        logs.configure(settings.log_level, settings.log_format, f"{service.name}/{role}")
        status = _work(service, settings) if role == "worker" else _serve(service, settings)
    except ChassisError as error:
        print(f"{service.name}: {error}", file=sys.stderr)  # noqa: T201 - logs may not be configured yet
        status = 1
    sys.exit(status)


def _work(service: Service, settings: Settings) -> int:
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    health = Health()
    probe = serve_health(settings.health_listen, health)
    store = connect(settings.store_url, settings.database, service.name)
    _prepare(store, service, health)
    # A worker that has nothing to do would not notice.
    _watch_beside(store, health.part("store"))
    clock = SystemClock(settings.clock_offset)
    with KafkaPublisher(
        ProducerSettings(bootstrap=settings.kafka, client_id=service.name, message_bytes=MESSAGE_BYTES)
    ) as publisher:
        context = WorkerContext(
            settings=settings,
            documents=_documents(store, settings),
            counter=MongoCounter(store.collection(COUNTERS), GENERATIONS),
            publisher=publisher,
            dead_letters=DeadLetters(
                publisher,
                settings.topic(f"dead-letters.{service.name}"),
                service.name,
                clock,
                index=LetterIndex(_documents(store, settings)(LETTERS), Pseudonymizer(settings.pseudonym_key).hash),
            ),
            clock=clock,
            callers=_callers(service, settings),
        )
        stream = StreamSettings(
            bootstrap=settings.kafka,
            group=settings.topic(service.name),
            flush_records=settings.flush_records,
            flush_seconds=settings.flush_seconds,
        )
        handlers = service.worker(context)
        gc.freeze()
        status = run_worker(service.name, handlers, stream, health)
    probe.stop(0.0)
    return status


def _prepare(store: Store, service: Service, health: Health) -> None:
    """Make the indexes, waiting for a store that is away; the health says so meanwhile."""
    part = health.part("store")
    attempts = Attempts(Random())  # noqa: S311 - spreads the waits of several workers
    while True:
        try:
            store.ensure_indexes(service.collections)
        except Unavailable as error:
            retry = attempts.after(error)
            assert retry is not None
            part.waiting(str(error))
            _log.warning("waiting for the store", extra={"seconds": round(retry.seconds, 1)})
            time.sleep(retry.seconds)
        else:
            part.serving()
            return


def _serve(service: Service, settings: Settings) -> int:
    health = Health()

    def make() -> Served:
        store = connect(settings.store_url, settings.database, service.name, FOR_CALLS)
        _watch_beside(store, health.part("store"))
        context = ServerContext(
            settings=settings,
            documents=documents_for_calls(service.announced, settings, _documents(store, settings), running),
            clock=SystemClock(settings.clock_offset),
            callers=_callers(service, settings),
            publisher=publisher,
        )
        return service.server(context)

    with ExitStack() as running:
        publisher = RenewedPublisher(lambda: KafkaPublisher(_publishing_for_calls(service, settings)))
        running.enter_context(publisher)
        return serve(settings, make, health)


def _callers(service: Service, settings: Settings) -> dict[str, Caller]:
    """What asks other services; it connects when the first question is asked."""
    return {name: Caller(settings.addresses[name], *called) for name, called in service.calls.items()}


def _publishing_for_calls(service: Service, settings: Settings) -> ProducerSettings:
    """Callers wait: what cannot be sent within seconds is said so."""
    return ProducerSettings(
        bootstrap=settings.kafka,
        client_id=f"{service.name}-server",
        message_bytes=MESSAGE_BYTES,
        linger_milliseconds=0,
        delivery_seconds=8.0,
        metadata_seconds=2.0,
        request_seconds=5.0,
    )


def _watch_beside(store: Store, part: HealthPart) -> None:
    threading.Thread(target=_watch, args=(store, part), name="store-watch", daemon=True).start()


def _watch(store: Store, part: HealthPart) -> None:
    """Tell in the health whether the store answers, for as long as the process lives."""
    while True:
        try:
            store.ping()
        except Unavailable as error:
            part.waiting(str(error))
        else:
            part.serving()
        time.sleep(WATCH_SECONDS)


def _documents(store: Store, settings: Settings) -> Callable[[str], Documents]:
    return lambda name: MongoDocuments(store.collection(name), settings.store_read_chunk)
