"""What can be set of this service beside the settings that all services share: its rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from advocacy_scoring.domain.rule_checks import mistakes
from advocacy_scoring.domain.rules import Rules
from chassis.rules import Problem, load_rules, parse_rules
from chassis.rules import Rules as Loaded
from chassis.settings import Settings

_HERE = Path(__file__).parent
DEFAULT_RULES = _HERE / "rules.yaml"
SCHEMA = _HERE / "rules.schema.json"


def scoring_rules(settings: Settings) -> Loaded[Rules]:
    """Return the rules of the file that the settings name, or else of the service's own.

    Raises `RulesError`, which names line and column of each mistake.
    """
    return read_rules(rules_file(settings))


def rules_file(settings: Settings) -> Path:
    """The file that the settings name, or else the service's own."""
    return settings.rules or DEFAULT_RULES


def read_rules(path: Path) -> Loaded[Rules]:
    """Return the rules of a file; raises as `scoring_rules`."""
    return load_rules(path, _schema(), Rules, problems)


def rules_of(text: str) -> Loaded[Rules]:
    """Return the rules of a file's text; raises as `scoring_rules`."""
    return parse_rules(text, "rules.yaml", _schema(), Rules, problems)


def problems(rules: Rules) -> Iterator[Problem]:
    """Yield what contradicts itself in rules that passed the schema."""
    return (Problem(mistake.path, mistake.message) for mistake in mistakes(rules))


@cache
def _schema() -> Any:  # noqa: ANN401 - a JSON Schema is any JSON value
    return json.loads(SCHEMA.read_text(encoding="utf-8"))
