"""I15: erased people appear nowhere but in markers, whatever is sent again, and wherever a worker dies."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import pytest

from chassis.memory.runner import Crash
from tests.simulation.canaries import Town, life_of
from tests.simulation.system import SERVICES

PEOPLE = 100
OTHERS = 20


def peopled(people: int, others: int) -> tuple[Town, list[str], list[str]]:
    """A town with people to be erased and others, by their markers."""
    town = Town()
    markers = [f"canary{number:03}x" for number in range(people)]
    stay = [f"sparrow{number:03}x" for number in range(others)]
    for marker in (*markers, *stay):
        town.send(*life_of(marker, town.clock.now()))
    town.settle()
    for marker in (*markers, *stay):
        town.consent(f"instagram:{marker}", marker)
    town.settle()
    return town, markers, stay


def erase(town: Town, markers: Sequence[str]) -> None:
    """Have the customers of these people erased."""
    town.erase(
        *{town.customer_of(account) for each in markers for account in (f"instagram:{each}", f"web_shop:{each}-shop")}
    )


def left(town: Town, markers: Sequence[str]) -> list[str]:
    """Where anything of these people stands."""
    return list(town.found("canary")) if markers else []


def test_pr5_a_hundred_erased_people_appear_nowhere_and_a_replay_brings_nobody_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    town, markers, stay = peopled(PEOPLE, OTHERS)
    before = {place.split("/")[0] for place in town.found("canary")}
    assert before >= {*SERVICES, "dead-letters.identity-resolution", "customers", "identity-assignments"}
    others = sorted(town.found("sparrow"))
    erase(town, markers)
    town.settle()
    town.settle()
    assert left(town, markers) == []
    assert sorted(town.found("sparrow")) == others
    town.replay()
    town.settle()
    town.settle()
    assert left(town, markers) == []
    assert "canary" not in caplog.text.lower()
    assert {place.split("/")[0] for place in town.found(stay[0])} >= set(SERVICES)


class Counting:
    """A port that dies at a call of the given number, half of the time after it is done."""

    def __init__(self, port: Any, calls: list[str], at: int, name: str) -> None:
        self._port, self._calls, self._at, self._name = port, calls, at, name

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._port, name)

        def called(*arguments: Any) -> Any:
            self._calls.append(f"{self._name}.{name}")
            is_due = len(self._calls) == self._at
            if is_due and self._at % 2:
                raise Crash
            answer = call(*arguments)
            if is_due:
                raise Crash
            return answer

        return called


STRIDE = 3
"""Every third call is tried: before and after it by turns, as the stride is odd."""


def test_an_erasure_during_which_a_worker_dies_is_complete_in_the_end() -> None:
    step, died = 1 - STRIDE, True
    while died:
        step += STRIDE
        town, markers, _ = peopled(1, 0)
        erase(town, markers)
        calls: list[str] = []
        plain = town.wrap
        town.wrap = lambda name, port, step=step, calls=calls: Counting(port, calls, step, name)  # type: ignore[misc]
        try:
            town.settle(wait=False)
            died = False
        except Crash:
            died = True
        town.wrap = plain
        town.settle()
        town.settle()
        assert left(town, markers) == [], (step, calls[-1])
    assert step > 60
