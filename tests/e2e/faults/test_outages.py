"""The store or the broker is away for a while: the services wait, say so, and go on by themselves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from localstack.health import Health
from localstack.server import Server
from tests.e2e.faults.system import System

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


@contextmanager
def _disturbed(system: System) -> Iterator[None]:
    """Send a town while the block disturbs; afterwards all has to be as if nothing had happened, without restarts."""
    before = system.stack.supervisor.restarts
    with system.sending(system.town(60, days=15), seconds=8) as sent:
        time.sleep(2)
        try:
            yield
        finally:  # the tests that follow need both
            for server in (system.stack.store, system.stack.kafka):
                if not server.running:
                    server.start()
    system.wait_for_health(Health.SERVING, before, 40)
    system.wait_until_quiet()
    assert system.differences(sent) == []
    assert system.wrong() == []
    assert system.stack.supervisor.restarts == before


def test_a_store_that_was_stopped_is_waited_for(system: System) -> None:
    """Every process says NOT_SERVING meanwhile, and the logs name the reason; what came in is worked off later."""
    with _disturbed(system):
        marks = system.log_sizes()
        system.stack.store.stop()
        system.wait_for_health(Health.NOT_SERVING, marks, 20)
        for name in system.names("worker"):
            assert "trying again" in system.log_since(name, marks), f"{name} does not log that it waits"
        system.stack.store.start()


def test_a_broker_that_was_stopped_is_waited_for(system: System) -> None:
    """Every worker says NOT_SERVING meanwhile; the servers, which do not need it, go on answering."""
    with _disturbed(system):
        system.stack.kafka.stop()
        system.wait_for_health(Health.NOT_SERVING, system.names("worker"), 20)
        system.wait_for_health(Health.SERVING, system.names("server"), 1)
        system.stack.kafka.start()


@pytest.mark.parametrize("part", ["store", "kafka"])
def test_a_kill_of_store_or_broker_changes_no_total(system: System, part: str) -> None:
    """What was acknowledged is kept, and what was not is done again."""
    server: Server = getattr(system.stack, part)
    with _disturbed(system):
        server.kill()
        time.sleep(1)
        server.start()
