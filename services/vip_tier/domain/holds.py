"""Tiers that are held above what the customer's own history gives, so that a merge lowers none.

Nothing is copied and nothing taken back. What absorbed customers held is read from their frozen results for as long as
the membership names them, and held until their own qualification would have ended. What the surviving accounts would
have by themselves is replayed anew each time, for as long as they have company. So an undo, which restores the
membership, restores the tiers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vip_tier.domain.calendar import NEVER
from vip_tier.domain.holding import Standing
from vip_tier.domain.past import Past
from vip_tier.domain.programme import Programme, Programmes
from vip_tier.domain.situation import Situation
from vip_tier.domain.steps import Reason, Step


@dataclass(frozen=True, slots=True)
class Hold:
    """A tier held for a customer's sake: its rank at every moment, by dates from which each holds."""

    held_from: str
    dates: Sequence[int]
    ranks: Sequence[int]
    inherited: bool = False
    due_ms: int = NEVER

    def rank_at(self, moment: int) -> int:
        """The rank held at a moment; -1 where none is."""
        place = bisect_right(self.dates, moment)
        return self.ranks[place - 1] if place else -1

    def ends(self) -> Iterator[int]:
        """When it falls."""
        for place in range(1, len(self.dates)):
            if self.ranks[place] < self.ranks[place - 1]:
                yield self.dates[place]


def holds_of(
    programmes: Programmes, name: str, situation: Situation, past: Past, before_merges: Iterable[tuple[str, ...]]
) -> list[Hold]:
    """What a customer holds under a programme for the sake of what was before merges."""
    rules = programmes.in_force(name, situation.now_ms)
    found = []
    for customer, holding in situation.absorbed.items():
        standing = holding.standing(name)
        if standing is not None:
            found.append(_inherited(rules, customer, standing))
    found.extend(own_hold(programmes, name, situation, past, accounts) for accounts in before_merges)
    return found


def strongest(holds: Iterable[Hold], moment: int) -> tuple[int, str]:
    """The highest rank held at a moment, and the customer for whose sake; rank -1 where there is none.

    Among customers that held the same tier, the one that qualified for it itself is named; among those, the eldest.
    """
    candidates = sorted((-hold.rank_at(moment), hold.inherited, hold.held_from) for hold in holds)
    return (-candidates[0][0], candidates[0][2]) if candidates else (-1, "")


def endings(holds: Iterable[Hold], base: Sequence[Step]) -> Iterator[Step]:
    """What happens where a hold falls: the customer's own history counts from then on."""
    for hold in holds:
        for end in hold.ends():
            below = [step for step in base if step.at_ms <= end] or base[:1]
            yield Step(end, Reason.DOWNGRADED, below[-1].tier, below[-1].figures, is_clocked=True)


def own_hold(programmes: Programmes, name: str, situation: Situation, past: Past, accounts: tuple[str, ...]) -> Hold:
    """What a customer holds for its own sake: what those of its accounts would have that were there before a merge."""
    alone = past.replay(programmes, name, accounts, situation.now_ms)
    rules = alone.course.rules
    return Hold(
        situation.customer,
        [step.at_ms for step in alone.steps],
        [rules.rank_of(step.tier) for step in alone.steps],
        due_ms=alone.due_ms,
    )


def still_valid(before_merges: Iterable[tuple[str, ...]], accounts: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Those whose accounts are all still here, and not alone."""
    present = set(accounts)
    return tuple(before for before in before_merges if set(before) < present)


def _inherited(rules: Programme, customer: str, standing: Standing) -> Hold:
    ends = standing.grace_ends_ms or standing.period_ends_ms
    if standing.override_id:
        ends = standing.override_ends_ms
    dates, ranks = [0], [rules.rank_of(standing.tier)]
    if ends:
        dates, ranks = [0, ends], [*ranks, -1]
    return Hold(customer, dates, ranks, bool(standing.held_from), ends or NEVER)
