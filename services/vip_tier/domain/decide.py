"""The decision: which tiers a customer holds, and what is to be told of it.

Level-triggered: the same situation decided twice changes nothing. What depends on the past is replayed from dated
entries; `Holding` keeps what no entry tells: what was told, scores and segments with their dates, outcomes of people's
decisions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vip_tier.domain.calendar import NEVER
from vip_tier.domain.changes import Decided, changes_of
from vip_tier.domain.holding import Change, Holding, Standing
from vip_tier.domain.holds import Hold, endings, holds_of, own_hold, still_valid, strongest
from vip_tier.domain.past import Past, past_of
from vip_tier.domain.programme import Programme, Programmes
from vip_tier.domain.receipt import count_events
from vip_tier.domain.replay import Replayed
from vip_tier.domain.situation import Situation
from vip_tier.domain.standing import standing_of
from vip_tier.domain.steps import Reason, Step
from vip_tier.domain.telling import Telling

MEMBERSHIPS_KEPT = 10
"""Of those between two current scores, which are milliseconds apart unless advocacy scoring is down."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the customer holds now, the changes to tell in order, and when the clock alone changes it; 0 for never."""

    holding: Holding
    changes: tuple[Change, ...]
    due_ms: int


def decide(programmes: Programmes, version: str, situation: Situation, previous: Holding | None) -> Decision:
    """Decide anew about a customer; `version` is that of the programmes.

    On a score, or segments, of other accounts than the customer has now, no tier is lowered.
    """
    past = past_of(programmes, situation, previous)
    is_settled = _is_settled(programmes, situation)
    decided = [
        _Case(
            programmes, version, name, situation, previous, past,
            here=previous.standing(name) if previous is not None else None, is_settled=is_settled,
        ).decide()
        for name in programmes.editions
    ]  # fmt: skip
    changes, told, counts = changes_of(decided, version, situation, previous)
    outcomes = dict(previous.outcomes) if previous is not None else {}
    for each in decided:
        outcomes.update(each.outcomes)
    holding = Holding(
        standings=tuple(each.standing for each in decided),
        told=told,
        programme_version=version,
        memberships=_memberships(situation, previous, is_settled=is_settled),
        joined_ms=past.joined_ms,
        absorbed=situation.absorbed_customers,
        merged_ms=_merged(situation, previous),
        before_merges=tuple(sorted({before for each in decided for before in each.before_merges})),
        scores=past.scores,
        segments=past.segments,
        outcomes=outcomes,
        counted=count_events(situation) if counts or previous is None else previous.counted,
        sequence=(previous.sequence if previous is not None else 0) + len(changes),
    )
    due = min(each.due_ms for each in decided)
    return Decision(holding, changes, due if due < NEVER else 0)


def _is_settled(programmes: Programmes, situation: Situation) -> bool:
    uses_score = any(each.uses_score for each in programmes.programmes)
    return (situation.is_score_current() or not uses_score) and (
        situation.are_segments_current() or not programmes.segments
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """A customer under one programme; `here` is what it held there before, `version` that of the programmes."""

    programmes: Programmes
    version: str
    name: str
    situation: Situation
    previous: Holding | None
    past: Past
    here: Standing | None
    is_settled: bool

    def decide(self) -> Decided:
        """Replay the history, see what is held above it, and what is to be told."""
        now = self.situation.now_ms
        replayed = self.past.replay(self.programmes, self.name, self.situation.accounts, now)
        rules = replayed.course.rules
        before_merges, holds = self._holds(replayed)
        figures, score = replayed.figures, self._score()
        if score != figures.advocacy_score:
            figures = replace(figures, advocacy_score=score)
        least = rules.rank_of(self.here.tier) if self.here is not None and not self.is_settled else -1
        rank, held_from = self._highest(replayed, holds, least)
        qualified = replayed.course.rank if held_from else rank
        telling = self._telling(replayed, holds, least, held_from)
        last = Step(now, Reason.UPGRADED, "", figures)
        telling.end(
            rank, lambda tier: self._reason(rules, telling.tier, tier, held_from), last,
            must_tell=self._must_tell(rules, rank),
        )  # fmt: skip
        clocked = [step.at_ms for step in replayed.steps if step.is_clocked and step.at_ms <= now]
        dues = [replayed.due_ms, *(hold.due_ms for hold in holds if hold.due_ms > now)]
        return Decided(
            name=self.name,
            standing=standing_of(replayed, rank, qualified, held_from, figures),
            steps=telling.steps,
            clock_ms=max(clocked, default=0),
            has_facts=replayed.has_facts,
            due_ms=min(dues),
            before_merges=before_merges,
            outcomes=dict(replayed.outcomes),
        )

    def _score(self) -> int:
        """The score to show; a customer that is just back from a merge has none yet, and keeps the last one."""
        if self.situation.score is not None:
            return self.situation.score.score
        return self.previous.main.figures.advocacy_score if self.previous is not None else 0

    def _holds(self, replayed: Replayed) -> tuple[tuple[tuple[str, ...], ...], list[Hold]]:
        """What is held for the sake of what was before merges; a merge that would lower the tier adds to it.

        The accounts before are asked what they would have by themselves, on the scores they had: what they lose for
        another reason, say a return, is not held.
        """
        situation, now = self.situation, self.situation.now_ms
        before_merges = still_valid(self.previous.before_merges if self.previous else (), situation.accounts)
        holds = holds_of(self.programmes, self.name, situation, self.past, before_merges)
        if self.previous is None or not self.is_settled:
            return before_merges, holds
        held = max(replayed.course.rank, strongest(holds, now)[0])
        for accounts in self.previous.memberships:
            if set(accounts) < set(situation.accounts) and accounts not in before_merges:
                hold = own_hold(self.programmes, self.name, situation, self.past, accounts)
                if hold.rank_at(now) > held:
                    before_merges, holds = (*before_merges, accounts), [*holds, hold]
        return before_merges, holds

    def _highest(self, replayed: Replayed, holds: Sequence[Hold], least: int) -> tuple[int, str]:
        """The rank that is held, and for whose sake it is held above the customer's own history; "" for nobody's."""
        own = replayed.course.rank
        if replayed.course.override is not None:
            return own, ""
        held, held_from = strongest(holds, self.situation.now_ms)
        if self.here is not None and self.here.held_from and least > held:
            held, held_from = least, self.here.held_from
        rank = max(own, held, least)
        return rank, held_from if held == rank > own else ""

    def _telling(self, replayed: Replayed, holds: Sequence[Hold], least: int, held_from: str) -> Telling:
        """What is to be told of the steps of the history, and of where holds end."""
        rules, overridden = replayed.course.rules, replayed.course.override is not None

        def floor(moment: int) -> int:
            return -1 if overridden else max(strongest(holds, moment)[0], least)

        told = self.previous.told.get(self.name) if self.previous is not None else None
        telling = Telling(rules, self.here.tier if self.here else "", told, floor, self._is_restated(held_from))
        ended = (step for step in endings(holds, replayed.steps) if step.at_ms <= self.situation.now_ms)
        telling.walk(sorted((*replayed.steps, *ended), key=lambda step: step.at_ms))
        return telling

    def _is_restated(self, held_from: str) -> bool:
        """Whether the customer, or the programme, is another than when the tier was decided last.

        What an absorbed customer held may be read later than its accounts arrive: that is a part of the merge.
        """
        previous, situation = self.previous, self.situation
        return previous is not None and self.here is not None and (
            set(situation.accounts) != set(previous.memberships[0])
            or situation.absorbed_customers != previous.absorbed
            or self.version != previous.programme_version
            or held_from not in ("", self.here.held_from)
        )  # fmt: skip

    def _must_tell(self, rules: Programme, rank: int) -> Reason | None:
        """What is told though it may lead to no other tier: customers came or went, or benefits are others."""
        if self.previous is None or self.here is None:
            return None
        if set(self.situation.absorbed_customers) - set(self.previous.absorbed):
            return Reason.MERGED
        if set(self.previous.absorbed) - set(self.situation.absorbed_customers):
            return Reason.SPLIT
        tier, is_new = rules.tiers[rank], self.version != self.previous.programme_version
        has_others = tier.name == self.here.tier and tier.benefits != self.here.benefits
        return Reason.RULES_CHANGED if is_new and has_others else None

    def _reason(self, rules: Programme, told: str, tier: str, held_from: str) -> Reason:
        """What it was that changed the tier; where several things came together, the one that people will ask about."""
        if self.previous is None or self.here is None:
            return Reason.ENROLLED
        accounts, before = set(self.situation.accounts), set(self.previous.memberships[0])
        is_rise = rules.rank_of(tier) > rules.rank_of(told)
        if is_rise and (accounts - before or held_from not in ("", self.here.held_from)):
            return Reason.MERGED
        if before - accounts or (self.here.held_from and not is_rise):
            return Reason.SPLIT
        if self.version != self.previous.programme_version:
            return Reason.RULES_CHANGED
        return Reason.UPGRADED if is_rise else Reason.DOWNGRADED


def _merged(situation: Situation, previous: Holding | None) -> dict[str, int]:
    known = previous.merged_ms if previous is not None else {}
    return {customer: known.get(customer, situation.now_ms) for customer in situation.absorbed_customers}


def _memberships(situation: Situation, previous: Holding | None, *, is_settled: bool) -> tuple[tuple[str, ...], ...]:
    here = situation.accounts
    if previous is None or is_settled:
        return (here,)
    settled, *since = previous.memberships
    if here in previous.memberships:
        return previous.memberships
    return (settled, *since[-MEMBERSHIPS_KEPT:], here)
