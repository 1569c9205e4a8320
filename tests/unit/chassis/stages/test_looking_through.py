"""Looking through slots for what is stale: found exactly, waited for, and told how far it is."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from chassis.clock import ManualClock
from chassis.errors import Unavailable
from chassis.memory.documents import MemoryDocuments
from chassis.stages.looking_through import Looks, stale
from chassis.stages.progress import Progress, Reached, reached

SLOTS = [0, 1, 2]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def put(documents: MemoryDocuments, rules: dict[str, str]) -> None:
    documents.delete(list(documents.everything()))
    documents.insert_new(
        [{"_id": id_, "rev": 1, "slot": place % 3, "rules": each} for place, (id_, each) in enumerate(rules.items())]
    )


def test_what_has_another_version_is_found_be_it_higher_or_lower() -> None:
    """Up to a limit, in the slots asked for; what has no version is no matter of rules."""
    documents = MemoryDocuments()
    put(documents, {"a": "1-b", "b": "1-a", "c": "1-c", "d": "", "e": "1-bb"})
    documents.insert_new([{"_id": "f", "rev": 1, "slot": 0}])
    assert {each["_id"] for each in stale(documents, SLOTS, "rules", "1-b", 10)} == {"b", "c", "d", "e"}
    assert {each["_id"] for each in stale(documents, [1], "rules", "1-b", 10)} == {"b", "e"}
    for limit in (1, 2, 3):
        assert len(stale(documents, SLOTS, "rules", "1-b", limit)) == limit


def test_slots_are_done_together_where_nothing_is_stale(clock: ManualClock) -> None:
    """Without a look at each of them."""
    documents, told = MemoryDocuments(), MemoryDocuments()
    put(documents, {"a": "1"})
    looks = Looks(clock, Progress(told, "s"))
    looks.own(SLOTS)
    assert looks.look_for("1")
    assert looks.next(documents, "rules", "1", 1) == []
    assert reached(told, "s", "1") == Reached(3, 0)


def test_what_others_make_good_is_waited_for_longer_each_time_and_counted_once(clock: ManualClock) -> None:
    """A slot is done when a look finds nothing, and not before."""
    documents, told = MemoryDocuments(), MemoryDocuments()
    put(documents, {"a": "0"})
    looks = Looks(clock, Progress(told, "s"))
    looks.own([0])
    looks.look_for("1")
    waits = []
    for _ in range(4):
        started = clock.now()
        while not looks.next(documents, "rules", "1", 8):
            clock.advance(timedelta(seconds=1))
        waits.append((clock.now() - started).total_seconds())
        looks.wait(Counter({0: 1}))
    assert waits == [0, 5, 10, 20]
    assert reached(told, "s", "1") == Reached(0, 1)
    put(documents, {"a": "1"})
    clock.advance(timedelta(minutes=5))
    assert looks.next(documents, "rules", "1", 8) == [0]
    looks.clean([0])
    assert looks.next(documents, "rules", "1", 8) == []
    assert reached(told, "s", "1") == Reached(1, 1)


def test_other_rules_begin_anew_and_what_was_told_before_is_not_theirs(clock: ManualClock) -> None:
    """Also if the rules before are in force again."""
    documents, told = MemoryDocuments(), MemoryDocuments()
    looks = Looks(clock, Progress(told, "s"))
    looks.own(SLOTS)
    for version in ("1", "2", "1"):
        assert looks.look_for(version)
        assert not looks.look_for(version)
        assert reached(told, "s", version).done == 0
        looks.next(documents, "rules", version, 1)
        assert reached(told, "s", version).done == 3


def test_who_takes_slots_over_counts_on_and_who_lost_them_tells_no_more() -> None:
    """Progress is of the slot, whoever owns it."""
    told = MemoryDocuments()
    one, other = Progress(told, "s"), Progress(told, "s")
    one.begin("1", [0])
    one.add(Counter({0: 3}))
    other.begin("1", [0])
    other.add(Counter({0: 2}))
    one.add(Counter({0: 50}))
    one.done([0])
    assert reached(told, "s", "1") == Reached(0, 5)
    other.done([0])
    assert reached(told, "s", "1") == Reached(1, 5)
    assert reached(told, "another stage", "1") == reached(told, "s", "2") == Reached(0, 0)


def test_a_look_that_could_not_be_told_is_made_again(clock: ManualClock) -> None:
    """The store was away when the slots were done."""
    documents, told = MemoryDocuments(), MemoryDocuments()
    looks = Looks(clock, Progress(told, "s"))
    looks.own(SLOTS)
    looks.look_for("1")
    told.available = False
    with pytest.raises(Unavailable):
        looks.next(documents, "rules", "1", 1)
    told.available = True
    looks.next(documents, "rules", "1", 1)
    assert reached(told, "s", "1").done == 3
