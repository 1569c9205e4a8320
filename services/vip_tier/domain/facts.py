"""What happened to a customer, dated and in order: the entries of all its accounts together, each once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import IntEnum
from typing import NamedTuple, TypeVar

from vip_tier.domain.persona import Decided, Persona, Sums
from vip_tier.domain.segments import SegmentsAt

V = TypeVar("V")


class FactKind(IntEnum):
    """What happened; of facts of one moment the lesser comes first."""

    PURCHASE = 0
    ACTION = 1
    RETURN = 2
    DECISION = 3
    SCORE = 4
    SEGMENTS = 5


class Fact(NamedTuple):
    """One fact. `key` is unique among facts of its kind: the number of an order or return, an event id, a request id.

    `amount` is in minor units; of actions, how many they are; of a score, the score. `event_id` is empty where entries
    are known as sums only.
    """

    at_ms: int
    kind: FactKind
    key: str
    event_id: str
    account: str
    amount: int = 0
    currency: str = ""
    order: str = ""
    action: str = ""
    times: int = 1
    decided: Decided | None = None
    segments: tuple[str, ...] = ()


class ScoreAt(NamedTuple):
    """A score, when it came to be known, and the accounts that it was computed for."""

    at_ms: int
    score: int
    accounts: tuple[str, ...]


def facts_of(
    personas: Mapping[str, Persona], scores: Iterable[ScoreAt] = (), segments: Iterable[SegmentsAt] = ()
) -> list[Fact]:
    """All that happened to the accounts together, in order.

    A shop gives a number to an order only once: told under two accounts of a customer, it is one order.
    """
    found: list[Fact] = []
    for kind, entries in (
        (FactKind.PURCHASE, _united(personas, lambda persona: persona.orders)),
        (FactKind.RETURN, _united(personas, lambda persona: persona.returns)),
    ):
        found.extend(
            Fact(
                entry.occurred_ms, kind, number, entry.event_id, account, entry.minor_units, entry.currency, entry.order
            )
            for number, (entry, account) in entries.items()
        )
    for event_id, ((at, action), account) in _united(personas, lambda persona: persona.actions).items():
        found.append(Fact(at, FactKind.ACTION, event_id, event_id, account, action=action))
    for request_id, (decided, account) in _united(personas, lambda persona: persona.decisions).items():
        found.append(Fact(decided.decided_ms, FactKind.DECISION, request_id, request_id, account, decided=decided))
    for account, persona in personas.items():
        for name, sums in persona.months.items():
            found.extend(_of_sums(account, name, sums))
    found.extend(Fact(each.at_ms, FactKind.SCORE, "", "", "", each.score) for each in scores)
    found.extend(Fact(each.at_ms, FactKind.SEGMENTS, "", "", "", segments=each.names) for each in segments)
    found.sort(key=lambda fact: fact[:5])
    return found


def scores_among(scores: Iterable[ScoreAt], accounts: Collection[str]) -> list[ScoreAt]:
    """The scores that were computed for some of these accounts and for no others."""
    among = set(accounts)
    return [each for each in scores if among.issuperset(each.accounts)]


def attribute_of(personas: Collection[Persona], name: str) -> str:
    """A detail of the customer by its name, as it was told last; empty where it never was."""
    return max((persona.attributes.get(name, (-1, "")) for persona in personas), default=(-1, ""))[1]


def _of_sums(account: str, name: str, sums: Sums) -> Iterator[Fact]:
    """A month's sums as if all had happened at the last of them: a purchase, or several actions, and a return."""
    what = name.partition(" ")[0]
    key = f"{account} {name}"
    if not what.isupper():
        yield Fact(sums.latest_ms, FactKind.ACTION, key, "", account, action=what, times=sums.orders)
        return
    if sums.orders:
        yield Fact(sums.latest_ms, FactKind.PURCHASE, key, "", account, sums.bought, what, times=sums.orders)
    if sums.returned:
        yield Fact(sums.latest_ms, FactKind.RETURN, key, "", account, sums.returned, what)


def _united(personas: Mapping[str, Persona], entries: Callable[[Persona], Mapping[str, V]]) -> dict[str, tuple[V, str]]:
    """Entries by their keys, each with its account; of several under one key the least, which is the earliest."""
    united: dict[str, tuple[V, str]] = {}
    for account in personas:
        for key, entry in entries(personas[account]).items():
            told = (entry, account)
            known = united.get(key)
            if known is None or told < known:
                united[key] = told
    return united
