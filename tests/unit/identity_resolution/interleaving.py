"""Workers whose calls to their ports are interleaved in an order that a seed decides."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from random import Random
from typing import Any

from chassis.memory.runner import MemoryRunner
from chassis.records import TopicPartition
from tests.unit.identity_resolution.world import SERVICE, World

PATIENCE_SECONDS = 30


class Interleaving:
    """Gives each worker some partitions and a thread; of those that are about to call a port, one goes on at a time."""

    def __init__(self, world: World, partitions: Iterable[Iterable[TopicPartition]], random: Random) -> None:
        self._random = random
        self._turn = threading.Condition()
        self._next: int | None = None
        self._waiting: set[int] = set()
        self._failures: list[BaseException] = []
        self._threads: list[threading.Thread] = []
        for number, mine in enumerate(partitions):
            world.wrap = lambda name, port, number=number: _Stepping(self, number, port)  # type: ignore[misc]
            runner = MemoryRunner(world.broker, SERVICE, world.handlers(), flush_records=3)
            runner.assign(list(mine))
            self._threads.append(threading.Thread(target=self._run, args=(runner,)))
        self._working = len(self._threads)

    def run(self) -> None:
        """Let all work until they are quiet."""
        for thread in self._threads:
            thread.start()
        with self._turn:
            while self._working:
                assert self._turn.wait_for(lambda: len(self._waiting) == self._working, PATIENCE_SECONDS)
                if self._waiting:
                    self._next = self._random.choice(sorted(self._waiting))
                    self._waiting.discard(self._next)
                    self._turn.notify_all()
                    assert self._turn.wait_for(lambda: self._next is None, PATIENCE_SECONDS)
        for thread in self._threads:
            thread.join()
        assert self._failures == []

    def step(self, number: int) -> None:
        """Wait until it is this worker's turn."""
        with self._turn:
            self._waiting.add(number)
            self._turn.notify_all()
            assert self._turn.wait_for(lambda: self._next == number, PATIENCE_SECONDS)
            self._next = None
            self._turn.notify_all()

    def _run(self, runner: MemoryRunner) -> None:
        try:
            runner.run_until_quiet()
        except BaseException as failure:  # noqa: BLE001 - told to whoever runs the test
            self._failures.append(failure)
        with self._turn:
            self._working -= 1
            self._turn.notify_all()


class _Stepping:
    def __init__(self, interleaving: Interleaving, number: int, port: Any) -> None:
        self._interleaving, self._number, self._port = interleaving, number, port

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._port, name)
        if name not in ("load", "publish", "compare_and_set"):
            return call

        def stepping(items: Iterable[Any]) -> Any:
            things = list(items)
            self._interleaving.step(self._number)
            return call(things)

        return stepping
