"""Rules in force: the own file, what was promoted, and when a process learns of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.clock import ManualClock
from chassis.errors import Conflict, Unavailable
from chassis.memory.documents import MemoryDocuments
from chassis.rules_in_force import LOOK_AGAIN, Derived, FreshRules, Promoted, StoredRules

OWN = Promoted("own", "1")


def read(promoted: Promoted) -> str:
    if promoted.text == "bad":
        raise ValueError("bad rules")
    return promoted.text.upper()


def stored(documents: MemoryDocuments, clock: ManualClock) -> StoredRules[str]:
    return StoredRules(documents, OWN, read, clock)


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def test_other_processes_learn_of_promoted_rules_in_seconds(documents: MemoryDocuments, clock: ManualClock) -> None:
    """And looks no oftener than that."""
    here, there = stored(documents, clock), stored(documents, clock)
    there.refresh()
    assert (there.now(), there.version) == ("OWN", "1")
    here.promote(Promoted("new", "2", "crm", "why"), "1")
    there.refresh()
    assert there.now() == "OWN"
    clock.advance(LOOK_AGAIN)
    assert (there.now(), there.version) == ("OWN", "1")
    there.refresh()
    assert (there.now(), there.version) == ("NEW", "2")
    assert (there.promoted().owner, there.promoted().reason, there.promoted().rev) == ("crm", "why", 1)


def test_who_promotes_learns_of_it_at_once(documents: MemoryDocuments, clock: ManualClock) -> None:
    """The next look is not put off."""
    rules = stored(documents, clock)
    rules.refresh()
    rules.promote(Promoted("new", "2"), "1")
    rules.refresh()
    assert rules.now() == "NEW"


def test_a_promotion_needs_the_version_in_force_and_rules_that_can_be_read(
    documents: MemoryDocuments, clock: ManualClock
) -> None:
    """Nothing is stored otherwise."""
    rules = stored(documents, clock)
    with pytest.raises(Conflict):
        rules.promote(Promoted("new", "2"), "0")
    with pytest.raises(ValueError, match="bad rules"):
        rules.promote(Promoted("bad", "2"), "1")
    assert documents.everything() == {}


def test_of_two_promotions_at_the_same_time_one_is_refused(documents: MemoryDocuments, clock: ManualClock) -> None:
    """Both saw the same version in force."""

    def reads_late(promoted: Promoted) -> str:
        if promoted.text == "other":
            stored(documents, clock).promote(Promoted("new", "2"), "1")
        return promoted.text

    with pytest.raises(Conflict):
        StoredRules(documents, OWN, reads_late, clock).promote(Promoted("other", "3"), "1")
    assert stored(documents, clock).promoted().version == "2"


def test_a_store_that_is_away_leaves_the_rules_as_they_were(documents: MemoryDocuments, clock: ManualClock) -> None:
    """Whoever asks for a look is told; the last look holds, and the next one is made as soon as it can be."""
    rules = stored(documents, clock)
    documents.available = False
    with pytest.raises(Unavailable):
        rules.refresh()
    assert rules.now() == "OWN"
    documents.available = True
    stored(documents, clock).promote(Promoted("new", "2"), "1")
    rules.refresh()
    assert rules.now() == "NEW"


def test_calls_are_answered_by_rules_that_were_looked_for(documents: MemoryDocuments, clock: ManualClock) -> None:
    """Version and rules alike."""
    rules = stored(documents, clock)
    fresh = FreshRules(rules)
    stored(documents, clock).promote(Promoted("new", "2"), "1")
    clock.advance(timedelta(hours=1))
    assert (fresh.version, fresh.now()) == ("2", "NEW")


def test_what_is_derived_is_made_once_for_what_holds() -> None:
    """And again when something else does."""
    held, made = [["a"]], []

    def make(value: list[str]) -> int:
        made.append(value)
        return len(made)

    derived = Derived(lambda: held[0], make)
    assert [derived(), derived()] == [1, 1]
    held[0] = ["a"]
    assert [derived(), derived()] == [2, 2]
