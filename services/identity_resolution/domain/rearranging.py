"""Brings customers in line with what their evidence says when it is looked at anew: accounts move, ids come and go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from identity_resolution.domain.customers import Cause, Customer
from identity_resolution.domain.making import made_of
from identity_resolution.domain.notes import note, tied_outwards
from identity_resolution.domain.partition import partition
from identity_resolution.domain.region import Region
from identity_resolution.domain.review import ask, questions
from identity_resolution.domain.staging import Work


def rearrange(work: Work, region: Region, cause: Cause) -> None:
    """Decide anew about the accounts of the region, and what is asked about them.

    A customer's id is the least birth id of its accounts. An id that was known and is nobody's least any more is merged
    into whoever has the account that bears it; one that is again, is live again. Accounts move because of a merge where
    their whole customer does, else because of `cause`.
    """
    staging, old = work.staging, {each.id: each for each in region.customers}
    outwards = tied_outwards(region.customers, work.policy.link) if region.is_cut_off else ([], [])
    made = made_of(partition(region.customers, work.policy), region.customers, staging)
    _point_ids(work, region, made)
    for customer in made:
        before = old.get(customer.id)
        if before is not None and _is_same(customer, before):
            continue
        if before is None or before.accounts.keys() != customer.accounts.keys():
            for left in sorted({staging.memberships[account] for account in customer.accounts}):
                staging.remember_before(old[left])
        elif before.absorbed == customer.absorbed:
            customer.told_version, customer.told_at = before.told_version, before.told_at
        staging.touch(customer, work.entered)
    for customer in made:
        _move(work, old, customer, cause)
    if region.is_cut_off:
        identifiers, pairs = tied_outwards(made, work.policy.link)
        note(work, [*outwards[0], *identifiers], [*outwards[1], *pairs])
    now = questions(work, [staging.customers[each.id] for each in made], is_far=region.is_far)
    ask(work, region.asked, now)


def _is_same(one: Customer, other: Customer) -> bool:
    """Whether they differ in nothing that is decided from or told."""
    return (
        one.accounts,
        one.links,
        one.exclusives,
        one.pairs,
        one.refused,
        one.constraints,
    ) == (other.accounts, other.links, other.exclusives, other.pairs, other.refused, other.constraints)


def _move(work: Work, old: Mapping[str, Customer], customer: Customer, cause: Cause) -> None:
    staging = work.staging
    for account, born in customer.accounts.items():
        left = staging.memberships[account]
        if left != customer.id:
            whole = left in old and old[left].accounts.keys() <= customer.accounts.keys()
            staging.move(account, born, customer.id, Cause.MERGE if whole else cause, work.entered)


def _point_ids(work: Work, region: Region, made: Sequence[Customer]) -> None:
    """Say of every id that was known where its account is now."""
    staging = work.staging
    now = {born: customer for customer in made for born in customer.accounts.values()}
    for each in region.customers:
        if each.id in staging.born.values():
            known = each.absorbed
            if now[each.id].id != each.id:
                staging.unmake(each.id)
        else:
            known = [each.id, *each.absorbed]
        are_parted = len({now[id_].id for id_ in known}) > 1
        for id_ in known:
            customer = now[id_]
            if customer.id != id_:
                customer.absorbed = sorted({*customer.absorbed, id_})
                if id_ == each.id or are_parted:
                    staging.touch(Customer(id_, merged_into=customer.id), work.entered)
    staging.live_anew.update(each.id for each in made if each.id not in {old.id for old in region.customers})
