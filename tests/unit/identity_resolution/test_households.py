"""People who share identifiers: told apart by what they are called, whatever comes first."""

from __future__ import annotations

from itertools import permutations

import pytest

from rapport.identity.v1.events_pb2 import RemoveRelationshipCommand
from rapport.interactions.v1.interaction_pb2 import Interaction
from tests.unit.identity_resolution.admissions import A, B, observation
from tests.unit.identity_resolution.world import World, interaction

PHONE = ("phone", "+447400123456")
MAIL = ("email", "smithers@example.com")
CARD = ("loyalty_number", "L1234567")
TWO, ONE = {frozenset({A}), frozenset({B})}, {frozenset({A, B})}

JOE = {"given_name": "Joe", "family_name": "Smithers"}
MARGARET = {"given_name": "Margaret", "family_name": "Smithers"}
BORN_1980, BORN_1951 = {"date_of_birth": "1980-02-03"}, {"date_of_birth": "1951-07-19"}


def people(*sent: Interaction) -> set[frozenset[str]]:
    """Who is who after these were admitted and decided, one after the other."""
    world = World()
    for each in sent:
        world.send(each)
        world.settle()
    return world.people()


@pytest.mark.parametrize(
    ("shared", "one", "other", "who"),
    [
        (PHONE, {**JOE, **BORN_1980}, {**MARGARET, **BORN_1951}, TWO),
        (MAIL, {**JOE, **BORN_1980}, {**MARGARET, **BORN_1951}, TWO),
        (PHONE, JOE, MARGARET, TWO),
        (MAIL, JOE, MARGARET, TWO),
        (CARD, JOE, MARGARET, ONE),
        (CARD, {**JOE, **BORN_1980}, {**MARGARET, **BORN_1951}, TWO),
        (PHONE, BORN_1980, BORN_1951, TWO),
        (PHONE, {"given_name": "Robert"}, {"given_name": "Bob"}, ONE),
        (PHONE, {"given_name": "Joe", "family_name": "Quill"}, JOE, ONE),
        (PHONE, JOE, {"family_name": "Smithers"}, ONE),
        (PHONE, BORN_1980, {"date_of_birth": "1980-03-02"}, ONE),
    ],
)
def test_id7_a_household_that_shares_an_identifier_is_told_apart_by_names_and_dates_of_birth(
    shared: tuple[str, str], one: dict[str, str], other: dict[str, str], who: set[frozenset[str]]
) -> None:
    assert people(observation("1", A, shared, **one), observation("2", B, shared, **other)) == who


@pytest.mark.parametrize("born", [False, True])
def test_id7_a_household_is_told_apart_in_whatever_order_identifiers_and_details_come(born: bool) -> None:
    joe = {**JOE, **(BORN_1980 if born else {})}
    margaret = {**MARGARET, **(BORN_1951 if born else {})}
    shown = [
        interaction("1", A, PHONE),
        interaction("2", B, PHONE),
        observation("3", A, **joe),
        observation("4", B, **margaret),
    ]
    for order in permutations(shown):
        assert people(*order) == TWO, [each.event_id for each in order]


def test_id12_a_household_that_a_person_has_ended_stays_ended_when_more_is_known_of_it() -> None:
    world = World()
    world.send(observation("1", A, PHONE, **JOE), observation("2", B, PHONE, **MARGARET))
    world.settle()
    (household,) = (id_ for id_ in world.stores["relationships"].everything() if "~" not in id_)
    world.command("r-1", remove_relationship=RemoveRelationshipCommand(relationship_id=household))
    world.settle()
    world.send(observation("3", A, **BORN_1980), observation("4", B, **BORN_1951))
    world.settle()
    assert [each["is_over"] for each in world.stores["relationships"].everything().values()] == [True, True]
