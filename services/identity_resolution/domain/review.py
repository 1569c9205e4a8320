"""What is left for people to decide: suggestions, and households that are seen in passing.

What is asked follows from the customers as they are. So what was asked before an entry and is not after it is taken
back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from identity_resolution.domain.customers import Customer, PairKey, Refusal, Rule, Shown, pair_key
from identity_resolution.domain.decisions import Relationship, Suggestion, SuggestionState, suggestion_id
from identity_resolution.domain.evidence import FieldWeights, RelationshipKind
from identity_resolution.domain.guards import against_joining, cannot_links
from identity_resolution.domain.policy import Policy
from identity_resolution.domain.staging import Staging, Work

BY_RULES = "rules"
"""The owner of what no person has said."""
FEW = 4
"""An identifier that keeps more customers apart is an office's or a switchboard's: nobody is asked about it."""

_OF_IDENTIFIERS = frozenset({Rule.HARD_CONFLICT, Rule.CONTRADICTION, Rule.ACCOUNTS_CAP, Rule.LINKS_CAP})
_OF_MATCHES = _OF_IDENTIFIERS | {Rule.CUSTOMER_LIMIT}
"""Rules that may hold back what is one person. By which limits, only a match of details tells more than the limit."""
_FAMILY_NAME = "family_name"


class Question(NamedTuple):
    """Whether two accounts are one person's: how much speaks for it, and what holds it back."""

    weight: float
    fields: FieldWeights = ()
    held_back: Refusal | None = None


Questions = dict[PairKey, Question]


def questions(work: Work, customers: Sequence[Customer], *, is_far: bool) -> Questions:
    """What is to be asked about these customers being one, by the accounts that stand for two of them.

    With `is_far` also what is to be asked about them and others of whom it is known how alike they are.
    """
    found: Questions = {}
    if is_far:
        _fetch(work.staging, customers)
    if is_far or len(customers) > 1:
        owners = {account: each for each in customers for account in each.accounts}
        for customer in customers:
            for pair in customer.pairs:
                if is_far or owners.keys() >= set(pair):
                    one, other = (owners.get(account) or work.staging.home(account) for account in pair)
                    if one is not other:
                        found.update(about_pair(pair, one, other, work.policy))
    contested = {key for each in customers for key in each.side().contested}
    for identifier in sorted(contested):
        showing = {each.id: each for each in (*customers, *(work.staging.holders(identifier) if is_far else ()))}
        holders = [each for each in showing.values() if _stands_for(each, identifier) is not None]
        if 1 < len(holders) <= FEW:
            for one, other in combinations(holders, 2):
                found = {**dict(_about_identifier(identifier, one, other, work.policy)), **found}
    return found


def _fetch(staging: Staging, customers: Sequence[Customer]) -> None:
    """See that those are known whose accounts are compared with these customers', or who hold the same identifiers."""
    accounts = {account for each in customers for pair in each.pairs for account in pair} - staging.memberships.keys()
    refused = [refusal for each in customers if each.side().contested for refusal in each.refused.values()]
    identifiers = {refusal.other for refusal in refused if not refusal.is_pair} - staging.identifiers.keys()
    if accounts or identifiers:
        staging.fetch(sorted(accounts), sorted(identifiers))


def perhaps_asked(customers: Sequence[Customer], policy: Policy) -> Questions:
    """All that may have been asked about these customers under other rules."""
    owners = {account: each for each in customers for account in each.accounts}
    found: Questions = {}
    for customer in customers:
        for pair, likeness in customer.pairs.items():
            if likeness.weight >= min(policy.suggest, 0.0) and len({id(owners.get(account)) for account in pair}) > 1:
                found[pair] = Question(likeness.weight, likeness.fields)
    contested = {key for each in customers for key in each.side().contested}
    for identifier in sorted(contested):
        standing = [first for each in customers if (first := _stands_for(each, identifier)) is not None]
        if len(standing) <= FEW:
            for one, other in combinations(standing, 2):
                found.setdefault(pair_key(one[1], other[1]), Question(policy.trust_in(identifier)))
    return found


def perhaps_asked_between(one: Customer, other: Customer, policy: Policy) -> Questions:
    """All that may have been asked about two customers, also for reasons that are none any more."""
    small, large = (one, other) if one.size() <= other.size() else (other, one)
    found = questions_between(small, large, policy)
    for identifier in sorted(small.side().contested):
        first, second = _stands_for(small, identifier), _stands_for(large, identifier)
        if first is not None and second is not None:
            found.setdefault(pair_key(first[1], second[1]), Question(policy.trust_in(identifier)))
    return found


def are_constrained(customers: Iterable[Customer]) -> bool:
    """Whether people said of any of them who it is not: then whom they join matters to questions about others."""
    return any(each.side().apart for each in customers)


def questions_between(one: Customer, other: Customer, policy: Policy) -> Questions:
    """What is to be asked about two customers, for less where one of them is small."""
    small, large = (one, other) if one.size() <= other.size() else (other, one)
    found: Questions = {}
    for identifier in sorted(small.side().contested):
        found.update(_about_identifier(identifier, small, large, policy))
    for pair in small.pairs:
        if any(account in large.accounts for account in pair):
            found.update(about_pair(pair, small, large, policy))
    return found


def about_pair(pair: PairKey, one: Customer, other: Customer, policy: Policy) -> Iterator[tuple[PairKey, Question]]:
    """What is to be asked because of how alike two accounts of these customers are."""
    likeness = one.pairs.get(pair) or other.pairs.get(pair)
    if likeness is None or likeness.weight < policy.suggest or _are_kept_apart(one, other):
        return
    refusal = None
    if likeness.weight >= policy.link:
        refusal = one.refused.get(pair) or other.refused.get(pair)
        if refusal is None or refusal.rule not in _OF_MATCHES:
            return
    yield pair, Question(likeness.weight, likeness.fields, refusal)


def _about_identifier(
    identifier: str, one: Customer, other: Customer, policy: Policy
) -> Iterator[tuple[PairKey, Question]]:
    """What is to be asked because both show an identifier, and are kept apart by what people know better about."""
    first, second = _stands_for(one, identifier), _stands_for(other, identifier)
    if first is None or second is None:
        return
    trust = policy.trust_in(identifier)
    forbidden = against_joining(one.side(), other.side(), trust, policy)
    if forbidden is None or forbidden.rule not in _OF_IDENTIFIERS:
        return
    shown, account = max(first, second)
    pair = pair_key(first[1], second[1])
    known = one.pairs.get(pair) or other.pairs.get(pair)
    fields, personal = (known.fields, known.personal) if known is not None else ((), 0.0)
    yield pair, Question(trust + personal, fields, Refusal(account, identifier, *forbidden, shown))


def _stands_for(customer: Customer, identifier: str) -> tuple[Shown, str] | None:
    """The account that was the first of the customer's to show the identifier, and when; None where it is not held."""
    holders = customer.links.get(identifier)
    if holders:
        return min((shown, account) for account, shown in holders.items())
    if identifier in customer.side().contested:
        return min(
            (
                (refusal.shown, refusal.account)
                for refusal in customer.refused.values()
                if refusal.other == identifier and refusal.rule is Rule.LINKS_CAP and not refusal.is_pair
            ),
            default=None,
        )
    return None


def _are_kept_apart(one: Customer, other: Customer) -> bool:
    return next(cannot_links(one.side(), other.side()), None) is not None


def ask(work: Work, asked: Mapping[PairKey, Question], now: Questions, again: Collection[PairKey] = ()) -> None:
    """Suggest what is to be asked and was not, or otherwise, and take back what is no longer to be asked."""
    for pair, question in asked.items():
        if pair not in now:
            withdraw(work, pair, question)
    for pair, question in now.items():
        if asked.get(pair) != question or pair in again:
            suggest(work, pair, question)


def suggest(work: Work, pair: PairKey, question: Question) -> None:
    """Suggest that two accounts are one person's; or of one household, where they share a family name as well."""
    _put(work, pair, question, SuggestionState.PENDING)
    has_family_name = any(name == _FAMILY_NAME and bits > 0 for name, _, bits in question.fields)
    if has_family_name and question.held_back is not None and not question.held_back.is_pair:
        _be_household(work, pair)


def withdraw(work: Work, pair: PairKey, question: Question) -> None:
    """Take a suggestion back."""
    _put(work, pair, question, SuggestionState.WITHDRAWN)


def _be_household(work: Work, pair: PairKey) -> None:
    """Note a household, once: what is stored is the first word of it."""
    id_ = suggestion_id(*pair)
    if id_ in work.staging.changes.relationships:
        return
    work.staging.relate(
        Relationship(
            id_,
            RelationshipKind.HOUSEHOLD,
            *pair,
            "",
            BY_RULES,
            "",
            work.entered.at,
            work.entered.version,
        )
    )


def _put(work: Work, pair: PairKey, question: Question, state: SuggestionState) -> None:
    work.staging.suggest(
        Suggestion(
            suggestion_id(*pair),
            pair,
            question.weight,
            state,
            work.entered.at,
            work.entered.version,
            question.fields,
            question.held_back,
        )
    )
