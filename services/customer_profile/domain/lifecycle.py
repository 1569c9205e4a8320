"""Where a customer stands on the way from stranger to advocate, by the conditions of the rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from customer_profile.domain.conditions import Condition
from customer_profile.domain.facts import Facts


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage, and what it takes; without a condition everybody is in it who is in none before."""

    stage: str
    when: Condition | None = None


class Lifecycle(NamedTuple):
    """The stage, since when (milliseconds since 1970, UTC), and the one before; empty where it is the first."""

    stage: str
    since: int
    previous_stage: str = ""


def asks_for_traits(stages: tuple[Stage, ...]) -> bool:
    """Whether any stage depends on a trait."""
    return any(each.when is not None and each.when.asks_for_traits() for each in stages)


def lifecycle(stages: tuple[Stage, ...], facts: Facts, previous: Lifecycle | None) -> Lifecycle | None:
    """Return where the customer stands: in the first of the stages whose condition holds; None where none does.

    Who stays in a stage has been in it since they came.
    """
    found = next((each.stage for each in stages if each.when is None or each.when.holds(facts)), "")
    if not found:
        return None
    if previous is None:
        return Lifecycle(found, facts.now)
    return previous if previous.stage == found else Lifecycle(found, facts.now, previous.stage)
