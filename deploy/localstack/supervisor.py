"""Runs the services' processes: starts them, waits until they serve, starts again those that end, stops them."""

import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localstack.catalog import Planned
from localstack.errors import StartError
from localstack.events import Listener, Ready, ignore
from localstack.guardian import SERVICES, Guardian
from localstack.health import Health
from localstack.ports import LOOPBACK, PortBook
from localstack.process import Process, tail
from localstack.supervised import Supervised

TEND_SECONDS = 0.05
ASK_SECONDS = 0.1
START_TIMEOUT_SECONDS = 60.0
STOP_GRACE_SECONDS = 10.0
ENDS_BEFORE_GIVING_UP = 4
"""A process that ended so often before it served for the first time will not come up by waiting."""


@dataclass(frozen=True)
class ProcessStatus:
    """What the supervisor knows of one process; `last_status` is how it last ended, None if it never did."""

    name: str
    service: str
    role: str
    pid: int | None
    address: str
    restarts: int
    last_status: int | None
    log: Path


class Supervisor:
    """Keeps the `planned` processes running.

    `common_environment` gives the variables that all of them share. `ports` are ports by process name that were asked
    for; the others come from `port_book`.
    """

    def __init__(
        self,
        planned: Sequence[Planned],
        *,
        common_environment: Callable[[], Mapping[str, str]],
        folder: Path,
        guardian: Guardian,
        port_book: PortBook,
        ports: Mapping[str, int] | None = None,
        on_event: Listener = ignore,
    ) -> None:
        self._planned = tuple(planned)
        self._common_environment = common_environment
        self._folder = folder
        self._guardian = guardian
        self._on_event = on_event
        wanted = ports or {}
        self._ports = {one.name: port_book.claim(one.name, wanted.get(one.name)) for one in self._planned}
        self._supervised: dict[str, Supervised] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def addresses(self) -> dict[str, str]:
        """Where each process listens, by process name; known before the start."""
        return {name: f"{LOOPBACK}:{port}" for name, port in self._ports.items()}

    @property
    def restarts(self) -> dict[str, int]:
        """How often each process was started again."""
        return {name: one.restarts for name, one in self._supervised.items()}

    def environment(self, name: str) -> dict[str, str]:
        """Return the variables of one process: the common ones, and where it listens."""
        planned = next(one for one in self._planned if one.name == name)
        return {**self._common_environment(), planned.listen_variable: self.addresses[name]}

    def start(self, timeout: float = START_TIMEOUT_SECONDS) -> None:
        """Start every process and return when each says SERVING.

        Raises StartError naming the process that did not within `timeout` seconds, or kept ending; all are stopped.
        """
        began = time.monotonic()
        self._stopping.clear()
        try:
            for planned in self._planned:
                self._supervised[planned.name] = self._start_one(planned)
            self._thread = threading.Thread(target=self._tend, name="supervisor", daemon=True)
            self._thread.start()
            self._wait_until_serving(began, timeout)
        except BaseException:
            self.stop(grace_seconds=1.0)
            raise

    def stop(self, grace_seconds: float = STOP_GRACE_SECONDS) -> None:
        """End all by SIGTERM, in the planned order and without waiting between; after `grace_seconds` by SIGKILL."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        for one in self._supervised.values():
            one.process.terminate()
        deadline = time.monotonic() + grace_seconds
        for one in self._supervised.values():
            one.process.wait_or_kill(deadline)

    def process(self, name: str) -> Process:
        """Return a process by its name, to look at, pause or kill; what ends is started again."""
        return self._supervised[name].process

    def health(self) -> dict[str, Health]:
        """Ask every process for its health."""
        return {name: one.health() for name, one in self._supervised.items()}

    def statuses(self) -> list[ProcessStatus]:
        """Return what is known of every process, without asking it."""
        return [
            ProcessStatus(
                name=one.name,
                service=one.planned.service.name,
                role=one.planned.role,
                pid=one.process.pid if one.process.running else None,
                address=one.address,
                restarts=one.restarts,
                last_status=one.last_status,
                log=one.process.log,
            )
            for one in self._supervised.values()
        ]

    def _start_one(self, planned: Planned) -> Supervised:
        process = Process(
            planned.name,
            # -P: no folder of the data must be taken for a Python package.
            [sys.executable, "-P", "-m", planned.service.package, planned.role],
            environment=self.environment(planned.name),
            folder=self._folder,
            log=self._folder / "logs" / f"{planned.name}.log",
            stage=SERVICES,
            guardian=self._guardian,
        )
        one = Supervised(planned, process, self._ports[planned.name])
        one.start()
        return one

    def _tend(self) -> None:
        while not self._stopping.wait(TEND_SECONDS):
            self._guardian.see_to()
            for one in self._supervised.values():
                event = one.tend()
                if event is not None:
                    self._on_event(event)

    def _wait_until_serving(self, began: float, timeout: float) -> None:
        waiting = list(self._supervised.values())
        while waiting:
            for one in list(waiting):
                if one.health() is Health.SERVING:
                    waiting.remove(one)
                    self._on_event(Ready(one.name, time.monotonic() - began))
                elif one.ends >= ENDS_BEFORE_GIVING_UP:
                    self._give_up(one, f"ended {one.ends} times while starting, last with status {one.last_status}")
                elif time.monotonic() - began > timeout:
                    self._give_up(one, f"is not serving after {timeout:g} s")
            time.sleep(ASK_SECONDS)

    def _give_up(self, one: Supervised, what: str) -> None:
        raise StartError(f"{one.name} {what}.", one.process.log, tail(one.process.log))
