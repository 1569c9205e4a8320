"""A process is healthy when each of its parts is."""

from __future__ import annotations

from chassis.health import Health, HealthState


def test_a_process_that_has_said_nothing_does_not_serve() -> None:
    assert Health().state == HealthState(serving=False, reason="starting")


def test_it_serves_when_all_parts_do() -> None:
    health = Health()
    first, second = health.part("first"), health.part("second")
    first.serving()
    assert health.state == HealthState(serving=False, reason="second: starting")
    second.serving()
    assert health.state == HealthState(serving=True)


def test_the_reasons_of_all_who_wait_are_given() -> None:
    health = Health()
    health.part("first").waiting("the store is away")
    health.part("second").waiting("the broker is away")
    assert health.state.reason == "first: the store is away; second: the broker is away"


def test_a_process_without_parts_speaks_for_itself() -> None:
    health = Health()
    health.serving()
    assert health.state.serving
    health.waiting("draining")
    assert health.state == HealthState(serving=False, reason="draining")


def test_observers_hear_the_present_and_every_change_once() -> None:
    health, heard = Health(), list[HealthState]()
    health.observe(heard.append)
    part = health.part("only")
    part.serving()
    part.serving()
    part.waiting("the store is away")
    assert heard == [
        HealthState(serving=False, reason="starting"),
        HealthState(serving=False, reason="only: starting"),
        HealthState(serving=True),
        HealthState(serving=False, reason="only: the store is away"),
    ]
