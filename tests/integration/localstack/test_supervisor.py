"""The supervisor, with fake services as real processes."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localstack import Ended, Event, Ready, Restarted, Service, Settings, Supervisor
from localstack.catalog import plan
from localstack.errors import StartError
from localstack.guardian import Guardian
from localstack.health import Health
from localstack.ports import PortBook

pytestmark = pytest.mark.integration

Make = Callable[..., Supervisor]


@pytest.fixture
def events() -> list[Event]:
    """Return the list into which the supervisor's events go."""
    return []


@pytest.fixture
def make(
    tmp_path: Path, fake_settings: Callable[..., Settings], fake_service: Service, events: list[Event]
) -> Iterator[Make]:
    """Yield a maker of supervisors over fakes; what still runs at the end is stopped."""
    guardian = Guardian()

    def build(mode: str = "good", workers: int = 1) -> Supervisor:
        return Supervisor(
            plan([fake_service], workers),
            common_environment=lambda: fake_settings(mode).inherited,
            folder=tmp_path,
            guardian=guardian,
            port_book=PortBook(tmp_path / "ports.json"),
            on_event=events.append,
        )

    yield build
    guardian.close()


def test_processes_serve_where_the_conventions_say(make: Make, tmp_path: Path) -> None:
    """A worker is told its health address, a server its gRPC address, and both serve there."""
    supervisor = make()
    supervisor.start()
    assert set(supervisor.health().values()) == {Health.SERVING}
    supervisor.stop()

    facts = {}
    for name in ("fake-worker", "fake-server"):
        facts[name] = json.loads((tmp_path / "logs" / f"{name}.log").read_text().splitlines()[0])
    assert facts["fake-worker"]["RAPPORT_HEALTH_LISTEN"] == supervisor.addresses["fake-worker"]
    assert facts["fake-server"]["RAPPORT_GRPC_LISTEN"] == supervisor.addresses["fake-server"]


def test_stop_asks_before_it_kills(make: Make, tmp_path: Path) -> None:
    """A process that listens to SIGTERM ends by itself, in its own time."""
    supervisor = make()
    supervisor.start()
    supervisor.stop()
    assert "ended by SIGTERM" in (tmp_path / "logs" / "fake-worker.log").read_text()
    assert set(supervisor.health().values()) == {Health.SILENT}


def test_stop_kills_what_does_not_listen(make: Make) -> None:
    """A process that ignores SIGTERM is gone after the grace time."""
    supervisor = make("stubborn")
    supervisor.start()
    pids = [status.pid for status in supervisor.statuses()]
    began = time.monotonic()
    supervisor.stop(grace_seconds=0.5)
    assert time.monotonic() - began < 3
    assert [status.last_status for status in supervisor.statuses()] == [None, None]
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid or 0, 0)


def test_a_killed_worker_comes_back_at_its_address_and_is_counted(
    make: Make, events: list[Event], wait_for: Callable[..., None]
) -> None:
    """Kill -9 of a worker leads to a new process at the same address, after the first back-off."""
    supervisor = make()
    supervisor.start()
    before = supervisor.process("fake-worker").pid
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: supervisor.restarts["fake-worker"] == 1)
    wait_for(lambda: supervisor.health()["fake-worker"] is Health.SERVING)

    assert supervisor.process("fake-worker").pid != before
    assert supervisor.restarts == {"fake-worker": 1, "fake-server": 0}
    ended = next(event for event in events if isinstance(event, Ended))
    assert (ended.name, ended.status, ended.restart_in) == ("fake-worker", -signal.SIGKILL, 0.2)
    assert Restarted("fake-worker", 1) in events
    assert {event.name for event in events if isinstance(event, Ready)} == {"fake-worker", "fake-server"}
    supervisor.stop()


def test_each_worker_of_a_service_has_its_own_address(make: Make) -> None:
    """With two workers there are two processes, side by side."""
    supervisor = make(workers=2)
    supervisor.start()
    assert set(supervisor.addresses) == {"fake-worker", "fake-worker-2", "fake-server"}
    assert len(set(supervisor.addresses.values())) == 3
    assert set(supervisor.health().values()) == {Health.SERVING}
    supervisor.stop()


def test_a_process_that_keeps_ending_fails_the_start_early(make: Make, events: list[Event]) -> None:
    """A crash loop is reported with the log and its end, long before the time limit, after growing pauses."""
    supervisor = make("crash")
    with pytest.raises(StartError, match="the fake service fails on purpose") as raised:
        supervisor.start(timeout=60)
    assert raised.value.log.name in {"fake-worker.log", "fake-server.log"}
    pauses = [event.restart_in for event in events if isinstance(event, Ended) and event.name == "fake-worker"]
    assert pauses[:3] == [0.2, 0.4, 0.8]


def test_a_process_that_never_serves_fails_the_start_in_time(make: Make) -> None:
    """A process that runs but does not say SERVING is named, with its log, when the time is over."""
    supervisor = make("never")
    with pytest.raises(StartError, match=r"fake-worker is not serving after 3 s"):
        supervisor.start(timeout=3)
    assert [status.pid for status in supervisor.statuses()] == [None, None]
