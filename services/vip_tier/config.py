"""What can be set of this service beside the settings that all services share: its programme."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from chassis.rules import Problem, load_rules
from chassis.rules import Rules as Loaded
from chassis.settings import Settings
from vip_tier.domain.programme import Programme, mistakes

_HERE = Path(__file__).parent
DEFAULT_PROGRAMME = _HERE / "programme.yaml"
SCHEMA = _HERE / "programme.schema.json"


def vip_programme(settings: Settings) -> Loaded[Programme]:
    """Return the programme of the rules file that the settings name, or else of the service's own.

    Raises `RulesError`, which names line and column of each mistake.
    """
    return read_programme(settings.rules or DEFAULT_PROGRAMME)


def read_programme(path: Path) -> Loaded[Programme]:
    """Return the programme of a file; raises as `vip_programme`."""
    return load_rules(path, json.loads(SCHEMA.read_text(encoding="utf-8")), Programme, problems)


def problems(programme: Programme) -> Iterator[Problem]:
    """Yield what contradicts itself in a programme that passed the schema."""
    return (Problem(mistake.path, mistake.message) for mistake in mistakes(programme))
