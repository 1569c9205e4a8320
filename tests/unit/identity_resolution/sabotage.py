"""Workers that die in the midst of a call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chassis.memory.runner import Crash
from tests.unit.identity_resolution.world import World


class Saboteur:
    """Kills the worker at its nth call of a port, in the midst of it, and starts another one."""

    def __init__(self, world: World, *calls: int) -> None:
        self.world = world
        self.calls = set(calls)
        self.made = 0
        self.crashes = 0
        world.wrap = lambda name, port: Sabotaged(self, port)

    def run(self, **options: Any) -> None:
        runner = self.world.runner(before_commit=lambda _: self.strike(), **options)
        while True:
            try:
                return runner.run_until_quiet()
            except Crash:
                self.crashes += 1
                runner.restart(self.world.handlers())

    def strike(self) -> None:
        self.made += 1
        if self.made in self.calls:
            raise Crash


class Sabotaged:
    """A port whose calls that change something may stop half way."""

    def __init__(self, saboteur: Saboteur, port: Any) -> None:
        self._saboteur = saboteur
        self._port = port

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._port, name)
        if name not in ("load", "publish", "compare_and_set", "put_newer", "put_first", "insert_new"):
            return call

        def halfway(items: Iterable[Any]) -> Any:
            self._saboteur.made += 1
            things = list(items)
            if self._saboteur.made not in self._saboteur.calls:
                return call(things)
            if name != "load":
                call(things[: (len(things) + 1) // 2])
            raise Crash

        return halfway
