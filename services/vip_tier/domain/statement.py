"""A ledger as its customer reads it: what a merged customer brought is one entry at the time of the merge.

The ledger itself knows of no merge: it is that of all accounts together, as if they had always been one customer's, so
that an undo leaves no trace in it. The statement leaves nothing out: its entries add up to the same balances.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from vip_tier.domain.holding import Holding
from vip_tier.domain.ledger import Movement, Posting


class Line(NamedTuple):
    """An entry of a statement; `transferred_from` names the merged customer that brought it, empty for nobody."""

    posting: Posting
    transferred_from: str = ""


@dataclass(frozen=True, slots=True)
class Transfers:
    """Which merged customer brought which account, and when each was merged, in milliseconds since 1970."""

    brought: Mapping[str, str]
    merged_ms: Mapping[str, int]

    def source(self, posting: Posting) -> str:
        """The customer that brought an entry; empty for what was entered after its merge, or has no such account."""
        customer = self.brought.get(posting.account, "")
        return customer if customer and posting.at_ms < self.merged_ms[customer] else ""


def transfers_of(holding: Holding, absorbed: Mapping[str, Holding]) -> Transfers:
    """The transfers of a customer; `absorbed` are the customers merged into it, as they were at their end.

    Where one of them had taken in another before, an account is of the one that had the fewest.
    """
    merged = {customer: holding.merged_ms[customer] for customer in absorbed if customer in holding.merged_ms}
    by_size = sorted(merged, key=lambda customer: (-len(absorbed[customer].memberships[-1]), customer))
    brought = {account: customer for customer in by_size for account in absorbed[customer].memberships[-1]}
    return Transfers(brought, merged)


def statement(postings: Sequence[Posting], transfers: Transfers, *, is_itemized: bool = False) -> list[Line]:
    """The entries in order, with what each customer brought as one, unless it `is_itemized`; balances run through."""
    lines = [Line(posting, transfers.source(posting)) for posting in postings]
    if is_itemized:
        return lines
    brought: dict[str, list[Posting]] = {}
    for posting, customer in lines:
        if customer:
            brought.setdefault(customer, []).append(posting)
    entries = [line for line in lines if not line.transferred_from]
    entries.extend(_transfer(customer, transfers.merged_ms[customer], each) for customer, each in brought.items())
    # What happened at the moment of a merge comes after it: it was the merged customer's.
    entries.sort(key=lambda line: (line.posting.at_ms, not line.transferred_from))
    return _running(entries)


def _transfer(customer: str, merged_ms: int, postings: Sequence[Posting]) -> Line:
    pending, active = sum(each.pending for each in postings), sum(each.active for each in postings)
    key = f"transfer/{customer}"
    return Line(Posting(key, merged_ms, Movement.TRANSFERRED, pending, active, 0, 0, "", ""), customer)


def _running(lines: Sequence[Line]) -> list[Line]:
    pending = active = 0
    found: list[Line] = []
    for posting, customer in lines:
        pending, active = pending + posting.pending, active + posting.active
        found.append(Line(replace(posting, pending_after=pending, active_after=active), customer))
    return found
