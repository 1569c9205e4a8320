"""kill -9 of workers while a town is being sent and worked off."""

from __future__ import annotations

import random
import time

import pytest

from tests.e2e.faults.system import SERVICES, System

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

ROUNDS = 3


def test_killing_workers_at_random_changes_no_total(system: System) -> None:
    """Each worker of each service is killed several times while events come in, so that partitions change hands."""
    dice = random.Random(3)
    names = [name for service in SERVICES for name in system.workers[service]] * ROUNDS
    dice.shuffle(names)
    before = system.stack.supervisor.restarts
    with system.sending(system.town(80, days=25), seconds=16) as sent:
        for name in names:
            time.sleep(dice.uniform(0.1, 1.2))
            system.kill(name)
    system.wait_until_quiet()
    assert system.differences(sent) == []
    assert system.wrong() == []
    after = system.stack.supervisor.restarts
    assert all(after[name] >= before[name] + ROUNDS for name in names)


@pytest.mark.soak
def test_killing_all_workers_at_once_changes_no_total(system: System) -> None:
    """Nobody is left to take over: what was under way is done again by those that are started in their place."""
    everybody = [name for service in SERVICES for name in system.workers[service]]
    with system.sending(system.town(60), seconds=5) as sent:
        time.sleep(2)
        for name in everybody:
            system.kill(name)
    system.wait_until_quiet()
    assert system.differences(sent) == []
    assert system.wrong() == []
