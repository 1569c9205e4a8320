"""Sending interactions: keyed, acknowledged, counted."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from google.protobuf.timestamp_pb2 import Timestamp
from kafka import KafkaProducer

from chassis import cloudevents
from chassis.records import Headers
from rapport.interactions.v1.interaction_pb2 import Interaction
from rapportctl.errors import RapportctlError
from rapportctl.keys import RecordKeys

INTERACTIONS = "interactions"
_TYPE = Interaction.DESCRIPTOR.full_name
_SOURCE = "/rapport/rapportctl"


class Sender:
    """Sends to topics of a deployment, as a context manager; leaving it waits until all is acknowledged.

    Raises `RapportctlError` on leaving, or on the next call, if the broker did not take a record.
    """

    def __init__(self, bootstrap: tuple[str, ...], prefix: str, keys: RecordKeys) -> None:
        self._prefix = prefix
        self._keys = keys
        self._lock = threading.Lock()
        self._failure: Exception | None = None
        self.acknowledged = 0
        self._producer = KafkaProducer(
            bootstrap_servers=list(bootstrap),
            acks="all",
            enable_idempotence=True,
            linger_ms=20,
            batch_size=262_144,
            max_in_flight_requests_per_connection=5,
        )

    def interaction(self, interaction: Interaction) -> None:
        """Send an interaction; returns before it is acknowledged."""
        account = interaction.account
        key = self._keys.key(account.channel, account.id)
        self.record(INTERACTIONS, key, interaction.SerializeToString(), _headers(interaction))

    def record(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers = ()) -> None:
        """Send any record to a topic, named without its prefix; returns before it is acknowledged."""
        self._raise_failure()
        sent = self._producer.send(self._prefix + topic, key=key, value=value, headers=list(headers))
        sent.add_callback(self._acknowledge)
        sent.add_errback(self._fail)

    def flush(self) -> None:
        """Wait until everything sent is acknowledged."""
        self._producer.flush(timeout=60)
        self._raise_failure()

    def __enter__(self) -> Self:
        """Be ready to send."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the acknowledgements, and close."""
        try:
            if kind is None:
                self.flush()
        finally:
            self._producer.close(timeout=10)

    def _acknowledge(self, _: object) -> None:
        with self._lock:
            self.acknowledged += 1

    def _fail(self, error: Exception) -> None:
        self._failure = error

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise RapportctlError(f"the broker did not take a record: {type(self._failure).__name__}")


def _headers(interaction: Interaction) -> Headers:
    occurred: Timestamp = interaction.occurred_at
    time = cloudevents_time(occurred)
    return cloudevents.headers(_TYPE, _SOURCE, interaction.event_id, time)


def cloudevents_time(timestamp: Timestamp) -> datetime:
    """The timestamp as an aware time in UTC; 1970 where it is out of range."""
    try:
        return timestamp.ToDatetime(tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
