"""What can be set of this service beside the settings that all services share: its rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from chassis.pseudonym import Pseudonymizer
from chassis.rules import Problem, Rules, load_rules
from chassis.settings import Settings
from identity_resolution.adapters.phones import is_region, phone_normaliser
from identity_resolution.domain.keys import Keys
from identity_resolution.domain.normalise import NORMALISERS
from identity_resolution.domain.rules import Blocked, IdentityRules

_HERE = Path(__file__).parent
DEFAULT_RULES = _HERE / "rules.yaml"
SCHEMA = _HERE / "rules.schema.json"


def identity_rules(settings: Settings) -> Rules[IdentityRules]:
    """Return the rules of the file that the settings name, or else of the service's own.

    Raises `RulesError`, which names line and column of each mistake.
    """
    return read_rules(settings.rules or DEFAULT_RULES)


def read_rules(path: Path) -> Rules[IdentityRules]:
    """Return the rules of a file; raises as `identity_rules`."""
    return load_rules(path, json.loads(SCHEMA.read_text(encoding="utf-8")), IdentityRules, problems)


def make_keys(rules: IdentityRules, pseudonym_key: bytes) -> Keys:
    """Return what makes keys of accounts and identifiers under these rules and the deployment's secret."""
    normalisers = {**NORMALISERS, "phone": phone_normaliser(rules.phone_region)}
    return Keys(rules, normalisers, Pseudonymizer(pseudonym_key).hash)


def problems(rules: IdentityRules) -> Iterator[Problem]:
    """Yield what the schema cannot say is wrong."""
    if rules.phone_region is not None and not is_region(rules.phone_region):
        yield Problem(("phone_region",), "no numbering plan has this region; GB, DE and US are some that have one")
    yield from _bad_patterns(("blocked",), rules.blocked)
    for name, kind in rules.identifiers.items():
        yield from _bad_patterns(("identifiers", name, "blocked"), kind.blocked)
    for channel, type_ in rules.channels.items():
        if type_ not in rules.identifiers:
            yield Problem(("channels", channel), f"identifiers declares no type {type_!r}")


def _bad_patterns(path: tuple[str, ...], blocked: Blocked) -> Iterator[Problem]:
    for place, pattern in enumerate(blocked.patterns):
        try:
            re.compile(pattern)
        except re.error as error:
            yield Problem((*path, "patterns", place), f"no regular expression: {error}")
