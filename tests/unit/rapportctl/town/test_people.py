"""Who lives in a town, and what they are known by."""

from __future__ import annotations

from collections import Counter
from datetime import date

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapportctl.town import PLANTED, TownSettings, is_blocked
from rapportctl.town.chance import draw_of, heavy_tail
from rapportctl.town.identifiers import CHANNELS, TYPES, normalised, ties_between, untidy
from rapportctl.town.mistakes import mistyped, mistyped_email
from rapportctl.town.people import Population
from rapportctl.town.person import Person


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return list(Population(TownSettings(people=5000)))


def test_a_person_is_the_same_whoever_was_asked_for_before(people: list[Person]) -> None:
    population = Population(TownSettings(people=5000))
    assert [population.person(number) for number in (4999, 0, 17)] == [people[4999], people[0], people[17]]


def test_nobody_has_an_account_or_an_identifier_of_somebody_else(people: list[Person]) -> None:
    accounts = [account.key for person in people for account in person.accounts]
    assert len(set(accounts)) == len(accounts)
    holders: dict[tuple[int, str], int] = {}
    for person in people:
        for place, kind in enumerate(TYPES):
            for slot in range(len(person.accounts)):
                value = person.identifier(1 << place, slot)
                assert holders.setdefault((place, value), person.number) == person.number
                assert normalised(kind, value) == value, "what is not written untidily is in normal form"
                assert not is_blocked(value)


def test_the_account_that_nothing_ties_has_a_handle_of_its_own(people: list[Person]) -> None:
    separate = [person for person in people if person.separate >= 0]
    assert 100 < len(separate) < 200
    for person in separate:
        others = [person.handle(slot) for slot in range(len(person.accounts)) if slot != person.separate]
        assert person.handle(person.separate) not in others


def test_addresses_are_plain_and_phone_numbers_well_formed(people: list[Person]) -> None:
    for person in people:
        assert person.email.isascii()
        assert person.email.partition("@")[2] in ("example.com", "example.org", "example.net")
        number = phonenumbers.parse(person.phone)
        assert phonenumbers.is_valid_number(number)
        assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == person.phone
        assert date.fromisoformat(person.date_of_birth).year < 2008


def test_families_live_at_one_address_under_one_name(people: list[Person]) -> None:
    households = Counter(person.household for person in people)
    assert 0.25 < sum(count for count in households.values() if count > 1) / len(people) < 0.35
    for person in people:
        head = people[person.household]
        assert (person.address, person.family_name) == (head.address, head.family_name)


def test_about_one_in_a_hundred_is_an_influencer_with_a_social_account(people: list[Person]) -> None:
    influencers = [person for person in people if person.is_influencer]
    assert 25 < len(influencers) < 90
    assert all(any(account.id.isdigit() for account in person.accounts) for person in influencers)
    assert max(person.followers for person in influencers) > 100_000


@given(st.sampled_from(TYPES), st.integers(0, 10**6), st.integers(0, 4999))
def test_an_identifier_written_untidily_normalises_to_the_same(kind: str, seed: int, number: int) -> None:
    person = Population(TownSettings(people=5000)).person(number)
    value = person.identifier(1 << TYPES.index(kind), 0)
    written = untidy(kind, value, draw_of(seed, 9))
    assert normalised(kind, written) == value
    if kind == "phone":
        parsed = phonenumbers.parse(written)
        assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == value
    assert (written != value) == (kind in ("email", "phone", "handle"))


def test_every_planted_value_is_blocked() -> None:
    assert [(kind, value) for kind, value in PLANTED if not is_blocked(value) or kind not in TYPES] == []


@pytest.mark.parametrize("value", ["0", "000", " NULL ", "Anonymous", "test@anything.example", "NoReply@shop.example"])
def test_blocking_looks_past_capitals_and_spaces(value: str) -> None:
    assert is_blocked(value)


@pytest.mark.parametrize("value", ["10", "anna@example.com", "testa@example.com", "nullo", "+447400000000", "-10"])
def test_blocking_leaves_what_merely_looks_similar(value: str) -> None:
    assert not is_blocked(value)


def test_any_two_channels_have_an_identifier_that_can_tie_them() -> None:
    for one in CHANNELS:
        for other in CHANNELS:
            assert ties_between(one, other, TYPES)
            assert ties_between(one, other, ("external_id",))
            assert ties_between(one, other, ("loyalty_number",))


@given(st.text("abcdeé", min_size=3, max_size=12), st.integers(0, 10**6))
def test_a_typed_mistake_is_one_keeps_the_first_letter_and_changes_the_length_by_one_at_most(
    word: str, seed: int
) -> None:
    wrong = mistyped(word, draw_of(seed, 9))
    assert wrong != word
    assert wrong[0] == word[0]
    assert abs(len(wrong) - len(word)) <= 1


@given(st.integers(0, 4999), st.integers(0, 10**6))
def test_a_mistyped_address_keeps_its_digits_so_that_it_is_nobody_elses(number: int, seed: int) -> None:
    address = Population(TownSettings(people=5000)).person(number).email
    wrong = mistyped_email(address, draw_of(seed, 9))
    assert [letter for letter in wrong if letter.isdigit()] == [letter for letter in address if letter.isdigit()]


def test_the_heavy_tail_has_the_mean_that_its_formula_says() -> None:
    draw = draw_of(3, 9)
    drawn = [heavy_tail(draw, 100, 10_000) for _ in range(50_000)]
    assert min(drawn) >= 100
    assert max(drawn) == 10_000
    mean = 4 * 100 - 3 * 100 * (100 / 10_000) ** (1 / 3)
    assert abs(sum(drawn) / len(drawn) - mean) < 0.02 * mean
