"""Whether states are kept in memory is a setting; without it nothing is followed."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import replace

import pytest

from chassis.lookup_cache import documents_for_calls
from chassis.memory.documents import MemoryDocuments
from chassis.service import Announced
from chassis.settings import Settings
from chassis.stages.cached_states import CachedStates
from chassis.store.coalescing import CoalescedReads
from tests.unit.chassis.stages.test_state_cache import read

NOBODY = {"RAPPORT_PSEUDONYM_KEY": "0123456789abcdef", "RAPPORT_KAFKA": "127.0.0.1:1"}
SETTINGS = Settings.from_environment("one-thing", NOBODY)
ANNOUNCED = Announced("things", "thing-levels", read)


def followers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "level-follower"]


@pytest.mark.parametrize(("announced", "megabytes"), [(ANNOUNCED, 0), (None, 1)])
def test_without_the_setting_or_states_reads_go_to_the_store(announced: Announced | None, megabytes: int) -> None:
    with ExitStack() as running:
        settings = replace(SETTINGS, lookup_cache_mb=megabytes)
        documents = documents_for_calls(announced, settings, lambda _: MemoryDocuments(), running)
        assert type(documents("things")) is CoalescedReads
        assert followers() == []


def test_with_it_all_share_the_states_in_memory_and_the_topic_is_followed_to_the_end() -> None:
    with ExitStack() as running:
        settings = replace(SETTINGS, lookup_cache_mb=1)
        documents = documents_for_calls(ANNOUNCED, settings, lambda _: MemoryDocuments(), running)
        assert isinstance(documents("things"), CachedStates)
        assert documents("things") is documents("things")
        assert type(documents("others")) is CoalescedReads
        assert len(followers()) == 1
    assert followers() == []


def test_while_the_broker_is_away_answers_are_the_stores() -> None:
    stored = MemoryDocuments()
    with ExitStack() as running:
        things = documents_for_calls(ANNOUNCED, replace(SETTINGS, lookup_cache_mb=1), lambda _: stored, running)(
            "things"
        )
        for version in range(1, 4):
            stored.compare_and_set([{"_id": "a", "rev": version, "message": b"open %d" % version}])
            assert things.load(["a"], ("message", "merged_into"))["a"]["message"] == b"open %d" % version
