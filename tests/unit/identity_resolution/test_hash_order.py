"""Decisions in different processes, in which Python's sets have different orders."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from random import Random
from typing import Any

from identity_resolution.domain.evidence import (
    Act,
    AddConstraint,
    BlockIdentifier,
    ConstraintKind,
    Evidence,
    Merge,
    Pair,
    Reevaluate,
    Split,
    Undo,
)
from tests.unit.identity_resolution.deciding import Store
from tests.unit.identity_resolution.logs import ACCOUNTS, CAPPED, DATES, IDENTIFIERS, POLICY

LOGS, ENTRIES = 40, 30


def entry(random: Random) -> Evidence:
    """Any evidence."""
    some = [random.choice(IDENTIFIERS) for _ in range(random.randint(0, 3))]
    pairs = [Pair(random.choice(ACCOUNTS), random.choice([-9.0, 3.0, 8.0, 14.0]), random.choice([0.0, -8.0]))]
    dates = [("date_of_birth", random.choice(DATES))]
    return Evidence(
        random.choice(ACCOUNTS), tuple(some), tuple(dates[: random.randint(0, 1)]), tuple(pairs[: random.randint(0, 1)])
    )


def act(random: Random, store: Store) -> Act:
    """Any command on those who are known."""
    one, other = (random.choice(sorted(store.memberships)) for _ in range(2))
    decision = random.choice(sorted(store.decisions) or ["none"])
    acts: list[Act] = [
        Merge((store.home(one).id, store.home(other).id)),
        Split(store.home(one).id, (one,)),
        Undo(decision),
        Undo(decision, (one,)),
        AddConstraint(random.choice(list(ConstraintKind)), (one, other)),
        Reevaluate((store.home(one).id,)),
        BlockIdentifier(random.choice(IDENTIFIERS), unblock=random.random() < 0.5),
    ]
    return random.choice(acts)


def state(store: Store) -> list[Any]:
    """All that is stored; what has an order in the store, in that order."""
    customers = [
        (id_, each.version, each.merged_into, sorted(each.accounts), list(each.pairs), list(each.refused.values()))
        for id_, each in sorted(store.customers.items())
    ]
    others = (store.memberships, store.identifiers, store.decisions, store.suggestions, store.relationships)
    return [customers, *(sorted(each.items()) for each in others)]


def digest() -> str:
    """What all logs lead to."""
    found = hashlib.sha256()
    for seed in range(LOGS):
        random, store = Random(seed), Store(CAPPED if seed % 2 else POLICY)
        store.take(entry(random))
        for _ in range(ENTRIES):
            if random.random() < 0.7:
                store.take(entry(random))
            else:
                store.command(act(random, store))
        found.update(repr(state(store)).encode())
    return found.hexdigest()


def test_i17_the_order_of_sets_which_differs_between_processes_changes_no_decision() -> None:
    program = f"from {__name__} import digest; print(digest())"
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(digests) == 1
