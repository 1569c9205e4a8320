"""What accounts are tied by, and what goes wrong with the details that forms tell, as often as was asked for."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from rapportctl.town import Town, TownSettings
from rapportctl.town.details import JUNK
from rapportctl.town.households import alike
from rapportctl.town.people import Population
from tests.unit.rapportctl.town.towns import events, identifiers_of, interactions


def test_accounts_that_details_alone_tie_bear_no_identifier_and_fill_in_whole_forms() -> None:
    town = Town(TownSettings(people=300, details_only_share=1.0, junk_share=0.0, separate_share=0.0, mistake_share=0.0))
    forms = defaultdict(list)
    for event in town.events():
        assert event.interaction is not None
        assert {kind for kind, _ in identifiers_of(event.interaction)} <= {"handle"}
        if event.interaction.HasField("observation"):
            forms[event.account_key].append(event.interaction.observation)
    for person in town.truth().persons:
        if len(person.accounts) > 1:
            assert person.findable == [sorted(person.accounts)]
            for account in person.accounts:
                assert any(
                    each.date_of_birth == person.date_of_birth and list(each.address.lines) == [person.address_line]
                    for each in forms[account]
                )


def test_weak_ties_are_made_by_devices_where_both_channels_show_any() -> None:
    usual, weak = (
        Counter(kind for each in interactions(weak_share=share) for kind, _ in identifiers_of(each))
        for share in (0.0, 1.0)
    )
    assert weak["device"] > 3 * usual["device"] > 0
    assert weak["email"] < 0.75 * usual["email"]


@pytest.mark.parametrize(
    ("share", "differs"),
    [
        ("nickname_share", "given_name"),
        ("swapped_share", "given_name"),
        ("swapped_share", "family_name"),
        ("plain_share", "family_name"),
        ("date_mistake_share", "date_of_birth"),
        ("missing_share", "given_name"),
        ("missing_share", "date_of_birth"),
        ("junk_details_share", "given_name"),
        ("junk_details_share", "date_of_birth"),
    ],
)
def test_each_share_spoils_its_details(share: str, differs: str) -> None:
    def wrong(amount: float) -> int:
        town = Town(TownSettings(people=300, mistake_share=0.0).with_shares({share: amount}))
        persons = {account: person for person in town.truth().persons for account in person.accounts}
        return sum(
            getattr(event.interaction.observation, differs) != getattr(persons[event.account_key], differs)
            for event in town.events()
            if event.interaction is not None
            and event.interaction.HasField("observation")
            and not event.interaction.observation.full_name
        )

    assert wrong(0.0) == 0
    assert wrong(0.5) > 5


def test_junk_details_are_many_peoples() -> None:
    made = interactions(300, junk_details_share=1.0)
    told = Counter(each.observation.date_of_birth for each in made if each.HasField("observation"))
    assert {value for field, value in JUNK if field == "date_of_birth"} <= {value for value, _ in told.most_common(2)}


def test_a_mistaken_date_is_still_alike() -> None:
    made = events(300, date_mistake_share=1.0)
    persons = {account.key: person for person in Population(TownSettings(people=300)) for account in person.accounts}
    wrong = 0
    for event in made:
        if event.interaction is not None and event.interaction.HasField("observation"):
            born, told = persons[event.account_key].date_of_birth, event.interaction.observation.date_of_birth
            wrong += born != told
            assert alike(born, told)
    assert wrong > 100
