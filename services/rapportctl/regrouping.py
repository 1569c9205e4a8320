"""What a decision did to customers: which came together, which were parted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rapport.identity.v1.decisions_pb2 import CustomerAccounts, Decision

Accounts = frozenset[str]


@dataclass(frozen=True, slots=True)
class Regrouping:
    """Customers before and after, by id, which hold the same accounts among them."""

    before: dict[str, Accounts]
    after: dict[str, Accounts]

    def text(self) -> str:
        """For example "A (2 accounts), B (1 account) -> A (3 accounts)"."""
        return " ".join([", ".join(_customers(self.before)), "->", ", ".join(_customers(self.after))])

    def lines(self) -> list[str]:
        """As `text`, a line for each customer, so that it fits into a cell."""
        return [*_customers(self.before), *(f"-> {customer}" for customer in _customers(self.after))]

    def as_json(self) -> dict[str, Any]:
        """Customers with their accounts, sorted."""
        return {
            "before": {id_: sorted(accounts) for id_, accounts in self.before.items()},
            "after": {id_: sorted(accounts) for id_, accounts in self.after.items()},
        }


def regroupings(decision: Decision) -> list[Regrouping]:
    """The changes that a decision consists of, apart from each other; customers that stay as they were are left out."""
    found: list[tuple[Accounts, Regrouping]] = []
    for is_after, customers in ((False, decision.before), (True, decision.after)):
        for customer in customers:
            found = _taken_in(found, customer, is_after=is_after)
    return [group for _, group in found if group.before != group.after]


def _taken_in(
    found: Iterable[tuple[Accounts, Regrouping]], customer: CustomerAccounts, *, is_after: bool
) -> list[tuple[Accounts, Regrouping]]:
    """The groups once a customer has joined those with which it shares accounts."""
    all_ = own = frozenset(customer.account_keys)
    before: dict[str, Accounts] = {}
    after: dict[str, Accounts] = {}
    others = []
    for accounts, group in found:
        if accounts & own:
            all_ |= accounts
            before |= group.before
            after |= group.after
        else:
            others.append((accounts, group))
    (after if is_after else before)[customer.customer_id] = own
    return [*others, (all_, Regrouping(before, after))]


def _customers(customers: dict[str, Accounts]) -> list[str]:
    return [f"{id_} ({_count(len(accounts))})" for id_, accounts in sorted(customers.items())] or ["nobody"]


def _count(accounts: int) -> str:
    return "1 account" if accounts == 1 else f"{accounts:,} accounts"
