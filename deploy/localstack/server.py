"""What Kafka and the store have in common: a process on a port that keeps its data over stops, kills and restarts."""

import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from localstack.errors import StartError
from localstack.process import Process, tail

POLL_SECONDS = 0.02


def wait_until_ready(process: Process, answers: Callable[[], bool], timeout: float) -> None:
    """Return when `answers` says yes; raises StartError if `process` ends or `timeout` seconds pass."""
    began = time.monotonic()
    while not answers():
        status = process.exit_status()
        if status is not None:
            raise StartError(
                f"{process.name} ended with status {status} while starting.", process.log, tail(process.log)
            )
        if time.monotonic() - began > timeout:
            raise StartError(f"{process.name} did not answer within {timeout:g} s.", process.log, tail(process.log))
        time.sleep(POLL_SECONDS)


class Server(ABC):
    """A server process with data of its own; as a context manager it runs for the block."""

    start_timeout = 60.0

    def __init__(self, name: str, home: Path, log: Path | None) -> None:
        self.name = name
        self.home = home
        self.log = log or home / f"{name}.log"
        self.ready_seconds = 0.0
        self._launched = 0.0
        self._process: Process | None = None

    @abstractmethod
    def _prepare(self) -> Process:
        """Lay out the data and return the process that serves it, not yet started."""

    @abstractmethod
    def healthy(self) -> bool:
        """Say whether it answers a real question now."""

    @property
    def pid(self) -> int:
        """Process id; raises RuntimeError where no process of ours runs."""
        return self._own().pid

    @property
    def running(self) -> bool:
        """Whether the process runs, be it healthy or not."""
        return self._process is not None and self._process.running

    def start(self) -> Self:
        """Start, and return when it answers. A start that fails leaves no process behind."""
        self.launch()
        return self.wait_until_ready()

    def launch(self) -> None:
        """Start without waiting, so that several can start at once; `wait_until_ready` has to follow."""
        if not self.running:
            self._process = self._prepare()
            self._process.start()
            self._launched = time.monotonic()

    def wait_until_ready(self) -> Self:
        """Return when it answers; raises StartError, and leaves no process behind, where it does not."""
        process = self._own()
        try:
            wait_until_ready(process, self.healthy, self.start_timeout)
        except BaseException:
            process.kill()
            raise
        self.ready_seconds = time.monotonic() - self._launched
        return self

    def stop(self, grace_seconds: float = 10.0) -> None:
        """End by SIGTERM, after `grace_seconds` by SIGKILL; the data stays."""
        if self._process is not None:
            self._process.stop(grace_seconds)

    def kill(self) -> None:
        """End by SIGKILL, as a crash would."""
        self._own().kill()

    def restart(self) -> Self:
        """Start again with the same address and data, after stopping it where it runs."""
        self.stop()
        return self.start()

    def pause(self) -> None:
        """Freeze by SIGSTOP: connections stay open, nothing answers."""
        self._own().signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after `pause`."""
        self._own().signal(signal.SIGCONT)

    def log_tail(self, lines: int = 15) -> str:
        """Return the last lines of the log."""
        return tail(self.log, lines)

    def _own(self) -> Process:
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started by this object")
        return self._process

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
