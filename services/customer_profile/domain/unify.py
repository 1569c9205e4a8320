"""How a customer's record follows from the personas of its accounts and from what other services say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from customer_profile.domain import conversations, reach
from customer_profile.domain.activity import activity
from customer_profile.domain.basis import Basis
from customer_profile.domain.conditions import turns_over
from customer_profile.domain.decided import by_hand, consents
from customer_profile.domain.inputs import ScoreSummary, TierSummary
from customer_profile.domain.lifecycle import asks_for_traits, lifecycle
from customer_profile.domain.persona import Persona
from customer_profile.domain.purchases.summary import summaries
from customer_profile.domain.record import Record
from customer_profile.domain.segments import memberships
from customer_profile.domain.situation import facts
from customer_profile.domain.survivorship import survivors
from customer_profile.domain.traits.computing import computed


@dataclass(frozen=True, slots=True)
class Known:
    """All that a record follows from. Of some accounts nothing may be known yet.

    `parted` are customers that hold accounts which were this one's once, the newest last.
    """

    accounts: tuple[str, ...]
    personas: Mapping[str, Persona]
    absorbed: tuple[str, ...] = ()
    parted: tuple[str, ...] = ()
    score: ScoreSummary | None = None
    tier: TierSummary | None = None


def unify(known: Known, basis: Basis, now: int, previous: Record | None = None) -> Record:
    """Return the record of a customer as it is at a time: `now` in milliseconds since 1970, UTC.

    The order of accounts and personas does not matter. Of the previous record nothing is kept but since when the
    customer has been in stage and segments: accounts that were merged and split again give what they would have given
    had they never been merged. While not all traits are counted anew yet under other rules, what depends on traits
    stays as it was: nobody leaves a segment to enter it again.
    """
    rules = basis.rules
    record, due = _parts(known, basis, now)
    found = facts(record, rules.purchases.currency, now)
    before = previous or record
    is_open = previous is not None and not record.is_complete
    stage = before.lifecycle
    if not (is_open and asks_for_traits(rules.lifecycle)):
        stage = lifecycle(rules.lifecycle, found, stage)
    if stage is not None:
        found.words["stage"] = stage.stage
    record.lifecycle = stage
    record.segments = memberships(rules.segments, found, before.segments, is_open=is_open)
    record.due_at = _earliest((*due, turns_over(basis.ages, found)))
    return record


def _parts(known: Known, basis: Basis, now: int) -> tuple[Record, tuple[int, ...]]:
    """Return the record without stage and segments, and when the clock alone changes parts of it."""
    rules, personas = basis.rules, known.personas
    decided = {account: persona.decided for account, persona in personas.items() if persona.decided.known}
    laid_down, laid_down_due = by_hand(decided, now)
    agreed, agreed_due = consents(decided, now)
    talks = {account: persona.talk for account, persona in personas.items()}
    said, said_due = conversations.summary(talks, now, rules.conversations.closed_after_days)
    ledgers = {account: persona.ledger for account, persona in personas.items()}
    purchases, purchases_due = summaries(ledgers, basis.models, rules.purchases, now)
    counted = computed([persona.tallies for persona in personas.values()], basis.plan, now)
    record = Record(
        accounts=tuple(sorted(known.accounts)),
        absorbed=tuple(sorted(known.absorbed)),
        parted=known.parted,
        contact=survivors({account: persona.contact for account, persona in personas.items()}, rules, laid_down),
        activity=activity(personas),
        purchases=purchases,
        score=known.score,
        tier=known.tier,
        conversations=said,
        reach=reach.summary({account: persona.figures for account, persona in personas.items() if persona.figures}),
        consents=agreed,
        traits=counted.values,
        is_complete=counted.is_complete,
        rules_version=basis.version,
    )
    return record, (laid_down_due, agreed_due, said_due, purchases_due, counted.due_ms)


def _earliest(times: Iterable[int]) -> int:
    """Return the earliest of times of which 0 means never."""
    return min(filter(None, times), default=0)
