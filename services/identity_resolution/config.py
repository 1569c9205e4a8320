"""What can be set of this service beside the settings that all services share: its rules."""

from __future__ import annotations

import json
from pathlib import Path

from chassis.pseudonym import Pseudonymizer
from chassis.rules import Rules, load_rules
from chassis.settings import Settings
from identity_resolution.adapters.model_file import read_model
from identity_resolution.adapters.phones import phone_normaliser
from identity_resolution.adapters.rule_problems import problems
from identity_resolution.adapters.similarity import rapidfuzz_similarity
from identity_resolution.application.observing import Blocks, DetailsStore, Observer
from identity_resolution.domain.exclusive import ExclusiveValues
from identity_resolution.domain.judging import Judge
from identity_resolution.domain.keys import Keys
from identity_resolution.domain.matching.comparing import Comparer
from identity_resolution.domain.matching.model import Model
from identity_resolution.domain.matching.rules import MatchingRules
from identity_resolution.domain.normalise import NORMALISERS
from identity_resolution.domain.policy import Policy
from identity_resolution.domain.rules import IdentityRules

_HERE = Path(__file__).parent
DEFAULT_RULES = _HERE / "rules.yaml"
SCHEMA = _HERE / "rules.schema.json"
MODEL = _HERE / "model.json"


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


def make_policy(rules: IdentityRules, keys: Keys) -> Policy:
    """Return what decisions go by under these rules."""
    thresholds = rules.matching.thresholds
    return Policy(
        trust={name: kind.trust for name, kind in rules.identifiers.items()},
        limits={name: kind.limits for name, kind in rules.identifiers.items()},
        conflicts=frozenset(rules.conflicts),
        caps=rules.caps,
        link=thresholds.link,
        suggest=thresholds.suggest,
        hold=thresholds.hold,
        blocked=keys.blocked(),
    )


def make_exclusive(rules: IdentityRules, pseudonym_key: bytes) -> ExclusiveValues:
    """Return what makes tokens of the details of which a person has only one value."""
    return ExclusiveValues(rules.conflicts, rules.matching.fields, Pseudonymizer(pseudonym_key).hash)


def matching_model(rules: MatchingRules) -> Model:
    """Return the model that accounts are compared by; raises `UnusableModel`."""
    return read_model(MODEL if rules.model is None else Path(rules.model))


def make_observer(rules: IdentityRules, details: DetailsStore, blocks: Blocks, model: Model | None = None) -> Observer:
    """Return what finds accounts that are alike under these rules, by their model unless another is given.

    Raises `UnusableModel`.
    """
    model = model or matching_model(rules.matching)
    trust = {name: kind.trust for name, kind in rules.identifiers.items()}
    comparer = Comparer(rules.matching, model, rapidfuzz_similarity())
    return Observer(rules.matching, Judge(rules.matching, comparer, model.version, trust), details, blocks)
