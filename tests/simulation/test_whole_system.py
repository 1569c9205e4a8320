"""All four services together, under crashes, outages, stalls, takeovers and rebalances at any call to a port.

Once all is quiet, everything must be what a plain loop over what producers sent gives. More seeds find more:
`python -m tests.simulation.test_whole_system 100 500` runs those from 100 up to 500 and prints what fails.
"""

from __future__ import annotations

import sys
from random import Random

import pytest

from tests.simulation.audit import faults
from tests.simulation.history import Producer, Staff
from tests.simulation.system import Odds, System
from tests.simulation.undoing import undone

SEEDS = 14
INTERACTIONS = 90
UNDONE = 3
"""Of so many seeds, one in which at last a merge is made and undone."""
COMMANDS = 0.06
"""How often people command something: at a step, mostly none."""


def simulate(seed: int) -> list[str]:
    """Live through a history that the seed decides; return what is wrong at its end."""
    random = Random(seed)
    system = System(random, Odds())
    producer, staff = Producer(system, Random(seed)), Staff(system, Random(seed))
    days_pass_at = random.choice([0, random.randrange(INTERACTIONS)])
    while producer.sent < INTERACTIONS:
        for _ in range(random.choice([0, 0, 1, 3])):
            producer.send()
        if random.random() < COMMANDS:
            staff.command()
        if days_pass_at and producer.sent >= days_pass_at:
            days_pass_at = 0
            system.let_days_pass(random.randint(1, 60))
        system.step()
    for _ in range(random.randrange(60)):
        system.step()
    system.calm_down()
    found = faults(system)
    if seed % UNDONE == 0 and not found:
        found = [*undone(system, random), *faults(system)]
    return found


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nothing_is_lost_doubled_or_overtaken_whatever_happens(seed: int) -> None:
    assert simulate(seed) == [], f"seed {seed}"


if __name__ == "__main__":
    first, end = map(int, sys.argv[1:])
    for each in range(first, end):
        if found := simulate(each):
            print(f"seed {each}:", *found, sep="\n  ")
