"""What a command speaks of: all that must be known before it is carried out."""

from __future__ import annotations

from dataclasses import dataclass

from identity_resolution.domain.evidence import (
    Act,
    AddConstraint,
    AddRelationship,
    BlockIdentifier,
    DecideSuggestion,
    Erase,
    Merge,
    Reevaluate,
    RemoveConstraint,
    RemoveRelationship,
    Split,
    Undo,
)

Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """Ids and keys by kind; `with_neighbours`, whom the customers' evidence leads to must be known too."""

    accounts: Keys = ()
    identifiers: Keys = ()
    customers: Keys = ()
    decisions: Keys = ()
    constraints: Keys = ()
    suggestions: Keys = ()
    relationships: Keys = ()
    with_neighbours: bool = False


def named(act: Act) -> Named:  # noqa: PLR0911 - one answer an act
    """What the act speaks of."""
    match act:
        case Merge():
            return Named(customers=act.customers)
        case Split():
            return Named(customers=(act.customer,), accounts=act.accounts)
        case Undo():
            return Named(decisions=(act.decision,), accounts=act.accounts)
        case AddConstraint():
            return Named(accounts=act.accounts)
        case RemoveConstraint():
            return Named(constraints=(act.constraint,))
        case DecideSuggestion():
            return Named(suggestions=(act.suggestion,))
        case Reevaluate():
            return Named(customers=act.customers, with_neighbours=True)
        case BlockIdentifier():
            return Named(identifiers=(act.identifier,))
        case AddRelationship():
            return Named(accounts=(act.account, act.other) if act.other else (act.account,))
        case RemoveRelationship():
            return Named(relationships=(act.relationship,))
        case Erase():
            return Named(customers=(act.customer,), with_neighbours=True)
