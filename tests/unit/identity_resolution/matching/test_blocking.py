"""Which records meet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity_resolution.domain.matching.blocking import MOST_KEYS, fields_of, keys
from identity_resolution.domain.matching.details import Details, normalise
from identity_resolution.domain.matching.phonetics import phonetic
from identity_resolution.domain.matching.rules import MatchingRules, default_fields
from tests.unit.identity_resolution.matching.people import RULES, details

ALL = {
    "full_name": "Katherine Smith",
    "date_of_birth": "1990-05-07",
    "email": "kathy@example.com",
    "phone": "+442079460958",
    "street": "12 Main Street",
    "postal_code": "SW1A 1AA",
    "city": "London",
}


def meet(one: Details, other: Details) -> bool:
    """Whether two records share a key."""
    return not set(keys(one, RULES)).isdisjoint(keys(other, RULES))


@pytest.mark.parametrize(
    "lost", [(), ("date_of_birth", "phone"), ("email", "phone", "street"), ("full_name", "street")]
)
@pytest.mark.parametrize(
    "wrong",
    [
        {"full_name": "Catherine Smyth"},
        {"full_name": "Smith Katherine"},
        {"date_of_birth": "1990-07-05"},
        {"postal_code": "SW1A 1AB", "phone": "020 7946 0958"},
        {"email": "kathie@example.org"},
    ],
)
def test_id7_records_meet_in_spite_of_an_error_and_of_what_is_missing(
    lost: tuple[str, ...], wrong: dict[str, str]
) -> None:
    known = {field: value for field, value in ALL.items() if field not in lost}
    assert meet(details(**known), details(**(known | wrong)))


def test_strangers_who_share_a_common_value_do_not_meet() -> None:
    one = details(full_name="Joe Smith", city="London", date_of_birth="1990-05-07", email="joe@example.com")
    other = details(full_name="Ann Jones", city="London", date_of_birth="1971-11-30", email="ann@example.com")
    assert not meet(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("smith", "smyth"), ("catherine", "katherine"), ("philip", "filip"), ("knight", "night"), ("wright", "rite")],
)
def test_spellings_of_one_sound_have_one_code(one: str, other: str) -> None:
    assert phonetic(one) == phonetic(other)


def test_a_key_says_which_rule_made_it_and_of_what() -> None:
    rules = MatchingRules(blocking=(("family_name.phonetic", "date_of_birth.year"), ("email.local",)))
    made = keys(details(family_name="Smith", date_of_birth="1990-05-07", email="joe.s+shop@example.com"), rules)
    assert made == ("family_name.phonetic+date_of_birth.year=s53|1990", "email.local=joes")


def test_several_values_make_several_keys() -> None:
    rules = MatchingRules(blocking=(("city", "email"),))
    assert len(keys(details(city=("Leeds", "York"), email=("a1@b.example", "a2@b.example")), rules)) == 4


def test_the_fields_of_a_key_are_known() -> None:
    assert fields_of(("name.phonetic", "city")) == {"given_name", "family_name", "city"}


@given(st.lists(st.tuples(st.sampled_from([*default_fields(), "full_name"]), st.text(max_size=60)), max_size=40))
def test_keys_are_bounded_and_each_is_there_once(raw: list[tuple[str, str]]) -> None:
    made = keys(normalise(raw), RULES)
    assert len(made) == len(set(made)) <= MOST_KEYS
