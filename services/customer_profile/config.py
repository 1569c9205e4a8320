"""What can be set of this service beside the settings that all services share: its rules."""

from __future__ import annotations

import json
from pathlib import Path

from chassis.rules import Rules, load_rules
from chassis.settings import Settings
from customer_profile.domain.rules import ProfileRules

_HERE = Path(__file__).parent
DEFAULT_RULES = _HERE / "rules.yaml"
SCHEMA = _HERE / "rules.schema.json"


def profile_rules(settings: Settings) -> Rules[ProfileRules]:
    """Return the rules of the file that the settings name, or else of the service's own.

    Raises `RulesError`, which names line and column of each mistake.
    """
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return load_rules(settings.rules or DEFAULT_RULES, schema, ProfileRules)
