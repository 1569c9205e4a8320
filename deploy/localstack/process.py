"""One process of the local stack: started under the guardian, writing to its own log file."""

import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from localstack.guardian import Guardian

TAIL_LINES = 15


def tail(log: Path, lines: int = TAIL_LINES) -> str:
    """Return the last lines of a log, or an empty string where there is none."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 16384))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])


class Process:
    """A program with its command line, folder and log, which can be started, signalled and started again."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        stage: int,
        guardian: Guardian,
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._environment = dict(environment)
        self._folder = folder
        self._stage = stage
        self._guardian = guardian
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id of the latest start; raises RuntimeError before the first."""
        return self._started().pid

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._popen is not None and self.exit_status() is None

    def exit_status(self) -> int | None:
        """Return the exit status of the latest start, -N for signal N, None while it runs or before the first."""
        if self._popen is None:
            return None
        status = self._popen.poll()
        if status is not None:
            self._guardian.release(self._popen)
        return status

    def start(self) -> None:
        """Start the program; what it prints is appended to the log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._popen = self._guardian.spawn(
                self._command, environment=self._environment, folder=self._folder, log=log, stage=self._stage
            )

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program, if it runs."""
        if self.running:
            self._started().send_signal(number)

    def terminate(self) -> None:
        """Ask the program to end, also if it is paused."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the program at once by SIGKILL, and wait for that."""
        if self._popen is not None:
            self.signal(signal.SIGKILL)
            self._popen.wait()
            self.exit_status()

    def stop(self, grace_seconds: float = 10.0) -> None:
        """End the program by SIGTERM and, after `grace_seconds`, by SIGKILL."""
        self.terminate()
        self.wait_or_kill(time.monotonic() + grace_seconds)

    def wait_or_kill(self, deadline: float) -> None:
        """Wait for the end until the monotonic time `deadline`, then kill."""
        if self._popen is None:
            return
        try:
            self._popen.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.kill()
        self.exit_status()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._popen is None:
            raise RuntimeError(f"{self.name} has not been started")
        return self._popen
