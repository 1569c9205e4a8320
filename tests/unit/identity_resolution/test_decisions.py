"""The log of evidence taken into customers: what is published and stored of them."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis import cloudevents
from chassis.records import Message
from identity_resolution.application import decide
from rapport.identity.v1.events_pb2 import ASSIGNMENT_CAUSE_MERGE, ASSIGNMENT_CAUSE_NEW_ACCOUNT, CUSTOMER_STATE_MERGED
from tests.unit.identity_resolution.evidence_log import (
    MAIL,
    PHONE,
    TOWN,
    A,
    B,
    Shown,
    check,
    components,
    decided,
    replayed,
    stored,
)
from tests.unit.identity_resolution.world import ASSIGNMENTS, CUSTOMERS, EVIDENCE, World

shown = st.lists(
    st.tuples(
        st.sampled_from([f"x:{number}" for number in range(9)]),
        st.lists(st.sampled_from([f"tie:h_{number}" for number in range(9)]), max_size=3),
    ),
    max_size=30,
)


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
    world = decided([(A, [MAIL]), (B, [PHONE]), (B, [MAIL]), (A, ["tie:h_9"])])
    assert len(world.broker.records(CUSTOMERS)) == 2
    assert len(world.broker.records(ASSIGNMENTS)) == 2


def test_a_customer_is_told_again_only_when_its_accounts_or_ids_change() -> None:
    world = World()
    runner = world.runner()
    world.show((A, [MAIL]), (B, []))
    runner.run_until_quiet()
    before = world.stores["customers"].everything()
    runner.restart(world.handlers())
    world.show((A, [PHONE]), (B, ["tie:h_9"]))
    runner.run_until_quiet()
    after = world.stores["customers"].everything()
    assert all(after[id_]["version"] > each["version"] for id_, each in before.items())
    assert all(after[id_]["message"] == each["message"] for id_, each in before.items())
    # Two by the first worker, and the same two by the second, which does not know that they have arrived.
    told = world.broker.records(CUSTOMERS)
    assert len(told) == 4
    assert len({record.value for record in told}) == 2
    world.show((B, [MAIL]))
    runner.run_until_quiet()
    assert len(world.broker.records(CUSTOMERS)) == 6


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
    reasons = sorted(reason for reason, _ in world.dead_letters())
    assert reasons == ["NO_ACCOUNT", "UNKNOWN_KIND", "UNPARSEABLE", "UNPARSEABLE"]
    assert world.people() == {frozenset({A})}


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
    log = [(account, ["tie:h_all", *(f"tie:h_{number:024d}{place}" for place in range(3))])
           for number, account in enumerate(accounts)]  # fmt: skip
    world.show(*log)
    world.settle()
    world.show(("x:last", ["tie:h_last"]), ("x:last", ["tie:h_all"]))
    world.settle()
    (customer,) = world.people()
    assert len(customer) == 500
    (journal,) = world.stores["journal"].everything().values()
    assert len(journal["body"]) < 8_000_000
