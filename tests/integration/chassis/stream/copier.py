"""A worker process for tests: copies the topic `in` to `out`, with faults planted as the options say.

Usage: python copier.py OPTIONS, a JSON object. It prints a line for everything that a test may wait for.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.errors import Unavailable
from chassis.health import Health, HealthState
from chassis.ports import Publisher
from chassis.records import Message, Record, TopicPartition
from chassis.stream import worker
from chassis.stream.producer import KafkaPublisher
from chassis.stream.runner import run_worker
from chassis.stream.settings import ProducerSettings, StreamSettings


@dataclass(frozen=True)
class Options:
    """What a test asks of the process. The faults happen on the record with the value that they name."""

    bootstrap: str
    prefix: str
    name: str
    pause: float = 0.0
    fails_on: str | None = None
    hangs_on: str | None = None
    unavailable: bool = False
    never_fetches: bool = False
    breaks_fetching: bool = False
    second_topic: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    producer: dict[str, Any] = field(default_factory=dict)


class Copier:
    """Copies every record, and appends the name of the process to its value."""

    def __init__(self, options: Options, publisher: Publisher) -> None:
        self.topics = [options.prefix + "in"]
        self._options = options
        self._publisher = publisher

    def assigned(self, partitions: Collection[TopicPartition]) -> None:
        print("assigned", len(partitions), flush=True)

    def handle(self, records: Sequence[Record]) -> None:
        options = self._options
        if options.unavailable:
            raise Unavailable("the store is away (planted)")
        values = {(record.value or b"").decode() for record in records}
        if options.hangs_on in values:
            print("hanging", flush=True)
            time.sleep(1000)
        if options.fails_on in values:
            raise ValueError(f"secret of {options.fails_on}")
        time.sleep(options.pause)
        tail = b"|" + options.name.encode()
        self._publisher.publish(
            Message(options.prefix + "out", record.key or b"", (record.value or b"") + tail) for record in records
        )
        print("handled", len(records), flush=True)

    def idle(self) -> None:
        pass

    def reset(self) -> None:
        pass


class Second(Copier):
    """Beside a copier that may be stuck: reads another topic, and never fails."""

    def __init__(self, options: Options, publisher: Publisher) -> None:
        super().__init__(Options(options.bootstrap, options.prefix, "second"), publisher)
        self.topics = [options.prefix + "second"]


def main() -> int:
    options = Options(**json.loads(sys.argv[1]))
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(levelname)s %(name)s %(message)s")
    health = Health()
    health.observe(tell)
    if options.never_fetches:
        worker.Worker.wants = lambda *_: False  # type: ignore[method-assign]
    defaults = {
        "bootstrap": (options.bootstrap,),
        "group": options.prefix + "group",
        "flush_records": 1000,
        "flush_seconds": 0.2,
        "session_seconds": 2.0,
        "heartbeat_seconds": 0.5,
    }
    if options.breaks_fetching:
        worker.Worker.wants = lambda *_: 1 / 0  # type: ignore[assignment, method-assign]
    settings = StreamSettings(**{**defaults, **options.settings})
    producer = {"bootstrap": (options.bootstrap,), **options.producer}
    with KafkaPublisher(ProducerSettings(**producer)) as publisher:
        handlers = [Copier(options, publisher)] + [Second(options, publisher)] * options.second_topic
        return run_worker("copier", handlers, settings, health)


def tell(state: HealthState) -> None:
    print("serving" if state.serving else f"waiting: {state.reason}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
