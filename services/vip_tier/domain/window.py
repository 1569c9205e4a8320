"""What counts at a moment: the facts within a programme's window, added up as time goes by."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import takewhile
from typing import NamedTuple

from vip_tier.domain.figures import Figures

EVENTS_NAMED = 50


class Counted(NamedTuple):
    """What one fact counts for; it leaves a rolling window at `leaves_ms`."""

    at_ms: int
    leaves_ms: int
    event_id: str
    points: int = 0
    spend: int = 0
    purchases: int = 0
    engagement: int = 0
    referrals: int = 0


@dataclass(slots=True)
class Window:
    """The facts that count, oldest first, and their sums. Time only goes forward."""

    currency: str
    score: int = 0
    elsewhere: int = 0
    segments: tuple[str, ...] = ()
    _facts: deque[Counted] = field(default_factory=deque)
    _points: int = 0
    _spend: int = 0
    _purchases: int = 0
    _engagement: int = 0
    _referrals: int = 0

    def add(self, counted: Counted) -> None:
        """Let a fact count."""
        self._facts.append(counted)
        self._sum(counted, 1)

    def forget_left(self, moment: int) -> None:
        """Let those go that have left a rolling window by the moment."""
        while self._facts and self._facts[0].leaves_ms <= moment:
            self._sum(self._facts.popleft(), -1)

    def begin(self, start_ms: int, *, but_at: bool = False) -> None:
        """Let only those count that happened at `start_ms` or later; with `but_at`, later."""
        while self._facts and (self._facts[0].at_ms < start_ms or (but_at and self._facts[0].at_ms == start_ms)):
            self._sum(self._facts.popleft(), -1)

    def figures(self) -> Figures:
        """The sums. Points are never less than none: what was clawed back may have been earned before."""
        return self._figures(self._points, self._spend, self._purchases, self._engagement, self._referrals)

    def figures_at(self, moment: int) -> Figures:
        """What the sums will be at a later moment if nothing more happens."""
        left = list(takewhile(lambda fact: fact.leaves_ms <= moment, self._facts))
        return self._figures(
            self._points - sum(fact.points for fact in left),
            self._spend - sum(fact.spend for fact in left),
            self._purchases - sum(fact.purchases for fact in left),
            self._engagement - sum(fact.engagement for fact in left),
            self._referrals - sum(fact.referrals for fact in left),
        )

    def events(self) -> tuple[str, ...]:
        """Ids of the events that count, the oldest first; at most the last `EVENTS_NAMED`."""
        named = [each.event_id for each in self._facts if each.event_id]
        return tuple(named[-EVENTS_NAMED:])

    def _figures(self, points: int, spend: int, purchases: int, engagement: int, referrals: int) -> Figures:
        return Figures(
            self.currency, max(0, points), spend, purchases, self.score, self.elsewhere, engagement, referrals,
            self.segments,
        )  # fmt: skip

    def _sum(self, counted: Counted, sign: int) -> None:
        self._points += sign * counted.points
        self._spend += sign * counted.spend
        self._purchases += sign * counted.purchases
        self._engagement += sign * counted.engagement
        self._referrals += sign * counted.referrals
