"""The watchdog ends a worker that stands still without a reason, and no other."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Mapping

import pytest

from chassis.health import Health
from chassis.records import TopicPartition
from chassis.stream.settings import StreamSettings
from chassis.stream.watchdog import Stuck, Watchdog

ONE = TopicPartition("in", 0)


class Watched:
    """A worker in a state that the test sets."""

    def __init__(self) -> None:
        self.position, self.end, self.commit = 10, 20, 10
        self.moves = self.is_excused = self.is_rebalancing = self.is_unfinished = self.is_silent = False

    async def ends(self) -> Mapping[TopicPartition, tuple[int, int]]:
        if self.is_silent:
            raise TimeoutError
        return {ONE: (self.position, self.end)}

    def committed(self) -> Mapping[TopicPartition, int]:
        self.commit += self.moves
        return {ONE: self.commit}

    def unfinished(self) -> bool:
        return self.is_unfinished

    def excused(self) -> bool:
        return self.is_excused

    def rebalancing(self) -> bool:
        return self.is_rebalancing


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def listening() -> Iterator[str]:
    """Give the address of something that accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def verdict(watched: Watched, address: str = "127.0.0.1:1", health: Health | None = None) -> str | None:
    """Watch for half a second with a patience of a tenth; say why the worker was ended, or None."""
    settings = StreamSettings(bootstrap=(address,), group="g", watchdog_seconds=0.1)

    async def watch() -> str | None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                try:
                    await Watchdog(watched, settings, (health or Health()).part("broker")).run()
                except Stuck as stuck:
                    return str(stuck)
        return None

    return asyncio.run(watch())


def test_records_that_nobody_reads_end_the_worker(watched: Watched) -> None:
    assert "1 partitions have records that are not read" in (verdict(watched) or "")


def test_records_that_are_read_and_never_committed_end_the_worker(watched: Watched) -> None:
    watched.position, watched.is_unfinished = watched.end, True
    assert "are not committed" in (verdict(watched) or "")


def test_a_rebalance_without_end_ends_the_worker(watched: Watched) -> None:
    watched.position, watched.is_rebalancing = watched.end, True
    assert "no partitions were assigned" in (verdict(watched) or "")


def test_a_worker_that_has_read_everything_may_stand_still(watched: Watched) -> None:
    watched.position = watched.end
    assert verdict(watched) is None


def test_a_slow_worker_that_moves_is_left_alone(watched: Watched) -> None:
    watched.moves = True
    assert verdict(watched) is None


def test_a_worker_that_waits_for_its_store_is_left_alone(watched: Watched) -> None:
    watched.is_excused = True
    assert verdict(watched) is None


def test_a_worker_whose_broker_is_away_is_left_alone_and_says_so(watched: Watched) -> None:
    watched.is_silent, health = True, Health()
    assert verdict(watched, health=health) is None
    assert "the broker does not answer" in health.state.reason


def test_a_consumer_that_is_silent_while_the_broker_answers_ends_the_worker(watched: Watched, listening: str) -> None:
    watched.is_silent = True
    assert "the consumer does not answer" in (verdict(watched, listening) or "")
