"""A person: the truth that interactions tell parts of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rapportctl.town.identifiers import COOKIE, DEVICE, EMAIL, EXTERNAL_ID, HANDLE, LOYALTY, PHONE, USER_ID
from rapportctl.town.locales import Locale
from rapportctl.town.settings import MOST_PEOPLE
from rapportctl.town.words import PRODUCTS

BRAND, BRAND_DOMAIN = "Luna & Alba", "luna-alba.example"
"""The brand that the town deals with, as its staff's forms name it, and the domain of their e-mail addresses."""

_TEN_MILLION = 2 * MOST_PEOPLE


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
    """One person, as they are in the end; `as_of` tells how they were before."""

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
    handle_base: str
    """What the person's handles begin with."""
    same_handle: bool
    """Uses one handle on all social channels."""
    separate: int
    """The place of the account that nothing ties to the others, or -1."""
    device: int
    """The number of the person whose device it is."""
    held_by_others: int = 0
    """The mask of identifier types of which somebody else has, or had, the same value."""
    employer: str = ""
    """The brand, of those who work for it."""
    agency: str = ""
    """The e-mail address of the agency that represents the person, or empty."""
    changed_at_ms: int = 0
    """When the person moved, married or got another phone number, since the town's start."""
    before: Person | None = None
    """The person before that; None of those who stay as they are."""

    @property
    def is_influencer(self) -> bool:
        """Whether this person's followers make an audience of its own."""
        return self.followers >= 10_000

    def as_of(self, at_ms: int) -> Person:
        """Give the person as they are at a moment, in milliseconds since the town's start."""
        return self if self.before is None or at_ms >= self.changed_at_ms else self.before

    def identifier(self, bit: int, slot: int) -> str:
        """Give the person's value of an identifier type, as the account at `slot` bears it."""
        return _IDENTIFIERS[bit](self, slot)

    def handle(self, slot: int) -> str:
        """Give the public name of the account at `slot`; different between people, and unlike that of others."""
        if slot == self.separate:
            first, second = (PRODUCTS[self.number // power % len(PRODUCTS)] for power in (1, len(PRODUCTS)))
            return f"{first}_{second}_{scattered(self.number, 7_310_987)}".lower()
        tag = scattered(self.number, 4_826_809)
        return f"{self.handle_base}_{tag}" if self.same_handle else f"{self.handle_base}_{self._channel(slot)}_{tag}"

    def _channel(self, slot: int) -> str:
        return self.accounts[slot].channel


def scattered(number: int, factor: int) -> str:
    """Give seven digits that belong to one number only, and are far from those of its neighbours.

    Numbers lie below 2 * MOST_PEOPLE; `factor` is odd and no multiple of 5.
    """
    return f"{(number * factor + 1_234_567) % _TEN_MILLION:07d}"


def loyalty_number(number: int) -> str:
    """Give a person's number in the store's loyalty programme."""
    return f"L{number:08d}"


def user_id(number: int) -> str:
    """Give a person's number in the web shop."""
    return f"u{number:08d}"


def referral_code(number: int) -> str:
    """Give the code that a person hands to others."""
    return f"R{number:07d}"


def phone_number(locale: Locale, number: int, *, second: bool = False) -> str:
    """Give a person's phone number, or the one that they change to."""
    return f"{locale.phone_prefix}{scattered(number + MOST_PEOPLE * second, 7_654_321)}"


_IDENTIFIERS: dict[int, Callable[[Person, int], str]] = {
    EMAIL: lambda person, _: person.email,
    PHONE: lambda person, _: person.phone,
    LOYALTY: lambda person, _: loyalty_number(person.number),
    USER_ID: lambda person, _: user_id(person.number),
    COOKIE: lambda person, _: f"ck{person.number * 2_654_435_761 % (1 << 32):08x}{person.number:07d}",
    DEVICE: lambda person, _: f"dv{person.device * 2_246_822_519 % (1 << 32):08x}{person.device:07d}",
    EXTERNAL_ID: lambda person, _: f"crm-{person.number:07d}",
    HANDLE: lambda person, slot: person.handle(slot),
}
