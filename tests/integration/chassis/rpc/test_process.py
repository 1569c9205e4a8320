"""The life of a server process: start, drain on SIGTERM, several processes on one port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from chassis.rpc.client import Caller, RetryPolicy
from chassis.rpc.errors import DependencyUnavailable
from tests.integration.chassis.rpc.sample import SERVICE, Book, Books, GetBookRequest, ListBooksRequest

ROOT = Path(__file__).parents[4]
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def start(address: str) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def begin(**settings: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "RAPPORT_GRPC_LISTEN": address, **settings}
        command = [sys.executable, "-m", "tests.integration.chassis.rpc.library_server"]
        started.append(subprocess.Popen(command, env=environment, cwd=ROOT))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()


def test_sigterm_lets_calls_at_work_finish_and_ends_with_status_0(start: Start, address: str) -> None:
    process = start()
    caller = Caller(address, SERVICE)
    caller.wait_ready(15)
    names: list[str] = []
    at_work = threading.Thread(
        target=lambda: names.append(caller.call("GetBook", GetBookRequest(name="slow"), Book).name)
    )
    at_work.start()
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.1)
    with pytest.raises(DependencyUnavailable):
        late = Caller(address, SERVICE, retry=RetryPolicy(attempts=1), deadline_seconds=1)
        late.call("GetBook", GetBookRequest(name="late"), Book)
    at_work.join()
    assert names == ["slow"]
    assert process.wait(5) == 0


def pids(address: str, count: int) -> set[str]:
    """Ask over connections of their own which process answers."""
    found = set()
    for _ in range(count):
        with grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
            ask: Any = channel.unary_unary(f"/{SERVICE.full_name}/ListBooks")
            found.add(Books.FromString(ask(ListBooksRequest().SerializeToString(), timeout=5)).books[0].name)
    return found


def test_several_processes_answer_on_one_port_and_end_together(start: Start, address: str) -> None:
    process = start(RAPPORT_GRPC_PROCESSES="2")
    Caller(address, SERVICE).wait_ready(15)
    deadline = time.monotonic() + 15
    found: set[str] = set()
    while len(found) < 2 and time.monotonic() < deadline:
        found |= pids(address, 10)
    assert len(found) == 2
    assert str(process.pid) not in found
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in found)


def test_a_replica_that_dies_ends_them_all_with_an_error(start: Start, address: str) -> None:
    process = start(RAPPORT_GRPC_PROCESSES="2")
    Caller(address, SERVICE).wait_ready(15)
    os.kill(int(pids(address, 1).pop()), signal.SIGKILL)
    assert process.wait(15) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has died")
def test_replicas_do_not_outlive_a_parent_that_is_killed(start: Start, address: str) -> None:
    process = start(RAPPORT_GRPC_PROCESSES="2")
    Caller(address, SERVICE).wait_ready(15)
    found = pids(address, 10)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in found) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(Path(f"/proc/{pid}").exists() for pid in found)
