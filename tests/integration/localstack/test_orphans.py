"""Whatever ends the launcher, no process of the stack outlives it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localstack.data_folder import DataFolder

pytestmark = pytest.mark.integration

LAUNCHER = Path(__file__).with_name("fakes") / "launcher.py"
Launch = Callable[..., subprocess.Popen[str]]
ProcessesOf = Callable[[Path], list[str]]
WaitFor = Callable[..., None]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Yield a function that starts a launcher over this test's folder."""
    started = []

    def start(mode: str = "good") -> subprocess.Popen[str]:
        command = [sys.executable, str(LAUNCHER), str(tmp_path), mode]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait_until_up(launcher: subprocess.Popen[str]) -> None:
    assert launcher.stdout is not None
    assert launcher.stdout.readline() == "up\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_to_the_launcher_stops_all_in_order(
    launch: Launch, tmp_path: Path, processes_of: ProcessesOf, number: signal.Signals
) -> None:
    """When the launcher has ended after a signal, nothing runs any more and the services ended by themselves."""
    launcher = launch()
    wait_until_up(launcher)
    assert len(processes_of(tmp_path)) == 5  # the launcher, Kafka, the store, a worker, a server
    launcher.send_signal(number)
    assert launcher.wait(timeout=20) == 0
    assert processes_of(tmp_path) == []
    assert "ended by SIGTERM" in (tmp_path / "logs" / "fake-worker.log").read_text()


def test_ctrl_c_twice_still_stops_in_order(launch: Launch, tmp_path: Path, processes_of: ProcessesOf) -> None:
    """An impatient second Ctrl-C, to the whole foreground group, does not cut the stopping short."""
    launcher = launch()
    wait_until_up(launcher)
    os.killpg(launcher.pid, signal.SIGINT)
    time.sleep(0.1)
    os.killpg(launcher.pid, signal.SIGINT)
    assert launcher.wait(timeout=20) == 0
    assert processes_of(tmp_path) == []


def test_kill_9_of_the_launcher_ends_all(
    launch: Launch, tmp_path: Path, processes_of: ProcessesOf, wait_for: WaitFor
) -> None:
    """After kill -9 of the launcher the guardian ends everything, kindly, and frees the data folder."""
    launcher = launch()
    wait_until_up(launcher)
    launcher.kill()
    launcher.wait()
    wait_for(lambda: processes_of(tmp_path) == [], 10)
    wait_for(lambda: not DataFolder(tmp_path).in_use())
    assert "ended by SIGTERM" in (tmp_path / "logs" / "fake-worker.log").read_text()


def test_kill_9_of_the_launcher_ends_what_ignores_sigterm(
    launch: Launch, tmp_path: Path, processes_of: ProcessesOf, wait_for: WaitFor
) -> None:
    """The guardian kills what has not ended by itself within its grace time."""
    launcher = launch("stubborn")
    wait_until_up(launcher)
    launcher.kill()
    launcher.wait()
    wait_for(lambda: processes_of(tmp_path) == [], 25)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_kill_9_in_the_middle_of_the_start_ends_all(
    launch: Launch, tmp_path: Path, processes_of: ProcessesOf, wait_for: WaitFor, count: int
) -> None:
    """Killed as soon as its first, second or third process appears, the launcher leaves none behind."""
    launcher = launch()
    wait_for(lambda: len(processes_of(tmp_path)) >= count, 30)
    launcher.kill()
    launcher.wait()
    wait_for(lambda: not DataFolder(tmp_path).in_use(), 20)
    time.sleep(0.3)
    assert processes_of(tmp_path) == []


def test_the_guardian_may_be_killed_too(
    launch: Launch, tmp_path: Path, processes_of: ProcessesOf, wait_for: WaitFor
) -> None:
    """A guardian that was killed is replaced by one that knows all processes."""
    launcher = launch()
    wait_until_up(launcher)
    children = subprocess.run(["ps", "-Aww", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True)
    lines = [line.split(None, 2) for line in children.stdout.splitlines()]
    guardian = next(int(pid) for pid, parent, command in lines if int(parent) == launcher.pid and "guard_" in command)
    os.kill(guardian, signal.SIGKILL)
    time.sleep(0.5)
    launcher.kill()
    launcher.wait()
    wait_for(lambda: processes_of(tmp_path) == [], 10)


def test_a_new_start_right_after_a_crash_waits_for_the_leftovers(launch: Launch, tmp_path: Path) -> None:
    """The next start takes over the folder as soon as the crashed one's processes are gone."""
    first = launch()
    wait_until_up(first)
    first.kill()
    first.wait()
    second = launch()
    wait_until_up(second)
    second.terminate()
    assert second.wait(timeout=20) == 0
