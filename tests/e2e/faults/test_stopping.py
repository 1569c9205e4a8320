"""SIGTERM of every process while there is work to do."""

from __future__ import annotations

import time

import pytest

from tests.e2e.faults.system import System

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

AT_MOST_SECONDS = 10.0


def test_sigterm_under_load_ends_every_process_in_order(system: System) -> None:
    """Exit status 0 within ten seconds; started again, they go on where they were."""
    everybody = system.names()
    with system.sending(system.town(60), seconds=6) as sent:
        time.sleep(2)
        began = time.monotonic()
        for name in everybody:
            system.stack.supervisor.process(name).terminate()
        system.wait_for(
            lambda: {end.name for end in system.ends_since(began)} >= set(everybody), AT_MOST_SECONDS, "all have ended"
        )
        ends = {end.name: end.status for end in system.ends_since(began)}
    system.wait_until_quiet()
    assert ends == dict.fromkeys(everybody, 0)
    assert system.differences(sent) == []
    assert system.wrong() == []
