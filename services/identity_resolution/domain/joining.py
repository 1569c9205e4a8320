"""Makes customers one because of ties."""

from __future__ import annotations

from typing import NamedTuple

from identity_resolution.domain.customers import Cause, Customer
from identity_resolution.domain.decisions import Joint
from identity_resolution.domain.learnt import Learnt
from identity_resolution.domain.review import are_constrained, ask, perhaps_asked_between, questions
from identity_resolution.domain.staging import Work


class Lead(NamedTuple):
    """An account that a new tie leads to, and what it would be joined by."""

    account: str
    joint: Joint


def leads(work: Work, learnt: Learnt) -> list[Lead]:
    """Where the new ties lead, the strongest first: to one account of each customer that holds what is claimed."""
    found = []
    for identifier, _, trust in learnt.claims:
        for holder in work.staging.holders(identifier):
            joint = Joint(learnt.account, identifier, trust, learnt.shown)
            found.append(Lead(min(holder.links[identifier]), joint))
    for pair in learnt.matches(work.policy.link):
        weight, fields = pair.likeness.weight, pair.likeness.fields
        found.append(Lead(pair.other, Joint(*pair.key, weight, learnt.shown, is_pair=True, fields=fields)))
    if len(found) > 1:
        found.sort(key=lambda lead: -lead.joint.weight)
    return found


def follow(work: Work, account: str, lead: Lead) -> None:
    """Make the account's customer and the one that the tie leads to one, if they are two."""
    one, other = work.staging.home(account), work.staging.home(lead.account)
    if one is not other:
        _join(work, one, other, lead.joint)


def _join(work: Work, one: Customer, other: Customer, joint: Joint) -> None:
    """Make two live customers one, which bears the lesser id. What was asked about them is taken back."""
    staging, entered = work.staging, work.entered
    is_far = are_constrained([one, other])
    asked = perhaps_asked_between(one, other, work.policy)
    if is_far:
        asked.update(questions(work, [one, other], is_far=True))
    survivor, loser = (one, other) if one.id < other.id else (other, one)
    staging.remember_before(survivor)
    staging.remember_before(loser)
    staging.joints.append(joint)
    for account, born in loser.accounts.items():
        staging.move(account, born, survivor.id, Cause.MERGE, entered)
    if loser.id in staging.born.values():
        survivor.adopt(loser)
        staging.unmake(loser.id)
    else:
        survivor.absorb(loser)
        staging.touch(loser, entered)
    ask(work, asked, questions(work, [survivor], is_far=True) if is_far else {})
