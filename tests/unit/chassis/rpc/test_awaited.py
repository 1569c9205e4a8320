"""Waiting for what a worker makes of what was put into a log."""

from __future__ import annotations

from itertools import count

import grpc
import pytest

from chassis.rpc.awaited import Places, Waiting
from chassis.rpc.errors import RpcError


def test_what_is_known_is_answered_without_waiting() -> None:
    waits: list[float] = []
    assert Waiting(sleep=waits.append).until_known(0.0, lambda: "found") == "found"
    assert waits == []


def test_each_wait_is_longer_than_the_one_before_and_none_longer_than_the_longest() -> None:
    waits: list[float] = []
    looks = count()
    waiting = Waiting(first_seconds=0.1, longest_seconds=0.2, sleep=waits.append, now=lambda: 0.0)
    assert waiting.until_known(1.0, lambda: "late" if next(looks) == 4 else None) == "late"
    assert waits == pytest.approx([0.1, 0.15, 0.2, 0.2])


def test_what_is_not_known_in_time_is_pending() -> None:
    clock = count()
    waiting = Waiting(sleep=lambda seconds: None, now=lambda: float(next(clock)))
    with pytest.raises(RpcError) as refused:
        waiting.until_known(3.0, lambda: None)
    assert (refused.value.code, refused.value.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "OUTCOME_PENDING")


def test_a_place_is_refused_while_all_are_taken_and_free_again_after() -> None:
    places = Places(1, "wait already")
    with places.one(), pytest.raises(RpcError, match="1 wait already"), places.one():
        pass
    with places.one():
        pass
