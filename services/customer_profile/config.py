"""What can be set of this service beside the settings that all services share: its rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from chassis.rules import Problem, Rules, load_rules, parse_rules
from chassis.settings import Settings
from customer_profile.domain.checks import mistakes
from customer_profile.domain.rules import ProfileRules

_HERE = Path(__file__).parent
DEFAULT_RULES = _HERE / "rules.yaml"
SCHEMA = _HERE / "rules.schema.json"


def profile_rules(settings: Settings) -> Rules[ProfileRules]:
    """Return the rules of the file that the settings name, or else of the service's own.

    Raises `RulesError`, which names line and column of each mistake.
    """
    return load_rules(rules_file(settings), _schema(), ProfileRules, problems)


def rules_file(settings: Settings) -> Path:
    """The file that the settings name, or else the service's own."""
    return settings.rules or DEFAULT_RULES


def rules_of(text: str) -> Rules[ProfileRules]:
    """Return the rules of a file's text; raises as `profile_rules`."""
    return parse_rules(text, "rules.yaml", _schema(), ProfileRules, problems)


def problems(rules: ProfileRules) -> Iterator[Problem]:
    """Yield what contradicts itself in rules that passed the schema."""
    return (Problem(path, message) for path, message in mistakes(rules))


@cache
def _schema() -> Any:  # noqa: ANN401 - a JSON Schema is any JSON value
    return json.loads(SCHEMA.read_text(encoding="utf-8"))
