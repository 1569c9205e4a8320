"""What was announced of a customer last, and whether and why there is something new to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

from advocacy_scoring.domain.curve import Standing, standing_of
from advocacy_scoring.domain.persona import Persona
from advocacy_scoring.domain.rules import Rules
from advocacy_scoring.domain.score import Score


class Cause(IntEnum):
    """Why a score was announced; the numbers are those of the published enum."""

    FIRST = 1
    ACCOUNTS = 2
    RULES = 3
    DEEDS = 4
    FINDINGS = 5
    CLOCK = 6


@dataclass(frozen=True, slots=True)
class Announced:
    """The score as it was announced last, and what it was computed from, as far as tells why the next one differs.

    `findings` counts referrals and marks by account; `alerted` is the newest deed (time, event id) that care heard of.
    """

    points: int = 0
    standing: Standing = Standing.NEUTRAL
    is_employee: bool = False
    rules_version: str = ""
    accounts: tuple[str, ...] = ()
    folded: int = 0
    findings: tuple[tuple[str, int, int], ...] = ()
    causes: tuple[Cause, ...] = ()
    alerted: tuple[int, str] = (-1, "")


@dataclass(frozen=True, slots=True)
class State:
    """What is stored of a customer: the score as computed last, and what was announced last."""

    score: Score
    announced: Announced


def standing(rules: Rules, score: Score) -> Standing:
    """What the customer is to the brand by what they did, whether they work for it or not."""
    return standing_of(rules, score.raw_milli, score.points)


def is_news(rules: Rules, score: Score, last: Announced | None) -> bool:
    """Whether the score is to be announced: the first one, another standing, or points that moved by a step."""
    return (
        last is None
        or standing(rules, score) != last.standing
        or score.is_employee != last.is_employee
        or abs(score.points - last.points) >= rules.publish_step
    )


def announce(
    rules: Rules, score: Score, personas: Mapping[str, Persona], last: Announced | None, alerted: tuple[int, str]
) -> Announced:
    """What is remembered of a score that is announced now."""
    found = tuple(
        (account, len(persona.findings.marks), sum(each.state for each in persona.findings.referrals))
        for account, persona in sorted(personas.items())
        if persona.findings.marks or persona.findings.referrals
    )
    now = Announced(
        points=score.points,
        standing=standing(rules, score),
        is_employee=score.is_employee,
        rules_version=score.rules_version,
        accounts=tuple(sorted(personas)),
        folded=sum(persona.folded for persona in personas.values()),
        findings=found,
        alerted=alerted,
    )
    return replace(now, causes=causes_of(now, last))


def causes_of(now: Announced, last: Announced | None) -> tuple[Cause, ...]:
    """What is different from what was announced last; age alone where nothing is."""
    if last is None:
        return (Cause.FIRST,)
    differences = (
        (now.accounts != last.accounts, Cause.ACCOUNTS),
        (now.rules_version != last.rules_version, Cause.RULES),
        (now.folded != last.folded, Cause.DEEDS),
        (now.findings != last.findings, Cause.FINDINGS),
    )
    return tuple(cause for differs, cause in differences if differs) or (Cause.CLOCK,)
