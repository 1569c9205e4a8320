"""No orphans: processes are started so that a small guardian ends them when their launcher dies, even by kill -9.

The guardian (guard_program.py) reads a pipe whose writing end only the launcher holds, so the end of the pipe is the
end of the launcher, on every system. Linux's PR_SET_PDEATHSIG is not used: it fires when the *thread* that started
the child ends, a JVM or store would need a pre-exec hook for it, and macOS has no such thing.

A process enters the guard by itself before it becomes the program asked for: a shell of two lines holds the pipe as
its standard input, writes its own pid there, and replaces itself (same pid) by the program. Until it has written, it
holds the pipe open; so there is no moment at which a killed launcher leaves a process that the guardian does not know.
"""

import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

PROGRAM = Path(__file__).with_name("guard_program.py")
ENTER = 'echo "+$$ $0" >&0; exec "$@" </dev/null'

INFRASTRUCTURE, SERVICES = 0, 1
GRACE_SECONDS = 5.0


class Guardian:
    """Starts processes that do not outlive this one.

    `held` are file descriptors that stay open until the last guarded process is gone, such as a lock's.
    """

    def __init__(self, held: Sequence[int] = ()) -> None:
        self._held = tuple(held)
        self._lock = threading.Lock()
        self._stages: dict[int, int] = {}
        self._program: subprocess.Popen[bytes] | None = None

    def spawn(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        log: IO[bytes],
        stage: int,
    ) -> subprocess.Popen[bytes]:
        """Start `command` in a session of its own; its output goes to `log`, its pid is the program's."""
        with self._lock:
            process = subprocess.Popen(  # noqa: S603
                ["/bin/sh", "-c", ENTER, str(stage), *command],
                stdin=self._pipe(),
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=folder,
                start_new_session=True,
            )
            self._stages[process.pid] = stage
        return process

    def release(self, process: subprocess.Popen[bytes]) -> None:
        """Take a process that has ended out of the guard, so that its pid may serve another."""
        with self._lock:
            if self._stages.pop(process.pid, None) is not None:
                self._tell(f"-{process.pid}\n")

    def see_to(self) -> None:
        """Replace a guardian that was killed; costs next to nothing, so it may be called often."""
        with self._lock:
            if self._program is not None:
                self._pipe()

    def close(self) -> None:
        """End the guardian, and with it whatever still runs.

        It would wait for ever for a child that this process forked without exec: then it is ended by force.
        """
        with self._lock:
            program, self._program = self._program, None
            if program is not None and program.stdin is not None:
                program.stdin.close()
                try:
                    program.wait(2 * GRACE_SECONDS + 2)
                except subprocess.TimeoutExpired:
                    program.kill()
                    program.wait()
            self._stages.clear()

    def _pipe(self) -> IO[bytes]:
        """Return the pipe to a running guardian; one that was killed is replaced and told what it has to guard."""
        if self._program is None or self._program.poll() is not None:
            self._program = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", "-S", str(PROGRAM), str(GRACE_SECONDS)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=self._held,
                bufsize=0,
                start_new_session=True,
                cwd="/",
            )
            for pid, stage in self._stages.items():
                self._tell(f"+{pid} {stage}\n")
        pipe = self._program.stdin
        if pipe is None:
            raise RuntimeError("the guardian was started without its pipe")
        return pipe

    def _tell(self, line: str) -> None:
        program = self._program
        if program is None or program.stdin is None or program.poll() is not None:
            return  # a guardian that is gone is replaced, and told everything, at the next start
        program.stdin.write(line.encode())


_of_this_process: Guardian | None = None


def guardian_of_this_process() -> Guardian:
    """Return the guardian for whoever brings none of their own; it ends with this process."""
    global _of_this_process  # noqa: PLW0603 - one per process is the point
    if _of_this_process is None:
        _of_this_process = Guardian()
    return _of_this_process
