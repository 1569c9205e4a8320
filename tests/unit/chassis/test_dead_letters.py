"""Dead letters keep what came and say why; a flood of them stops the worker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chassis.breaker import BreakerLimits
from chassis.clock import ManualClock
from chassis.dead_letters import SOURCE_KEY, DeadLetters
from chassis.errors import BreakerOpen, Unavailable
from chassis.letters import LetterIndex
from chassis.memory.broker import MemoryBroker
from chassis.memory.documents import MemoryDocuments
from chassis.records import DeadLetter, ReadRecord


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2025, 1, 1, tzinfo=UTC))


@pytest.fixture
def broker() -> MemoryBroker:
    return MemoryBroker()


@pytest.fixture
def dead_letters(broker: MemoryBroker, clock: ManualClock) -> DeadLetters:
    return DeadLetters(broker, "dead", "some-service", clock, BreakerLimits(least=100))


def record(key: bytes | None = b"k", value: bytes | None = b"\xff\x00") -> ReadRecord:
    return ReadRecord("in", 3, 17, 1_700_000_000_000, key, value, (("ce_id", b"1"),))


def test_a_dead_letter_keeps_the_bytes_and_adds_where_it_came_from_and_why(
    broker: MemoryBroker, dead_letters: DeadLetters
) -> None:
    dead_letters.send([DeadLetter(record(), "MALFORMED", "a message of type X", {"attempt": "2"})])
    (written,) = broker.records("dead")
    assert (written.key, written.value) == (b"in/3/17/MALFORMED", b"\xff\x00")
    assert written.headers == (
        ("ce_id", b"1"),
        ("rapport-reason", b"MALFORMED"),
        ("rapport-detail", b"a message of type X"),
        ("rapport-service", b"some-service"),
        ("rapport-source-topic", b"in"),
        ("rapport-source-partition", b"3"),
        ("rapport-source-offset", b"17"),
        ("rapport-source-timestamp", b"1700000000000"),
        ("rapport-dead-lettered-at", b"2025-01-01T00:00:00+00:00"),
        ("rapport-attempt", b"2"),
        ("rapport-source-key", b"k"),
    )


def test_a_record_without_key_or_value_stays_without(broker: MemoryBroker, dead_letters: DeadLetters) -> None:
    dead_letters.send([DeadLetter(record(None, None), "MALFORMED")])
    (written,) = broker.records("dead")
    assert written.value is None
    assert SOURCE_KEY not in dict(written.headers)


def test_pr5_a_tombstone_takes_the_place_of_each_letter_that_tells_of_somebody_erased(
    broker: MemoryBroker, clock: ManualClock
) -> None:
    documents = MemoryDocuments()
    letters = DeadLetters(broker, "dead", "some-service", clock, index=LetterIndex(documents, lambda key: f"h/{key}"))
    others = ReadRecord("in", 0, 1, 0, b"instagram:joe", b"1")
    letters.send([DeadLetter(record(), "MALFORMED"), DeadLetter(others, "MALFORMED")])
    letters.send([DeadLetter(ReadRecord("in", 0, 2, 0, b"raw", b"2"), "MALFORMED", subject="k")])
    assert [each["hash"] for each in documents.everything().values()].count("h/k") == 2
    letters.erase(["k"])
    last = {each.key: each.value for each in broker.records("dead")}
    assert last == {b"in/3/17/MALFORMED": None, b"in/0/2/MALFORMED": None, b"in/0/1/MALFORMED": b"1"}
    assert documents.everything().keys() == {"in/0/1/MALFORMED"}


def test_a_letter_is_noted_before_it_is_sent(broker: MemoryBroker, clock: ManualClock) -> None:
    documents = MemoryDocuments()
    letters = DeadLetters(broker, "dead", "some-service", clock, index=LetterIndex(documents, str))
    broker.fail()
    with pytest.raises(Unavailable):
        letters.send([DeadLetter(record(), "MALFORMED")])
    assert documents.everything().keys() == {"in/3/17/MALFORMED"}


def test_an_outage_reaches_the_caller(broker: MemoryBroker, dead_letters: DeadLetters) -> None:
    broker.fail()
    with pytest.raises(Unavailable):
        dead_letters.send([DeadLetter(record(), "MALFORMED")])


def test_few_invalid_records_keep_the_breaker_closed(dead_letters: DeadLetters) -> None:
    for _ in range(100):
        dead_letters.check(100, 50)


def test_a_small_sample_keeps_the_breaker_closed(dead_letters: DeadLetters) -> None:
    dead_letters.check(99, 99)


def test_a_flood_of_invalid_records_opens_the_breaker(dead_letters: DeadLetters) -> None:
    dead_letters.check(50, 20)
    with pytest.raises(BreakerOpen, match="60 of the last 100"):
        dead_letters.check(50, 40)


def test_records_older_than_the_window_no_longer_count(dead_letters: DeadLetters, clock: ManualClock) -> None:
    dead_letters.check(60, 60)
    clock.advance(timedelta(seconds=61))
    dead_letters.check(60, 60)


def test_while_open_even_good_batches_wait(dead_letters: DeadLetters, clock: ManualClock) -> None:
    with pytest.raises(BreakerOpen):
        dead_letters.check(100, 100)
    clock.advance(timedelta(seconds=29))
    with pytest.raises(BreakerOpen, match=r"next attempt in 1\.0 s"):
        dead_letters.check(100, 0)


def test_after_the_pause_a_good_batch_closes_it(dead_letters: DeadLetters, clock: ManualClock) -> None:
    with pytest.raises(BreakerOpen):
        dead_letters.check(100, 100)
    clock.advance(timedelta(seconds=30))
    dead_letters.check(100, 0)
    dead_letters.check(10, 10)


def test_after_the_pause_one_bad_batch_passes_and_the_next_waits(dead_letters: DeadLetters, clock: ManualClock) -> None:
    with pytest.raises(BreakerOpen):
        dead_letters.check(100, 100)
    for _ in range(3):
        clock.advance(timedelta(seconds=30))
        dead_letters.check(10, 10)
        with pytest.raises(BreakerOpen):
            dead_letters.check(10, 10)
