"""Records that a handler cannot use: kept as they came, with the reason, in a topic of their own."""

from __future__ import annotations

from collections.abc import Iterable

from chassis.breaker import Breaker, BreakerLimits
from chassis.ports import Clock, Publisher
from chassis.records import DeadLetter, Message

REASON = "rapport-reason"
DETAIL = "rapport-detail"
SERVICE = "rapport-service"
SOURCE_TOPIC = "rapport-source-topic"
SOURCE_PARTITION = "rapport-source-partition"
SOURCE_OFFSET = "rapport-source-offset"
SOURCE_TIMESTAMP = "rapport-source-timestamp"
DEAD_LETTERED_AT = "rapport-dead-lettered-at"


class DeadLetters:
    """Sends dead letters to `topic`, and refuses to when too large a share of the records is invalid.

    A handler first calls `check` with what it found in a batch, then applies the batch, then calls `send`.
    """

    def __init__(
        self,
        publisher: Publisher,
        topic: str,
        service: str,
        clock: Clock,
        limits: BreakerLimits | None = None,
    ) -> None:
        self._publisher = publisher
        self._topic = topic
        self._service = service
        self._clock = clock
        self._breaker = Breaker(clock, limits)

    def check(self, total_records: int, dead_letters: int) -> None:
        """Take note of a batch and of how many of its records are invalid.

        Raises `BreakerOpen` when the batch must not be processed now: let it pass to the runner, which waits.
        """
        self._breaker.check(total_records, dead_letters)

    def send(self, letters: Iterable[DeadLetter]) -> None:
        """Return once the broker has them all: key, value and headers as they came, more headers behind.

        Headers of an earlier dead-lettering stay where they are; of two with one name the last holds.
        Raises what the publisher raises.
        """
        messages = [self._message(letter) for letter in letters]
        if messages:
            self._publisher.publish(messages)

    def _message(self, letter: DeadLetter) -> Message:
        record = letter.record
        facts = {
            REASON: letter.reason,
            DETAIL: letter.detail,
            SERVICE: self._service,
            SOURCE_TOPIC: record.topic,
            SOURCE_PARTITION: str(record.partition),
            SOURCE_OFFSET: str(record.offset),
            SOURCE_TIMESTAMP: str(record.timestamp),
            DEAD_LETTERED_AT: self._clock.now().isoformat(),
            **{f"rapport-{name}": text for name, text in letter.extra.items()},
        }
        headers = [*record.headers, *((name, text.encode()) for name, text in facts.items())]
        # A record without a key stays one: publishers put it into partition 0.
        return Message(self._topic, record.key, record.value, headers)
