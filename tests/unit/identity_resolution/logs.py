"""Random logs of evidence and commands for Hypothesis: few accounts and identifiers, so that much of it collides."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from identity_resolution.domain.evidence import (
    Act,
    AddConstraint,
    BlockIdentifier,
    ConstraintKind,
    DecideSuggestion,
    Evidence,
    Merge,
    Pair,
    Reevaluate,
    RemoveConstraint,
    Split,
    Undo,
)
from identity_resolution.domain.policy import Policy
from identity_resolution.domain.rules import Caps, Limits, Windows
from tests.unit.identity_resolution.deciding import Store

ACCOUNTS = [f"web:{letter}" for letter in "abcdefgh"]
IDENTIFIERS = [
    *(f"user_id:{number}" for number in (1, 2)),
    *(f"email:{number}" for number in (1, 2, 3)),
    *(f"phone:{number}" for number in (1, 2, 3)),
    *(f"loyalty_number:{number}" for number in (1, 2)),
    *(f"cookie:{number}" for number in (1, 2, 3)),
]
DATES = ["1.2.3", "1.2.4", "1.3.2", "5.6.7"]


def _most(values: int, accounts: int) -> Limits:
    return Limits(Windows(ever=values), Windows(ever=accounts))


POLICY = Policy(
    trust={"user_id": 20.0, "email": 12.0, "phone": 11.0, "loyalty_number": 16.0, "cookie": 7.0},
    limits={
        "user_id": _most(1, 8),
        "email": _most(2, 5),
        "phone": _most(3, 4),
        "loyalty_number": _most(3, 8),
        "cookie": _most(2, 3),
    },
    conflicts=frozenset({"date_of_birth", "loyalty_number"}),
)
CAPPED = Policy(POLICY.trust, POLICY.limits, POLICY.conflicts, Caps(accounts_per_customer=3, links_per_customer=5))

pairs = st.builds(
    Pair,
    st.sampled_from(ACCOUNTS),
    st.sampled_from([-9.0, 3.0, 8.0, 14.0, 25.0]),
    st.sampled_from([0.0, 0.0, -2.0, -8.0, -15.0]),
)
evidence = st.builds(
    Evidence,
    st.sampled_from(ACCOUNTS),
    st.lists(st.sampled_from(IDENTIFIERS), max_size=3).map(tuple),
    st.lists(st.tuples(st.just("date_of_birth"), st.sampled_from(DATES)), max_size=1).map(tuple),
    st.lists(pairs, max_size=1).map(tuple),
)
plain_evidence = st.builds(
    Evidence, st.sampled_from(ACCOUNTS), st.lists(st.sampled_from(IDENTIFIERS), max_size=3).map(tuple)
)

Commanding = Callable[[Store], Act]
"""A command can only be made when it is known what there is to name."""


@st.composite
def commands(draw: st.DrawFn) -> Commanding:
    """A command about what there will be: picks by numbers."""
    kind = draw(
        st.sampled_from(["merge", "split", "undo", "part", "must", "cannot", "remove", "suggestion", "again", "block"])
    )
    one, other, flag = draw(st.integers(0, 40)), draw(st.integers(0, 40)), draw(st.booleans())

    def act(store: Store) -> Act:  # noqa: PLR0911 - one answer a kind
        known = sorted(store.memberships) or ["nobody"]
        first, second = known[one % len(known)], known[other % len(known)]
        ids = sorted(store.customers) or ["nobody"]
        if kind == "merge":
            return Merge((ids[one % len(ids)], ids[other % len(ids)]))
        if kind == "split":
            accounts = sorted(store.home(first).accounts) if store.memberships else ["nobody"]
            return Split(
                ids[one % len(ids)] if not store.memberships else store.home(first).id,
                tuple(accounts[: other % len(accounts)]),
            )
        if kind in ("undo", "part"):
            decisions = sorted(store.decisions) or ["nobody"]
            decision = decisions[-1 - one % min(len(decisions), 8)]
            return Undo(decision, (first,) if kind == "part" else ())
        if kind in ("must", "cannot"):
            return AddConstraint(
                ConstraintKind.MUST_LINK if kind == "must" else ConstraintKind.CANNOT_LINK, (first, second)
            )
        if kind == "remove":
            constraints = sorted(store.constraints) or ["nobody"]
            return RemoveConstraint(constraints[one % len(constraints)], expired=flag)
        if kind == "suggestion":
            suggestions = sorted(store.suggestions) or ["nobody"]
            return DecideSuggestion(suggestions[one % len(suggestions)], flag)
        if kind == "again":
            return Reevaluate((ids[one % len(ids)], ids[other % len(ids)]))
        return BlockIdentifier(IDENTIFIERS[one % len(IDENTIFIERS)], unblock=flag)

    return act
