"""What a replay of some accounts needs to know beside their entries: scores, segments, outcomes, and since when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from vip_tier.domain.facts import FactKind, ScoreAt, attribute_of, facts_of, scores_among
from vip_tier.domain.holding import Holding
from vip_tier.domain.persona import Persona
from vip_tier.domain.programme import Programmes
from vip_tier.domain.replay import Outcome, Replay, Replayed
from vip_tier.domain.segments import SegmentsAt, dated, only, segments_among
from vip_tier.domain.situation import Situation

SCORES_KEPT = 200
"""Only those that cross a threshold are kept: two hundred crossings are many years."""


@dataclass(frozen=True, slots=True)
class Past:
    """A customer's personas, dated scores and segments, told outcomes; `joined_ms` counts where there is no entry."""

    personas: Mapping[str, Persona]
    scores: tuple[ScoreAt, ...]
    segments: tuple[SegmentsAt, ...]
    outcomes: Mapping[str, Outcome]
    joined_ms: int

    def replay(self, programmes: Programmes, name: str, accounts: Collection[str], until_ms: int) -> Replayed:
        """The history of these accounts, as if they were a customer, under a programme."""
        personas = {account: self.personas[account] for account in accounts if account in self.personas}
        asked = {segment for edition in programmes.editions[name] for segment in edition.segments}
        segments = only(segments_among(self.segments, accounts), asked) if asked else ()
        facts = facts_of(personas, scores_among(self.scores, accounts), segments)
        first = next((fact.at_ms for fact in facts if fact.kind is not FactKind.DECISION), self.joined_ms)
        editions = programmes.editions[name]
        attribute = editions[0].qualification.attribute
        return Replay(
            editions, facts, min(first, facts[0].at_ms) if facts else first, outcomes=self.outcomes,
            attribute=attribute_of(personas.values(), attribute) if attribute else "",
            is_main=name == programmes.main,
        ).run(until_ms)  # fmt: skip


def past_of(programmes: Programmes, situation: Situation, previous: Holding | None) -> Past:
    """What is known of a customer's past, the newest score included."""
    outcomes: dict[str, Outcome] = {}
    for absorbed in situation.absorbed.values():
        outcomes.update(absorbed.outcomes)
    if previous is not None:
        outcomes.update(previous.outcomes)
    joined = previous.joined_ms if previous is not None else situation.now_ms
    scores, segments = _scores(programmes, situation, previous), _segments(programmes, situation, previous)
    return Past(situation.personas, scores, segments, outcomes, joined)


def _scores(programmes: Programmes, situation: Situation, previous: Holding | None) -> tuple[ScoreAt, ...]:
    known = previous.scores if previous is not None else ()
    if situation.score is None:
        return known
    accounts = situation.accounts
    if not situation.is_score_current() and previous is not None:
        accounts = previous.memberships[0]
    new = ScoreAt(situation.now_ms, situation.score.score, accounts)
    if known and known[-1].accounts == accounts and _band(programmes, known[-1]) == _band(programmes, new):
        return known
    return (*known, new)[-SCORES_KEPT:]


def _segments(programmes: Programmes, situation: Situation, previous: Holding | None) -> tuple[SegmentsAt, ...]:
    known = previous.segments if previous is not None else ()
    if situation.segments is None or not programmes.segments:
        return known
    accounts = situation.accounts
    if not situation.are_segments_current() and previous is not None:
        accounts = previous.memberships[0]
    entered = {name: at for name, at in situation.segments.entered if name in programmes.segments}
    return dated(known, entered, accounts, situation.now_ms)


def _band(programmes: Programmes, score: ScoreAt) -> tuple[int, ...]:
    """How many of each edition's thresholds the score reaches: within a band it makes no difference."""
    return tuple(sum(least <= score.score for least in each.score_thresholds) for each in programmes.programmes)
