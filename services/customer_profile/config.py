"""What can be set of this service beside the settings that all services share: its rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from chassis.rules import Problem, Rules, parse_rules, rules_text
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
    path = rules_file(settings)
    return _parsed(rules_text(path), str(path))


def rules_file(settings: Settings) -> Path:
    """The file that the settings name, or else the service's own."""
    return settings.rules or DEFAULT_RULES


def rules_of(text: str) -> Rules[ProfileRules]:
    """Return the rules of a file's text; raises as `profile_rules`."""
    return _parsed(text, "rules.yaml")


def problems(rules: ProfileRules) -> Iterator[Problem]:
    """Yield what contradicts itself in rules that passed the schema."""
    return (Problem(path, message) for path, message in mistakes(rules))


@lru_cache(maxsize=8)
def _parsed(text: str, name: str) -> Rules[ProfileRules]:
    """Parsing takes a tenth of a second, and every stage of a worker reads the same file."""
    return parse_rules(text, name, _schema(), ProfileRules, problems)


@cache
def _schema() -> Any:  # noqa: ANN401 - a JSON Schema is any JSON value
    return json.loads(SCHEMA.read_text(encoding="utf-8"))
