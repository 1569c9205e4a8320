"""States kept in memory: an answer is never older than what the level topic has delivered, whatever comes between."""

from __future__ import annotations

import gc
import tracemalloc
from itertools import count

import pytest

from chassis.errors import InvalidRecord
from chassis.stages.state_cache import KEPT_SECONDS, LIVE_SECONDS, MARKS, NEVER, AnnouncedState, StateCache

PLENTY = 1_000_000


def message(version: int, *, closed: bool = False, size: int = 0) -> bytes:
    return f"{'closed' if closed else 'open'} {version} ".encode() + b"." * size


def read(stored: bytes) -> AnnouncedState:
    try:
        kind, version, *_ = stored.split()
        return AnnouncedState(int(version), kind == b"closed")
    except ValueError:
        raise InvalidRecord("UNPARSEABLE") from None


class Ticking:
    """A monotonic clock that tests move."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def cache(clock: Ticking) -> StateCache:
    made = StateCache(PLENTY, read, clock)
    made.confirm(clock.seconds)
    return made


def kept(cache: StateCache, id_: str = "a") -> bytes | None:
    return cache.take([id_])[0].get(id_)


def store_read(cache: StateCache, stored: bytes, id_: str = "a") -> None:
    _, token = cache.take([id_])
    cache.keep(token, [id_], {id_: stored})


def test_what_was_read_answers_from_then_on(cache: StateCache) -> None:
    store_read(cache, message(1))
    assert kept(cache) == message(1)
    assert kept(cache, "b") is None


def test_a_newer_version_takes_the_place_and_an_older_one_never_does(cache: StateCache) -> None:
    """A worker that was deposed may send an old state after a new one."""
    store_read(cache, message(5))
    cache.announced("a", message(6))
    assert kept(cache) == message(6)
    cache.announced("a", message(4))
    assert kept(cache) == message(6)


def test_of_one_version_what_was_announced_holds(cache: StateCache) -> None:
    """A store may answer with what it takes back when its primary changes; only what lasted is announced."""
    store_read(cache, message(5, size=1))
    cache.announced("a", message(5))
    assert kept(cache) == message(5)


@pytest.mark.parametrize("last", [None, b"", message(9, closed=True), b"unreadable"])
def test_after_a_tombstone_or_a_closed_state_the_store_is_asked(cache: StateCache, last: bytes | None) -> None:
    store_read(cache, message(5))
    cache.announced("a", last)
    assert kept(cache) is None


def test_a_state_that_cannot_be_read_is_not_kept_over_an_announced_one(cache: StateCache) -> None:
    store_read(cache, b"unreadable")
    cache.announced("a", message(1))
    assert kept(cache) is None


def test_an_announcement_alone_keeps_nothing(cache: StateCache) -> None:
    """The cache holds what is asked for, not what changes."""
    cache.announced("a", message(5))
    assert (kept(cache), len(cache)) == (None, 0)


@pytest.mark.parametrize("passed", [message(2), message(1), message(2, closed=True), None])
def test_what_was_read_before_something_passed_by_is_not_kept(cache: StateCache, passed: bytes | None) -> None:
    """Version 1 is read, 2 is written and announced, and only then would 1 be kept: nothing would ever replace it."""
    _, token = cache.take(["a"])
    cache.announced("a", passed)
    cache.keep(token, ["a"], {"a": message(1)})
    assert kept(cache) is None


def test_of_two_reads_the_one_that_ends_later_does_not_replace_what_is_kept(cache: StateCache) -> None:
    """It may have begun earlier, and have read an older state; the topic need not say anything for a while."""
    _, first = cache.take(["a"])
    store_read(cache, message(2))
    cache.keep(first, ["a"], {"a": message(1)})
    assert kept(cache) != message(1)


def test_ids_that_share_a_slot_do_not_hide_what_passed_by(cache: StateCache) -> None:
    other = next(id_ for id_ in map(str, count()) if hash(id_) % MARKS == hash("a") % MARKS)
    _, token = cache.take([other, "a"])
    cache.announced("a", message(2))
    cache.keep(token, [other, "a"], {other: message(1), "a": message(1)})
    assert (kept(cache), kept(cache, other)) == (None, None)


def test_what_passes_by_of_others_does_not_matter(cache: StateCache) -> None:
    _, token = cache.take(["a"])
    cache.announced("b", message(2))
    cache.keep(token, ["a"], {"a": message(1)})
    assert kept(cache) == message(1)


def test_whatever_else_is_read_from_the_store_ends_what_differs_from_it(cache: StateCache) -> None:
    """A call that waited for a decision has answered with the store's state: nothing older may follow."""
    store_read(cache, message(1))
    cache.keep(NEVER, ["a"], {"a": message(1)})
    assert kept(cache) == message(1)
    cache.keep(NEVER, ["a"], {"a": message(2)})
    assert kept(cache) is None


def test_a_read_that_began_before_another_call_saw_the_store_is_not_kept(cache: StateCache) -> None:
    _, token = cache.take(["a"])
    cache.keep(NEVER, ["a"], {"a": message(2)})
    cache.keep(token, ["a"], {"a": message(1)})
    assert kept(cache) is None


def test_what_the_store_has_no_state_of_is_not_kept(cache: StateCache) -> None:
    store_read(cache, message(1))
    cache.keep(NEVER, ["a"], {})
    assert kept(cache) is None


def test_nothing_is_answered_or_kept_before_the_topic_is_followed(clock: Ticking) -> None:
    cache = StateCache(PLENTY, read, clock)
    store_read(cache, message(1))
    cache.confirm(clock.seconds)
    assert kept(cache) is None


def test_without_confirmation_every_call_goes_to_the_store(cache: StateCache, clock: Ticking) -> None:
    store_read(cache, message(1))
    clock.seconds += LIVE_SECONDS
    assert kept(cache) == message(1)
    clock.seconds += 0.001
    assert kept(cache) is None


def test_after_a_gap_the_cache_is_empty(cache: StateCache, clock: Ticking) -> None:
    store_read(cache, message(1))
    clock.seconds += 2 * LIVE_SECONDS
    cache.confirm(clock.seconds)
    assert (kept(cache), cache.size) == (None, 0)


def test_a_read_that_began_before_a_gap_is_not_kept_after_it(cache: StateCache, clock: Ticking) -> None:
    _, token = cache.take(["a"])
    cache.lose()
    cache.confirm(clock.seconds)
    cache.keep(token, ["a"], {"a": message(1)})
    assert kept(cache) is None


def test_a_state_of_which_nothing_is_announced_is_read_anew_after_a_while(cache: StateCache, clock: Ticking) -> None:
    """A worker may die between writing and announcing."""
    store_read(cache, message(1))
    end = clock.seconds + KEPT_SECONDS
    while clock.seconds < end:
        assert kept(cache) == message(1)
        clock.seconds += 0.5
        cache.confirm(clock.seconds)
    assert kept(cache) is None
    store_read(cache, message(2))
    assert kept(cache) == message(2)


def test_those_asked_for_longest_ago_make_room(clock: Ticking) -> None:
    cache = StateCache(3_000, read, clock)
    cache.confirm(clock.seconds)
    for id_ in "abc":
        store_read(cache, message(1, size=500), id_)
    assert kept(cache, "a") == message(1, size=500)
    for id_ in "de":
        store_read(cache, message(1, size=500), id_)
    assert [id_ for id_ in "abcde" if kept(cache, id_)] == ["a", "d", "e"]
    assert cache.size <= 3_000


def test_what_a_state_grows_by_makes_others_go(clock: Ticking) -> None:
    cache = StateCache(4_000, read, clock)
    cache.confirm(clock.seconds)
    for id_ in "abc":
        store_read(cache, message(1), id_)
    cache.announced("b", message(2, size=3_300))
    assert [id_ for id_ in "abc" if kept(cache, id_)] == ["b"]
    cache.announced("b", message(3, size=5_000))
    assert (len(cache), cache.size) == (0, 0)


def test_it_takes_no_more_memory_than_it_says(clock: Ticking) -> None:
    """Ten thousand states of a kilobyte, each kept several times over."""
    cache = StateCache(5_000_000, read, clock)
    cache.confirm(clock.seconds)
    gc.collect()
    tracemalloc.start()
    for version in (1, 2):
        for number in range(10_000):
            id_ = f"{number:026d}"
            store_read(cache, message(version, size=1_000), id_)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert 0.8 * cache.size < taken < 1.02 * cache.size <= 1.02 * 5_000_000
