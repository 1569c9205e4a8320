"""The program that ends the local stack's processes when their launcher is gone; run by path, standard library only.

Its standard input is a pipe. A line `+<pid> <stage>` puts a process group under its guard, `-<pid>` takes it out.
The end of the input means that the launcher is gone, however it went: what is still guarded is then ended, the
highest stage first, each stage by SIGTERM and, after the grace time in seconds (the first argument), by SIGKILL.
"""

import os
import select
import signal
import sys
import time

IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Guarded:
    """A process group; a file descriptor of the leader, where the system has such, survives reuse of its pid."""

    def __init__(self, pid: int, stage: int) -> None:
        self.pid, self.stage = pid, stage
        try:
            self.handle = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else -1
        except OSError:
            self.handle = -1

    def alive(self) -> bool:
        """Say whether the leader runs; a zombie does not."""
        if self.handle >= 0:
            return not select.select([self.handle], [], [], 0)[0]
        return self.send(0)

    def send(self, number: int) -> bool:
        """Signal the whole group; False where there is none."""
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def forget(self) -> None:
        """Give the descriptor back."""
        if self.handle >= 0:
            os.close(self.handle)


def watch(guarded: dict[int, Guarded]) -> None:
    """Keep `guarded` as the lines of standard input say, until that ends."""
    rest = b""
    while data := os.read(0, 65536):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            words = line[1:].split()
            pid = int(words[0])
            if line[:1] == b"+":
                guarded[pid] = Guarded(pid, int(words[1]))
            elif pid in guarded:
                guarded.pop(pid).forget()


def end(processes: list[Guarded], grace: float) -> None:
    """End `processes` kindly, then, after `grace` seconds, by force."""
    living = [process for process in processes if process.alive()]
    for process in living:
        process.send(signal.SIGTERM)
        process.send(signal.SIGCONT)
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline and any(process.alive() for process in living):
        time.sleep(0.02)
    for process in living:
        process.send(signal.SIGKILL)


def main() -> None:
    """Watch, then end what is left."""
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    guarded: dict[int, Guarded] = {}
    watch(guarded)
    for stage in sorted({process.stage for process in guarded.values()}, reverse=True):
        end([process for process in guarded.values() if process.stage == stage], float(sys.argv[1]))


if __name__ == "__main__":
    main()
