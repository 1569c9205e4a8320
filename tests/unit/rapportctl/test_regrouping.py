"""What a decision did: customers before and after, apart from those that it left as they were."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rapport.identity.v1.decisions_pb2 import CustomerAccounts, Decision
from rapportctl.regrouping import regroupings

Customers = dict[str, list[str]]


def decision(before: Customers, after: Customers) -> Decision:
    return Decision(
        before=[CustomerAccounts(customer_id=id_, account_keys=accounts) for id_, accounts in before.items()],
        after=[CustomerAccounts(customer_id=id_, account_keys=accounts) for id_, accounts in after.items()],
    )


def test_id11_changes_that_share_no_account_are_told_apart() -> None:
    found = regroupings(
        decision({"A": ["a"], "B": ["b"], "C": ["c", "d"]}, {"A": ["a", "b"], "C": ["c"], "D": ["d"]}),
    )
    assert sorted(each.text() for each in found) == [
        "A (1 account), B (1 account) -> A (2 accounts)",
        "C (2 accounts) -> C (1 account), D (1 account)",
    ]


def test_accounts_that_change_sides_make_one_change() -> None:
    """A and B exchange an account: neither is understood without the other."""
    (found,) = regroupings(decision({"A": ["a", "x"], "B": ["b"]}, {"A": ["a"], "B": ["b", "x"]}))
    assert found.lines() == ["A (2 accounts)", "B (1 account)", "-> A (1 account)", "-> B (2 accounts)"]


def test_a_customer_that_stays_as_it_was_is_left_out() -> None:
    assert regroupings(decision({"A": ["a"]}, {"A": ["a"]})) == []
    assert regroupings(Decision()) == []


def grouped(sides: list[int]) -> Customers:
    customers: Customers = {}
    for account, customer in enumerate(sides):
        customers.setdefault(f"C{customer}", []).append(f"a{account}")
    return customers


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12))
def test_every_account_that_moved_is_in_one_change_and_no_change_touches_another(moves: list[tuple[int, int]]) -> None:
    before, after = grouped([old for old, _ in moves]), grouped([new for _, new in moves])
    found = regroupings(decision(before, after))
    of_changes = [frozenset().union(*each.before.values()) for each in found]
    assert of_changes == [frozenset().union(*each.after.values()) for each in found]
    assert sum(map(len, of_changes)) == len(frozenset().union(*of_changes))
    moved = {f"a{account}" for account, (old, new) in enumerate(moves) if old != new}
    assert moved <= frozenset().union(*of_changes)
