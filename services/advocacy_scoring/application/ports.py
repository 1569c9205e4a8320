"""What the handlers need of the world beside the chassis' ports."""

from __future__ import annotations

from advocacy_scoring.domain.rules import Rules
from chassis.rules_in_force import InForce

RuleSet = tuple[Rules, str, frozenset[str]]
"""The rules, their version, and the tokens of the companies whose people are staff."""

RulesInForce = InForce[RuleSet]
"""The rules that hold now. They change while processes run."""
