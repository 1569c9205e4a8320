"""Several processes that serve on one port: each core can serve, which one Python process cannot make use of.

The kernel spreads connections over the processes (SO_REUSEPORT). They are started as new processes, not forked:
neither grpc nor the store's driver outlives a fork.
"""

from __future__ import annotations

import ctypes
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from chassis.settings import environment_of_replica

_log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.1


def run_replicas(count: int, address: str, grace_seconds: float) -> int:
    """Run this process's command line `count` times on the address's port; return the exit status.

    Until SIGTERM or SIGINT, which is passed on. A replica that ends by itself ends them all, so that a supervisor sees
    it. Raises ValueError for port 0, which would be another port in each.
    """
    if address.endswith(":0"):
        raise ValueError(f"several processes need a port to share, not {address}")
    stopping: list[int] = []
    before = {
        number: signal.signal(number, lambda received, _: stopping.append(received))
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    command = [sys.executable, *sys.orig_argv[1:]]
    die_with_parent = _death_signal()
    replicas = [
        subprocess.Popen(command, env=environment_of_replica(), preexec_fn=die_with_parent)  # noqa: PLW1509, S603
        for _ in range(count)
    ]
    try:
        while not stopping and all(replica.poll() is None for replica in replicas):
            time.sleep(_POLL_SECONDS)
        ended = [replica.returncode for replica in replicas if replica.returncode is not None]
    finally:
        _end(replicas, grace_seconds + 5.0)
        for number, handler in before.items():
            signal.signal(number, handler)
    if stopping:
        return 0
    _log.error("a replica ended by itself", extra={"status": ended[0]})
    return ended[0] if ended[0] > 0 else 1


def _end(replicas: list[subprocess.Popen[bytes]], patience_seconds: float) -> None:
    for replica in replicas:
        replica.terminate()
    deadline = time.monotonic() + patience_seconds
    for replica in replicas:
        try:
            replica.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            replica.kill()
            replica.wait()


def _death_signal() -> Callable[[], None] | None:
    """Return what makes a new process end with this one, even if this one is killed; None where Linux is not there."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
