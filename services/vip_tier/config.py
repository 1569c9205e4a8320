"""What can be set of this service beside the settings that all services share: its programmes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from chassis.rules import Problem, load_rules, parse_rules
from chassis.rules import Rules as Loaded
from chassis.settings import Settings
from vip_tier.domain.checks import mistakes
from vip_tier.domain.programme import Programmes

_HERE = Path(__file__).parent
DEFAULT_PROGRAMME = _HERE / "programme.yaml"
SCHEMA = _HERE / "programme.schema.json"


def vip_programmes(settings: Settings) -> Loaded[Programmes]:
    """Return the programmes of the rules file that the settings name, or else of the service's own.

    Raises `RulesError`, which names line and column of each mistake.
    """
    return read_programmes(settings.rules or DEFAULT_PROGRAMME)


def read_programmes(path: Path) -> Loaded[Programmes]:
    """Return the programmes of a file; raises as `vip_programmes`."""
    return load_rules(path, _schema(), Programmes, problems)


def parse_programmes(text: str, name: str) -> Loaded[Programmes]:
    """Return the programmes of a text, which mistakes call by this name; raises as `vip_programmes`."""
    return parse_rules(text, name, _schema(), Programmes, problems)


def problems(file: Programmes) -> Iterator[Problem]:
    """Yield what contradicts itself in programmes that passed the schema."""
    return (Problem(mistake.path, mistake.message) for mistake in mistakes(file))


@cache
def _schema() -> Any:  # noqa: ANN401 - a JSON Schema is any JSON value
    return json.loads(SCHEMA.read_text(encoding="utf-8"))
