"""Situations for the tests of the domain, and the programme that they are decided by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from vip_tier.config import DEFAULT_PROGRAMME, read_programmes
from vip_tier.domain.decide import Decision, decide
from vip_tier.domain.holding import Change, Holding
from vip_tier.domain.persona import Decided, Persona, Trade, take_in, take_in_decision
from vip_tier.domain.programme import Downgrade, Points, Programme, Programmes, Qualification
from vip_tier.domain.situation import AdvocacyScore, Situation

LOADED = read_programmes(DEFAULT_PROGRAMME)
DEFAULT, VERSION = LOADED.value, LOADED.version
PROGRAMME = replace(
    DEFAULT.programmes[0], qualification=Qualification("lifetime"), downgrade=Downgrade("to_balance"), points=Points()
)
"""The default programme's tiers, held for as long as all that ever happened reaches them."""
LIFETIME = Programmes(1, (PROGRAMME,))
ACCOUNTS = ("instagram:joe", "store:5", "web_shop:77")


def bought(event_id: str, cents: int, *, number: str = "", at: int = 0, currency: str = "EUR") -> Trade:
    """A purchase under a number of its own, unless one is given."""
    return Trade(event_id, at, number or event_id, currency, cents)


def gave_back(event_id: str, cents: int, *, number: str = "", at: int = 0, currency: str = "EUR") -> Trade:
    """A return under a number of its own, unless one is given."""
    return Trade(event_id, at, number or event_id, currency, cents, is_return=True)


def persona(*trades: Trade, limit: int = 2000) -> Persona:
    """An account that did all this, in that order."""
    made = Persona()
    for trade in trades:
        take_in(made, trade, limit)
    return made


def situation(customer: str = "C1", score: int | None = 0, **changed: object) -> Situation:
    """A customer with a current score, unless told otherwise."""
    plain = Situation(
        customer=customer,
        accounts=("a",),
        personas={},
        absorbed={},
        absorbed_customers=(),
        membership_version=1,
        score=AdvocacyScore(score, 1) if score is not None else None,
        score_version=1 if score is not None else 0,
        now_ms=1000,
    )
    return replace(plain, **changed)  # type: ignore[arg-type]


@dataclass
class Town:
    """Customers and their accounts, decided upon one by one: what a worker does, without its machinery.

    A score is current as soon as it is set, unless `score` is given an older membership.
    """

    personas: dict[str, Persona] = field(default_factory=lambda: defaultdict(Persona))
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    absorbed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    scores: dict[str, AdvocacyScore] = field(default_factory=dict)
    score_versions: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    holdings: dict[str, Holding] = field(default_factory=dict)
    changes: dict[str, list[Change]] = field(default_factory=lambda: defaultdict(list))
    clock: int = 0
    programme: Programme = PROGRAMME
    due: dict[str, int] = field(default_factory=dict)

    def decided(self, account: str, *decisions: Decided) -> None:
        """People decided something about the customer whose anchor the account is."""
        for decision in decisions:
            take_in_decision(self.personas[account], decision)

    def trade(self, account: str, *trades: Trade) -> None:
        """The account bought or gave back."""
        for trade in trades:
            take_in(self.personas[account], trade)

    def has(self, customer: str, *accounts: str, absorbed: Iterable[str] = ()) -> None:
        """From now on the customer has these accounts and no others."""
        self.clock += 1
        self.members[customer], self.absorbed[customer] = accounts, tuple(absorbed)
        self.merged.pop(customer, None)
        self.versions[customer] = self.clock

    def merge(self, away: str, into: str) -> None:
        """From now on another customer has the accounts of this one."""
        accounts = self.members.pop(away)
        absorbed = (*self.absorbed[into], away, *self.absorbed[away])
        self.has(into, *self.members[into], *accounts, absorbed=absorbed)
        self.merged[away] = into

    def score(self, customer: str, points: int) -> None:
        """Advocacy scoring scores the customer as it is now."""
        self.scores[customer] = AdvocacyScore(points, self.versions[customer])
        self.score_versions[customer] += 1

    def decide(self, *customers: str) -> None:
        """Decide upon these customers, or all that are not merged away."""
        for customer in customers or tuple(self.members):
            self.clock += 1
            decision = self.decision(customer)
            self.holdings[customer] = decision.holding
            self.changes[customer].extend(decision.changes)
            self.due[customer] = decision.due_ms

    def decision(self, customer: str) -> Decision:
        """What would be decided now."""
        programmes = Programmes(1, (self.programme,))
        return decide(programmes, VERSION, self.situation(customer), self.holdings.get(customer))

    def tier(self, customer: str) -> str:
        """The tier held."""
        return self.holdings[customer].main.tier

    def rank(self, customer: str) -> int:
        """The rank of the tier held."""
        return self.programme.ranks[self.tier(customer)]

    def situation(self, customer: str) -> Situation:
        """The customer as it is now."""
        accounts = tuple(sorted(self.members[customer]))
        held: Mapping[str, Holding] = self.holdings
        return Situation(
            customer=customer,
            accounts=accounts,
            personas={each: self.personas[each] for each in accounts if each in self.personas},
            absorbed={each: held[each] for each in self.absorbed[customer] if each in held},
            absorbed_customers=tuple(sorted(self.absorbed[customer])),
            membership_version=self.versions[customer],
            score=self.scores.get(customer),
            score_version=self.score_versions[customer],
            now_ms=self.clock,
        )


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, Trade]]:
    """Purchases and returns of a few accounts, in two currencies, some told twice."""
    trades: list[tuple[str, Trade]] = []
    for number in range(draw(st.integers(0, 25))):
        trade = Trade(
            f"e{number}",
            draw(st.integers(0, 50)),
            f"n{draw(st.integers(0, 20))}",
            draw(st.sampled_from(["EUR", "EUR", "EUR", "JPY"])),
            draw(st.integers(0, 40_000)),
            draw(st.booleans()) and draw(st.booleans()),
        )
        trades.append((draw(st.sampled_from(ACCOUNTS)), trade))
    return trades
