"""One customer's score by two rule sets, on one and the same day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from advocacy_scoring.domain.announced import standing
from advocacy_scoring.domain.curve import Standing
from advocacy_scoring.domain.persona import Persona
from advocacy_scoring.domain.rules import Rules
from advocacy_scoring.domain.score import Score, evaluate

MOST_DIFFERENCES = 3


class Difference(NamedTuple):
    """What a part of a score contributes by each of two rule sets, in milli-points."""

    part: str
    current: int
    proposed: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """A customer's points and standing by the rules in force and by others, and what moved them most."""

    current: int
    proposed: int
    current_standing: Standing
    proposed_standing: Standing
    differences: tuple[Difference, ...]


def compare(current: Rules, proposed: Rules, personas: Mapping[str, Persona], day: int) -> Comparison:
    """Score the customer by both."""
    one, other = evaluate(current, "", personas, day), evaluate(proposed, "", personas, day)
    before, after = _parts(one), _parts(other)
    differences = [
        Difference(part, before.get(part, 0), after.get(part, 0))
        for part in sorted(before.keys() | after.keys())
        if before.get(part, 0) != after.get(part, 0)
    ]
    differences.sort(key=lambda each: -abs(each.proposed - each.current))
    return Comparison(
        one.points,
        other.points,
        standing(current, one),
        standing(proposed, other),
        tuple(differences[:MOST_DIFFERENCES]),
    )


def _parts(score: Score) -> dict[str, int]:
    reach, resonance, relevance = score.amplifier.parts(score.deeds_milli)
    own = {component.action: component.contribution_milli for component in score.components}
    return own | {"reach": reach, "resonance": resonance, "relevance": relevance}
