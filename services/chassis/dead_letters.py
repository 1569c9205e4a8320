"""Records that a handler cannot use: kept as they came, with the reason, in a topic of their own.

Each has a key of its own, the place that it was read from and the reason, so that it can be erased: the topic is
compacted, and a tombstone takes the letter's place. Whom a letter tells of is noted beside the topic, by a keyed hash.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from chassis.breaker import Breaker, BreakerLimits
from chassis.letters import LetterIndex
from chassis.ports import Clock, Publisher
from chassis.records import DeadLetter, Message

REASON = "rapport-reason"
DETAIL = "rapport-detail"
SERVICE = "rapport-service"
SOURCE_KEY = "rapport-source-key"
SOURCE_TOPIC = "rapport-source-topic"
SOURCE_PARTITION = "rapport-source-partition"
SOURCE_OFFSET = "rapport-source-offset"
SOURCE_TIMESTAMP = "rapport-source-timestamp"
DEAD_LETTERED_AT = "rapport-dead-lettered-at"


class DeadLetters:
    """Sends dead letters to `topic`, and refuses to when too large a share of the records is invalid.

    A handler first calls `check` with what it found in a batch, then applies the batch, then calls `send`. Without an
    index none can be erased.
    """

    def __init__(
        self,
        publisher: Publisher,
        topic: str,
        service: str,
        clock: Clock,
        limits: BreakerLimits | None = None,
        *,
        index: LetterIndex | None = None,
    ) -> None:
        self._publisher = publisher
        self._topic = topic
        self._service = service
        self._clock = clock
        self._index = index
        self._breaker = Breaker(clock, limits)

    def check(self, total_records: int, dead_letters: int) -> None:
        """Take note of a batch and of how many of its records are invalid.

        Raises `BreakerOpen` when the batch must not be processed now: let it pass to the runner, which waits.
        """
        self._breaker.check(total_records, dead_letters)

    def send(self, letters: Iterable[DeadLetter]) -> None:
        """Return once the broker has them all: value and headers as they came, more headers behind, among them the key.

        Headers of an earlier dead-lettering stay where they are; of two with one name the last holds.
        Raises what the publisher raises, and `Unavailable`.
        """
        given = list(letters)
        if not given:
            return
        if self._index is not None:
            subjects = {letter_key(letter): _subject(letter) for letter in given}
            self._index.add({key: subject for key, subject in subjects.items() if subject}, self._clock.now())
        self._publisher.publish([self._message(letter) for letter in given])

    def erase(self, subjects: Collection[str]) -> None:
        """Put a tombstone in the place of each letter that tells of these. Raises as `send`."""
        if self._index is not None:
            for letters in self._index.of(subjects):
                self._publisher.publish([Message(self._topic, letter.encode(), None) for letter in letters])
                self._index.forget(letters)

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
        if record.key is not None:
            headers.append((SOURCE_KEY, record.key))
        return Message(self._topic, letter_key(letter).encode(), record.value, headers)


def letter_key(letter: DeadLetter) -> str:
    """The key under which a letter is sent: the same however often it is, for another reason another one."""
    record = letter.record
    return f"{record.topic}/{record.partition}/{record.offset}/{letter.reason}"


def _subject(letter: DeadLetter) -> str:
    return letter.subject or (letter.record.key or b"").decode(errors="replace")
