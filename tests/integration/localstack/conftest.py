"""Fake services, and finding the processes that belong to a data folder."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from localstack import Service, Settings

FAKES = Path(__file__).with_name("fakes")


@pytest.fixture
def fake_settings() -> Callable[..., Settings]:
    """Return a maker of settings under which `python -m fake_service` is found and behaves as `mode` says."""

    def make(mode: str = "good", **variables: str) -> Settings:
        return Settings.from_environment({**os.environ, "PYTHONPATH": str(FAKES), "FAKE_MODE": mode, **variables})

    return make


@pytest.fixture
def fake_service() -> Service:
    """Return a service whose worker and server are fakes."""
    return Service("fake", "fake_service", ("worker", "server"), grpc_port=1, health_port=2)


@pytest.fixture
def processes_of() -> Callable[[Path], list[str]]:
    """Return a function that lists the living processes of a stack in a folder."""
    return _processes_of


@pytest.fixture
def wait_for() -> Callable[..., None]:
    """Return a function that waits until a condition holds, and fails the test if it does not in time."""

    def wait(condition: Callable[[], bool], seconds: float = 15.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"did not come to pass within {seconds:g} s")
            time.sleep(0.05)

    return wait


def _processes_of(folder: Path) -> list[str]:
    """Kafka and the store name the folder in their command lines, the fakes print their pids into their logs."""
    fakes = {_first_fact(line) for log in folder.rglob("fake*.log") for line in log.read_text().splitlines()}
    listing = subprocess.run(["ps", "-Aww", "-o", "pid=,stat=,command="], capture_output=True, text=True, check=True)
    found = []
    for line in listing.stdout.splitlines():
        pid, state, command = line.split(None, 2)
        is_ours = str(folder) in command or (int(pid) in fakes and "fake_service" in command)
        if is_ours and not state.startswith("Z"):
            found.append(line)
    return found


def _first_fact(line: str) -> int | None:
    return int(json.loads(line)["pid"]) if line.startswith('{"pid"') else None
