"""What is left for people to decide: suggestions, and households that are seen in passing."""

from __future__ import annotations

from collections.abc import Iterable

from identity_resolution.domain.customers import Customer, Likeness, PairKey, Refusal, Rule, pair_key
from identity_resolution.domain.decisions import Relationship, Suggestion, SuggestionState, suggestion_id
from identity_resolution.domain.evidence import RelationshipKind
from identity_resolution.domain.policy import Policy
from identity_resolution.domain.staging import Entered, Staging

BY_RULES = "rules"
"""The owner of what no person has said."""

_FOR_PEOPLE = frozenset({Rule.HARD_CONFLICT, Rule.CONTRADICTION, Rule.ACCOUNTS_CAP, Rule.LINKS_CAP})
_FAMILY_NAME = "family_name"


def suggest(
    staging: Staging, pair: PairKey, likeness: Likeness, entered: Entered, held_back: Refusal | None = None
) -> None:
    """Suggest that two accounts are one person's; what people decided of them stands."""
    _put(staging, pair, likeness, SuggestionState.PENDING, entered, held_back)


def withdraw(staging: Staging, pair: PairKey, likeness: Likeness, entered: Entered) -> None:
    """Take a suggestion back that later evidence does not bear out."""
    _put(staging, pair, likeness, SuggestionState.WITHDRAWN, entered, None)


def held_back(
    staging: Staging, home: Customer, refusal: Refusal, others: Iterable[Customer], policy: Policy, entered: Entered
) -> None:
    """Make of a tie that was refused what it is good for: a suggestion, and perhaps a household.

    `others` are the customers that the tie would have led to.
    """
    if refusal.rule not in _FOR_PEOPLE:
        return
    if refusal.is_pair:
        pair = (refusal.account, refusal.other)
        if pair in home.pairs:
            suggest(staging, pair, home.pairs[pair], entered, refusal)
        return
    other = next((account for each in others for account in each.links.get(refusal.other, ())), None)
    if other is None:
        return
    pair = pair_key(refusal.account, other)
    known = home.pairs.get(pair)
    weight = policy.trust_in(refusal.other) + (known.personal if known else 0.0)
    likeness = Likeness(weight, 0.0, known.fields if known else (), known.model if known else "", refusal.shown)
    suggest(staging, pair, likeness, entered, refusal)
    if known is not None and any(name == _FAMILY_NAME and bits > 0 for name, _, bits in known.fields):
        _be_household(staging, pair, entered)


def _be_household(staging: Staging, pair: PairKey, entered: Entered) -> None:
    """Two people share an identifier and a family name."""
    id_ = suggestion_id(*pair)
    staging.changes.relationships[id_] = Relationship(
        id_, RelationshipKind.HOUSEHOLD, *pair, "", BY_RULES, "", entered.at, entered.version
    )
    staging.weight += 1


def _put(
    staging: Staging,
    pair: PairKey,
    likeness: Likeness,
    state: SuggestionState,
    entered: Entered,
    held_back: Refusal | None,
) -> None:
    id_ = suggestion_id(*pair)
    staging.changes.suggestions[id_] = Suggestion(
        id_, pair, likeness.weight, state, entered.at, entered.version, likeness.fields, held_back
    )
    staging.weight += 1
