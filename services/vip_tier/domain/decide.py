"""The decision: which tier a customer holds, and whether that is a change.

Level-triggered: the same situation decided twice changes nothing, and what matters is what is, not how it came about;
of the past, only what `Holding` keeps.
"""

from __future__ import annotations

from dataclasses import dataclass

from vip_tier.domain.figures import Figures
from vip_tier.domain.holding import Change, Holding, OwnHold, Reason
from vip_tier.domain.holds import Hold, holds_against_a_merge, still_valid, strongest
from vip_tier.domain.programme import Programme
from vip_tier.domain.receipt import count_events, receipt
from vip_tier.domain.situation import Situation

MEMBERSHIPS_KEPT = 10
"""Of those between two current scores, which are milliseconds apart unless advocacy scoring is down."""


@dataclass(frozen=True, slots=True)
class _Level:
    """Where a customer stands: the rank that the figures give, and what holds it above that."""

    qualified: int
    hold: Hold
    own: tuple[OwnHold, ...]

    @property
    def rank(self) -> int:
        return max(self.qualified, self.hold.rank)


def decide(
    programme: Programme, version: str, situation: Situation, previous: Holding | None
) -> tuple[Holding, Change | None]:
    """The tier that the customer holds now, and the change if it is another than in `previous`.

    On a score that was computed for other accounts than the customer has now, no tier is lowered.
    """
    figures = situation.figures(programme, situation.accounts, _score(situation, previous))
    is_settled = situation.is_score_current() or not programme.uses_score
    level = _level(programme, situation, figures, previous, is_settled=is_settled)
    tier = programme.tiers[level.rank].name
    kept = previous if previous is not None and previous.tier == tier else None
    holding = Holding(
        tier=tier,
        qualified=programme.tiers[level.qualified].name,
        held_from=level.hold.held_from if level.hold.rank > level.qualified else "",
        since_ms=kept.since_ms if kept else situation.now_ms,
        figures=figures,
        at_change=kept.at_change if kept else figures,
        programme=programme.programme,
        programme_version=version,
        memberships=_memberships(situation, previous, is_settled=is_settled),
        own_holds=level.own,
        counted=kept.counted if kept else count_events(situation),
    )
    if kept:
        return holding, None
    return holding, Change(
        previous_tier=previous.tier if previous is not None else "",
        tier=tier,
        reason=_reason(programme, situation, previous, holding),
        effective_ms=situation.now_ms,
        receipt=receipt(situation, previous, figures, programme.programme, version),
    )


def _score(situation: Situation, previous: Holding | None) -> int:
    """The score to decide on; a customer that is just back from a merge has none yet, and keeps the last one."""
    if situation.score is not None:
        return situation.score.score
    return previous.figures.advocacy_score if previous is not None else 0


def _level(
    programme: Programme, situation: Situation, figures: Figures, previous: Holding | None, *, is_settled: bool
) -> _Level:
    qualified = programme.qualify(figures)
    own = still_valid(previous.own_holds, situation.accounts) if previous is not None else ()
    level = _Level(qualified, strongest(programme, situation, own), own)
    if previous is None:
        return level
    if not is_settled:
        return _no_lower(programme, level, previous)
    own += holds_against_a_merge(programme, situation, previous, level.rank)
    return _Level(qualified, strongest(programme, situation, own), own)


def _no_lower(programme: Programme, level: _Level, previous: Holding) -> _Level:
    """The level as it is, or as it was where that is higher: there is no saying yet what the figures give."""
    qualified = max(level.qualified, programme.rank_of(previous.qualified))
    inherited = Hold(programme.rank_of(previous.tier), previous.held_from) if previous.held_from else level.hold
    hold = level.hold if level.hold.rank >= inherited.rank else inherited
    return _Level(qualified, hold, level.own)


def _memberships(situation: Situation, previous: Holding | None, *, is_settled: bool) -> tuple[tuple[str, ...], ...]:
    here = situation.accounts
    if previous is None or is_settled:
        return (here,)
    settled, *since = previous.memberships
    if here in previous.memberships:
        return previous.memberships
    return (settled, *since[-MEMBERSHIPS_KEPT:], here)


def _reason(programme: Programme, situation: Situation, previous: Holding | None, holding: Holding) -> Reason:
    """What it was that changed the tier; where several things came together, the one that people will ask about."""
    if previous is None:
        return Reason.ENROLLED
    here, before = set(situation.accounts), set(previous.memberships[0])
    is_rise = programme.rank_of(holding.tier) > programme.rank_of(previous.tier)
    has_new_hold = holding.held_from not in ("", previous.held_from)
    has_lost_hold = previous.held_from != "" and holding.held_from == "" and not is_rise
    if is_rise and (here - before or has_new_hold):
        return Reason.MERGED
    if before - here or has_lost_hold:
        return Reason.SPLIT
    is_new_programme = holding.programme_version != previous.programme_version
    if is_new_programme and programme.qualify(previous.figures) != programme.rank_of(previous.qualified):
        return Reason.RULES_CHANGED
    return Reason.UPGRADED if is_rise else Reason.DOWNGRADED
