"""The bare pipeline, as a worker process: consume, one upsert and one record out for every event. Nothing else.

It stands on the same consumer, producer and store client as the services, so that the ratio tells what Rapport costs
and not what Kafka's or MongoDB's clients cost.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence

from pymongo import ReplaceOne

from chassis.health import Health
from chassis.ports import Document, Publisher
from chassis.records import Message, Record, TopicPartition
from chassis.settings import Settings
from chassis.store.connection import connect
from chassis.stream.producer import KafkaPublisher
from chassis.stream.runner import run_worker
from chassis.stream.settings import ProducerSettings, StreamSettings

NAME = "bare"
IN, OUT = "bare-in", "bare-out"
AT_ONCE = 1_000


class Bare:
    """The handler."""

    def __init__(self, settings: Settings, publisher: Publisher) -> None:
        self.topics: Sequence[str] = [settings.topic(IN)]
        self._out = settings.topic(OUT)
        self._publisher = publisher
        self._collection = connect(settings.store_url, settings.database, NAME).collection("events")

    def assigned(self, partitions: Collection[TopicPartition]) -> None:
        """Nothing is cached."""

    def reset(self) -> None:
        """Nothing is cached."""

    def idle(self) -> None:
        """The clock causes nothing."""

    def handle(self, records: Sequence[Record]) -> None:
        """Upsert each event, and send each on."""
        for start in range(0, len(records), AT_ONCE):
            operations = [_upsert(record) for record in records[start : start + AT_ONCE]]
            self._collection.bulk_write(operations, ordered=False)
        self._publisher.publish(Message(self._out, record.key or b"", record.value) for record in records)


def _upsert(record: Record) -> ReplaceOne[Document]:
    place = f"{record.partition}-{record.offset}"
    return ReplaceOne({"_id": place}, {"_id": place, "body": record.value}, upsert=True)


def main() -> int:
    """Run until SIGTERM."""
    settings = Settings.from_environment(NAME)
    with KafkaPublisher(ProducerSettings(bootstrap=settings.kafka, client_id=NAME)) as publisher:
        stream = StreamSettings(bootstrap=settings.kafka, group=settings.topic(NAME))
        return run_worker(NAME, [Bare(settings, publisher)], stream, Health())


if __name__ == "__main__":
    sys.exit(main())
