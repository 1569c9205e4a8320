"""Results whose messages come from memory answer as the store does, and say so of nothing that is not a message."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from chassis.errors import Unavailable
from chassis.memory.documents import MemoryDocuments
from chassis.ports import Document, Query
from chassis.stages.cached_states import CachedStates
from chassis.stages.lookup import find_messages
from chassis.stages.state_cache import StateCache
from tests.unit.chassis.stages.test_state_cache import PLENTY, message, read


class Counted(MemoryDocuments):
    """A store that counts what is asked of it, and can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[set[str]] = []
        self.is_away = False

    def load(self, ids: Collection[str], fields: tuple[str, ...] = ()) -> dict[str, Document]:
        if self.is_away:
            raise Unavailable("planted")
        self.asked.append(set(ids))
        return super().load(ids, fields)


class World:
    """A store of results, and what reads them through a cache whose topic is followed."""

    def __init__(self) -> None:
        self.store = Counted()
        self.cache = StateCache(PLENTY, read, lambda: 0.0)
        self.cache.confirm(0.0)
        self.states = CachedStates(self.store, self.cache)

    def write(self, id_: str, version: int, **fields: object) -> None:
        stored = self.store.load([id_]).get(id_, {"rev": 0})
        known = {"_id": id_, "rev": stored["rev"] + 1, "message": message(version), "body": b"", **fields}
        assert not self.store.compare_and_set([known])

    def message(self, id_: str) -> bytes | None:
        found = find_messages(self.states, [id_]).get(id_)
        return None if found is None else found.message


@pytest.fixture
def world() -> World:
    world = World()
    for number in range(4):
        world.write(f"g{number}", number + 1)
    world.write("gone", 9, merged_into="g0", message=message(9, closed=True))
    world.write("new", 0, message=b"")
    world.store.asked.clear()
    return world


EVERY_ID = ["g0", "g1", "g2", "g3", "gone", "new", "unknown"]


def test_answers_are_those_of_the_store_when_nothing_changes(world: World) -> None:
    """First from the store, then from memory; also for what was merged away, not computed yet, or never there."""
    answers = find_messages(world.store, EVERY_ID)
    assert answers.keys() == set(EVERY_ID) - {"unknown"}
    for _ in range(3):
        assert find_messages(world.states, EVERY_ID) == answers
        assert {id_: each for one in EVERY_ID for id_, each in find_messages(world.states, [one]).items()} == answers


def test_the_store_is_asked_only_for_what_is_not_in_memory(world: World) -> None:
    find_messages(world.states, ["g0", "g1"])
    find_messages(world.states, ["g0", "g1", "g2"])
    find_messages(world.states, ["g0", "g1", "g2"])
    assert world.store.asked == [{"g0", "g1"}, {"g2"}]


def test_a_closed_group_is_looked_up_in_the_store_each_time(world: World) -> None:
    for _ in range(2):
        assert world.message("gone") == message(1)
    assert world.store.asked == [{"gone"}, {"g0"}, {"gone"}]


def test_a_group_that_was_merged_away_answers_with_the_survivor_once_that_is_announced(world: World) -> None:
    world.message("g3")
    world.write("g3", 7, merged_into="g1", message=message(7, closed=True))
    assert world.message("g3") == message(4)
    world.cache.announced("g3", message(7, closed=True))
    assert world.message("g3") == message(2)


def test_an_erased_group_is_unknown_once_that_is_announced(world: World) -> None:
    world.message("g3")
    world.store.delete(["g3"])
    world.cache.announced("g3", None)
    assert world.message("g3") is None


def test_who_waits_for_a_decision_gets_the_stores_state_and_so_does_everybody_after(world: World) -> None:
    """The announcement has not come yet; whole documents are what such calls read."""
    world.message("g0")
    world.write("g0", 8)
    assert world.message("g0") == message(1)
    states = CachedStates(world.store, world.cache)
    assert states.load(["g0"])["g0"]["message"] == message(8)
    assert world.message("g0") == message(8)


def test_after_a_list_nobody_gets_what_is_older_than_it(world: World) -> None:
    world.message("g0")
    world.write("g0", 8)
    world.states.find(Query(equals={"_id": "g0"}))
    assert world.message("g0") == message(8)


def test_a_read_of_other_fields_ends_what_is_kept(world: World) -> None:
    world.message("g0")
    world.write("g0", 8)
    world.states.load(["g0"], ("rev",))
    assert world.message("g0") == message(8)


def test_what_is_in_memory_answers_while_the_store_is_away(world: World) -> None:
    world.message("g0")
    world.store.is_away = True
    assert world.message("g0") == message(1)
    for id_ in ("g1", "gone"):
        with pytest.raises(Unavailable):
            world.message(id_)


def test_whole_documents_are_never_from_memory(world: World) -> None:
    for _ in range(2):
        world.message("g0")
        assert world.states.load(["g0"])["g0"]["rev"] == 1
    assert world.store.asked == [{"g0"}] * 3
