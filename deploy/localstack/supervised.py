"""One process under supervision: what is known of its lives, and when the next one begins."""

import time

from localstack.backoff import Backoff
from localstack.catalog import Planned
from localstack.events import Ended, Event, Restarted
from localstack.health import Health, ask
from localstack.ports import LOOPBACK
from localstack.process import Process


class Supervised:
    """A process that is started again, with back-off, whenever it ends."""

    def __init__(self, planned: Planned, process: Process, port: int) -> None:
        self.planned = planned
        self.process = process
        self.port = port
        self.restarts = 0
        self.ends = 0
        self.last_status: int | None = None
        self._backoff = Backoff()
        self._began = 0.0
        self._next: float | None = None

    @property
    def name(self) -> str:
        """The process's name."""
        return self.planned.name

    @property
    def address(self) -> str:
        """Where it serves its health, and a server its calls."""
        return f"{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Begin a life."""
        self._next = None
        self._began = time.monotonic()
        self.process.start()

    def health(self) -> Health:
        """Ask the process for its health."""
        return ask(LOOPBACK, self.port) if self.process.running else Health.SILENT

    def tend(self) -> Event | None:
        """See to the process, without waiting: notice its end, or start it again once the back-off is over."""
        now = time.monotonic()
        if self._next is not None:
            return self._restart() if now >= self._next else None
        status = self.process.exit_status()
        if status is None:
            return None
        self.ends += 1
        self.last_status = status
        self._backoff = self._backoff.after(now - self._began)
        self._next = now + self._backoff.delay_seconds
        return Ended(self.name, status, self._backoff.delay_seconds, self.process.log)

    def _restart(self) -> Event:
        self.restarts += 1
        self.start()
        return Restarted(self.name, self.restarts)
