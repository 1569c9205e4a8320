"""Parts of a town whose people are nobody else's, so that one deployment can be tried with many towns in turn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from rapportctl.town import Town, TownSettings
from rapportctl.town.people import Population
from rapportctl.town.person import Person

SIZE = 6_000
"""The most people of a quarter; a multiple of the six neighbours that a population is made in."""


class _Quarter(Population):
    """People numbered from `first` on: their accounts, identifiers and names follow from the numbers."""

    def __init__(self, settings: TownSettings, first: int) -> None:
        super().__init__(settings)
        self._first = first

    def __iter__(self) -> Iterator[Person]:
        return (self.person(self._first + place) for place in range(len(self)))

    def person(self, number: int) -> Person:
        """Give one person, by number, or by place where only the size of the town was known."""
        return super().person(number if number >= self._first else self._first + number)


def quarter(number: int, settings: TownSettings) -> Town:
    """Give the town of the `number`-th quarter, counted from 1; event ids differ between quarters as the seeds do."""
    if settings.people > SIZE:
        raise ValueError(f"a quarter has at most {SIZE} people")
    town = Town(settings.ending_at(datetime.now(UTC)))
    town.population = _Quarter(town.settings, number * SIZE)
    return town
