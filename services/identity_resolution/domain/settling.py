"""Decides what is new of an account: whom it joins, and whether those concerned are to be decided anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from identity_resolution.domain.customers import Cause, Customer
from identity_resolution.domain.fitting import all_fit
from identity_resolution.domain.joining import Lead, follow, leads
from identity_resolution.domain.learnt import Learnt, NewPair
from identity_resolution.domain.notes import note, tied_outwards
from identity_resolution.domain.partition import joined_by
from identity_resolution.domain.rearranging import rearrange
from identity_resolution.domain.region import fits, region_around
from identity_resolution.domain.review import Question, about_pair, ask, questions_between, withdraw
from identity_resolution.domain.staging import Work


def settle(work: Work, learnt: Learnt) -> None:
    """Take in what is new.

    Where everything fits, all ties are made. Else those concerned are decided anew, with whoever is kept apart from
    them; or, where they are too many, only the new ties are decided.
    """
    staging = work.staging
    home = staging.home(learnt.account)
    led = leads(work, learnt)
    others = list({each.id: each for each in (staging.home(lead.account) for lead in led) if each is not home}.values())
    contradicted = list(_contradicted(work, learnt, home, others))
    if not contradicted and _is_quick(work, learnt, led, home, others):
        for lead in led:
            follow(work, learnt.account, lead)
        _record(work, learnt)
        _hold(work, learnt)
    else:
        concerned = [home, *others, *contradicted]
        if fits(concerned):
            _decide_anew(work, learnt, led, concerned)
        else:
            _decide_ties(work, learnt, led, [home, *others])
            if _loses_a_tie(work, learnt):
                rearrange(work, region_around(work, [staging.home(learnt.account)]), Cause.REEVALUATION)
    staging.touch(staging.home(learnt.account), work.entered)
    for pair in learnt.pairs:
        _review(work, pair)


def _is_quick(work: Work, learnt: Learnt, led: Sequence[Lead], home: Customer, others: Sequence[Customer]) -> bool:
    """Whether all that is new fits and none of those concerned is kept apart from anybody: then no order matters."""
    policy = work.policy
    matters = [pair for pair in learnt.pairs if _may_matter(pair, policy.link)]
    has_exclusives = any(name in policy.conflicts for name, _ in learnt.exclusives)
    if not matters and not has_exclusives and _is_leaf(work, learnt, home, others):
        return all_fit([home, *others], learnt, policy)
    if not (learnt.claims or matters or has_exclusives):
        return not _loses_a_tie(work, learnt)
    if home.side().contested or any(each.side().contested for each in others):
        return False
    identifiers = [lead.joint.other for lead in led if not lead.joint.is_pair]
    if _loses_a_tie(work, learnt) or len(set(identifiers)) < len(identifiers):
        return False
    return all_fit([home, *others], learnt, policy)


def _is_leaf(work: Work, learnt: Learnt, home: Customer, others: Sequence[Customer]) -> bool:
    """Whether a new account comes with one identifier of one customer: that changes nothing for those who are there."""
    if len(learnt.claims) != 1 or len(others) != 1 or home.id not in work.staging.born.values():
        return False
    return learnt.claims[0].identifier not in others[0].side().contested


def _may_matter(pair: NewPair, link: float) -> bool:
    """Whether the pair ties, or contradicts; or did so before."""
    said = [pair.likeness] if pair.before is None else [pair.likeness, pair.before]
    return any(each.weight >= link or each.personal < 0 for each in said)


def _loses_a_tie(work: Work, learnt: Learnt) -> bool:
    """Whether accounts matched that do not match any more."""
    link = work.policy.link
    return any(pair.before is not None and pair.before.weight >= link > pair.likeness.weight for pair in learnt.pairs)


def _contradicted(work: Work, learnt: Learnt, home: Customer, others: Sequence[Customer]) -> Iterator[Customer]:
    """Customers of accounts that it is compared with, who are kept apart from others and will perhaps be otherwise."""
    for pair in learnt.pairs:
        other = work.staging.home(pair.other)
        if other.side().contested and other is not home and other not in others:
            yield other


def _record(work: Work, learnt: Learnt) -> None:
    """Know what is new, but for identifiers."""
    staging = work.staging
    if learnt.exclusives:
        staging.home(learnt.account).be_exclusive(learnt.account, learnt.exclusives)
    for pair in learnt.pairs:
        for customer in {id(each): each for each in map(staging.home, pair.key)}.values():
            customer.permit(pair.key)
            customer.know_pair(pair.key, pair.likeness)
            staging.touch(customer, work.entered)


def _hold(work: Work, learnt: Learnt) -> None:
    home = work.staging.home(learnt.account)
    for claim in learnt.claims:
        home.link(learnt.account, claim.identifier, learnt.shown)


def _decide_anew(work: Work, learnt: Learnt, led: Sequence[Lead], concerned: Sequence[Customer]) -> None:
    staging = work.staging
    apart = [lead for lead in led if staging.home(lead.account) is not staging.home(learnt.account)]
    region = region_around(work, concerned)
    _record(work, learnt)
    _hold(work, learnt)
    rearrange(work, region, Cause.REEVALUATION)
    home = staging.home(learnt.account)
    staging.joints += [lead.joint for lead in apart if staging.home(lead.account) is home]


def _decide_ties(work: Work, learnt: Learnt, led: Sequence[Lead], concerned: Sequence[Customer]) -> None:
    """Decide the new ties between whole customers; what holds them together is not looked at again."""
    staging, account, joints = work.staging, learnt.account, len(work.staging.joints)
    _record(work, learnt)
    parts = joined_by(learnt, concerned, work.policy)
    part = next(part for part in parts if account in part.side.accounts)
    for lead in led:
        if lead.account in part.side.accounts:
            follow(work, account, lead)
    home = staging.home(account)
    for identifier, shown in part.links.items():
        home.link(account, identifier, shown[account])
    for refusal in part.refused:
        home.refuse(refusal)
    identifiers, pairs = tied_outwards([home], work.policy.link) if len(staging.joints) > joints else ([], [])
    note(
        work,
        [*identifiers, *(claim.identifier for claim in learnt.claims)],
        [*pairs, *(pair.key for pair in learnt.pairs)],
    )
    for other in {id(each): each for each in (staging.home(lead.account) for lead in led)}.values():
        if other is not home:
            ask(work, {}, questions_between(home, other, work.policy))


def _review(work: Work, pair: NewPair) -> None:
    """Ask, or ask no longer, whether two accounts are one person's of which it is known now how alike they are."""
    one, other = (work.staging.home(account) for account in pair.key)
    if one is other:
        return
    asked = dict(about_pair(pair.key, one, other, work.policy))
    ask(work, {}, asked)
    if pair.before is not None and pair.before.weight >= work.policy.suggest > pair.likeness.weight:
        withdraw(work, pair.key, Question(pair.likeness.weight, pair.likeness.fields))
