"""Towns that are made to be looked at for one thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from rapport.interactions.v1 import interaction_pb2 as pb
from rapportctl.town import Town, TownEvent, TownSettings
from rapportctl.town.people import Population
from rapportctl.town.person import Person


def people(count: int = 3000, **shares: float) -> list[Person]:
    """Give the people of a town with some shares changed."""
    return list(Population(TownSettings(people=count).with_shares(shares)))


def families(of: list[Person]) -> Iterator[list[Person]]:
    """Give the households of more than one."""
    households = defaultdict(list)
    for person in of:
        households[person.household].append(person)
    return (members for members in households.values() if len(members) > 1)


def events(count: int = 200, **shares: float) -> list[TownEvent]:
    """Give the valid events of a town with some shares changed, without repeats."""
    made = Town(TownSettings(people=count).with_shares(shares)).events()
    return [event for event in made if event.interaction is not None and not event.repeats]


def interactions(count: int = 200, **shares: float) -> list[pb.Interaction]:
    """As `events`: what happened."""
    return [event.interaction for event in events(count, **shares) if event.interaction is not None]


def identifiers_of(each: pb.Interaction) -> set[tuple[str, str]]:
    """Give type and value of each identifier that it bears."""
    return {(identifier.type, identifier.value) for identifier in each.identifiers}
