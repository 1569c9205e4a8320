"""A server's publisher goes on after one that failed for good."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from chassis.errors import Unavailable
from chassis.records import Message
from chassis.stream.producer import SendFailed
from chassis.stream.renewed import RenewedPublisher

MESSAGE = Message("t", b"k", b"v")


class Fake:
    """A publisher that fails as told: for now, or for good."""

    def __init__(self) -> None:
        self.failure: str | None = None
        self.error: Exception | None = None
        self.sent: list[Message] = []
        self.closed = False

    def publish(self, messages: Iterable[Message]) -> None:
        if self.error is not None:
            raise self.error
        self.sent += messages

    def close(self) -> None:
        self.closed = True


def test_nothing_is_made_before_it_is_needed_and_then_once() -> None:
    made: list[Fake] = []
    with RenewedPublisher(lambda: made.append(Fake()) or made[-1]) as publisher:  # type: ignore[func-returns-value]
        assert made == []
        publisher.publish([MESSAGE])
        publisher.publish([MESSAGE])
    (only,) = made
    assert (only.sent, only.closed) == ([MESSAGE, MESSAGE], True)


def test_one_that_failed_for_good_is_closed_and_replaced_at_the_next_call() -> None:
    first, second = Fake(), Fake()
    waiting = [second, first]
    publisher = RenewedPublisher(waiting.pop)
    publisher.publish([MESSAGE])
    first.failure, first.error = "a send failed", SendFailed("a send failed")
    publisher.publish([MESSAGE])
    assert (first.closed, second.sent) == (True, [MESSAGE])


def test_the_call_that_failed_says_so_and_a_broker_that_was_away_for_a_moment_is_asked_again() -> None:
    only = Fake()
    publisher = RenewedPublisher([only].pop)
    only.error = Unavailable("the broker does not answer")
    with pytest.raises(Unavailable):
        publisher.publish([MESSAGE])
    only.error = None
    publisher.publish([MESSAGE])
    assert only.sent == [MESSAGE]
