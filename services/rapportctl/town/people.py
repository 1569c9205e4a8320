"""Who lives in the town."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from rapportctl.town import chance
from rapportctl.town.chance import Draw
from rapportctl.town.households import Household
from rapportctl.town.identifiers import PHONE
from rapportctl.town.person import Person, phone_number
from rapportctl.town.settings import TownSettings

_BLOCK = 6
"""People are made six neighbours at a time, so that any one can be made again without the rest."""
_FAMILIES = ((2, 4), (3, 3), (2, 2, 2), (4, 2))
_ALONE = (1,) * _BLOCK
_KEPT_BLOCKS = 33_000


class Population:
    """The people of a town, by number from 0; each is made when asked for, the same every time."""

    def __init__(self, settings: TownSettings) -> None:
        self._settings = settings
        self._block = lru_cache(_KEPT_BLOCKS)(self._make_block)

    def __len__(self) -> int:
        return self._settings.people

    def __iter__(self) -> Iterator[Person]:
        return (self.person(number) for number in range(self._settings.people))

    def person(self, number: int) -> Person:
        """Give one person."""
        return self._block(number // _BLOCK)[number % _BLOCK]

    def _make_block(self, block: int) -> list[Person]:
        settings = self._settings
        draw = chance.draw_of(settings.seed, chance.PEOPLE, block)
        traps = chance.draw_of(settings.seed, chance.TRAPS, block)
        first = block * _BLOCK
        people: list[Person] = []
        families = draw() < settings.family_share
        for size in _FAMILIES[int(draw() * len(_FAMILIES))] if families else _ALONE:
            neighbour = people[-1] if people and not families else None
            people += Household(settings, draw, traps, first + len(people), neighbour).members(size)
        return people if families else _with_recycled_phones(settings, traps, people)


def _with_recycled_phones(settings: TownSettings, traps: Draw, people: list[Person]) -> list[Person]:
    """Let some give up their phone number, which the next neighbour has a while later."""
    for place in range(len(people) - 1):
        giver, taker = people[place : place + 2]
        recycles, when = traps() < settings.recycled_phone_share, traps()
        fixed = [person for person in (giver, taker) if person.before is None and not _answers(person)]
        if recycles and len(fixed) == 2:
            given_up = int((0.2 + 0.2 * when) * settings.duration_ms)
            taken = int((0.5 + 0.2 * when) * settings.duration_ms)
            people[place] = _with_phone(giver, phone_number(giver.locale, giver.number, second=True), given_up)
            people[place + 1] = _with_phone(taker, giver.phone, taken)
    return people


def _answers(person: Person) -> bool:
    """Whether the phone number names an account, which stays with the person."""
    return any(account.channel == "phone" for account in person.accounts)


def _with_phone(person: Person, phone: str, at_ms: int) -> Person:
    before = replace(person, held_by_others=person.held_by_others | PHONE)
    return replace(before, phone=phone, changed_at_ms=at_ms, before=before)
