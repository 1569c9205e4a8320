"""How a customer's record follows from its accounts' personas and from what other services say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from chassis.clock import milliseconds, moment
from chassis.stages.computing import Outcome, View
from chassis.stages.parts import Codec
from customer_profile.domain.advance import advance
from customer_profile.domain.basis import Basis
from customer_profile.domain.inputs import ScoreSummary, TierSummary
from customer_profile.domain.interaction import channel_of
from customer_profile.domain.persona import Persona
from customer_profile.domain.record import Record, is_news
from customer_profile.domain.segments import Change
from customer_profile.domain.timeline import place
from customer_profile.domain.unify import Known

SCORE = "score"
TIER = "tier"

_LEAST_SUM = 10**18
"""Added to sums so that their digits sort: as many minor units as a million customers could never give back."""

S = TypeVar("S")


class Unifying:
    """Computes records; the codecs read the inputs that readers of other services' levels have put down.

    `basis` tells by what they are computed: it may be other rules from one record to the next.
    """

    def __init__(self, basis: Callable[[], Basis], scores: Codec[ScoreSummary], tiers: Codec[TierSummary]) -> None:
        self._basis = basis
        self._scores = scores
        self._tiers = tiers

    def __call__(self, view: View[Persona, Record]) -> Outcome[Record, Change]:
        """Return the customer's record, and the segments that it entered and left."""
        basis = self._basis()
        known = Known(
            accounts=view.members,
            personas=view.parts,
            absorbed=view.absorbed_groups,
            parted=_parted(view),
            score=_input(view, SCORE, self._scores),
            tier=_input(view, TIER, self._tiers),
        )
        record, changes = advance(known, basis, milliseconds(view.now), view.previous)
        return Outcome(
            state=record,
            changes=changes,
            due_at=moment(record.due_at) if record.due_at else None,
            is_news=is_news(record, view.previous),
            index=listed_by(view.group, record, basis.rules.purchases.currency),
        )


def listed_by(customer: str, record: Record, currency: str) -> Mapping[str, Any]:
    """Return what customers are listed by. `net` and `bought` sort as text, and no two customers' are equal."""
    index: dict[str, Any] = {
        "key": customer,
        # Of what is not complete yet none, so that it is looked for until it is.
        "rules": record.rules_version if record.is_complete else "",
        "channels": sorted({channel_of(account) for account in record.accounts}),
        "segments": [each.segment for each in record.segments],
    }
    if record.lifecycle is not None:
        index["stage"] = record.lifecycle.stage
    if record.tier is not None:
        index["tier"] = record.tier.tier
    bought = record.purchases.get(currency)
    if bought is not None and bought.orders:
        index["net"] = f"{bought.net + _LEAST_SUM:019d} {customer}"
        if bought.rfm is not None:
            index["rfm"] = bought.rfm.name
    last = max([each.last_at for each in record.purchases.values() if each.orders], default=None)
    if last is not None:
        index["bought"] = place(last, customer)
    return index


def _parted(view: View[Persona, Record]) -> tuple[str, ...]:
    """Return the customers that accounts went to, but for those that have brought them back."""
    return tuple(group for group in view.moved_to if group != view.group and group not in view.absorbed_groups)


def _input(view: View[Persona, Record], name: str, codec: Codec[S]) -> S | None:
    """Return what another service said, or None: nothing has arrived, or it said last that it answers no more."""
    _, value = view.inputs.get(name, (0, b""))
    return codec.decode(value) if value else None
