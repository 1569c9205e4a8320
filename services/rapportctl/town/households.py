"""Making households: who lives together, what they share, and whom they are easily taken for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rapportctl.town import chance
from rapportctl.town.chance import Draw
from rapportctl.town.identifiers import DEVICE, EMAIL, PHONE, SOCIAL
from rapportctl.town.locales import LOCALE_TABLE, LOCALES, Locale
from rapportctl.town.person import (
    BRAND,
    BRAND_DOMAIN,
    Person,
    TownAccount,
    TownAddress,
    loyalty_number,
    phone_number,
    scattered,
    user_id,
)
from rapportctl.town.settings import TownSettings

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
_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
_AGENCIES = 4


class Household:
    """Makes the members of one household, one after the other.

    `draw` decides what is ordinary about them, `traps` what makes them hard to tell apart: more of the one leaves the
    other as it is. `like` is a neighbour: somebody who may live elsewhere in the same city under the same names.
    """

    def __init__(self, settings: TownSettings, draw: Draw, traps: Draw, first: int, like: Person | None) -> None:
        self._settings = settings
        self._draw = draw
        self._traps = traps
        self._first = first
        self._locale = LOCALES[LOCALE_TABLE[int(draw() * len(LOCALE_TABLE))]]
        self._family_name = self._locale.family_name(draw)
        self._address = new_address(self._locale, draw)
        self._namesake = like if like is not None and traps() < settings.namesake_share else None
        if self._namesake is not None:
            self._locale, self._family_name = self._namesake.locale, self._namesake.family_name
            self._address = new_address(self._locale, traps, self._namesake.address)
        self._people: list[Person] = []

    def members(self, size: int) -> list[Person]:
        """Make them all."""
        settings, traps = self._settings, self._traps
        shares, by_email, one_device, twins, junior = (traps() for _ in range(5))
        shared = 0
        if size > 1 and shares < settings.shared_identifiers:
            shared = EMAIL if by_email < 0.5 else PHONE
        for place in range(size):
            born = self._people[-1].date_of_birth if place == size - 1 > 0 and twins < settings.twin_share else ""
            named = self._people[0].given_name if place == size - 1 > 0 and junior < settings.junior_share else ""
            self._people.append(self._person(self._first + place, shared, given_name=named, date_of_birth=born))
        if size > 1 and one_device < settings.family_device_share:
            self._people = [
                replace(person, device=self._first, held_by_others=person.held_by_others | DEVICE)
                for person in self._people
            ]
        return self._changed(self._people)

    def _person(self, number: int, shared: int, *, given_name: str, date_of_birth: str) -> Person:
        settings, draw, locale, family_name = self._settings, self._draw, self._locale, self._family_name
        given_name = given_name or self._given_name()
        date_of_birth = date_of_birth or self._date_of_birth()
        plain_given, plain_family = locale.plain(given_name), locale.plain(family_name)
        email = f"{plain_given}.{plain_family}{scattered(number, 2_860_367)}@{_DOMAINS[int(draw() * len(_DOMAINS))]}"
        employer, agency = "", ""
        works, represented, agency_place = (self._traps() for _ in range(3))
        if works < settings.staff_share:
            employer, email = BRAND, f"{email.partition('@')[0]}@{BRAND_DOMAIN}"
        phone = phone_number(locale, number)
        missing = []
        if shared and self._people:
            email = self._people[0].email if shared == EMAIL else email
            phone = self._people[0].phone if shared == PHONE else phone
            missing = ["email" if shared == EMAIL else "phone"]
        influencer = draw() < settings.influencer_share
        followers = chance.heavy_tail(draw, 10_000, 5_000_000) if influencer else chance.heavy_tail(draw, 40, 9_000)
        if influencer and represented < settings.agency_share:
            agency = f"booking@agency-{int(agency_place * _AGENCIES)}.example"
        channels, separate = self._channels(influencer, missing)
        accounts = tuple(
            TownAccount(channel, _account_id(channel, number, slot, email, phone))
            for slot, channel in enumerate(channels)
        )
        return Person(
            number=number,
            household=self._first,
            locale=locale,
            given_name=given_name,
            family_name=family_name,
            date_of_birth=date_of_birth,
            email=email,
            phone=phone,
            address=self._address,
            followers=followers,
            accounts=accounts,
            handle_base=plain_given + plain_family[:3],
            same_handle=draw() < 0.5,
            separate=separate,
            device=number,
            held_by_others=shared,
            employer=employer,
            agency=agency,
        )

    def _given_name(self) -> str:
        """Draw one that nobody else in the household has, or take over a namesake's."""
        name = self._locale.given_names.draw(self._draw)
        if self._namesake is not None:
            return self._namesake.given_name
        taken = {person.given_name for person in self._people}
        while name in taken:
            name = self._locale.given_names.draw(self._draw)
        return name

    def _date_of_birth(self) -> str:
        """Draw one that nobody takes for that of another member, or of a namesake, even with a mistake in it."""
        draw = self._draw
        known = [person.date_of_birth for person in self._people]
        known += [self._namesake.date_of_birth] if self._namesake is not None else []
        while True:
            born = f"{1945 + int(draw() * 62)}-{1 + int(draw() * 12):02d}-{1 + int(draw() * 28):02d}"
            if not any(alike(born, other) for other in known):
                return born

    def _channels(self, influencer: bool, missing: Iterable[str]) -> tuple[list[str], int]:
        """Draw where somebody has accounts, and which of them nothing ties to the others."""
        draw = self._draw
        count = _ACCOUNT_COUNTS[int(draw() * len(_ACCOUNT_COUNTS))]
        drawn = chance.pick_some(draw, _CHANNELS, count)
        channels = [channel for channel in drawn if channel not in missing] or ["web_shop"]
        if influencer and not any(channel in SOCIAL for channel in channels):
            channels.append("instagram")
        separate = -1
        if draw() < self._settings.separate_share:
            separate = len(channels)
            channels.append(SOCIAL[int(draw() * len(SOCIAL))])
        return channels, separate

    def _changed(self, people: list[Person]) -> list[Person]:
        """Let the household move, and members marry, in the middle of the town's time."""
        settings, traps = self._settings, self._traps
        moves, at_ms = traps() < settings.moved_share, int((0.3 + 0.4 * traps()) * settings.duration_ms)
        address = new_address(self._locale, traps) if moves else self._address
        after = []
        for person in people:
            marries = traps() < settings.married_share
            family_name = self._locale.family_name(traps) if marries else person.family_name
            if moves or marries:
                now = replace(person, family_name=family_name, address=address, changed_at_ms=at_ms, before=person)
                after.append(now)
            else:
                after.append(person)
        return after


def alike(one: str, other: str) -> bool:
    """Say whether two dates could be one, but for day and month swapped, or one of year, month and day wrong."""
    (year, month, day), (other_year, other_month, other_day) = one.split("-"), other.split("-")
    same = (year == other_year) + (month == other_month) + (day == other_day)
    return same >= 2 or (month == other_day and day == other_month)


def new_address(locale: Locale, draw: Draw, near: TownAddress | None = None) -> TownAddress:
    """Draw an address, with `near` under the same postal code of the same city."""
    line = locale.streets.draw(draw).format(1 + int(draw() * draw() * 240))
    city, pattern, region = locale.cities.draw(draw).split("/")
    code = "".join(
        str(int(draw() * 10)) if mark == "#" else _LETTERS[int(draw() * len(_LETTERS))] if mark == "@" else mark
        for mark in pattern
    )
    if near is not None:
        return replace(near, line=line)
    return TownAddress(line, code, city, region, locale.country)


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
