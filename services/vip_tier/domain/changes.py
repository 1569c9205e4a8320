"""Changes with their receipts, made of the steps that are to be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vip_tier.domain.figures import Figures
from vip_tier.domain.holding import Change, Holding, Receipt, Standing, Told
from vip_tier.domain.receipt import causes_of, is_by_events
from vip_tier.domain.replay import Outcome
from vip_tier.domain.situation import Situation
from vip_tier.domain.steps import Step


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided under one programme: `steps` to tell, each with the tier before and the sequence it corrects."""

    name: str
    standing: Standing
    steps: Sequence[tuple[str, Step, int]]
    clock_ms: int
    has_facts: bool
    due_ms: int
    before_merges: tuple[tuple[str, ...], ...]
    outcomes: dict[str, Outcome]


def changes_of(
    decided: Sequence[Decided], version: str, situation: Situation, previous: Holding | None
) -> tuple[tuple[Change, ...], dict[str, Told], bool]:
    """The changes in order of their dates, what is told then, and whether events had a part in any."""
    told = dict(previous.told) if previous is not None else {}
    lines = sorted(
        ((each, *line) for each in decided for line in each.steps), key=lambda line: (line[2].at_ms, line[0].name)
    )
    causes = causes_of([step for _, _, step, _ in lines], situation, previous)
    sequence = previous.sequence if previous is not None else 0
    changes: list[Change] = []
    gained, lost = _comings(situation, previous)
    for (each, before, step, corrects), (events, left_out) in zip(lines, causes, strict=True):
        last = told.get(each.name, Told(Figures(currency=step.figures.currency)))
        sequence += 1
        is_scored = last.figures.advocacy_score != step.figures.advocacy_score
        is_segmented = last.figures.segments != step.figures.segments
        receipt = Receipt(
            each.name, version, last.figures, step.figures, events, left_out,
            situation.score_version if is_scored else 0,
            gained if not changes else (), lost if not changes else (),
            situation.segments_version if is_segmented else 0,
        )  # fmt: skip
        changes.append(
            Change(
                before,
                step.tier,
                step.reason,
                step.at_ms,
                receipt,
                step.deadline_ms,
                step.points,
                step.missing,
                corrects,
            )
        )
        # Before anything is known to have happened, nothing of what did is told: it may be dated earlier than that.
        until = max(last.until_ms, step.at_ms) if each.has_facts else last.until_ms
        told[each.name] = Told(step.figures, until, last.clock_ms, sequence)
    for each in decided:
        if each.name in told and told[each.name].clock_ms < each.clock_ms:
            told[each.name] = replace(told[each.name], clock_ms=each.clock_ms)
    return tuple(changes), told, any(is_by_events(step) for _, _, step, _ in lines)


def _comings(situation: Situation, previous: Holding | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The accounts that came and went since events were counted last."""
    if previous is None:
        return (), ()
    here, counted = set(situation.accounts), previous.counted.keys()
    return tuple(sorted(here - counted)), tuple(sorted(counted - here))
