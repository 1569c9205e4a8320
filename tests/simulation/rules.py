"""The profile's rules with segments that much happens to: those that ship move few of the simulated people."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import yaml

from customer_profile.config import DEFAULT_RULES

_SEGMENTS = [
    {"segment": "buyers", "when": {"fact": "orders", "at_least": 1}},
    {"segment": "recent", "when": {"fact": "days_since_last_interaction", "at_most": 6}},
    {"segment": "silent", "when": {"fact": "days_since_last_interaction", "at_least": 7}},
    {"segment": "several_accounts", "when": {"fact": "accounts", "at_least": 2}},
    {"segment": "scored", "when": {"fact": "score"}},
]


@cache
def profile_rules_file() -> Path:
    """Return the file, written once for this process."""
    rules = yaml.safe_load(DEFAULT_RULES.read_text())
    rules["segments"] += _SEGMENTS
    path = Path(tempfile.mkdtemp(prefix="rapport-simulation-")) / "rules.yaml"
    path.write_text(yaml.safe_dump(rules, sort_keys=False))
    return path
