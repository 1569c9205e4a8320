"""Deciding again about many customers: all that are live, in order, at a rate, and able to go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from chassis.memory.broker import MemoryBroker
from chassis.records import Message, Record
from rapport.identity.v1.decisions_pb2 import CustomerAccounts, Decision
from rapport.identity.v1.events_pb2 import Customer, CustomerState
from rapportctl.calls import RefusedError, UnknownError
from rapportctl.pacing import Pacer
from rapportctl.reevaluation import Reevaluation, live_customers
from rapportctl.regrouping import Regrouping
from tests.unit.rapportctl.fakes import PREFIX, reader_of

LIVE, MERGED = CustomerState.CUSTOMER_STATE_LIVE, CustomerState.CUSTOMER_STATE_MERGED
IDS = [f"C{number:03}" for number in range(250)]


def fail(record: Record) -> None:
    raise AssertionError(record)


def customer(id_: str, version: int, state: CustomerState.ValueType = LIVE) -> tuple[str, bytes]:
    return id_, Customer(customer_id=id_, version=version, state=state).SerializeToString()


def live(*records: tuple[str, bytes | None], unreadable: Callable[[Record], None] = fail) -> list[str]:
    broker = MemoryBroker()
    broker.publish([Message(f"{PREFIX}customers", id_.encode(), value) for id_, value in records])
    with reader_of(broker, "customers") as reader:
        return live_customers(reader.all(), unreadable)


def test_id11_live_customers_are_found_in_order_and_merged_ones_left_out() -> None:
    assert live(customer("B", 1), customer("A", 2), customer("C", 3), customer("B", 4, MERGED)) == ["A", "C"]


def test_the_higher_version_wins_whatever_the_order() -> None:
    assert live(customer("A", 4, MERGED), customer("A", 1)) == []
    assert live(customer("A", 1, MERGED), customer("A", 4)) == ["A"]


def test_a_tombstone_ends_a_customer() -> None:
    assert live(customer("A", 1), ("A", None)) == []


def test_what_is_no_customer_is_told_and_passed_over() -> None:
    told: list[Record] = []
    assert live(("A", b"\xff"), customer("B", 1), unreadable=told.append) == ["B"]
    assert len(told) == 1


class Decider:
    """Merges the first two of each batch; knows nobody of `unknown`."""

    def __init__(self, unknown: Sequence[str] = ()) -> None:
        self.batches: list[list[str]] = []
        self.unknown = unknown

    def __call__(self, customers: Sequence[str]) -> Decision:
        self.batches.append(list(customers))
        if set(customers) & set(self.unknown):
            raise UnknownError("nobody", "CUSTOMER_NOT_FOUND")
        if len(customers) < 2:
            return Decision()
        one, other = customers[:2]
        before = [CustomerAccounts(customer_id=id_, account_keys=[f"a:{id_}"]) for id_ in (one, other)]
        after = [CustomerAccounts(customer_id=one, account_keys=[f"a:{one}", f"a:{other}"])]
        return Decision(name=f"decisions/{one}", before=before, after=after)


def reevaluation(decider: Decider, told: list[Regrouping] | None = None, per_second: float = 1e9) -> Reevaluation:
    return Reevaluation(decider, per_second, (told if told is not None else []).append)


def test_id11_all_are_asked_for_once_at_most_a_hundred_at_a_time() -> None:
    decider, told = Decider(), list[Regrouping]()
    work = reevaluation(decider, told)
    assert list(work.run(IDS)) == [100, 100, 50]
    assert [id_ for batch in decider.batches for id_ in batch] == IDS
    assert (work.tally.asked, work.tally.changed, work.tally.last) == (250, 6, IDS[-1])
    assert work.tally.decisions == ["decisions/C000", "decisions/C100", "decisions/C200"]
    assert told[0].text() == "C000 (1 account), C001 (1 account) -> C000 (2 accounts)"


def test_one_who_is_gone_keeps_no_other_from_being_decided() -> None:
    decider = Decider(unknown=["C007"])
    work = reevaluation(decider)
    list(work.run(IDS[:20]))
    assert (work.tally.asked, work.tally.not_found) == (20, 1)
    assert [batch for batch in decider.batches if len(batch) == 1] == [[id_] for id_ in IDS[:20]]


def test_what_stops_it_leaves_told_how_far_it_came() -> None:
    decider = Decider()
    work = reevaluation(decider)
    steps = work.run(IDS)
    next(steps)
    assert (work.tally.asked, work.tally.last) == (100, "C099")


@pytest.mark.parametrize("per_second", [0.5, 10.0, 99.0, 1_000.0])
def test_id11_no_more_customers_are_decided_about_than_the_rate_allows(per_second: float) -> None:
    time = 0.0

    def sleep(seconds: float) -> None:
        nonlocal time
        time += seconds

    def pacer(rate: float) -> Pacer:
        return Pacer(rate, now=lambda: time, sleep=sleep)

    work = Reevaluation(Decider(), per_second, lambda _: None, pacer)
    done = 0
    for count in work.run(IDS[:100]):
        done += count
        assert done <= time * per_second + max(1.0, min(100.0, per_second))


def test_id11_those_who_are_too_many_to_be_decided_at_once_are_decided_in_parts() -> None:
    """At most 30 fit, and one of them alone does not."""
    decider = Decider()
    done: list[str] = []

    def decide(customers: Sequence[str]) -> Decision:
        if len(customers) > 30 or "C017" in customers:
            raise RefusedError("too much", "CUSTOMER_TOO_LARGE")
        done.extend(customers)
        return decider(customers)

    asking = Reevaluation(decide, 1e9, lambda change: None)
    assert list(asking.run(IDS)) == [100, 100, 50]
    assert done == [id_ for id_ in IDS if id_ != "C017"]
    assert (asking.tally.too_large, asking.tally.not_found, asking.tally.asked) == (1, 0, 250)
