"""Counts a town's stream as it goes by, from the messages alone, and sums it up as truth."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from datetime import datetime

from rapport.interactions.v1 import interaction_pb2 as pb
from rapportctl.town.components import Components
from rapportctl.town.events import TownEvent
from rapportctl.town.findable import groups
from rapportctl.town.people import Population
from rapportctl.town.person import Person
from rapportctl.town.settings import TownSettings
from rapportctl.town.truth import Amounts, CustomerTruth, PersonTruth, SharedIdentifier, Totals, Truth
from rapportctl.town.words import CRISIS_TOPIC


class _AccountTally:
    """What one account did. Times compare as datetimes of UTC."""

    __slots__ = ("channel", "first_at", "gross", "interactions", "kinds", "last_at", "returned")

    def __init__(self, channel: str, at: datetime) -> None:
        self.channel = channel
        self.interactions = 0
        self.kinds: dict[str, int] = {}
        self.gross: Amounts = {}
        self.returned: Amounts = {}
        self.first_at = self.last_at = at

    def add(self, kind: str, interaction: pb.Interaction, at: datetime) -> None:
        self.interactions += 1
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        self.last_at = at
        if kind == "purchase":
            total, amounts = interaction.purchase.total, self.gross
        elif kind == "purchase_return":
            total, amounts = interaction.purchase_return.total, self.returned
        else:
            return
        currency = total.currency_code
        amounts[currency] = amounts.get(currency, 0) + total.minor_units


class Tally:
    """Takes in each event of one pass over the stream."""

    def __init__(self) -> None:
        self._accounts: dict[str, _AccountTally] = {}
        self._components = Components()
        self._meant: dict[str, int] = {}
        self._invalid: Counter[str] = Counter()
        self._repeated = 0
        self._crisis_complaints = 0

    def add(self, event: TownEvent) -> None:
        """Count one event."""
        interaction = event.interaction
        if interaction is None:
            self._invalid[event.expected_reason or ""] += 1
            return
        if event.repeats:
            self._repeated += 1
            return
        account = event.account_key
        tally = self._accounts.get(account)
        if tally is None:
            tally = self._accounts[account] = _AccountTally(event.account_channel, event.occurred_at)
            if event.account_channel in ("email", "phone"):
                self._components.bears(account, event.account_channel, event.account_id)
        kind = interaction.WhichOneof("kind") or ""
        tally.add(kind, interaction, event.occurred_at)
        for identifier in interaction.identifiers:
            self._components.bears(account, identifier.type, identifier.value)
        if kind == "observation":
            self._meant[account] = self._meant.get(account, 0) | event.meant
            self._components.bears(account, "email", interaction.observation.email)
            self._components.bears(account, "phone", interaction.observation.phone)
        if kind in ("comment", "mention") and _is_of_crisis(getattr(interaction, kind).content):
            self._crisis_complaints += 1

    def truth(self, settings: TownSettings, population: Population, games: Mapping[int, str]) -> Truth:
        """Sum up. `games` has how people game, by their numbers."""
        members: dict[str, list[str]] = {}
        for account in sorted(self._accounts):
            members.setdefault(self._components.root(account), []).append(account)
        customers = [
            _customer(accounts, [self._accounts[account] for account in accounts]) for accounts in members.values()
        ]
        customers.sort(key=lambda customer: customer.accounts[0])
        owners = {account.key: person.number for person in population for account in person.accounts}
        tied: dict[int, list[Set[str]]] = defaultdict(list)
        shared: list[SharedIdentifier] = []
        for kind, value, bearers in self._components.borne_by_several():
            holders = sorted({owners[account] for account in bearers})
            if len(holders) > 1:
                shared.append(SharedIdentifier(type=kind, value=value, persons=holders))
            elif kind != "handle":
                tied[holders[0]].append(bearers)
        shared.sort(key=lambda each: (each.type, each.value))
        return Truth(
            seed=settings.seed,
            parameters=settings.as_parameters(),
            totals=self._totals(customers, len(population)),
            customers=customers,
            persons=[
                _person(person, tied.get(person.number, ()), self._meant, games.get(person.number, ""))
                for person in population
            ],
            shared_identifiers=shared,
        )

    def _totals(self, customers: list[CustomerTruth], persons: int) -> Totals:
        valid = sum(customer.interactions for customer in customers)
        invalid = self._invalid.total()
        return Totals(
            events=valid + self._repeated + invalid,
            valid=valid,
            repeated=self._repeated,
            invalid=invalid,
            invalid_by_reason=_sorted(self._invalid),
            by_kind=_sum(customer.by_kind for customer in customers),
            by_channel=_sum(customer.by_channel for customer in customers),
            persons=persons,
            accounts=len(self._accounts),
            customers=len(customers),
            orders=sum(customer.orders for customer in customers),
            returns=sum(customer.returns for customer in customers),
            gross=_sum(customer.gross for customer in customers),
            returned=_sum(customer.returned for customer in customers),
            net=_sum(customer.net for customer in customers),
            crisis_complaints=self._crisis_complaints,
            first_at=min(customer.first_at for customer in customers),
            last_at=max(customer.last_at for customer in customers),
        )


def _is_of_crisis(content: pb.Content) -> bool:
    return content.intent == pb.INTENT_COMPLAINT and CRISIS_TOPIC in content.topics


def _customer(accounts: list[str], tallies: list[_AccountTally]) -> CustomerTruth:
    by_kind = _sum(tally.kinds for tally in tallies)
    gross, returned = _sum(tally.gross for tally in tallies), _sum(tally.returned for tally in tallies)
    return CustomerTruth(
        accounts=accounts,
        interactions=sum(tally.interactions for tally in tallies),
        by_kind=by_kind,
        by_channel=_sum({tally.channel: tally.interactions} for tally in tallies),
        orders=by_kind.get("purchase", 0),
        returns=by_kind.get("purchase_return", 0),
        gross=gross,
        returned=returned,
        net={currency: gross.get(currency, 0) - returned.get(currency, 0) for currency in sorted({*gross, *returned})},
        first_at=min(tally.first_at for tally in tallies),
        last_at=max(tally.last_at for tally in tallies),
    )


def _person(person: Person, tied: Iterable[Set[str]], meant: Mapping[str, int], games: str) -> PersonTruth:
    accounts = [account.key for account in person.accounts]
    return PersonTruth(
        number=person.number,
        household=person.household,
        accounts=accounts,
        findable=groups(accounts, tied, meant),
        separate_account=person.accounts[person.separate].key if person.separate >= 0 else "",
        given_name=person.given_name,
        family_name=person.family_name,
        date_of_birth=person.date_of_birth,
        email=person.email,
        phone=person.phone,
        country=person.address.country,
        postal_code=person.address.postal_code,
        city=person.address.city,
        address_line=person.address.line,
        followers=person.followers,
        employer=person.employer,
        agency=person.agency,
        games=games,
    )


def _sum(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in counts:
        for name, count in each.items():
            total[name] = total.get(name, 0) + count
    return _sorted(total)


def _sorted(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))
