"""The simulator's town as a test of who is who: what a linker gets to see, and how right it was.

    town = Town(tangled(seed=1))
    clusters = linked(engine.linker(model, is_once=False), rows(town))   # or any linker's: account -> its customer
    print(measure(clusters, answers(town)))

A person is known by number; what a linker can be asked to find is defined in `rapportctl.town.findable`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from identity_resolution.application.linking import FileLinker
from rapport.interactions.v1 import interaction_pb2 as pb
from rapportctl.tables.pairwise import compare
from rapportctl.town import PersonTruth, Town, TownSettings, Truth

PEOPLE = 10_000
SEEDS = (1, 2, 3, 4, 5)

_CROWD = 50
"""Of a cluster of more people than this the pairs are not looked at one by one."""
_DETAILS = ("given_name", "family_name", "full_name", "date_of_birth", "email", "phone", "company", "language")
_OF_ADDRESS = ("postal_code", "city", "region", "country")


def tangled(seed: int, people: int = PEOPLE) -> TownSettings:
    """Give the settings of a town in which everything is planted that makes it hard to tell who is who."""
    return TownSettings(people=people, seed=seed, events_per_day=0.3).tangled()


class Row(NamedTuple):
    """What one interaction shows that was not known of its account, as it was sent: neither checked nor normalised."""

    order: int
    """The place of the interaction among all of the town, from 0."""
    channel: str
    id: str
    """Of the account; on the channels email and phone it is an identifier in itself, and not repeated among them."""
    identifiers: tuple[tuple[str, str], ...]
    """Type and value."""
    details: Mapping[str, str]
    """given_name and family_name, or full_name; date_of_birth, email, phone, street, postal_code, city, region,
    country, company, language: what was told of them."""
    person: int
    """Whose account it is; not for the linker's eyes."""
    payload: bytes
    """The interaction, serialized."""

    @property
    def account(self) -> str:
        """The account as "channel:id"."""
        return f"{self.channel}:{self.id}"


def rows(town: Town) -> Iterator[Row]:
    """Yield a row for each interaction that shows an account for the first time, or anything new about it, in order.

    Repeats and invalid events are left out. Read to the end, it leaves the town's truth ready.
    """
    owners = {account.key: person.number for person in town.population for account in person.accounts}
    known: dict[str, set[tuple[str, str]]] = {}
    order = 0
    for event in town.events():
        if event.interaction is None or event.repeats:
            continue
        identifiers = tuple((each.type, each.value) for each in event.interaction.identifiers)
        details = details_of(event.interaction)
        shown = {*identifiers, *details.items()}
        account = event.account_key
        if account not in known or shown - known[account]:
            known.setdefault(account, set()).update(shown)
            yield Row(
                order, event.account_channel, event.account_id, identifiers, details, owners[account], event.payload()
            )
        order += 1


def details_of(interaction: pb.Interaction) -> dict[str, str]:
    """Give what the interaction tells, if it is a form, by the names of details."""
    if not interaction.HasField("observation"):
        return {}
    told = interaction.observation
    details = {field: getattr(told, field) for field in _DETAILS}
    details["street"] = told.address.lines[0] if told.address.lines else ""
    details |= {field: getattr(told.address, field) for field in _OF_ADDRESS}
    return {field: value for field, value in details.items() if value}


def linked(linker: FileLinker, told: Iterable[Row]) -> dict[str, str]:
    """Give the customer of each account after the engine has taken all rows, in their order.

    Raises ValueError if it refuses one.
    """
    key_of: dict[str, str] = {}
    given = list(told)
    for row, taken in zip(given, linker.take(row.payload for row in given), strict=True):
        if taken.refused is not None:
            raise ValueError(f"interaction {row.order} of the town was refused: {taken.refused}")
        key_of[row.account] = taken.account
    customers = linker.linked().customers
    return {account: customers[key] for account, key in key_of.items()}


@dataclass(frozen=True, slots=True)
class Answers:
    """Who is who."""

    person_of: Mapping[str, int]
    """By account."""
    group_of: Mapping[str, str]
    """By account, of those that are findable: the first account of those that it is findable together with."""
    truth: Truth


def answers(town: Town) -> Answers:
    """Give the answers of a town."""
    truth = town.truth()
    return Answers(
        person_of={account: person.number for person in truth.persons for account in person.accounts},
        group_of={account: group[0] for person in truth.persons for group in person.findable for account in group},
        truth=truth,
    )


@dataclass(frozen=True, slots=True)
class Measured:
    """How right a linker was, counted in pairs of accounts."""

    precision: float
    """Of the pairs that it put together: those of one person, findable or not."""
    recall: float
    """Of the pairs that are findable together: those that it put together."""
    found: int
    wrong: int
    """Of those found."""
    findable: int
    missed: int
    """Of those findable."""

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def measure(clusters: Mapping[str, Hashable], key: Answers) -> Measured:
    """Compare a clustering with the answers; `clusters`: the customer of each account of the town.

    Raises ValueError if it has no customer for some account.
    """
    persons, groups = compare(clusters, key.person_of), compare(clusters, key.group_of)
    return Measured(
        precision=persons.precision,
        recall=groups.recall,
        found=persons.found,
        wrong=persons.found - persons.both,
        findable=groups.true,
        missed=groups.true - groups.both,
    )


def mistaken(clusters: Mapping[str, Hashable], key: Answers) -> Counter[str]:
    """Count the pairs of people who were taken for one, by what they have in common, so that one sees what misled."""
    members: dict[Hashable, set[int]] = defaultdict(set)
    for account, person in key.person_of.items():
        members[clusters[account]].add(person)
    persons = {person.number: person for person in key.truth.persons}
    held = _held(key.truth)
    found: Counter[str] = Counter()
    for people in members.values():
        if len(people) > _CROWD:
            found[f"in a crowd of more than {_CROWD}"] += len(people) * (len(people) - 1) // 2
        else:
            found.update(
                _in_common(persons[one], persons[other], held) for one, other in combinations(sorted(people), 2)
            )
    return found


def _held(truth: Truth) -> Mapping[int, Sequence[int]]:
    """Give, of each person, the places of the shared identifiers that their accounts show."""
    held: dict[int, list[int]] = defaultdict(list)
    for place, shared in enumerate(truth.shared_identifiers):
        for person in shared.persons:
            held[person].append(place)
    return dict(held)


def _in_common(one: PersonTruth, other: PersonTruth, held: Mapping[int, Sequence[int]]) -> str:
    shares = " that share an identifier" if set(held.get(one.number, ())) & set(held.get(other.number, ())) else ""
    if one.household == other.household:
        if one.date_of_birth == other.date_of_birth:
            return "twins" + shares
        return ("parent and child of one name" if one.given_name == other.given_name else "a household") + shares
    if (one.given_name, one.family_name) == (other.given_name, other.family_name):
        return "namesakes" + shares
    return "strangers" + shares
