"""Names and places: as many and as unevenly common as real ones, in many letters."""

from __future__ import annotations

from collections import Counter

import phonenumbers
import pytest

from rapportctl.town import TownSettings
from rapportctl.town.chance import Zipf, draw_of
from rapportctl.town.locales import LOCALE_TABLE, LOCALES, Locale, unaccented
from rapportctl.town.people import Population

COUNTRIES = {locale.country: locale for locale in LOCALES}
each_country = pytest.mark.parametrize("locale", LOCALES, ids=COUNTRIES)


def test_every_country_has_its_share_of_a_hundred_households() -> None:
    assert len(LOCALE_TABLE) == 100
    assert set(LOCALE_TABLE) == set(range(len(LOCALES)))


@each_country
def test_every_name_can_be_written_in_plain_letters(locale: Locale) -> None:
    for name in (*locale.given_names.values, *locale.family_names.values):
        assert locale.plain(name), name
        assert locale.in_latin(name).isascii()


@each_country
def test_every_phone_number_is_well_formed(locale: Locale) -> None:
    draw = draw_of(1, 9)
    for _ in range(200):
        assert phonenumbers.is_valid_number(phonenumbers.parse(f"{locale.phone_prefix}{int(draw() * 10**7):07d}"))


@each_country
def test_every_city_has_a_postal_code_and_every_street_a_number(locale: Locale) -> None:
    assert all(city.count("/") == 2 and "#" in city for city in locale.cities.values)
    assert all(street.count("{}") == 1 for street in locale.streets.values)


@each_country
def test_nicknames_are_of_given_names_that_people_have(locale: Locale) -> None:
    known = set(locale.given_names.values)
    assert sum(name in known for name in locale.nicknames) >= len(locale.nicknames) / 2


@pytest.mark.parametrize(
    ("country", "name", "latin"),
    [
        ("JP", "田中", "Tanaka"),
        ("KR", "김", "Kim"),
        ("IL", "כהן", "Cohen"),
        ("EG", "محمد حسن", "Mohamed Hassan"),
        ("VN", "Nguyễn", "Nguyen"),
        ("DE", "Weiß", "Weiss"),
        ("PL", "Łukasz", "Lukasz"),
        ("TR", "Y\u0131ld\u0131z", "Yildiz"),
    ],
)
def test_names_of_other_letters_have_a_latin_form(country: str, name: str, latin: str) -> None:
    assert COUNTRIES[country].in_latin(name) == latin


def test_family_names_come_first_where_they_do() -> None:
    assert COUNTRIES["JP"].full_name("花子", "山田") == "山田 花子"
    assert COUNTRIES["GB"].full_name("Ann", "Lee") == "Ann Lee"


def test_accents_are_dropped_and_nothing_else() -> None:
    assert unaccented("Łódź, Straße 12") == "Lodz, Strasse 12"


def test_of_ranked_values_the_kth_is_drawn_as_often_as_one_by_k_and_flat() -> None:
    drawn = Counter(map(Zipf(["a", "b", "c"], 1).draw, [draw_of(2, 9)] * 60_000))
    assert abs(drawn["a"] / drawn["b"] - 3 / 2) < 0.05
    assert abs(drawn["a"] / drawn["c"] - 4 / 2) < 0.1


def test_the_more_people_the_more_names_and_postal_codes_there_are() -> None:
    few, many = (list(Population(TownSettings(people=count))) for count in (1_000, 20_000))
    for field in ("family_name", "given_name"):
        several, more = (len({getattr(person, field) for person in people}) for people in (few, many))
        assert more > 2.5 * several
    assert len({person.address.postal_code for person in many}) > 8 * len({p.address.postal_code for p in few})
    commonest = Counter(person.family_name for person in many).most_common(1)[0][1]
    assert 0.003 < commonest / len(many) < 0.03
