"""The ledger of points: lots that are earned, become active, and are spent, expire or are clawed back.

Append-only: every posting says by how much it changes the pending and the active balance, so that balances are sums of
postings. What is taken comes from the oldest lots first. Integers only.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from enum import IntEnum

from vip_tier.domain.calendar import NEVER
from vip_tier.domain.programme import ClawBack


class Movement(IntEnum):
    """What a posting does; the numbers are those of the published enum."""

    EARNED = 1
    ACTIVATED = 2
    SPENT = 3
    EXPIRED = 4
    ADJUSTED = 5
    CLAWED_BACK = 6
    TRANSFERRED = 7
    """Only in statements; see `vip_tier.domain.statement`."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of the ledger. `key` names it for ever and keeps it from being entered twice.

    `pending` and `active` are what it adds to the two balances; `pending_after` and `active_after` are these balances.
    `cause` is the event id, or the request id, that led to it; `account` the account that event was of.
    """

    key: str
    at_ms: int
    movement: Movement
    pending: int
    active: int
    pending_after: int
    active_after: int
    cause: str
    account: str
    note: str = ""


@dataclass(slots=True)
class Lot:
    """Points earned at once, and what is left of them. It is active from `activates_ms` until `expires_ms`."""

    number: int
    key: str
    order: str
    left: int
    activates_ms: int
    expires_ms: int
    cause: str
    account: str
    is_active: bool = False


@dataclass(slots=True)
class Ledger:
    """A customer's lots and postings under one programme.

    `debt` is what was taken beyond the active lots: what becomes active later pays it first. The active balance is what
    active lots have left, less the debt.
    """

    postings: list[Posting] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    pending: int = 0
    active: int = 0
    debt: int = 0
    _due: list[tuple[int, int]] = field(default_factory=list)
    _oldest: int = 0

    def earn(
        self, at_ms: int, points: int, key: str, *, order: str, activates_ms: int, expires_ms: int, cause: str,
        account: str, note: str = "", movement: Movement = Movement.EARNED,
    ) -> None:  # fmt: skip
        """Enter a lot; one that activates at once is active from the beginning."""
        lot = Lot(len(self.lots), key, order, points, activates_ms, expires_ms, cause, account)
        self.lots.append(lot)
        if activates_ms <= at_ms:
            lot.is_active = True
            self._post(movement, at_ms, key, 0, points, cause=cause, account=account, note=note)
            self._pay_debt(lot)
            self._push(expires_ms, lot)
        else:
            self._post(movement, at_ms, key, points, 0, cause=cause, account=account, note=note)
            self._push(activates_ms, lot)

    def next_due(self) -> int:
        """When the next lot becomes active or expires; `NEVER` where none does."""
        while self._due:
            at, number = self._due[0]
            if self.lots[number].left:
                return at
            heapq.heappop(self._due)
        return NEVER

    def run(self, at_ms: int) -> list[tuple[int, str]]:
        """Let lots that are due by then become active or expire; return points and cause of each that expired."""
        expired: list[tuple[int, str]] = []
        while self.next_due() <= at_ms:
            due, number = heapq.heappop(self._due)
            lot = self.lots[number]
            if lot.is_active:
                expired.append(self._expire(lot, due))
            else:
                lot.is_active = True
                self._post_lot(Movement.ACTIVATED, due, f"{lot.key}/active", -lot.left, lot.left, lot)
                self._pay_debt(lot)
                self._push(lot.expires_ms, lot)
        return expired

    def expire_all(self, at_ms: int) -> list[tuple[int, str]]:
        """Let every active lot expire; return points and cause of each."""
        return [self._expire(lot, at_ms) for lot in self.lots[self._oldest :] if lot.is_active and lot.left]

    def take(
        self, movement: Movement, at_ms: int, points: int, key: str, *, cause: str, account: str, note: str
    ) -> None:
        """Take active points, the oldest first; what there is not becomes debt."""
        self._post(movement, at_ms, key, 0, -points, cause=cause, account=account, note=note)
        self.debt += points - self._drain(points, pending=False)

    def claw_back(
        self, at_ms: int, points: int, key: str, *, order: str, policy: ClawBack, cause: str, account: str
    ) -> int:
        """Take points back for a return: from its order's lot, then pending ones, then active ones, as the policy says.

        Returns how many were taken.
        """
        lots = [lot for lot in self.lots if order and lot.order == order]
        pending = sum(self._draw(lot, points, pending=True) for lot in lots[:1])
        pending += self._drain(points - pending, pending=True)
        active, rest = 0, points - pending
        if policy != "pending_only":
            active = sum(self._draw(lot, rest, pending=False) for lot in lots[:1])
            active += self._drain(rest - active, pending=False)
        if policy == "without_limit":
            self.debt += rest - active
            active = rest
        if pending or active:
            self._post(Movement.CLAWED_BACK, at_ms, key, -pending, -active, cause=cause, account=account)
        return pending + active

    def _expire(self, lot: Lot, at_ms: int) -> tuple[int, str]:
        points, lot.left = lot.left, 0
        self._post_lot(Movement.EXPIRED, at_ms, f"{lot.key}/expired", 0, -points, lot)
        return points, lot.cause

    def _pay_debt(self, lot: Lot) -> None:
        paid = min(self.debt, lot.left)
        self.debt -= paid
        lot.left -= paid

    def _drain(self, points: int, *, pending: bool) -> int:
        """Take from the oldest lots of one sort; return how many there were."""
        while self._oldest < len(self.lots) and not self.lots[self._oldest].left:
            self._oldest += 1
        taken = 0
        for lot in self.lots[self._oldest :]:
            if taken == points:
                break
            taken += self._draw(lot, points - taken, pending=pending)
        return taken

    def _draw(self, lot: Lot, points: int, *, pending: bool) -> int:
        if lot.is_active == pending:
            return 0
        taken = min(lot.left, points)
        lot.left -= taken
        return taken

    def _push(self, at_ms: int, lot: Lot) -> None:
        if at_ms < NEVER and lot.left:
            heapq.heappush(self._due, (at_ms, lot.number))

    def _post_lot(self, movement: Movement, at_ms: int, key: str, pending: int, active: int, lot: Lot) -> None:  # noqa: PLR0917 - a posting has so many parts
        self._post(movement, at_ms, key, pending, active, cause=lot.cause, account=lot.account)

    def _post(
        self, movement: Movement, at_ms: int, key: str, pending: int, active: int, *, cause: str, account: str,
        note: str = "",
    ) -> None:  # fmt: skip
        self.pending += pending
        self.active += active
        self.postings.append(
            Posting(key, at_ms, movement, pending, active, self.pending, self.active, cause, account, note)
        )
