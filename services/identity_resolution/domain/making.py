"""The customers that parts make, with all that is known of their accounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from identity_resolution.domain.customers import DECISIONS_KEPT, NOT_TYING, Customer, Refusal
from identity_resolution.domain.parting import Part
from identity_resolution.domain.staging import Staging


def made_of(parts: Sequence[Part], region: Sequence[Customer], staging: Staging) -> list[Customer]:
    """The customers of these parts of the region, by id: the least birth id of their accounts."""
    births = {account: born for each in region for account, born in each.accounts.items()}
    made = {}
    owners: dict[str, Customer] = {}
    refused: dict[str, list[Refusal]] = {}
    for part in parts:
        accounts = {account: births[account] for account in sorted(part.side.accounts)}
        customer = Customer(min(accounts.values()), accounts=accounts, links=part.links)
        made[customer.id] = customer
        owners.update(dict.fromkeys(accounts, customer))
        refused[customer.id] = part.refused
    for source in region:
        _hand_over(source, owners)
        for customer, refusal in _still_refused(source, owners, staging):
            customer.refuse(refusal)
    for id_, customer in made.items():
        for refusal in refused[id_]:
            customer.refuse(refusal)
    return [made[id_] for id_ in sorted(made)]


def _hand_over(source: Customer, owners: Mapping[str, Customer]) -> None:
    """Give what is known of the source's accounts to those that have them now."""
    heirs = {owners[account].id: owners[account] for account in source.accounts}
    for heir in heirs.values():
        heir.decisions = sorted({*heir.decisions, *source.decisions})[-DECISIONS_KEPT:]
    for account, exclusives in source.exclusives.items():
        owners[account].exclusives[account] = exclusives
    for pair, likeness in source.pairs.items():
        for account in pair:
            if account in owners:
                owners[account].pairs[pair] = likeness
    for constraint in source.constraints.values():
        for account in constraint.accounts():
            if account in owners:
                owners[account].constraints[constraint.id] = constraint
    if source.id in heirs:
        heirs[source.id].forgotten += source.forgotten


def _still_refused(
    source: Customer, owners: Mapping[str, Customer], staging: Staging
) -> Iterator[tuple[Customer, Refusal]]:
    """What was refused before and was not looked at again: identifiers that tie nobody, and ties out of the region."""
    for refusal in source.refused.values():
        if refusal.is_pair:
            within = [owners[account] for account in (refusal.account, refusal.other) if account in owners]
            if len(within) == 1:
                yield within[0], refusal
            continue
        customer = owners[refusal.account]
        if refusal.rule in NOT_TYING or (
            refusal.account in customer.links.get(refusal.other, ())
            and any(owners.keys().isdisjoint(each.accounts) for each in staging.holders(refusal.other))
        ):
            yield customer, refusal
