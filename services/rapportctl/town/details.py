"""What people tell of themselves in forms, and what goes wrong with it.

A form tells names, date of birth, language and, of seven in ten, the address. Every detail but the language may be
missing, mistyped, told another way, or be junk, as often as the settings say. One that an account is opened with tells
names and date of birth in any case, and the address of all.
"""

from __future__ import annotations

from typing import NamedTuple

from rapportctl.town import chance
from rapportctl.town.chance import Draw
from rapportctl.town.locales import unaccented
from rapportctl.town.mistakes import mistyped, mistyped_date, mistyped_email
from rapportctl.town.person import Person
from rapportctl.town.settings import TownSettings

GIVEN, FAMILY, FAMILY_BEFORE, BIRTH, ADDRESS, ADDRESS_BEFORE = (1 << place for place in range(6))
"""What a form means to tell, well or badly: a set of these is a mask. "Before" is what has changed since."""

JUNK = (
    ("given_name", "Test"),
    ("given_name", "n/a"),
    ("family_name", "Test"),
    ("family_name", "Unknown"),
    ("date_of_birth", "1900-01-01"),
    ("date_of_birth", "1970-01-01"),
    ("street", "n/a"),
    ("postal_code", "00000"),
    ("city", "-"),
)
"""What forms hold where somebody would not say; many people's hold the same."""

_MEANT_BY = {"given_name": GIVEN, "family_name": FAMILY | FAMILY_BEFORE, "date_of_birth": BIRTH}
_MAY_MISS = ("given_name", "family_name", "date_of_birth", "street", "postal_code", "city")
_OF_ADDRESS = ("street", "postal_code", "city", "region", "country")
_EMAIL_MISTAKES = 2
"""A browser fills in again what was typed once, so nobody has many wrong addresses."""


class Form(NamedTuple):
    """One form, filled in."""

    told: dict[str, str]
    """By the name of the detail: given_name, family_name, date_of_birth, email (only if mistyped), street, postal_code,
    city, region, country, company, language."""
    meant: int


class Details:
    """Fills in forms."""

    def __init__(self, settings: TownSettings, draw: Draw) -> None:
        self._settings = settings
        self._draw = draw

    def form(self, person: Person, at_ms: int, *, opens: bool = False) -> Form:
        """Let a person, as they are at the moment, fill in a form; `opens`: one that an account is opened with."""
        draw, settings, now = self._draw, self._settings, person.as_of(at_ms)
        told = {"given_name": now.given_name, "family_name": now.family_name, "date_of_birth": now.date_of_birth}
        if draw() < 0.7 or opens:
            address = now.address
            told |= {"street": address.line, "postal_code": address.postal_code, "city": address.city}
            told |= {"region": address.region, "country": address.country}
        self._mistype(told, now)
        self._tell_otherwise(told, now)
        if draw() < settings.date_mistake_share:
            told["date_of_birth"] = mistyped_date(told["date_of_birth"], draw)
        if draw() < settings.junk_details_share:
            field, value = JUNK[int(draw() * len(JUNK))]
            told[field] = value
        for field in _MAY_MISS if settings.missing_share else ():
            if draw() < settings.missing_share and not (opens and field in _MEANT_BY):
                told.pop(field, None)
        meant = _meant(told, person, now)
        if now.employer:
            told["company"] = now.employer
        told["language"] = now.locale.language
        return Form(told, meant)

    def _mistype(self, told: dict[str, str], person: Person) -> None:
        draw = self._draw
        if draw() >= self._settings.mistake_share:
            return
        match int(draw() * 4):
            case 0:
                told["given_name"] = mistyped(told["given_name"], draw)
            case 1:
                told["family_name"] = mistyped(told["family_name"], draw)
            case 2 if "street" in told:
                told["street"] = mistyped(told["street"], draw)
            case _:
                habit = person.number * _EMAIL_MISTAKES + int(draw() * _EMAIL_MISTAKES)
                told["email"] = mistyped_email(person.email, chance.draw_of(self._settings.seed, chance.HABITS, habit))

    def _tell_otherwise(self, told: dict[str, str], person: Person) -> None:
        """Tell a nickname, leave accents out, swap the names."""
        draw, settings, locale = self._draw, self._settings, person.locale
        others = locale.nicknames.get(person.given_name)
        if draw() < settings.nickname_share and others:
            told["given_name"] = others[int(draw() * len(others))]
        if draw() < settings.plain_share:
            told["given_name"] = locale.in_latin(told["given_name"])
            told["family_name"] = locale.in_latin(told["family_name"])
            for field in ("street", "city"):
                if field in told and not locale.latin:
                    told[field] = unaccented(told[field])
        if draw() < settings.swapped_share:
            told["given_name"], told["family_name"] = told["family_name"], told["given_name"]


def _meant(told: dict[str, str], person: Person, now: Person) -> int:
    """Say what of the person the form tells, junk apart: however badly, and whether it has changed since."""
    meant = 0
    if _told(told, "given_name"):
        meant |= GIVEN
    if _told(told, "family_name"):
        meant |= FAMILY if now.family_name == person.family_name else FAMILY_BEFORE
    if _told(told, "date_of_birth"):
        meant |= BIRTH
    if _told(told, "street") and (_told(told, "postal_code") or _told(told, "city")):
        meant |= ADDRESS if now.address == person.address else ADDRESS_BEFORE
    return meant


def _told(told: dict[str, str], field: str) -> bool:
    return field in told and (field, told[field]) not in JUNK
