"""Finds what an entry tells that was not known, and notes what of it ties nobody."""

from __future__ import annotations

from identity_resolution.domain.customers import Customer, IdentifierState, Likeness, Refusal, Rule, Shown, pair_key
from identity_resolution.domain.evidence import Evidence
from identity_resolution.domain.learnt import Claim, Learnt, NewPair
from identity_resolution.domain.policy import type_of
from identity_resolution.domain.sharing import ACCOUNTS_NOTED, tie_nobody, why_shared
from identity_resolution.domain.staging import MOST_CHANGED, Work

_FEW = 2
"""Customers that may change with the account's own, however large they are."""
_NOT_TYING = {IdentifierState.SHARED: Rule.VALUE_LIMIT, IdentifierState.BLOCKED: Rule.BLOCKED}


def learn(work: Work, evidence: Evidence) -> Learnt:
    """Create accounts that nobody has heard of, note who shows which identifier, and return what may tie or part."""
    staging, account = work.staging, evidence.account
    home = staging.home(account) if account in staging.memberships else staging.create(account, work.entered)
    shown = Shown(work.entered.position, work.entered.at, evidence.event_id)
    exclusives = _new_exclusives(home, evidence) if evidence.exclusives else ()
    pairs = _new_pairs(work, home, evidence, shown) if evidence.pairs else []
    claims = _claims(work, home, evidence, shown) if evidence.identifiers else []
    if len(pairs) > 1:
        pairs.sort(key=lambda pair: -pair.likeness.weight)
    if len(claims) > 1:
        claims.sort(key=lambda claim: -claim.trust)
    if len(claims) + len(pairs) > _FEW:
        claims, pairs = _within_bounds(work, account, shown, claims, pairs)
    return Learnt(account, shown, claims, exclusives, pairs)


def _new_exclusives(home: Customer, evidence: Evidence) -> tuple[tuple[str, str], ...]:
    known = home.exclusives.get(evidence.account, ())
    return tuple(each for each in dict.fromkeys(evidence.exclusives) if each not in known)


def _new_pairs(work: Work, home: Customer, evidence: Evidence, shown: Shown) -> list[NewPair]:
    found = []
    for pair in {pair.other: pair for pair in evidence.pairs if pair.other != evidence.account}.values():
        key = pair_key(evidence.account, pair.other)
        before = home.pairs.get(key)
        if before is not None and (before.weight, before.personal) == (pair.weight, pair.personal):
            continue
        if pair.other not in work.staging.memberships:
            # Admission has seen it, and says so in an entry that is still to come.
            work.staging.touch(work.staging.create(pair.other, work.entered), work.entered)
        likeness = Likeness(pair.weight, pair.personal, pair.fields, pair.model, shown)
        found.append(NewPair(key, pair.other, likeness, before))
    return found


def _claims(work: Work, home: Customer, evidence: Evidence, shown: Shown) -> list[Claim]:
    """The identifiers that are new of the account and may tie it."""
    staging, policy, account = work.staging, work.policy, evidence.account
    found = []
    for identifier in dict.fromkeys(evidence.identifiers):
        if account in home.links.get(identifier, ()) or (account, identifier) in home.refused:
            continue
        accounts = staging.identifiers.get(identifier, ())
        state = IdentifierState.BLOCKED if identifier in policy.blocked else staging.states.get(identifier)
        limit = "" if state or account in accounts else why_shared(work, identifier, accounts, work.entered.at)
        if account not in accounts and len(accounts) < ACCOUNTS_NOTED:
            kept = staging.states.get(identifier, IdentifierState.TYING)
            staging.show(identifier, (*accounts, account), work.entered, kept)
        if limit and sum(each.weight() for each in staging.holders(identifier)) <= MOST_CHANGED:
            tie_nobody(work, identifier, IdentifierState.SHARED, Rule.VALUE_LIMIT, limit)
        if state or limit:
            rule = _NOT_TYING[state] if state else Rule.VALUE_LIMIT
            home = staging.home(account)
            home.refuse(Refusal(account, identifier, rule, limit, shown))
            staging.touch(home, work.entered)
        else:
            type_ = type_of(identifier)
            found.append(Claim(identifier, type_, policy.trust_in_type(type_)))
    return found


def _within_bounds(
    work: Work, account: str, shown: Shown, claims: list[Claim], pairs: list[NewPair]
) -> tuple[list[Claim], list[NewPair]]:
    """Leave out what would change more than one entry may: identifiers are recorded as refused, pairs are forgotten."""
    staging = work.staging
    home = staging.home(account)
    weights = {home.id: home.weight()}
    fitting_claims, fitting_pairs = [], []
    for claim in claims:
        found = {each.id: each.weight() for each in staging.holders(claim.identifier)}
        if sum((weights | found).values()) <= MOST_CHANGED:
            weights |= found
            fitting_claims.append(claim)
        else:
            home.refuse(Refusal(account, claim.identifier, Rule.VALUE_LIMIT, "of one entry", shown))
            staging.touch(home, work.entered)
    for pair in pairs:
        other = staging.home(pair.other)
        if sum((weights | {other.id: other.weight()}).values()) <= MOST_CHANGED:
            weights[other.id] = other.weight()
            fitting_pairs.append(pair)
        else:
            home.forgotten += 1
    return fitting_claims, fitting_pairs
