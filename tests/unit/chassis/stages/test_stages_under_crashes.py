"""Both stages with workers that die at any call to a port, and zombies that go on after losing their partitions."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import Any

import pytest

from chassis.errors import ChassisError
from chassis.memory.runner import Crash, MemoryRunner
from chassis.stages.parts import PartCodec
from tests.unit.chassis.stages.toy import LEVEL_STEP, Collected, Packed, Toy

SEEDS = 150
MEMBERS = 6
CODEC: PartCodec[Collected] = PartCodec(Packed(Collected), Collected)


class Fragile:
    """A port that kills its worker before or after some of its calls."""

    def __init__(self, port: Any, random: Random, odds: dict[str, float]) -> None:
        self._port, self._random, self._odds = port, random, odds

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            if self._random.random() < self._odds["crash"]:
                raise Crash
            answer = method(*args, **kwargs)
            if self._random.random() < self._odds["crash"]:
                raise Crash
            return answer

        return call if callable(method) else method


def history(random: Random) -> tuple[list[tuple[str, Any]], dict[str, int], dict[str, set[str]]]:
    """What happens, in order; each member's true total; and the groups at the end."""
    steps: list[tuple[str, Any]] = []
    totals: dict[str, int] = defaultdict(int)
    members = [f"m{number}" for number in range(MEMBERS)]
    groups = {f"g{number}": {member} for number, member in enumerate(members)}
    version = 0
    for group, (member,) in [(group, tuple(each)) for group, each in groups.items()]:
        version += 1
        steps += [("assign", (member, group, version)), ("snapshot", (group, version, [member], ""))]
    for position in range(40):
        member, amount = random.choice(members), random.choice([10, -5, 20])
        steps += [("event", (member, position, amount))] * random.choice([1, 1, 1, 2])
        totals[member] += amount
        if random.random() < 0.15:
            version += 1
            steps += regroup(random, groups, version)
    return steps, totals, groups


def regroup(random: Random, groups: dict[str, set[str]], version: int) -> list[tuple[str, Any]]:
    """Merge a group into another, or let a member go to the group that it was born with."""
    one, other = sorted(random.sample([group for group in groups if groups[group]] + ["g0"], 2))
    steps: list[tuple[str, Any]] = []
    if one != other and groups[one] and random.random() < 0.6:
        moved = groups[other]
        groups[one], groups[other] = groups[one] | moved, set()
        steps += [("assign", (member, one, version)) for member in sorted(moved)]
        steps += [("snapshot", (one, version, sorted(groups[one]), "")), ("snapshot", (other, version, [], one))]
    else:
        home = next((group for group in groups if not groups[group]), None)
        source = next((group for group in groups if len(groups[group]) > 1), None)
        if home and source:
            member = max(groups[source])
            groups[source] = groups[source] - {member}
            groups[home] = {member}
            steps += [("assign", (member, home, version)), ("snapshot", (home, version, [member], ""))]
            steps += [("snapshot", (source, version, sorted(groups[source]), ""))]
    return steps


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nothing_is_lost_or_doubled_whatever_dies(seed: int) -> None:
    """After crashes at any call and zombies, totals, last messages and sequences are those of an undisturbed run."""
    random = Random(seed)
    odds = {"crash": 0.03}
    toy = Toy(wrap=lambda _, port: Fragile(port, random, odds))
    steps, totals, groups = history(random)
    worker = MemoryRunner(toy.broker, "toy", toy.handlers(), random=random, flush_records=8)
    zombies: list[MemoryRunner] = []
    while steps or zombies:
        if steps:
            kind, arguments = steps.pop(0)
            getattr(toy, kind)(*arguments)
        if random.random() < 0.03:
            zombies.append(worker)
            worker = MemoryRunner(toy.broker, "toy", toy.handlers(), random=random, flush_records=8)
        for each in [worker, *zombies]:
            if random.random() < 0.5:
                run(each, toy)
        if zombies and random.random() < 0.2:
            zombies.pop()
    odds["crash"] = 0.0
    worker.restart(toy.handlers())
    worker.run_until_quiet()
    check(toy, totals, groups)


def run(worker: MemoryRunner, toy: Toy) -> None:
    try:
        worker.step()
    except (Crash, ChassisError):
        worker.restart(toy.handlers())


def check(toy: Toy, totals: dict[str, int], groups: dict[str, set[str]]) -> None:
    parts = {key: CODEC.part(document) for key, document in toy.parts.everything().items()}
    assert {member: part.state.total for member, part in parts.items()} == {
        member: totals.get(member, 0) for member in parts
    }
    assert all(part.left == [] for part in parts.values())
    last = toy.last("totals")
    for group, members in groups.items():
        if not members:
            assert last[group][1] == "merged"
            continue
        expected = sum(totals.get(member, 0) for member in members)
        assert last[group][1:] == [expected, expected // LEVEL_STEP], group
        changes = toy.changes(group)
        assert [sequence for sequence, _ in changes] == list(range(1, len(changes) + 1))
        assert changes[-1][1].endswith(f"->{expected // LEVEL_STEP}")
        assert all(changes[i][1].split("->")[0] == changes[i - 1][1].split("->")[1] for i in range(1, len(changes)))
