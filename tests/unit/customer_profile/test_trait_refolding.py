"""Traits under other rules: what is counted anew is what would have been counted, had they held from the start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.errors import Unavailable
from chassis.memory.runner import Crash, MemoryRunner
from chassis.stages import refolding
from chassis.store.cache import Cache
from customer_profile.adapters.documents import PERSONAS, TIMELINE
from customer_profile.domain.persona import Persona
from rapport.interactions.v1.interaction_pb2 import Comment, Content, Interaction, Review
from tests.unit.customer_profile.rules_of_tests import promote, recomputation, rules_with, tallies
from tests.unit.customer_profile.world import World, facts, interaction, purchase

A, B, C = "instagram:a", "web_shop:b", "tiktok:c"
COUNT = {"trait": "comments", "function": "count", "where": {"kind": {"equals": "comment"}}}
OTHERS: list[dict[str, Any]] = [
    {"trait": "rating", "function": "avg", "attribute": "rating"},
    {"trait": "last_product", "function": "last", "attribute": "product_id"},
    {"trait": "languages", "function": "distinct", "attribute": "language"},
    {"trait": "spend_7d", "function": "sum", "attribute": "amount", "currency": "EUR", "window_days": 7},
    {"trait": "kind", "function": "most_frequent", "attribute": "kind", "window_days": 3},
    {"trait": "best", "function": "max", "attribute": "rating", "window_days": 2},
]
BEFORE = rules_with([COUNT])
AFTER = rules_with([COUNT, *OTHERS])


@st.composite
def happenings(draw: st.DrawFn) -> Interaction:
    """Something that an account did within ten days, which may be no order that can be kept."""
    account = draw(st.sampled_from([A, B, C]))
    minutes = draw(st.integers(0, 14_400))
    event_id = f"e{draw(st.integers(0, 10**9))}"
    match draw(st.sampled_from(["comment", "review", "purchase", "bad", "bad"])):
        case "comment":
            content = Content(language=draw(st.sampled_from(["en", "de", "fr"])))
            return interaction(event_id, account, minutes, comment=Comment(post_id="p", content=content))
        case "review":
            review = Review(product_id=draw(st.sampled_from("xyz")), rating=draw(st.integers(1, 5)))
            return interaction(event_id, account, minutes, review=review)
        case "bad":
            return purchase(event_id, account, minutes, "", 1)
        case _:
            return purchase(event_id, account, minutes, event_id, draw(st.integers(0, 10_000)))


def stories() -> st.SearchStrategy[list[Interaction]]:
    return st.lists(happenings(), max_size=25, unique_by=lambda each: each.event_id)


def settled(world: World, runner: MemoryRunner | None = None) -> World:
    world.belongs("C1", A, B)
    world.belongs("C2", C)
    runner = runner or world.runner()
    for _ in range(200):
        runner.run_until_quiet()
        if recomputation(world).done:
            return world
        # Records that waited for their personas are looked at once more.
        world.clock.advance(timedelta(seconds=11))
    raise AssertionError("computing anew never ends")


def from_the_start(story: Sequence[Interaction], text: str = AFTER) -> World:
    world = World()
    promote(world, text)
    world.interacted(*story)
    return settled(world)


def outcome(world: World) -> dict[str, Any]:
    return {"tallies": tallies(world), "records": {each: facts(world.record(each)) for each in ("C1", "C2")}}


@settings(max_examples=60, deadline=None)
@given(before=stories(), after=stories(), flush=st.integers(1, 9), rows=st.integers(1, 6))
def test_pr6_a_rebuilt_persona_equals_one_that_had_the_rule_from_the_beginning(
    before: list[Interaction], after: list[Interaction], flush: int, rows: int
) -> None:
    """Whatever came before and comes meanwhile, however few rows are read at once, and with dead letters among it."""
    known = {each.event_id for each in before}
    after = [each for each in after if each.event_id not in known]
    world = World()
    promote(world, BEFORE)
    world.interacted(*before)
    world.belongs("C1", A, B)
    with few_rows(rows):
        runner = world.runner(flush_records=flush)
        runner.run_until_quiet()
        promote(world, AFTER)
        for each in after:
            world.interacted(each)
            runner.step()
            runner.idle()
        settled(world)
    assert outcome(world) == outcome(from_the_start([*before, *after]))
    assert recomputation(world).done


@settings(max_examples=60, deadline=None)
@given(story=stories(), late=stories(), flush=st.integers(1, 9))
def test_pr6_rows_that_a_crash_left_without_their_persona_are_counted_once(
    story: list[Interaction], late: list[Interaction], flush: int
) -> None:
    """The worker dies between rows and personas; the rules change before the events come again."""
    known = {each.event_id for each in story}
    late = [each for each in late if each.event_id not in known]
    world = World()
    promote(world, BEFORE)
    world.interacted(*story)
    world.runner(flush_records=flush).run_until_quiet()
    world.interacted(*late)
    dies_before_personas(world, flush)
    world.wrap = lambda _, port: port
    promote(world, AFTER)
    runner = world.runner(flush_records=1)
    runner.idle()
    runner.idle()
    settled(world)
    assert outcome(world) == outcome(from_the_start([*story, *late]))


@pytest.mark.parametrize("rows_before_replay", [0, 4, 100])
def test_pr6_a_dead_letter_that_is_replayed_is_counted_once_whenever_that_happens(rows_before_replay: int) -> None:
    """Before, while, or after the account is counted anew: its row is there then, and its position was a hole."""
    world = World()
    promote(world, BEFORE)
    with pytest.MonkeyPatch.context() as faulty:
        faulty.setattr(Persona, "take_in", failing_on("e7", Persona.take_in))
        sent = world.interacted(*(interaction(f"e{number}", A, number) for number in range(10)))
        world.belongs("C1", A)
        world.settle()
    assert len(world.dead_letters()) == 1
    promote(world, rules_with([COUNT, {"trait": "all", "function": "count"}]))
    runner = world.runner()
    if rows_before_replay:
        with few_rows(rows_before_replay):
            runner.idle()
    world.publish(f"retry.{world.service.name}", A, sent[7].value or b"")
    while runner.step():
        pass
    with few_rows(4):
        settled(world, runner)
    assert (world.record("C1").traits["comments"].number, world.record("C1").traits["all"].number) == (10, 10)


@pytest.mark.parametrize("together", [3, 40, 4000])
@pytest.mark.parametrize("rows", [1, 50, 10_000])
def test_pr6_many_accounts_are_counted_together_and_large_ones_among_them_by_themselves(
    rows: int, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many rows are read at once, of some accounts with other rows than of others."""
    monkeypatch.setattr(refolding, "ROWS_TOGETHER", together)
    accounts = [f"instagram:{number}" for number in range(30)]
    story = [
        interaction(f"e{number}", account, number)
        for place, account in enumerate(accounts)
        for number in range(60 if place % 10 == 3 else place % 5)
    ]
    world = World()
    promote(world, BEFORE)
    world.interacted(*story)
    for account in accounts:
        world.belongs(f"C{account}", account)
    world.settle()
    promote(world, rules_with([COUNT, {"trait": "all", "function": "count"}]))
    with few_rows(rows, page=7):
        settled(world)
    for account in accounts:
        happened = [each for each in story if f"instagram:{each.account.id}" == account]
        assert world.record(f"C{account}").traits["all"].number == len(happened)
    told = recomputation(world)
    assert (told.personas, told.records) == (30, 30)


def test_pr6_what_the_timeline_no_longer_has_is_not_counted_by_traits_that_are_declared_later() -> None:
    """And traits that stay keep what they have counted, row or no row."""
    world = World()
    promote(world, BEFORE)
    world.interacted(*(interaction(f"e{number}", A, number) for number in range(5)))
    world.belongs("C1", A)
    world.settle()
    world.stores[TIMELINE].delete([row for row in world.rows() if not row.endswith("e4")])
    promote(world, rules_with([COUNT, {"trait": "posts", "function": "distinct", "attribute": "post_id"}, *OTHERS]))
    world.settle()
    traits = world.record("C1").traits
    assert (traits["comments"].number, traits["posts"].samples) == (5, 1)


def test_pr6_a_trait_that_is_renamed_keeps_what_was_counted() -> None:
    """Its definition is what it is counted under: no row is read."""
    world = World()
    promote(world, BEFORE)
    world.interacted(interaction("e1", A))
    world.belongs("C1", A)
    world.settle()
    world.stores[TIMELINE].delete(list(world.rows()))
    promote(world, rules_with([COUNT | {"trait": "said"}]))
    world.settle()
    assert {name: value.number for name, value in world.record("C1").traits.items()} == {"said": 1}


def test_pr6_a_trait_shows_only_once_it_is_complete() -> None:
    """Until the account was counted anew the record has no value of the new trait, rather than too low a one."""
    world = World()
    promote(world, BEFORE)
    world.interacted(*(interaction(f"e{number}", A, number) for number in range(3)))
    world.belongs("C1", A)
    world.settle()
    promote(world, rules_with([COUNT, {"trait": "all", "function": "count"}]))
    fold, reconcile = world.handlers()
    runner = MemoryRunner(world.broker, world.service.name, [fold, reconcile])
    world.interacted(interaction("e9", A, 9))
    while runner.step():
        pass
    assert "all" not in world.record("C1").traits
    assert world.record("C1").traits["comments"].number == 4
    assert not recomputation(world).done
    runner.run_until_quiet()
    assert world.record("C1").traits["all"].number == 4


@pytest.mark.parametrize("cached", [True, False])
def test_pr6_a_large_account_is_counted_over_several_calls_and_a_page_at_a_time(
    cached: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No call reads more rows than its share, no page is larger than a page; the cache may lose it in between."""
    if not cached:
        monkeypatch.setattr(Cache, "put_all", lambda *_: None)
    limits: list[int] = []
    world = World(wrap=lambda name, port: Watched(port, limits) if name == TIMELINE else port)
    promote(world, BEFORE)
    world.interacted(*(interaction(f"e{number:03d}", A, number) for number in range(100)))
    world.belongs("C1", A)
    world.settle()
    promote(world, rules_with([COUNT, {"trait": "all", "function": "count"}]))
    with few_rows(20, page=5):
        runner = world.runner()
        world.interacted(*(interaction(f"f{number}", A, number) for number in range(3)))
        runner.step()
        calls = 0
        while recomputation(world).persona_parts_done != 256:
            before = len(limits)
            runner.idle()
            assert sum(limits[before:]) <= 20
            calls += 1
            world.interacted(interaction(f"late{calls}", A, calls))
            runner.step()
    assert calls >= 5
    assert set(limits) == {5}
    runner.run_until_quiet()
    assert world.record("C1").traits["all"].number == 103 + calls


@pytest.mark.parametrize("error", [Crash, Unavailable])
@pytest.mark.parametrize("fails_at", range(1, 40))
def test_pr6_a_fault_while_traits_are_counted_anew_changes_nothing(fails_at: int, error: type[Exception]) -> None:
    """The worker dies, or a port is away, at a call of its own while rules change."""
    story = [interaction(f"e{number}", A if number % 2 else C, number) for number in range(8)]
    world = World()
    promote(world, BEFORE)
    world.interacted(*story)
    world.belongs("C1", A, B)
    world.belongs("C2", C)
    world.settle()
    promote(world, AFTER)
    trap = Trap(fails_at, error)
    world.wrap = trap
    with few_rows(3):
        runner = world.runner()
        try:
            runner.run_until_quiet()
        except Crash:
            world.wrap = lambda _, port: port
            world.settle()
    world.wrap = lambda _, port: port
    settled(world)
    assert outcome(world) == outcome(from_the_start(story))
    assert recomputation(world).done


def failing_on(event_id: str, take_in: Callable[..., None]) -> Callable[..., None]:
    """What a release does that cannot bear an event."""

    def fails(persona: Persona, event: Any, *arguments: Any) -> None:
        if event.event_id == event_id:
            raise RuntimeError("planted")
        take_in(persona, event, *arguments)

    return fails


class Watched:
    """A collection that notes how much was asked of it."""

    def __init__(self, port: Any, limits: list[int]) -> None:
        self._port = port
        self._limits = limits

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    def find(self, query: Any) -> Any:
        self._limits.append(query.limit)
        return self._port.find(query)


class Trap:
    """Stands between the handlers and their ports; the given call fails before it took effect."""

    def __init__(self, fails_at: int, error: type[Exception]) -> None:
        self._left = fails_at
        self._error = error

    def __call__(self, name: str, port: Any) -> Any:
        trap = self

        class Trapped:
            def __getattr__(self, method: str) -> Any:
                return lambda *arguments: trap.pass_on(getattr(port, method), arguments)

        return Trapped()

    def pass_on(self, call: Any, arguments: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            raise self._error("planted")
        return call(*arguments)


def dies_before_personas(world: World, flush: int) -> None:
    """Let a worker work until it is about to write personas, and die there."""

    class Deadly:
        def __init__(self, port: Any) -> None:
            self._port = port

        def __getattr__(self, name: str) -> Any:
            return getattr(self._port, name)

        def compare_and_set(self, documents: Any) -> Any:
            raise Crash("planted")

    world.wrap = lambda name, port: Deadly(port) if name == PERSONAS else port
    runner = world.runner(flush_records=flush)
    try:
        while runner.step():
            pass
    except Crash:
        return


class few_rows:  # noqa: N801 - a context manager reads like a function
    """Within the block, computing anew reads so few rows at once."""

    def __init__(self, rows: int, page: int = 2) -> None:
        self._patch = pytest.MonkeyPatch()
        self._rows, self._page = rows, page

    def __enter__(self) -> None:
        self._patch.setattr(refolding, "ROWS_AT_ONCE", self._rows)
        self._patch.setattr(refolding, "ROWS_ON_A_PAGE", self._page)

    def __exit__(self, *_: object) -> None:
        self._patch.undo()
