"""States kept in memory under every order of writes, late announcements, reads, evictions and stalls.

Each planted fault below is one guard of the cache left out; a walk through the same steps finds every one of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.stages import state_cache
from chassis.stages.state_cache import LIVE_SECONDS, NEVER, StateCache
from tests.unit.chassis.stages.test_state_cache import Ticking, message, read

IDS = "abc"
FOR_EVER = 1 << 60
TWO_STATES = 2 * (state_cache.OVERHEAD_BYTES + 12)
WALK = 100_000
MOST_CALLS = 4


class Call:
    """A call under way: what it may not answer with less than, and how far it is."""

    def __init__(self, id_: str, least: int, kept: bytes | None, token: int) -> None:
        self.id = id_
        self.least = least
        self.kept = kept
        self.token = token
        self.stored: tuple[int, bytes | None] | None = None


class World:
    """A store whose states are numbered, a topic that says so later, and a process that answers calls.

    Every write of an id has a higher number, erasures and merges too: an answer is as old as its number. Each step
    takes an id and a number that says which of several things is meant.
    """

    def __init__(self, make: Callable[..., StateCache] = StateCache) -> None:
        self.clock = Ticking()
        self.cache = make(TWO_STATES, read, self.clock)
        self.cache.confirm(self.clock.seconds)
        self.stored: dict[str, tuple[int, bytes | None]] = {}
        self.unsent: list[tuple[str, int, bytes | None]] = []
        self.topic: list[tuple[str, int, bytes | None]] = []
        self.calls: list[Call] = []
        self.delivered: dict[str, int] = defaultdict(int)
        self.answered: dict[str, int] = defaultdict(int)

    def write(self, id_: str, which: int) -> None:
        number = self._number(id_) + 1
        said = [message(number), message(number), message(number, closed=True), None][which]
        self.stored[id_] = (number, said if which < 2 else None)
        self.unsent.append((id_, number, said))

    def send(self, id_: str, which: int) -> None:
        """Announcements take their time, and may come in any order: a worker that was deposed sends late."""
        if self.unsent:
            self.topic.append(self.unsent.pop(which % len(self.unsent)))

    def send_old(self, id_: str, which: int) -> None:
        number = self._number(id_) - which
        if number > 0:
            self.topic.append((id_, number, message(number) if which else self.stored[id_][1]))

    def deliver(self, id_: str, which: int) -> None:
        if self.topic:
            known, number, said = self.topic.pop(0)
            self.cache.announced(known, said)
            self.delivered[known] = max(number, self.delivered[known])

    def announce(self, id_: str, which: int) -> None:
        """What usually happens: all is sent and delivered at once."""
        self.topic += self.unsent
        self.unsent.clear()
        while self.topic:
            self.deliver(id_, which)

    def begin(self, id_: str, which: int) -> None:
        """A look-up; now and then a call that needs whole documents. Few are under way at a time."""
        if len(self.calls) == MOST_CALLS:
            self.end(id_, which)
        least = max(self.delivered[id_], self.answered[id_])
        kept, token = self.cache.take([id_]) if which else ({}, NEVER)
        self.calls.append(Call(id_, least, kept.get(id_), token))

    def read_the_store(self, id_: str, which: int) -> None:
        if self.calls:
            call = self.calls[which % len(self.calls)]
            call.stored = call.stored or self.stored.get(call.id, (0, None))

    def end(self, id_: str, which: int) -> None:
        if self.calls:
            self._end(self.calls.pop(which % len(self.calls)))

    def ask(self, id_: str, which: int) -> None:
        """A call from its beginning to its end, with nothing between."""
        self.begin(id_, which)
        self._end(self.calls.pop())

    def tick(self, id_: str, which: int) -> None:
        self.clock.seconds += 0.3 * which

    def stall(self, id_: str, which: int) -> None:
        self.clock.seconds += LIVE_SECONDS * (1 + which)

    def confirm(self, id_: str, which: int) -> None:
        self.cache.confirm(self.clock.seconds)

    def follow_anew(self, id_: str, which: int) -> None:
        """The follower fails, and begins anew at the end of the topic: what was on it counts, and is not delivered."""
        self.cache.lose()
        for known, number, _ in self.topic:
            self.delivered[known] = max(number, self.delivered[known])
        self.topic.clear()
        self.cache.confirm(self.clock.seconds)

    def _number(self, id_: str) -> int:
        return self.stored.get(id_, (0, None))[0]

    def _end(self, call: Call) -> None:
        if call.kept is not None:
            number = read(call.kept).version
        else:
            number, found = call.stored or self.stored.get(call.id, (0, None))
            self.cache.keep(call.token, [call.id], {} if found is None else {call.id: found})
        assert number >= call.least, f"{call.id}: answered {number} after {call.least}"
        self.answered[call.id] = max(number, self.answered[call.id])


OFTEN = [World.write, World.send, World.deliver, World.begin, World.read_the_store, World.end, World.ask, World.confirm]
SELDOM = [World.announce, World.send_old, World.tick, World.stall, World.follow_anew]
STEPS = 4 * OFTEN + SELDOM


class KeepsWhateverWasRead(StateCache):
    """Does not look whether anything was heard since the token was taken."""

    def keep(self, token: int, ids: Any, stored: Any) -> None:
        super().keep(NEVER if token == NEVER else FOR_EVER, ids, stored)


class TakesAnyVersion(StateCache):
    """Lets an older version take a newer one's place."""

    def announced(self, id_: str, message: bytes | None) -> None:
        is_kept = id_ in self._entries
        super().announced(id_, None)
        if is_kept and message is not None and not read(message).is_closed:
            super().keep(FOR_EVER, [id_], {id_: message})


class DeafToTombstones(StateCache):
    """Keeps what was erased."""

    def announced(self, id_: str, message: bytes | None) -> None:
        if message is not None:
            super().announced(id_, message)


class DeafToTheTopic(StateCache):
    """Hears nothing at all."""

    def announced(self, id_: str, message: bytes | None) -> None:
        pass


class BlindToOtherReads(StateCache):
    """Takes no note of what other calls read from the store."""

    def keep(self, token: int, ids: Any, stored: Any) -> None:
        if token != NEVER:
            super().keep(token, ids, stored)


class LetsLaterEndsWin(StateCache):
    """Does not mark what it keeps: a read that began earlier and ends later replaces it."""

    def keep(self, token: int, ids: Any, stored: Any) -> None:
        before = [self._marks[state_cache._slot(id_)] for id_ in ids]
        super().keep(token, ids, stored)
        for id_, mark in zip(ids, before, strict=True):
            self._marks[state_cache._slot(id_)] = mark


class SurvivesGaps(StateCache):
    """Keeps what it has when the topic was not followed for a while."""

    def _empty(self) -> None:
        pass


FAULTS = [
    KeepsWhateverWasRead, TakesAnyVersion, DeafToTombstones, DeafToTheTopic, BlindToOtherReads, LetsLaterEndsWin,
    SurvivesGaps,
]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(IDS), st.integers(0, 3)), min_size=20, max_size=80))
def test_an_answer_is_never_older_than_what_was_delivered_and_never_goes_backwards(
    steps: list[tuple[Callable[[World, str, int], None], str, int]],
) -> None:
    world = World()
    for step, id_, which in steps:
        step(world, id_, which)


def walk(make: Callable[..., StateCache], seed: int) -> World:
    random, world = Random(seed), World(make)
    for _ in range(WALK):
        random.choice(STEPS)(world, random.choice(IDS), random.randrange(4))
    return world


@pytest.mark.parametrize("seed", range(3))
def test_a_long_walk_finds_nothing_either(seed: int) -> None:
    assert max(walk(StateCache, seed).answered.values()) > 100


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_guard_that_is_left_out_is_found(fault: type[StateCache]) -> None:
    with pytest.raises(AssertionError, match="answered"):
        walk(fault, 0)
