"""When a record shows what a person laid down."""

from __future__ import annotations

from customer_profile.domain import consent
from customer_profile.domain.consent import Consent, ConsentState, has_expired
from customer_profile.domain.decided import ConsentGiven, Decided, FieldLaid
from customer_profile.domain.record import Record
from customer_profile.domain.survivorship import BY_HAND


def is_shown(what: ConsentGiven | FieldLaid, decided: Decided, record: Record, account: str, now: int) -> bool:
    """Whether the record shows what holds on the account since the decision, or something that outranks it.

    `decided` has taken the decision in. A record of before it may show an older decision, or none.
    """
    if isinstance(what, ConsentGiven):
        held = decided.consent(what.purpose, what.channel)
        return held is not None and any(
            (state.purpose, state.channel) == (what.purpose, what.channel)
            and (_rank(state), state.account) >= (consent.rank(held), account)
            for state in record.consents
        )
    laid = decided.fields.get(what.field)
    if laid is None:
        return False
    survivor = record.contact.get(what.field)
    best = survivor.best if survivor is not None and survivor.best.strategy == BY_HAND else None
    if best is not None and (best.at > laid.at or (best.at == laid.at and best.account != account)):
        return True
    if laid.value and not has_expired(laid.expires_at, now):
        return best is not None and best.event_id == laid.event_id
    return best is None


def _rank(state: ConsentState) -> tuple[int, bool, str]:
    return consent.rank(Consent(state.at, state.granted, state.event_id))
