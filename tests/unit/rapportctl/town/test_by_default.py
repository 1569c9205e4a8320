"""By default nobody is hard to tell apart: details contradict wherever two people could be taken for one."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

from rapportctl.town import Town, TownEvent, TownSettings, is_blocked
from rapportctl.town.households import alike
from rapportctl.town.identifiers import SOCIAL
from tests.unit.rapportctl.town.towns import families, identifiers_of, interactions, people


def test_by_default_nobody_in_a_household_has_the_given_name_or_nearly_the_birthday_of_another() -> None:
    for members in families(people(6000)):
        assert len({person.given_name for person in members}) == len(members)
        for one, other in combinations(members, 2):
            assert not alike(one.date_of_birth, other.date_of_birth)


def test_by_default_no_two_people_of_one_name_have_nearly_one_birthday() -> None:
    namesakes = defaultdict(list)
    for person in people(10_000):
        namesakes[person.given_name, person.family_name].append(person.date_of_birth)
    assert sum(len(born) > 1 for born in namesakes.values()) > 100
    assert not any(alike(*pair) for born in namesakes.values() for pair in combinations(born, 2))


def test_by_default_every_form_tells_names_and_the_true_date_of_birth() -> None:
    told = [each.observation for each in interactions() if each.HasField("observation")]
    assert len(told) > 100
    assert all(each.date_of_birth and (each.full_name or (each.given_name and each.family_name)) for each in told)


def test_by_default_an_account_that_nothing_ties_tells_nothing_but_its_own_handle(
    town: Town, valid: list[TownEvent]
) -> None:
    separate = {person.separate_account for person in town.truth().persons} - {""}
    of_separate = [event.interaction for event in valid if event.account_key in separate and event.interaction]
    assert len(of_separate) > 30
    for each in of_separate:
        assert not each.HasField("observation")
        assert all(kind == "handle" or is_blocked(value) for kind, value in identifiers_of(each))


def test_by_default_no_form_of_a_social_account_exists(valid: list[TownEvent]) -> None:
    forms = [event for event in valid if event.interaction and event.interaction.HasField("observation")]
    assert not {event.account_channel for event in forms} & set(SOCIAL)


def test_nobody_has_more_than_two_wrong_email_addresses_however_often_they_are_mistyped() -> None:
    told = defaultdict(set)
    town = Town(TownSettings(people=30, mistake_share=1.0, events_per_day=20))
    persons = {account: person for person in town.truth().persons for account in person.accounts}
    for event in town.events():
        if event.interaction is not None and event.interaction.observation.email:
            person = persons[event.account_key]
            told[person.number].add(event.interaction.observation.email)
            told[person.number].discard(person.email)
    assert max(map(len, told.values())) == 2
