"""Which errors are tried again, after how long, and which end the process."""

from __future__ import annotations

from random import Random

import pytest

from chassis.attempts import Attempts, Retry
from chassis.errors import BreakerOpen, ChassisError, Conflict, Deposed, InvalidRecord, Unavailable


def waits(error: Exception, count: int) -> list[float]:
    attempts = Attempts(Random(1))
    retries = [attempts.after(error) for _ in range(count)]
    return [retry.seconds for retry in retries if retry]


def test_waits_for_an_outage_grow_from_a_tenth_of_a_second_to_ten_seconds() -> None:
    seconds = waits(Unavailable("store"), 30)
    assert 0.1 <= seconds[0] <= 0.2
    assert all(5 <= wait <= 10 for wait in seconds[10:])


def test_an_outage_is_waited_for_without_end() -> None:
    assert len(waits(Unavailable("store"), 5000)) == 5000


def test_an_open_breaker_is_waited_for_longer() -> None:
    seconds = waits(BreakerOpen("flood"), 30)
    assert seconds[0] >= 1
    assert all(15 <= wait <= 30 for wait in seconds[10:])


def test_waits_vary_so_that_workers_do_not_come_back_all_at_once() -> None:
    assert len(set(waits(Unavailable("store"), 40)[20:])) == 20


def test_a_lost_compare_and_set_is_tried_five_times_at_once() -> None:
    seconds = waits(Conflict("lost"), 10)
    assert len(seconds) == 5
    assert all(wait <= 0.2 for wait in seconds)


def test_a_success_starts_the_count_anew() -> None:
    attempts = Attempts(Random(1))
    for _ in range(5):
        assert attempts.after(Conflict("lost"))
    attempts.succeeded()
    assert attempts.after(Conflict("lost"))


def test_only_what_lies_outside_counts_as_an_outage() -> None:
    attempts = Attempts(Random(1))
    assert [retry.outage for retry in map(attempts.after, (Unavailable(), BreakerOpen(), Conflict())) if retry] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("error", [Deposed(), ChassisError(), InvalidRecord("X"), KeyError(), MemoryError()])
def test_anything_else_ends_the_process(error: Exception) -> None:
    retry: Retry | None = Attempts(Random(1)).after(error)
    assert retry is None
