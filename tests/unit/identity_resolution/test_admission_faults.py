"""Details on their way through admission, with workers that die in the midst of a call, and that work at once."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from random import Random
from typing import Any

import pytest

from chassis.memory.runner import MemoryRunner
from chassis.records import Message
from rapport.interactions.v1.interaction_pb2 import Interaction
from tests.unit.identity_resolution.admissions import JOE, MAIL, TIM, A, Admissions, B, C, observation
from tests.unit.identity_resolution.interleaving import Interleaving
from tests.unit.identity_resolution.neighbours import details
from tests.unit.identity_resolution.sabotage import Saboteur
from tests.unit.identity_resolution.world import INTERACTIONS, RULES, SERVICE, World, interaction


def a_town() -> list[Interaction]:
    """People who show details and identifiers over time, some alike, some of one household."""
    forms = [
        observation("1", A, MAIL, **JOE),
        observation("2", B, MAIL, **TIM),
        interaction("3", C, MAIL),
        observation("4", C, **JOE, phone="+447400123456"),
        observation("5", "x:1", **{**JOE, "given_name": "Jo"}),
        observation("6", A, phone="+447400123456", email="joe@example.com"),
        observation("7", "x:2", given_name="Zoe", family_name="Quill"),
        observation("8", "x:2", **JOE),
        observation("9", "x:1", date_of_birth="1999-12-31", family_name="Vanderbilt"),
        interaction("10", "x:2", MAIL, ("handle", "instagram/joe")),
    ]
    return [*forms, forms[0], forms[4]]


@pytest.mark.parametrize("flush", [2, 100])
def test_id7_a_crash_at_any_call_of_a_port_loses_nothing_of_what_the_log_is_told(flush: int) -> None:
    reference = Admissions()
    reference.send(*a_town())
    reference.settle()
    crashes = 0
    for call in range(1, 300):
        world = Admissions()
        world.send(*a_town())
        saboteur = Saboteur(world, call)
        saboteur.run(flush_records=flush)
        assert told_as(world) == told_as(reference)
        crashes += saboteur.crashes
        if not saboteur.crashes:
            break
    assert crashes > 8


def told_as(world: Admissions) -> tuple[Any, ...]:
    """What the log was told, with weights only of pairs that matter: others are told where they mattered on the way."""
    accounts, claims, exclusives, pairs, details, blocks = world.said()
    alike = {pair: weight for pair, weight in pairs.items() if weight > 0}
    return accounts, claims, exclusives, alike, {key: each.details for key, each in details.items()}, blocks


@pytest.mark.parametrize("seed", range(20))
def test_id7_many_crashes_and_any_batches_lose_nothing_of_what_the_log_is_told(seed: int) -> None:
    random = Random(seed)
    reference, world = Admissions(), Admissions()
    for each in (reference, world):
        each.send(*a_town())
    reference.settle()
    calls = [call for call in range(1, 300) if random.random() < 0.06]
    Saboteur(world, *calls).run(flush_records=5, random=random)
    assert told_as(world) == told_as(reference)


class Meeting:
    """Two workers with a partition each: at the nth call of a port of the first one, the other does all its work."""

    def __init__(self, world: World, call: int) -> None:
        self.calls = 0
        self._at = call
        mine, theirs, *_ = world.broker.partitions(INTERACTIONS)
        self._other = MemoryRunner(world.broker, SERVICE, world.handlers())
        self._other.assign([theirs])
        world.wrap = lambda name, port: _Met(self, port)
        self._first = MemoryRunner(world.broker, SERVICE, world.handlers())
        self._first.assign([mine])

    def run(self) -> None:
        """Let the first one work."""
        self._first.run_until_quiet()

    def strike(self) -> None:
        """Count a call."""
        self.calls += 1
        if self.calls == self._at:
            self._other.run_until_quiet()


class _Met:
    def __init__(self, meeting: Meeting, port: Any) -> None:
        self._meeting, self._port = meeting, port

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._port, name)
        if name not in ("load", "publish", "compare_and_set"):
            return call

        def counted(items: Iterable[Any]) -> Any:
            self._meeting.strike()
            return call(items)

        return counted


def test_id7_of_two_newcomers_that_two_workers_admit_at_once_one_sees_the_other() -> None:
    for call in range(1, 30):
        world = Admissions()
        newcomers = [observation("1", A, MAIL, **JOE), observation("2", B, MAIL, **JOE)]
        world.broker.publish(
            Message(INTERACTIONS, b"k", each.SerializeToString(), (), partition)
            for partition, each in enumerate(newcomers)
        )
        meeting = Meeting(world, call)
        meeting.run()
        if meeting.calls < call:
            break
        assert len(world.forwarded()) == 2
        assert world.pairs().keys() == {frozenset({A, B})}
    assert call > 6


def test_id7_the_last_word_on_two_accounts_that_change_at_once_is_true_whichever_is_told_last() -> None:
    """One worker compares before the other one changes its account, and tells of it after the other has told."""
    for call in range(1, 40):
        world = Admissions()
        judge = world.handlers()[0]._ports.observer._judge
        world.send(observation("1", A, **JOE), observation("2", B, **JOE))
        world.settle()
        world.broker.publish(
            Message(INTERACTIONS, b"k", observation("3", account, company=company).SerializeToString(), (), partition)
            for partition, (account, company) in enumerate([(A, "Acme Widgets"), (B, "Quarrystone")])
        )
        meeting = Meeting(world, call)
        meeting.run()
        if meeting.calls < call:
            break
        one, other = world.details(A), world.details(B)
        assert {"company"} <= one.keys() & other.keys()
        assert world.pairs() == {frozenset({A, B}): judge._pair(B, one, other).weight}, call
    assert call > 8


FORMS: list[dict[str, Any]] = [
    JOE, TIM, {"company": "Acme Widgets"}, {"company": "Quarrystone"}, {"given_name": "Joe"},
    {"date_of_birth": "1980-02-03"}, {"date_of_birth": "1951-07-19"}, {"family_name": "Vanderbilt"},
]  # fmt: skip


@pytest.mark.parametrize("seed", range(30))
def test_id7_however_the_calls_of_three_workers_interleave_all_is_kept_and_the_last_words_are_true(seed: int) -> None:
    random = Random(seed)
    world = Admissions()
    judge = world.handlers()[0]._ports.observer._judge
    partitions = world.broker.partitions(INTERACTIONS)[:3]
    shown: dict[str, set[tuple[str, str]]] = {}
    for number in range(18):
        partition = random.randrange(3)
        account, form = f"x:{partition}{random.randrange(2)}", random.choice(FORMS)
        shown.setdefault(account, set()).update(normalised(form))
        made = observation(str(number), account, *random.choice([(), (MAIL,)]), **form)
        world.broker.publish([Message(INTERACTIONS, b"k", made.SerializeToString(), (), partition)])
    Interleaving(world, [[each] for each in partitions], random).run()
    known = {account: world.details(account) for account in shown}
    for account, told in shown.items():
        assert {(name, value) for name, values in known[account].items() for value in values} == told
    pairs = world.pairs()
    for one, other in combinations(sorted(known), 2):
        now = judge._pair(other, known[one], known[other])
        assert pairs.get(frozenset({one, other}), now.weight) == now.weight
        assert frozenset({one, other}) in pairs or now.weight < RULES.matching.thresholds.suggest


def normalised(form: dict[str, str]) -> set[tuple[str, str]]:
    """Field and value of each detail, as it is kept."""
    return {(name, value) for name, values in details(**form).items() for value in values}
