"""Keeps the notes that customers have of ties between them which were refused: both sides know, while there are two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from identity_resolution.domain.customers import NOT_TYING, Customer, PairKey, Refusal, Rule
from identity_resolution.domain.guards import Forbidden, against_joining
from identity_resolution.domain.staging import Work


def tied_outwards(customers: Iterable[Customer], link: float) -> tuple[list[str], list[PairKey]]:
    """The identifiers and matches by which these customers are, or were, kept apart from others."""
    identifiers: dict[str, None] = {}
    pairs: dict[PairKey, None] = {}
    for customer in customers:
        for refusal in customer.refused.values():
            if refusal.rule not in NOT_TYING and not refusal.is_pair:
                identifiers[refusal.other] = None
        for pair, likeness in customer.pairs.items():
            if likeness.weight >= link and (pair in customer.refused or not customer.accounts.keys() >= set(pair)):
                pairs[pair] = None
    return list(identifiers), list(pairs)


def note(work: Work, identifiers: Iterable[str], pairs: Iterable[PairKey]) -> None:
    """Have all know who hold one of these identifiers, or are matched by a pair, and are not one; and nobody else."""
    named = list(dict.fromkeys(identifiers))
    unknown = [identifier for identifier in named if identifier not in work.staging.identifiers]
    if unknown:
        work.staging.fetch((), unknown)
    for identifier in named:
        _note_identifier(work, identifier)
    for pair in dict.fromkeys(pairs):
        _note_pair(work, pair)


def _note_identifier(work: Work, identifier: str) -> None:
    holders = work.staging.holders(identifier)
    if len(holders) == 1:
        for account in holders[0].links[identifier]:
            _forget(work, holders[0], (account, identifier))
        return
    lacking = [each for each in holders if not each.is_told_of(identifier)]
    if not lacking:
        return
    forbidden = _why(work, identifier, holders)
    for customer in lacking:
        account, shown = min(customer.links[identifier].items(), key=lambda held: (held[1], held[0]))
        customer.refuse(Refusal(account, identifier, *forbidden, shown))
        work.staging.touch(customer, work.entered)


def _why(work: Work, identifier: str, holders: Sequence[Customer]) -> Forbidden:
    """Why the holders of an identifier are not one, by a note that one of them has, or else by what forbids it now."""
    notes = chain.from_iterable(each.refused.values() for each in holders if each.is_told_of(identifier))
    for refusal in notes:
        if refusal.other == identifier and not refusal.is_pair and refusal.rule not in NOT_TYING:
            return Forbidden(refusal.rule, refusal.detail)
    trust = work.policy.trust_in(identifier)
    found = against_joining(holders[0].side(), holders[1].side(), trust, work.policy)
    return found or Forbidden(Rule.AMBIGUOUS, f"{len(holders)} customers hold it")


def _note_pair(work: Work, pair: PairKey) -> None:
    one, other = (work.staging.home(account) for account in pair)
    likeness = one.pairs.get(pair) or other.pairs.get(pair)
    if one is other or likeness is None or likeness.weight < work.policy.link:
        _forget(work, one, pair)
        _forget(work, other, pair)
        return
    known = one.refused.get(pair) or other.refused.get(pair)
    if known is None:
        found = against_joining(one.side(), other.side(), likeness.weight, work.policy, pair)
        known = Refusal(*pair, *(found or Forbidden(Rule.AMBIGUOUS, "")), likeness.shown, is_pair=True)
    for customer in (one, other):
        if customer.refuse(known):
            work.staging.touch(customer, work.entered)


def _forget(work: Work, customer: Customer, key: tuple[str, str]) -> None:
    refusal = customer.refused.get(key)
    if refusal is not None and refusal.rule not in NOT_TYING:
        customer.permit(key)
        work.staging.touch(customer, work.entered)
