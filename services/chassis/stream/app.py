"""The Faust app of a worker: one consumer group, one agent per handler, and nothing else that Faust offers."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Mapping, Sequence

import faust
from faust.transport.drivers import aiokafka as driver

from chassis.stream.collector import Collector
from chassis.stream.consumer import BatchConsumer, Intake
from chassis.stream.settings import StreamSettings
from chassis.stream.untyped import Untyped

FOR_EVER_SECONDS = 2_000_000.0


class _Schema(faust.Schema):  # type: ignore[misc]
    """Hands values on as they are."""

    def compile(self, app: Untyped, **options: Untyped) -> Callable[..., Untyped]:
        create = app.create_event

        async def decode(message: Untyped, *, propagate: bool = False) -> Untyped:
            return create(message.key, message.value, message.headers, message)

        return decode


class _App(faust.App):  # type: ignore[misc]
    logger = logging.getLogger("faust.worker")

    def _create_directories(self) -> None:
        """Create none: nothing is kept on disk."""


def make_app(settings: StreamSettings, intake: Intake, collectors: Sequence[Collector]) -> Untyped:
    """Return an app that fetches the collectors' topics for them; it is not started yet."""
    app = _App(settings.group, **_options(settings))
    consumer_class = type(
        "WorkerConsumer", (BatchConsumer,), {"intake": intake, "stream_settings": settings, "__doc__": None}
    )
    transport_class = type("WorkerTransport", (driver.Transport,), {"Consumer": consumer_class, "__doc__": None})
    app.transport = transport_class(app.conf.broker_consumer, app)
    app.boot_strategy.enable_kafka_producer = False
    for collector in collectors:
        topic = app.topic(*sorted(collector.topics), schema=_Schema(value_type=bytes))
        app.agent(topic, name=f"{settings.group}.{collector.name}")(_agent(app, collector))
    return app


def _agent(app: Untyped, collector: Collector) -> Callable[[Untyped], Untyped]:
    async def collect(stream: Untyped) -> None:
        async for event in stream.noack().events():
            if app.consumer.ledger.holds(event.value):
                collector.take(event.value)

    return collect


def _options(settings: StreamSettings) -> Mapping[str, object]:
    return {
        "broker": [f"kafka://{address}" for address in settings.bootstrap],
        "store": "memory://",
        "datadir": tempfile.gettempdir(),
        "web_enabled": False,
        "cython_optimizations": True,
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "processing_guarantee": "at_least_once",
        "consumer_auto_offset_reset": "earliest",
        "broker_commit_interval": settings.commit_seconds,
        "broker_session_timeout": settings.session_seconds,
        "broker_heartbeat_interval": settings.heartbeat_seconds,
        "broker_rebalance_timeout": settings.rebalance_seconds,
        "broker_request_timeout": max(30.0, settings.session_seconds),
        "broker_max_poll_records": settings.fetch_records,
        # A handler that waits for its store for hours is not fetched for, and must not lose its partitions for that.
        "broker_max_poll_interval": FOR_EVER_SECONDS,
        "stream_buffer_maxsize": 256,
        "stream_wait_empty": True,
    }
