"""Sending records: in whole batches, acknowledged, while the next ones are being made."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Self

from chassis.errors import ChassisError, InvalidRecord, Unavailable
from chassis.ports import Publisher
from chassis.records import Headers, Message
from rapportctl.errors import RapportctlError

BATCH_RECORDS = 4_000
BATCH_BYTES = 4 * 1024 * 1024
BATCHES_AT_ONCE = 2
"""One on its way to the broker, one waiting: enough to keep both sides at work."""

LARGEST_VALUE = 900_000
"""Bytes; below what brokers take by default (1,048,588) by more than keys and headers need."""


class Sender:
    """Sends to topics of a deployment, as a context manager; leaving it waits until all is acknowledged.

    Records are collected into batches; `hand_over` sends what there is. Of one key they stay in order. Raises
    `RapportctlError`, from any call, once the broker did not take a batch. To be used from one thread.
    """

    def __init__(self, publisher: Publisher, prefix: str, close: Callable[[], None] = lambda: None) -> None:
        self._publisher = publisher
        self._prefix = prefix
        self._close = close
        self._batch: list[Message] = []
        self._bytes = 0
        self._given_up = False
        self._work: SimpleQueue[tuple[list[Message], Future[None]] | None] = SimpleQueue()
        self._under_way: deque[tuple[int, Future[None]]] = deque()
        self.acknowledged = 0
        # A daemon: whoever gives up does not wait for a broker that is away.
        Thread(target=self._deliver, name="sender", daemon=True).start()

    def send(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers = ()) -> None:
        """Send a record to a topic, named without its prefix. A record without a key goes to partition 0."""
        # A publisher takes a missing key, although other messages of Rapport always have one.
        self._batch.append(Message(self._prefix + topic, key, value, headers))
        self._bytes += len(value or b"")
        if len(self._batch) >= BATCH_RECORDS or self._bytes >= BATCH_BYTES:
            self.hand_over()

    def hand_over(self) -> None:
        """Send what has been collected; waits only where two batches are under way already."""
        if not self._batch:
            return
        self._settle(BATCHES_AT_ONCE - 1)
        delivered: Future[None] = Future()
        self._under_way.append((len(self._batch), delivered))
        self._work.put((self._batch, delivered))
        self._batch, self._bytes = [], 0

    def flush(self) -> None:
        """Return once everything sent is acknowledged."""
        self.hand_over()
        self._settle(0)

    def __enter__(self) -> Self:
        """Be ready to send."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the acknowledgements, and close. After an error, what is not under way is not sent."""
        self._given_up = kind is not None
        try:
            if not self._given_up:
                self.flush()
        finally:
            self._given_up = True
            self._work.put(None)
            self._close()

    def _deliver(self) -> None:
        """Publish batch after batch, in the sender's own thread."""
        while (work := self._work.get()) is not None:
            batch, delivered = work
            if self._given_up:
                delivered.cancel()
                continue
            try:
                self._publisher.publish(batch)
            except BaseException as error:  # noqa: BLE001 - handed to whoever waits for the batch
                delivered.set_exception(error)
            else:
                delivered.set_result(None)

    def _settle(self, left: int) -> None:
        """Wait until no more than `left` batches are under way."""
        while len(self._under_way) > left:
            count, sent = self._under_way.popleft()
            try:
                sent.result()
            except Unavailable as error:
                raise RapportctlError(f"Kafka does not take records: {error}; is it running?") from None
            except InvalidRecord as error:
                raise RapportctlError(f"a record cannot be sent: {error.detail}") from None
            except ChassisError as error:
                raise RapportctlError(f"sending failed: {error}") from None
            self.acknowledged += count
