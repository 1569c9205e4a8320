"""Random logs of evidence and commands for Hypothesis: few accounts and identifiers, so that much of it collides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

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


KINDS = ["merge", "split", "undo", "undo", "part", "must", "cannot", "remove", "suggestion", "again", "block"]


@st.composite
def commands(draw: st.DrawFn) -> Commanding:
    """A command about what there will be: picks by numbers."""
    return commanding(
        draw(st.sampled_from(KINDS)), draw(st.integers(0, 40)), draw(st.integers(0, 40)), draw(st.booleans())
    )


def commanding(kind: str, one: int, other: int, flag: bool) -> Commanding:
    """A command of this kind about what the numbers pick of all there is."""

    def act(store: Store) -> Act:  # noqa: PLR0911 - one answer a kind
        accounts, customers = sorted(store.memberships), sorted(store.customers)
        first, second = _picked(accounts, one), _picked(accounts, other)
        if kind == "merge":
            return Merge((_picked(customers, one), _picked(customers, other)))
        if kind == "split":
            home = store.home(first) if accounts else None
            parted = sorted(home.accounts)[: other % len(home.accounts)] if home else ["nobody"]
            return Split(home.id if home else "nobody", tuple(parted))
        if kind in ("undo", "part"):
            return Undo(_picked(sorted(store.decisions)[-6:], one), (second,) if kind == "part" else ())
        if kind in ("must", "cannot"):
            said = ConstraintKind.MUST_LINK if kind == "must" else ConstraintKind.CANNOT_LINK
            return AddConstraint(said, (first, second))
        if kind == "remove":
            return RemoveConstraint(_picked(sorted(store.constraints), one), expired=flag)
        if kind == "suggestion":
            return DecideSuggestion(_picked(sorted(store.suggestions), one), flag)
        if kind == "again":
            return Reevaluate((_picked(customers, one), _picked(customers, other)))
        return BlockIdentifier(_picked(IDENTIFIERS, one), unblock=flag)

    return act


def _picked(found: Sequence[str], number: int) -> str:
    return found[number % len(found)] if found else "nobody"


def drawn(random: Random, commanded: float) -> Evidence | Commanding:
    """An entry by chance; this share of them are commands."""
    if random.random() < commanded:
        return commanding(random.choice(KINDS), random.randrange(41), random.randrange(41), random.random() < 0.5)
    chosen = tuple(random.choice(IDENTIFIERS) for _ in range(random.choice([0, 1, 1, 2, 3])))
    dates = (("date_of_birth", random.choice(DATES)),) if random.random() < 0.2 else ()
    weight, personal = random.choice([-9.0, 3.0, 8.0, 14.0, 25.0]), random.choice([0.0, 0.0, -2.0, -8.0, -15.0])
    likeness = (Pair(random.choice(ACCOUNTS), weight, personal),) if random.random() < 0.25 else ()
    return Evidence(random.choice(ACCOUNTS), chosen, dates, likeness)
