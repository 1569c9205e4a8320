"""Brings customers in line with what their evidence says when it is looked at anew: accounts move, ids come and go."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from identity_resolution.domain.customers import DECISIONS_KEPT, Cause, Customer, Refusal, Rule
from identity_resolution.domain.decisions import Decision, DecisionKind
from identity_resolution.domain.partition import NOT_TYING, Part, partition
from identity_resolution.domain.policy import Policy
from identity_resolution.domain.review import held_back
from identity_resolution.domain.staging import Entered, Staging

_BY_EVIDENCE = frozenset({DecisionKind.MERGE, DecisionKind.REEVALUATION})


def rearrange(
    staging: Staging,
    region: Sequence[Customer],
    entered: Entered,
    policy: Policy,
    cause: Cause,
    tying: Collection[str] = (),
) -> list[Customer]:
    """Decide anew about the accounts of these live customers; return the customers that they make now.

    A customer's id is the least birth id of its accounts. An id that was known and is nobody's least any more is merged
    into whoever has the account that bears it; one that is again, is live again. `tying` is as in `partition`.
    """
    births = {account: born for each in region for account, born in each.accounts.items()}
    parts = {min(births[account] for account in part.side.accounts): part for part in partition(region, policy, tying)}
    made = [_customer(id_, part, births, region) for id_, part in sorted(parts.items())]
    old = {each.id: each for each in region}
    if len(made) == len(region) and all(_is_same(each, old.get(each.id)) for each in made):
        return list(region)
    _point_ids(staging, region, made, births, entered)
    for customer in made:
        before = old.get(customer.id)
        if before is None or before.accounts.keys() != customer.accounts.keys():
            _remember(staging, region, customer)
        for account, born in customer.accounts.items():
            if staging.memberships[account] != customer.id:
                staging.move(account, born, customer.id, cause, entered)
        if not _is_same(customer, before):
            staging.touch(customer, entered)
            _review(staging, customer, region, made, policy, entered)
    return [staging.customers[each.id] for each in made]


def conclude(
    staging: Staging,
    entered: Entered,
    kind: DecisionKind,
    *,
    owner: str = "",
    reason: str = "",
    request_id: str = "",
    constraints: tuple[str, ...] = (),
) -> str:
    """Record the decision that the entry in work led to, and return its id; or nothing, where nothing came of it.

    What people command is recorded also where it brought no customers together and parted none.
    """
    accounts = {account for before in staging.before.values() for account in before}
    ids = sorted({staging.memberships[account] for account in accounts})
    after = tuple((id_, tuple(sorted(staging.customers[id_].accounts))) for id_ in ids)
    before = tuple(sorted(staging.before.items()))
    parted = {frozenset(each) for _, each in before} != {frozenset(each).difference(staging.born) for _, each in after}
    if not parted and (kind in _BY_EVIDENCE or not before):
        return ""
    staging.changes.decisions[entered.id] = Decision(
        id=entered.id,
        kind=kind,
        at=entered.at,
        version=entered.version,
        before=before,
        after=after,
        owner=owner,
        reason=reason,
        request_id=request_id,
        joints=tuple(staging.joints),
        constraints=constraints,
    )
    staging.weight += len(accounts)
    for id_ in ids:
        staging.customers[id_].decided(entered.id)
        staging.touch(staging.customers[id_], entered)
    return entered.id


def _customer(id_: str, part: Part, births: Mapping[str, str], region: Sequence[Customer]) -> Customer:
    """The customer that a part makes, with all that is known of its accounts."""
    accounts = part.side.accounts
    sources = [each for each in region if not accounts.isdisjoint(each.accounts)]
    made = Customer(
        id_,
        accounts={account: births[account] for each in sources for account in each.accounts if account in accounts},
        links=part.links,
        exclusives={a: values for each in sources for a, values in each.exclusives.items() if a in accounts},
        pairs={
            pair: likeness
            for each in region
            for pair, likeness in each.pairs.items()
            if pair[0] in accounts or pair[1] in accounts
        },
        constraints={
            constraint.id: constraint
            for each in region
            for constraint in each.constraints.values()
            if not accounts.isdisjoint(constraint.accounts())
        },
        decisions=sorted({decision for each in sources for decision in each.decisions})[-DECISIONS_KEPT:],
        forgotten=sum(each.forgotten for each in region if each.id == id_),
    )
    for refusal in [*_still_refused(part, sources, region), *part.refused]:
        made.refuse(refusal)
    return made


def _still_refused(part: Part, sources: Sequence[Customer], region: Sequence[Customer]) -> Iterator[Refusal]:
    """What was refused before, and was not looked at again: ties to others, and identifiers that tie nobody."""
    everybody = {account for each in region for account in each.accounts}
    for source in sources:
        for refusal in source.refused.values():
            if refusal.is_pair:
                pair = {refusal.account, refusal.other}
                if not pair <= everybody and pair & part.side.accounts:
                    yield refusal
            elif refusal.account not in part.side.accounts:
                continue
            elif refusal.account in part.links.get(refusal.other, ()):
                if sum(refusal.other in each.links for each in region) == 1 and refusal.rule not in NOT_TYING:
                    yield refusal
            elif refusal.rule in NOT_TYING:
                yield refusal
        for identifier, holders in source.links.items():
            for account, shown in holders.items():
                if account in part.side.accounts and _is_lost(part, account, identifier):
                    yield Refusal(account, identifier, Rule.BLOCKED, "", shown)


def _is_lost(part: Part, account: str, identifier: str) -> bool:
    """Whether the account's claim was neither taken nor refused: the identifier is blocked."""
    return account not in part.links.get(identifier, ()) and not any(
        (each.account, each.other) == (account, identifier) for each in part.refused
    )


def _is_same(one: Customer, other: Customer | None) -> bool:
    """Whether they differ in nothing that is decided from or told."""
    return other is not None and (
        one.id,
        one.accounts,
        one.links,
        one.exclusives,
        one.pairs,
        one.refused,
        one.constraints,
    ) == (other.id, other.accounts, other.links, other.exclusives, other.pairs, other.refused, other.constraints)


def _remember(staging: Staging, region: Sequence[Customer], customer: Customer) -> None:
    """Keep what the customers were that the accounts of this one come from."""
    for each in region:
        if not each.accounts.keys().isdisjoint(customer.accounts):
            staging.remember_before(each)


def _review(
    staging: Staging,
    customer: Customer,
    region: Sequence[Customer],
    made: Sequence[Customer],
    policy: Policy,
    entered: Entered,
) -> None:
    """Show people what is refused now and was not before."""
    known = {key for each in region for key in each.refused}
    others = [each for each in made if each is not customer]
    for key, refusal in customer.refused.items():
        if key not in known:
            held_back(staging, customer, refusal, others, policy, entered)


def _point_ids(
    staging: Staging,
    region: Sequence[Customer],
    made: Sequence[Customer],
    births: Mapping[str, str],
    entered: Entered,
) -> None:
    """Say of every id that was known where its account is now."""
    born = {each.id for each in region}.intersection(staging.born.values())
    for id_ in born - {each.id for each in made}:
        staging.unmake(id_)
    live = {each.id for each in region} - born
    absorbed = {id_ for each in region for id_ in each.absorbed}
    now = {births[account]: customer for customer in made for account in customer.accounts}
    for id_ in sorted(live | absorbed):
        customer = now[id_]
        if customer.id != id_:
            customer.absorbed.append(id_)
            if id_ in live or len(made) > 1 or len(region) > 1:
                staging.touch(Customer(id_, merged_into=customer.id), entered)
