"""Keeping to a rate, on a clock that tests move."""

from __future__ import annotations

import pytest

from rapportctl.pacing import Pacer


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0
        self.pauses = 0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.pauses += 1
        self.seconds += seconds


@pytest.mark.parametrize("rate", [0.5, 1.0, 20.0, 2_000.0, 50_000.0])
def test_as_many_things_happen_in_a_time_as_the_rate_allows(rate: float) -> None:
    clock = Clock()
    pacer = Pacer(rate, now=clock.now, sleep=clock.sleep)
    steps = int(rate * 10)
    for _ in range(steps + 1):
        pacer.step()
    assert clock.seconds == pytest.approx(10.0, abs=0.03)


def test_a_high_rate_asks_the_clock_seldom() -> None:
    clock = Clock()
    pacer = Pacer(10_000.0, now=clock.now, sleep=clock.sleep)
    for _ in range(10_000):
        pacer.step()
    assert clock.pauses <= 50


def test_without_a_rate_nobody_waits() -> None:
    clock = Clock()
    pacer = Pacer(None, now=clock.now, sleep=clock.sleep)
    for _ in range(1_000):
        pacer.step()
    assert clock.pauses == 0


def test_what_was_collected_is_sent_before_a_pause() -> None:
    clock = Clock()
    seen: list[float] = []
    pacer = Pacer(1.0, lambda: seen.append(clock.seconds), now=clock.now, sleep=clock.sleep)
    for _ in range(3):
        pacer.step()
    assert seen == [0.0, 1.0]


def test_time_that_was_lost_is_caught_up() -> None:
    clock = Clock()
    pacer = Pacer(10.0, now=clock.now, sleep=clock.sleep)
    pacer.step()
    clock.seconds = 1.0
    for _ in range(10):
        pacer.step()
    assert clock.seconds == pytest.approx(1.0)
