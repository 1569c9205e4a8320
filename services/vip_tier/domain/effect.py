"""What other programmes would make of the customers there are: who would move, and what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from vip_tier.domain.holding import Holding, Standing
from vip_tier.domain.programme import Programme


@dataclass(slots=True)
class Effect:
    """The effect of one programme, added up customer by customer. A move is from a tier, empty for none, to a tier.

    `examples` are customers that would move, at most `most_examples`: id, from, to.
    """

    programme: Programme
    most_examples: int
    customers: int = 0
    up: int = 0
    down: int = 0
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    points_before: int = 0
    points_after: int = 0
    benefits_before: Counter[str] = field(default_factory=Counter)
    benefits_after: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, customer: str, before: Standing | None, after: Standing) -> None:
        """Count one customer."""
        self.customers += 1
        held = before.tier if before is not None else ""
        self.moves[held, after.tier] += 1
        self.points_after += after.active + after.pending
        self.benefits_after.update(after.benefits)
        if before is not None:
            self.points_before += before.active + before.pending
            self.benefits_before.update(before.benefits)
        if held == after.tier:
            return
        if self.programme.rank_of(after.tier) > self.programme.rank_of(held):
            self.up += 1
        else:
            self.down += 1
        if len(self.examples) < self.most_examples:
            self.examples.append((customer, held, after.tier))


def add_all(effects: Iterable[Effect], customer: str, before: Holding, after: Holding) -> None:
    """Count one customer under every programme."""
    for effect in effects:
        name = effect.programme.programme
        standing = after.standing(name)
        if standing is not None:
            effect.add(customer, before.standing(name), standing)
