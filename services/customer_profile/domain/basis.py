"""What records are computed by: the rules and the models of buyers, under one version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from customer_profile.domain.conditions import Age
from customer_profile.domain.purchases.model import PurchaseModel
from customer_profile.domain.rules import ProfileRules
from customer_profile.domain.traits.definitions import Plan


@dataclass(frozen=True, slots=True)
class Basis:
    """The rules, the models by currency, and the version of both together.

    `ages` are all that the conditions of the rules ask of the clock; `plan` is what personas count for traits.
    """

    rules: ProfileRules
    version: str
    models: Mapping[str, PurchaseModel] = field(default_factory=dict)
    ages: tuple[Age, ...] = field(init=False)
    plan: Plan = field(init=False)

    def __post_init__(self) -> None:
        """Look the conditions through once, so that a reconcile need not."""
        conditions = [stage.when for stage in self.rules.lifecycle if stage.when is not None]
        conditions += [segment.when for segment in self.rules.segments]
        ages = {age for condition in conditions for age in condition.ages()}
        object.__setattr__(self, "ages", tuple(sorted(ages)))
        object.__setattr__(self, "plan", Plan(self.rules.traits))
