"""Which of the steps of a history are still to be told, and as what.

What was told is never taken back: where history turns out otherwise, since an event came late, accounts came or went or
the programme is another, one change leads from the tier that was told last to the one that is held.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from vip_tier.domain.holding import Told
from vip_tier.domain.programme import Programme
from vip_tier.domain.steps import Reason, Step

_BY_TIER = frozenset({Reason.ENROLLED, Reason.UPGRADED, Reason.DOWNGRADED})
"""Told where they lead to another tier, which a hold may prevent."""

_OF_TENURE = frozenset({Reason.RENEWED, Reason.TIER_EXPIRING, Reason.GRACE_STARTED})
"""Told where the tier that they speak of is the one held."""

_BY_PEOPLE = frozenset({Reason.OVERRIDDEN, Reason.OVERRIDE_ENDED})
_OF_POINTS = frozenset({Reason.POINTS_EXPIRING, Reason.POINTS_EXPIRED})


@dataclass(slots=True)
class Telling:
    """Walks through the steps of one programme. `tier` is the one told last, empty before the first.

    `floor(moment)` is the rank below which the customer does not fall. Where `is_restated`, the customer or the
    programme is another than at the last telling, and its earlier steps are nothing that happened to it.
    """

    rules: Programme
    tier: str
    told: Told | None
    floor: Callable[[int], int]
    is_restated: bool
    steps: list[tuple[str, Step, int]] = field(default_factory=list)

    def walk(self, history: Sequence[Step]) -> None:
        """Take the steps that are new, in order."""
        until, clock = (self.told.until_ms, self.told.clock_ms) if self.told else (-1, -1)
        if self.told and not self.is_restated:
            self._catch_up(history, until)
        for step in history:
            if step.at_ms > until or (step.is_clocked and step.reason not in _BY_TIER and step.at_ms > clock):
                self._take(step)

    def end(self, rank: int, reason: Callable[[str], Reason], last: Step, *, must_tell: Reason | None) -> None:
        """Lead to the rank that is held in the end; `last` says what holds then. `must_tell` is told in any case."""
        tier = self.rules.tiers[rank].name
        cause = reason(tier) if tier != self.tier else None
        if must_tell is not None and cause is not must_tell:
            self._add(replace(last, reason=must_tell, tier=self.tier))
        if cause is not None:
            self._add(replace(last, reason=cause, tier=tier))

    def _take(self, step: Step) -> None:
        tier = self._held(step.tier, step.at_ms)
        if self.is_restated:
            if step.reason not in _BY_TIER and step.tier == self.tier:
                self._add(step)
        elif step.reason in _BY_TIER:
            if tier != self.tier:
                self._add(replace(step, tier=tier, reason=self._direction(step, tier)))
        elif step.reason not in _OF_TENURE or tier == step.tier:
            self._add(step if tier == step.tier else replace(step, tier=tier))

    def _catch_up(self, history: Sequence[Step], until: int) -> None:
        """An event that came late, or of a moment told already, has changed what was held then."""
        known = [step for step in history if step.at_ms <= until and step.reason not in _OF_POINTS]
        if not known:
            return
        last = known[-1]
        tier = self._held(last.tier, until)
        if tier != self.tier:
            corrected = self.told.sequence if self.told and last.at_ms < until else 0
            reason = last.reason if last.reason in _BY_PEOPLE else self._direction(last, tier)
            self._add(replace(last, tier=tier, reason=reason, is_clocked=False), corrected)

    def _held(self, tier: str, moment: int) -> str:
        return self.rules.tiers[max(self.rules.rank_of(tier), self.floor(moment), 0)].name

    def _direction(self, step: Step, tier: str) -> Reason:
        if not self.tier:
            return Reason.ENROLLED
        return Reason.UPGRADED if self.rules.rank_of(tier) > self.rules.rank_of(self.tier) else Reason.DOWNGRADED

    def _add(self, step: Step, corrects: int = 0) -> None:
        self.steps.append((self.tier, step, corrects))
        self.tier = step.tier
