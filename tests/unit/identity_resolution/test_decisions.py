"""The log of evidence taken into customers: batches, crashes, outages, and two workers that both believe to decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis import cloudevents
from chassis.errors import Deposed
from chassis.memory.runner import Crash, MemoryRunner
from chassis.records import Message
from chassis.stages.resend import SETTLED_AFTER
from identity_resolution.application import decide
from rapport.identity.v1.events_pb2 import (
    ASSIGNMENT_CAUSE_MERGE,
    ASSIGNMENT_CAUSE_NEW_ACCOUNT,
    CUSTOMER_STATE_LIVE,
    CUSTOMER_STATE_MERGED,
    Customer,
)
from tests.unit.identity_resolution.world import ASSIGNMENTS, CUSTOMERS, EVIDENCE, SERVICE, SETTINGS, World

Shown = list[tuple[str, list[str]]]
A, B, C = "instagram:a", "web_shop:b", "store:c"
MAIL, PHONE = "email:h_1", "phone:h_2"

shown = st.lists(
    st.tuples(
        st.sampled_from([f"x:{number}" for number in range(9)]),
        st.lists(st.sampled_from([f"email:h_{number}" for number in range(9)]), max_size=3),
    ),
    max_size=30,
)


def components(log: Iterable[tuple[str, list[str]]]) -> set[frozenset[str]]:
    """The accounts that identifiers tie together, as an independent library finds them."""
    graph: Any = networkx.Graph()
    entries = list(log)
    for account, identifiers in entries:
        graph.add_node(account)
        graph.add_edges_from((account, identifier) for identifier in identifiers)
    accounts = {account for account, _ in entries}
    return {frozenset(accounts & part) for part in networkx.connected_components(graph)}


def decided(log: Shown, **options: Any) -> World:
    """A world in which the log was decided, without trouble."""
    world = World()
    world.show(*log)
    world.settle(**options)
    return world


def replayed(world: World) -> World:
    """Another world that decides the same log from its beginning, with an empty store."""
    again = World(broker=world.broker)
    again.broker.rewind(SERVICE, again.broker.partitions(EVIDENCE)[0], 0)
    again.settle()
    return again


def check(world: World, log: Shown) -> None:
    """Customers are the components; documents, topics and ids agree on them."""
    assert world.people() == components(log)
    documents = {name: world.stores[name].everything() for name in ("customers", "memberships", "identifiers")}
    for id_, told in world.customers().items():
        assert Customer.FromString(documents["customers"][id_]["message"]) == told
        if told.state == CUSTOMER_STATE_LIVE:
            assert id_ == min(member.birth_id for member in told.accounts)
        else:
            assert told.state == CUSTOMER_STATE_MERGED
            assert (len(told.accounts), told.merged_into < id_) == (0, True)
            assert id_ in world.customers()[survivor(world, id_)].absorbed
    owners = {member.account_key: id_ for id_, told in world.customers().items() for member in told.accounts}
    assert {key: each["customer"] for key, each in documents["memberships"].items()} == owners
    assert {key: told.customer_id for key, told in world.assignments().items()} == owners
    for account, identifiers in log:
        for identifier in identifiers:
            assert documents["identifiers"][identifier]["customer"] == owners[account]


def survivor(world: World, id_: str) -> str:
    while (told := world.customers()[id_]).merged_into:
        id_ = told.merged_into
    return id_


def stored(world: World) -> dict[str, Any]:
    """All that decisions have led to, as the store has it."""
    return {name: world.stores[name].everything() for name in ("customers", "memberships", "identifiers")}


def test_id1_the_topics_tell_of_new_accounts_and_of_a_merge() -> None:
    world = World()
    world.show((A, [MAIL]), (B, [PHONE]))
    runner = world.runner()
    runner.run_until_quiet()
    first, second = sorted(world.customers())
    assert {told.cause for told in world.assignments().values()} == {ASSIGNMENT_CAUSE_NEW_ACCOUNT}
    world.show((B, [MAIL]))
    runner.run_until_quiet()
    customers, moved = world.customers(), world.assignments()[B]
    assert (moved.customer_id, moved.previous_customer_id, moved.cause) == (first, second, ASSIGNMENT_CAUSE_MERGE)
    assert (customers[second].state, customers[second].merged_into) == (CUSTOMER_STATE_MERGED, first)
    assert list(customers[first].absorbed) == [second]
    assert customers[first].version == customers[second].version == moved.version
    assert len(world.broker.records(ASSIGNMENTS)) == 3


def test_customers_and_assignments_carry_key_and_cloudevents_headers() -> None:
    world = decided([(A, [MAIL])])
    (customer,), (assignment,) = world.broker.records(CUSTOMERS), world.broker.records(ASSIGNMENTS)
    (id_,) = world.customers()
    assert (customer.key, assignment.key) == (id_.encode(), A.encode())
    assert cloudevents.parse(customer.headers).type == "rapport.identity.v1.Customer"
    assert cloudevents.parse(assignment.headers).type == "rapport.identity.v1.Assignment"


def test_a_batch_publishes_only_the_last_state_of_what_it_changes() -> None:
    world = decided([(A, [MAIL]), (B, [PHONE]), (B, [MAIL]), (A, ["cookie:h_9"])])
    assert len(world.broker.records(CUSTOMERS)) == 2
    assert len(world.broker.records(ASSIGNMENTS)) == 2


@given(shown)
def test_i5_customers_are_the_components_that_a_graph_library_finds(log: Shown) -> None:
    check(decided(log), log)


@settings(max_examples=50)
@given(shown, st.randoms(use_true_random=False))
def test_i13_neither_order_nor_repetition_changes_who_is_one_person(log: Shown, random: Random) -> None:
    shuffled = [*log, *random.choices(log, k=5)] if log else []
    random.shuffle(shuffled)
    assert decided(shuffled).people() == decided(log).people() == components(log)


@settings(max_examples=50)
@given(shown, st.integers(1, 7))
def test_i17_a_replay_in_other_batches_gives_the_same_documents(log: Shown, flush: int) -> None:
    world = decided(log, flush_records=flush)
    check(world, log)
    assert stored(replayed(world)) == stored(world)


def test_ids_rise_with_the_log_where_producers_clocks_do_not() -> None:
    world = World()
    world.show((A, []), (B, []))
    world.broker._logs[EVIDENCE][0][1] = replace(world.broker._logs[EVIDENCE][0][1], timestamp=5)
    world.settle(flush_records=1)
    assignments = world.assignments()
    assert assignments[A].customer_id < assignments[B].customer_id


def test_entries_that_cannot_be_read_are_dead_letters_and_the_rest_goes_on() -> None:
    world = World()
    world.broker.publish(Message(EVIDENCE, b"k", value, (), 0) for value in (b"\xff", None, b"\x12\x00", b"\x0a\x00"))
    world.show((A, [MAIL]))
    world.settle()
    assert [reason for reason, _ in world.dead_letters()] == [
        "UNPARSEABLE",
        "UNPARSEABLE",
        "UNKNOWN_KIND",
        "NO_ACCOUNT",
    ]
    assert world.people() == {frozenset({A})}


def test_what_was_dead_lettered_before_a_crash_is_dead_lettered_again() -> None:
    """The journal's position hides entries from the next worker: their dead letters must be out before it moves."""
    for call in range(1, 12):
        world = World()
        world.broker.publish([Message(EVIDENCE, b"k", b"\xff", (), 0)])
        world.show((A, [MAIL]))
        Saboteur(world, call).run()
        assert ("UNPARSEABLE", "the value is no serialized EvidenceEntry") in world.dead_letters()
        assert world.people() == {frozenset({A})}


class Saboteur:
    """Kills the worker at its nth call of a port, in the midst of it, and starts another one."""

    def __init__(self, world: World, *calls: int) -> None:
        self.world = world
        self.calls = set(calls)
        self.made = 0
        self.crashes = 0
        world.wrap = lambda name, port: Sabotaged(self, port)

    def run(self, **options: Any) -> None:
        runner = self.world.runner(before_commit=lambda _: self.strike(), **options)
        while True:
            try:
                return runner.run_until_quiet()
            except Crash:
                self.crashes += 1
                runner.restart(self.world.handlers())

    def strike(self) -> None:
        self.made += 1
        if self.made in self.calls:
            raise Crash


class Sabotaged:
    """A port whose calls that change something may stop half way."""

    def __init__(self, saboteur: Saboteur, port: Any) -> None:
        self._saboteur = saboteur
        self._port = port

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._port, name)
        if name not in ("load", "publish", "compare_and_set", "put_newer", "insert_new"):
            return call

        def halfway(items: Iterable[Any]) -> Any:
            self._saboteur.made += 1
            things = list(items)
            if self._saboteur.made not in self._saboteur.calls:
                return call(things)
            if name != "load":
                call(things[: (len(things) + 1) // 2])
            raise Crash

        return halfway


TOWN: Shown = [
    (A, [MAIL]), (B, [PHONE]), (C, ["cookie:h_3"]), (B, [MAIL]), ("x:1", []), (C, [PHONE]),
    ("x:2", [MAIL, "email:h_8"]), ("x:3", ["email:h_9"]), (A, [MAIL]),
    ("x:1", ["email:h_9", "email:h_8"]), ("x:4", ["email:h_7"]),
]  # fmt: skip


@pytest.mark.parametrize("flush", [3, 100])
def test_a_crash_at_any_call_of_a_port_delays_decisions_and_tears_none(flush: int) -> None:
    reference = decided(TOWN)
    calls = 0
    for call in range(1, 200):
        world = World()
        world.show(*TOWN)
        saboteur = Saboteur(world, call)
        saboteur.run(flush_records=flush)
        check(world, TOWN)
        assert stored(world) == stored(reference)
        calls += saboteur.crashes
        if not saboteur.crashes:
            break
    assert calls > 8


@pytest.mark.parametrize("seed", range(40))
def test_i5_many_crashes_any_batches_and_repeated_evidence_end_in_the_same_components(seed: int) -> None:
    random = Random(seed)
    log: Shown = [
        (f"x:{random.randrange(25)}", [f"email:h_{random.randrange(30)}" for _ in range(random.randrange(3))])
        for _ in range(60)
    ]
    world = World()
    world.show(*log)
    calls = [call for call in range(1, 400) if random.random() < 0.08]
    Saboteur(world, *calls).run(flush_records=20, random=random)
    check(world, log)
    assert stored(world) == stored(decided(log))


def test_outages_of_store_and_broker_lose_nothing() -> None:
    world = World()
    world.show(*TOWN)
    runner = world.runner(flush_records=4, attempts=3)
    for trouble in range(6):
        world.broker.fail(times=1, after=trouble)
        runner.step()
    world.broker.fail(times=0)
    runner.run_until_quiet()
    check(world, TOWN)
    assert stored(world) == stored(decided(TOWN))


def test_two_workers_in_turn_decide_as_one() -> None:
    world = World()
    workers = [world.runner(), world.runner()]
    for number, entry in enumerate(TOWN):
        world.show(entry)
        worker = workers[number // 2 % 2]
        worker.assign()
        worker.run_until_quiet()
    check(world, TOWN)
    assert stored(replayed(world)) == stored(world)


def test_a_worker_that_lost_the_log_and_was_not_told_is_deposed() -> None:
    world = World()
    world.show((A, [MAIL]))
    zombie = world.runner()
    zombie.run_until_quiet()
    world.show((B, [MAIL]))
    world.settle()
    before = stored(world)
    world.show((C, [MAIL]))
    with pytest.raises(Deposed):
        zombie.step()
    assert stored(world) == before
    world.settle()
    check(world, [(A, [MAIL]), (B, [MAIL]), (C, [MAIL])])


def test_a_worker_that_has_taken_over_is_the_only_one_even_before_it_decides() -> None:
    world = World()
    world.show((A, [MAIL]))
    zombie = world.runner()
    zombie.run_until_quiet()
    world.runner().idle()
    world.show((B, [MAIL]))
    with pytest.raises(Deposed):
        zombie.step()
    assert set(world.stores["memberships"].everything()) == {A}


def test_entries_that_were_decided_are_not_decided_again_when_the_log_hands_them_out() -> None:
    world = decided([(A, [MAIL]), (B, [PHONE])])
    position = world.stores["journal"].everything()["journal"]["position"]
    world.broker.rewind(SERVICE, world.broker.partitions(EVIDENCE)[0], 0)
    runner = world.runner(flush_records=1)
    while runner.step():
        assert world.stores["journal"].everything()["journal"]["position"] == position


def test_what_a_former_owner_sends_late_is_sent_over_once_it_has_settled() -> None:
    """Readers keep the higher version, but a compacted topic keeps what came last."""
    world = World()
    late: list[Message] = []

    class Stalling:
        def publish(self, messages: Iterable[Message]) -> None:
            late.extend(messages)
            raise Crash

    world.show((A, [MAIL]))
    world.wrap = lambda name, port: Stalling() if name == "publisher" else port
    with pytest.raises(Crash):
        world.runner().step()
    world.wrap = lambda name, port: port
    owner = world.runner()
    owner.run_until_quiet()
    world.show((B, [MAIL]))
    owner.run_until_quiet()
    newest = last_of(world, CUSTOMERS)
    world.broker.publish(late)
    assert last_of(world, CUSTOMERS) != newest
    world.clock.advance(SETTLED_AFTER - timedelta(seconds=1))
    owner.run_until_quiet()
    assert last_of(world, CUSTOMERS) != newest
    world.clock.advance(timedelta(seconds=1))
    owner.run_until_quiet()
    assert last_of(world, CUSTOMERS) == newest
    written = world.broker.written
    world.clock.advance(SETTLED_AFTER)
    owner.run_until_quiet()
    assert world.broker.written == written


def last_of(world: World, topic: str) -> dict[bytes | None, bytes | None]:
    """What compaction leaves of the topic."""
    return {record.key: record.value for record in world.broker.records(topic)}


def test_a_worker_without_the_log_leaves_the_journal_alone() -> None:
    world = World()
    world.show((A, [MAIL]))
    world.settle()
    before = world.stores["journal"].everything()
    idle: MemoryRunner = world.runner()
    idle.assign(world.broker.partitions(SETTINGS.topic("interactions")))
    idle.idle()
    assert world.stores["journal"].everything() == before


def test_a_batch_too_large_for_one_document_is_committed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    reference, sizes = decided(TOWN), []
    monkeypatch.setattr(decide, "MOST_WEIGHT", 10)
    monkeypatch.setattr(decide, "MOST_ENTRIES", 4)
    world = World()

    class Watching:
        def __init__(self, documents: Any) -> None:
            self.documents = documents

        def load(self, ids: Any) -> Any:
            return self.documents.load(ids)

        def compare_and_set(self, documents: Any) -> Any:
            sizes.append(len(documents[0]["body"]))
            return self.documents.compare_and_set(documents)

    world.wrap = lambda name, port: Watching(port) if name == "journal" else port
    world.show(*TOWN)
    world.settle()
    assert len(sizes) > 4
    assert max(sizes) < 4000
    assert stored(world) == stored(reference)


def test_the_heaviest_commit_fits_a_document() -> None:
    """500 accounts with long keys and 2,000 links merged at once: far below the 16 MB that a document may have."""
    world = World()
    accounts = [f"{'x' * 32}:{number:0256d}" for number in range(499)]
    log = [(account, ["email:h_all", *(f"loyalty_number:h_{number:024d}{place}" for place in range(3))])
           for number, account in enumerate(accounts)]  # fmt: skip
    world.show(*log)
    world.settle()
    world.show(("x:last", ["email:h_last"]), ("x:last", ["email:h_all"]))
    world.settle()
    (customer,) = world.people()
    assert len(customer) == 500
    (journal,) = world.stores["journal"].everything().values()
    assert len(journal["body"]) < 8_000_000
