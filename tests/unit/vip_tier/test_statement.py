"""The ledger as its customer reads it: what a merge brought, and that it always adds up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.vip_tier.customers import PROGRAMME, Town, bought
from vip_tier.domain.ledger import Movement, Posting
from vip_tier.domain.past import past_of
from vip_tier.domain.programme import Programmes
from vip_tier.domain.statement import Line, Transfers, statement, transfers_of


def posting(number: int, at_ms: int, account: str, pending: int = 0, active: int = 0) -> Posting:
    """An entry; the balances after it do not matter."""
    return Posting(f"k{number}", at_ms, Movement.EARNED, pending, active, 0, 0, f"e{number}", account)


def lines_of(town: Town, customer: str, *, is_itemized: bool = False) -> list[Line]:
    """The statement of a customer now."""
    here, holding = town.situation(customer), town.holdings[customer]
    programmes = Programmes(1, (PROGRAMME,))
    past = past_of(programmes, here, holding)
    ledger = past.replay(programmes, PROGRAMME.programme, here.accounts, here.now_ms).ledger
    return statement(ledger.postings, transfers_of(holding, here.absorbed), is_itemized=is_itemized)


def keys(lines: list[Line]) -> list[tuple[str, int, int]]:
    return [(each.posting.key, each.posting.active, each.posting.active_after) for each in lines]


def test_ti4_a_merge_is_an_entry_that_says_what_came_over() -> None:
    """At the time of the merge; what the accounts do afterwards are the survivor's own entries."""
    town = Town()
    town.trade("a", bought("a1", 10_000, at=1))
    town.trade("b", bought("b1", 20_000, at=2), bought("b2", 5_000, at=3))
    town.clock = 10
    town.has("C1", "a")
    town.has("C2", "b")
    town.decide()
    town.merge("C2", "C1")
    town.decide()
    merged = town.clock
    town.trade("b", bought("b3", 1_000, at=merged + 10))
    town.clock = merged + 20
    town.decide()
    lines = lines_of(town, "C1")
    assert keys(lines) == [("order/a1", 100, 100), ("transfer/C2", 250, 350), ("order/b3", 10, 360)]
    transfer = lines[1]
    assert (transfer.posting.movement, transfer.transferred_from) == (Movement.TRANSFERRED, "C2")
    assert town.holdings["C1"].merged_ms == {"C2": transfer.posting.at_ms}
    itemized = lines_of(town, "C1", is_itemized=True)
    assert [(each.posting.key, each.transferred_from) for each in itemized] == [
        ("order/a1", ""), ("order/b1", "C2"), ("order/b2", "C2"), ("order/b3", ""),
    ]  # fmt: skip


def test_ti4_of_several_merges_each_is_an_entry_of_its_own() -> None:
    """What a merged customer had taken in before is told of under the id that brought it."""
    town = Town()
    for number, account in enumerate("abc", start=1):
        town.trade(account, bought(f"{account}1", number * 10_000, at=number))
        town.has(f"C{number}", account)
    town.clock = 10
    town.decide()
    town.merge("C3", "C2")
    town.decide()
    town.merge("C2", "C1")
    town.decide()
    assert [(line.posting.key, line.posting.active) for line in lines_of(town, "C1")] == [
        ("order/a1", 100), ("transfer/C2", 200), ("transfer/C3", 300),
    ]  # fmt: skip


def test_ti7_after_an_undo_nothing_came_over() -> None:
    """Neither the statement nor what is kept knows of the merge any more; another merge has a date of its own."""
    town = Town()
    for number, account in enumerate("ab", start=1):
        town.trade(account, bought(f"{account}1", 10_000, at=number))
        town.has(f"C{number}", account)
    town.decide()
    before = keys(lines_of(town, "C1"))
    town.merge("C2", "C1")
    town.decide()
    first = town.holdings["C1"].merged_ms["C2"]
    town.has("C1", "a")
    town.has("C2", "b")
    town.decide()
    assert keys(lines_of(town, "C1")) == before
    assert town.holdings["C1"].merged_ms == {}
    town.merge("C2", "C1")
    town.decide()
    assert town.holdings["C1"].merged_ms["C2"] > first


@given(
    st.lists(st.tuples(st.integers(0, 20), st.sampled_from("abcd"), st.integers(-9, 9), st.integers(-9, 9))),
    st.dictionaries(st.sampled_from("bcd"), st.sampled_from(["C2", "C3"])),
    st.integers(0, 25),
    st.integers(0, 25),
)
def test_i12_a_statement_adds_up_to_the_same_whatever_came_over(
    entries: list[tuple[int, str, int, int]], brought: dict[str, str], second: int, third: int
) -> None:
    """In order, with running balances; a transfer is the sum of the entries that it stands for."""
    ledger = [
        posting(number, at, account, pending, active)
        for number, (at, account, pending, active) in enumerate(sorted(entries))
    ]
    transfers = Transfers(brought, {"C2": second, "C3": third})
    lines, items = statement(ledger, transfers), statement(ledger, transfers, is_itemized=True)
    for of in ("pending", "active"):
        assert sum(getattr(line.posting, of) for line in lines) == sum(getattr(each, of) for each in ledger)
        running = 0
        for line in lines:
            running += getattr(line.posting, of)
            assert getattr(line.posting, f"{of}_after") == running
        for line in (each for each in lines if each.transferred_from):
            stands_for = [each.posting for each in items if each.transferred_from == line.transferred_from]
            assert getattr(line.posting, of) == sum(getattr(each, of) for each in stands_for)
            assert all(each.at_ms < line.posting.at_ms for each in stands_for)
    assert [each.posting.at_ms for each in lines] == sorted(each.posting.at_ms for each in lines)
    assert [each.posting for each in items] == ledger
    names = [line.posting.key for line in lines]
    assert len(names) == len(set(names))
