"""A worker that sleeps through its session, and goes on as if nothing had happened when it wakes up."""

from __future__ import annotations

import signal
import time

import pytest

from tests.e2e.faults.system import SERVICES, System

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

LONGER_THAN_A_SESSION = 8.0

# A message written before the sleep and sent after it comes late, behind newer ones. Readers go by versions; in the
# topics the new owner says the newest again once everything late must have arrived (chassis.stages.resend), which is
# minutes later. So these tests come last: what they leave behind would disturb others.
SETTLED_MUCH_LATER = ("I8 by place",)


@pytest.mark.parametrize("number", [0, pytest.param(1, marks=pytest.mark.soak)], ids=["first", "second"])
def test_a_worker_that_was_paused_cannot_write_what_is_no_longer_its_own(system: System, number: int) -> None:
    """The other worker of each service has taken over, and the late writes are refused.

    The store stands still for a moment before, so that the workers are asleep in the middle of their batches.
    """
    asleep = [system.workers[service][number] for service in SERVICES]
    with system.sending(system.town(60), seconds=11) as sent:
        time.sleep(1.5)
        system.stack.store.pause()
        time.sleep(0.7)
        try:
            for name in asleep:
                system.stack.supervisor.process(name).signal(signal.SIGSTOP)
            system.stack.store.resume()
            time.sleep(LONGER_THAN_A_SESSION)
            marks = system.log_sizes()
        finally:
            for name in asleep:
                system.stack.supervisor.process(name).signal(signal.SIGCONT)
    system.wait_until_quiet()
    assert system.differences(sent) == []
    assert system.wrong(but=SETTLED_MUCH_LATER) == []
    assert any("Conflict" in system.log_since(name, marks) for name in asleep)
