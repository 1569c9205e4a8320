"""Who lives in the town: people in households, with their accounts and all that they can be known by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from rapportctl.town import chance
from rapportctl.town.chance import Draw
from rapportctl.town.identifiers import (
    COOKIE,
    DEVICE,
    EMAIL,
    EXTERNAL_ID,
    HANDLE,
    LOYALTY,
    PHONE,
    SOCIAL,
    USER_ID,
)
from rapportctl.town.names import LOCALES, Locale, plain
from rapportctl.town.settings import TownSettings

_BLOCK = 6
"""People are made six neighbours at a time, so that any one can be made again without the rest."""
_FAMILIES = ((2, 4), (3, 3), (2, 2, 2), (4, 2))
_ALONE = (1,) * _BLOCK
_KEPT_BLOCKS = 33_000

_ACCOUNT_COUNTS = chance.spread((1, 30), (2, 30), (3, 20), (4, 12), (5, 6), (6, 2))
_CHANNELS = chance.spread_names(
    ("instagram", 26),
    ("web_shop", 24),
    ("store", 12),
    ("facebook", 12),
    ("tiktok", 10),
    ("email", 8),
    ("x", 5),
    ("phone", 3),
)
_ID_BASES = {"instagram": 17_841_400_000_000_000, "tiktok": 690_000_000_000, "facebook": 100_000_000_000, "x": 1 << 40}
_DOMAINS = ("example.com", "example.org", "example.net")


@dataclass(frozen=True, slots=True)
class TownAccount:
    """One account of a person, as the channel names it."""

    channel: str
    id: str

    @property
    def key(self) -> str:
        """The account as "channel:id", with the raw id."""
        return f"{self.channel}:{self.id}"


@dataclass(frozen=True, slots=True)
class TownAddress:
    """Where a household lives."""

    line: str
    postal_code: str
    city: str
    region: str
    country: str


@dataclass(frozen=True, slots=True)
class Person:
    """One person: the truth that interactions tell parts of."""

    number: int
    household: int
    """The number of the household's first person."""
    locale: Locale
    given_name: str
    family_name: str
    date_of_birth: str
    """ISO 8601."""
    email: str
    phone: str
    """E.164."""
    address: TownAddress
    followers: int
    accounts: tuple[TownAccount, ...]
    same_handle: bool
    """Uses one handle on all social channels."""
    separate: int
    """The place of the account that nothing ties to the others, or -1."""

    @property
    def is_influencer(self) -> bool:
        """Whether this person's followers make an audience of its own."""
        return self.followers >= 10_000

    def identifier(self, bit: int, slot: int) -> str:
        """Give the person's value of an identifier type, as the account at `slot` bears it."""
        return _IDENTIFIERS[bit](self, slot)

    def handle(self, slot: int) -> str:
        """Give the public name of the account at `slot`; different between people."""
        base = plain(self.given_name) + plain(self.family_name)[:3]
        if slot == self.separate:
            return f"{base}_alt_{self.number}"
        return f"{base}_{self.number}" if self.same_handle else f"{base}_{self.accounts[slot].channel}_{self.number}"


def loyalty_number(number: int) -> str:
    """Give a person's number in the store's loyalty programme."""
    return f"L{number:08d}"


def user_id(number: int) -> str:
    """Give a person's number in the web shop."""
    return f"u{number:08d}"


def referral_code(number: int) -> str:
    """Give the code that a person hands to others."""
    return f"R{number:07d}"


_IDENTIFIERS: dict[int, Callable[[Person, int], str]] = {
    EMAIL: lambda person, _: person.email,
    PHONE: lambda person, _: person.phone,
    LOYALTY: lambda person, _: loyalty_number(person.number),
    USER_ID: lambda person, _: user_id(person.number),
    COOKIE: lambda person, _: f"ck{person.number * 2_654_435_761 % (1 << 32):08x}{person.number:07d}",
    DEVICE: lambda person, _: f"dv{person.number * 2_246_822_519 % (1 << 32):08x}{person.number:07d}",
    EXTERNAL_ID: lambda person, _: f"crm-{person.number:07d}",
    HANDLE: lambda person, slot: person.handle(slot),
}


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
        first = block * _BLOCK
        people: list[Person] = []
        families = draw() < settings.family_share
        for size in _FAMILIES[int(draw() * len(_FAMILIES))] if families else _ALONE:
            people += _make_household(settings, draw, first + len(people), size)
        return people


def _make_household(settings: TownSettings, draw: Draw, first: int, size: int) -> list[Person]:
    locale = LOCALES[int(draw() * len(LOCALES))]
    family_name = locale.family_names[int(draw() * len(locale.family_names))]
    street = locale.streets[int(draw() * len(locale.streets))]
    city, postal_code, region = locale.cities[int(draw() * len(locale.cities))]
    address = TownAddress(street.format(1 + int(draw() * 160)), postal_code, city, region, locale.country)
    people = [
        _make_person(
            settings, draw, first + place, household=first, locale=locale, family_name=family_name, address=address
        )
        for place in range(size)
    ]
    shares, by_email = draw() < settings.shared_identifiers, draw() < 0.5
    if size == 1 or not shares:
        return people
    email, phone = people[0].email, people[0].phone
    return [
        _sharing(person, email, person.phone) if by_email else _sharing(person, person.email, phone)
        for person in people
    ]


def _make_person(
    settings: TownSettings,
    draw: Draw,
    number: int,
    *,
    household: int,
    locale: Locale,
    family_name: str,
    address: TownAddress,
) -> Person:
    given_name = locale.given_names[int(draw() * len(locale.given_names))]
    year, month, day = 1945 + int(draw() * 62), 1 + int(draw() * 12), 1 + int(draw() * 28)
    email = f"{plain(given_name)}.{plain(family_name)}{number}@{_DOMAINS[int(draw() * len(_DOMAINS))]}"
    phone = f"{locale.phone_prefix}{number * 7_654_321 % 10_000_000:07d}"
    influencer = draw() < settings.influencer_share
    followers = chance.heavy_tail(draw, 10_000, 5_000_000) if influencer else chance.heavy_tail(draw, 40, 9_000)
    count = _ACCOUNT_COUNTS[int(draw() * len(_ACCOUNT_COUNTS))]
    channels = chance.pick_some(draw, _CHANNELS, count)
    if influencer and not any(channel in SOCIAL for channel in channels):
        channels.append("instagram")
    same_handle = draw() < 0.5
    separate = -1
    if draw() < settings.separate_share:
        separate = len(channels)
        channels.append(SOCIAL[int(draw() * len(SOCIAL))])
    accounts = tuple(
        TownAccount(channel, _account_id(channel, number, slot, email, phone)) for slot, channel in enumerate(channels)
    )
    return Person(
        number=number,
        household=household,
        locale=locale,
        given_name=given_name,
        family_name=family_name,
        date_of_birth=f"{year}-{month:02d}-{day:02d}",
        email=email,
        phone=phone,
        address=address,
        followers=followers,
        accounts=accounts,
        same_handle=same_handle,
        separate=separate,
    )


def _account_id(channel: str, number: int, slot: int, email: str, phone: str) -> str:
    if channel == "email":
        return email
    if channel == "phone":
        return phone
    if channel == "web_shop":
        return user_id(number)
    if channel == "store":
        return loyalty_number(number)
    return str(_ID_BASES[channel] + number * 8 + slot)


def _sharing(person: Person, email: str, phone: str) -> Person:
    accounts = tuple(
        TownAccount(account.channel, _account_id(account.channel, person.number, slot, email, phone))
        for slot, account in enumerate(person.accounts)
    )
    return replace(person, email=email, phone=phone, accounts=accounts)
