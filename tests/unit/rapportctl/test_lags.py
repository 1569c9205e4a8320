"""Lag and quiet: when nothing is under way any more, and not before."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rapportctl.errors import RapportctlError
from rapportctl.kafka.lags import Lag, is_quiet
from rapportctl.quiet import NotQuietError, wait_until_quiet


def lag(committed: int, end: int, topic: str = "t") -> Lag:
    return Lag("g", topic, committed, end)


class Readings:
    """A deployment whose lags are these readings, the last one for ever; an error is raised."""

    def __init__(self, *readings: Sequence[Lag] | RapportctlError) -> None:
        self._readings = list(readings)
        self.seconds = 0.0

    def lags(self) -> Sequence[Lag]:
        reading = self._readings.pop(0) if len(self._readings) > 1 else self._readings[0]
        if isinstance(reading, RapportctlError):
            raise reading
        return reading

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def wait(self, timeout: float = 5.0) -> float:
        return wait_until_quiet(self, timeout, now=lambda: self.seconds, sleep=self.sleep)


@pytest.mark.parametrize(
    ("before", "after", "quiet"),
    [
        ([lag(5, 5)], [lag(5, 5)], True),
        ([lag(4, 5)], [lag(5, 5)], False),
        ([lag(5, 5)], [lag(6, 6)], False),
        ([lag(5, 5), lag(0, 1)], [lag(5, 5), lag(1, 1)], False),
        ([lag(0, 0)], [lag(0, 0)], True),
    ],
)
def test_quiet_is_when_all_was_finished_and_nothing_was_written_since(
    before: Sequence[Lag], after: Sequence[Lag], quiet: bool
) -> None:
    assert is_quiet(before, after) is quiet


def test_waiting_ends_after_two_quiet_readings() -> None:
    readings = Readings([lag(1, 5)], [lag(5, 5)], [lag(5, 5)], [lag(5, 9)])
    assert readings.wait() == pytest.approx(0.5)


def test_a_group_that_finished_while_another_began_is_not_quiet() -> None:
    """The record moved on to the next topic between the readings."""
    moved = [[lag(4, 5), lag(0, 0, "next")], [lag(5, 5), lag(0, 1, "next")], [lag(5, 5), lag(1, 1, "next")]]
    assert Readings(*moved).wait() == pytest.approx(0.75)


def test_waiting_gives_up_and_says_who_had_how_much_left() -> None:
    with pytest.raises(NotQuietError, match=r"not quiet after 5 s: g 2 of t$") as caught:
        Readings([lag(3, 5), lag(1, 1, "done")]).wait()
    assert caught.value.behind == (lag(3, 5),)


def test_a_broker_that_comes_back_is_waited_for() -> None:
    assert Readings(RapportctlError("away"), [lag(5, 5)]).wait() == pytest.approx(0.5)


def test_a_broker_that_stays_away_is_told_when_the_time_is_over() -> None:
    with pytest.raises(RapportctlError, match="away"):
        Readings(RapportctlError("away")).wait()


def test_two_quiet_readings_around_an_outage_do_not_count_as_two_in_a_row() -> None:
    readings = Readings([lag(5, 5)], RapportctlError("away"), [lag(5, 5)], [lag(5, 5)])
    assert readings.wait() == pytest.approx(0.75)
