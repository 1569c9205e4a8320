"""People who are hard to tell apart, and identifiers that are not one person's, as many as were asked for."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from rapportctl.town import Town, TownSettings, is_blocked
from rapportctl.town.households import alike
from rapportctl.town.identifiers import DEVICE, EMAIL, PHONE
from rapportctl.town.person import BRAND, BRAND_DOMAIN
from rapportctl.town.plants import CALL_CENTRE, FLOOD, till_phone
from rapportctl.town.settings import SHARES
from tests.unit.rapportctl.town.towns import families, identifiers_of, interactions, people


@pytest.mark.parametrize("share", SHARES)
def test_more_of_a_trap_leaves_those_who_are_not_in_it_as_they_are(share: str) -> None:
    """Of what decides who people are; how many accounts and families there are changes more."""
    if share in ("separate_share", "family_share", "influencer_share"):
        return
    before, after = people(1200), people(1200, **{share: 0.1})
    assert sum(one == other for one, other in zip(before, after, strict=True)) > 0.6 * len(before)


def test_twins_are_born_on_one_day_and_named_differently() -> None:
    with_twins = 0
    for members in families(people(twin_share=1.0)):
        one, other = members[-2:]
        assert one.date_of_birth == other.date_of_birth
        assert one.given_name != other.given_name
        with_twins += 1
    assert with_twins > 200


def test_a_junior_has_the_names_and_the_address_of_a_parent_and_another_birthday() -> None:
    for members in families(people(junior_share=1.0)):
        parent, child = members[0], members[-1]
        assert (parent.given_name, parent.family_name, parent.address) == (
            child.given_name,
            child.family_name,
            child.address,
        )
        assert not alike(parent.date_of_birth, child.date_of_birth)


def test_a_namesake_lives_elsewhere_in_the_same_city_and_has_another_birthday() -> None:
    alone = people(600, namesake_share=1.0, family_share=0.0)
    for one, other in pairwise(alone):
        if one.number // 6 == other.number // 6:
            assert (one.given_name, one.family_name, one.address.city) == (
                other.given_name,
                other.family_name,
                other.address.city,
            )
            assert not alike(one.date_of_birth, other.date_of_birth)
    same_street = sum(one.address == other.address for one, other in pairwise(alone))
    assert same_street < 10


def test_households_move_at_one_moment_and_members_marry_alone() -> None:
    for members in families(people(moved_share=1.0)):
        assert len({person.changed_at_ms for person in members}) == 1
        for person in members:
            assert person.as_of(0).address != person.address == person.as_of(person.changed_at_ms).address
            assert person.as_of(0).family_name == person.family_name
    married = [person for person in people(married_share=0.5) if person.before is not None]
    assert 1000 < len(married) < 2000
    assert sum(person.as_of(0).family_name != person.family_name for person in married) > 0.95 * len(married)


def test_members_of_a_family_share_an_address_or_number_and_only_the_first_has_it_as_an_account() -> None:
    kinds = Counter[int]()
    for members in families(people(shared_identifiers=1.0)):
        (kind,) = {person.held_by_others for person in members}
        kinds[kind] += 1
        assert len({person.email if kind == EMAIL else person.phone for person in members}) == 1
    assert set(kinds) == {EMAIL, PHONE}
    accounts = [account.key for person in people(shared_identifiers=1.0) for account in person.accounts]
    assert len(set(accounts)) == len(accounts)


def test_members_of_a_family_share_a_device() -> None:
    for members in families(people(family_device_share=1.0)):
        assert len({person.identifier(DEVICE, 0) for person in members}) == 1
        assert all(person.held_by_others == DEVICE for person in members)


def test_a_phone_number_becomes_a_strangers_only_after_its_owner_gave_it_up() -> None:
    alone = people(recycled_phone_share=0.5, family_share=0.0)
    taken = 0
    for giver, taker in pairwise(alone):
        if giver.before is not None and taker.phone == giver.before.phone:
            taken += 1
            assert giver.changed_at_ms < taker.changed_at_ms
            assert taker.phone not in (giver.phone, taker.as_of(0).phone)
            assert giver.held_by_others & taker.held_by_others & PHONE
    assert taken > 300
    numbers = Counter(person.phone for person in alone)
    assert max(numbers.values()) == 1


def test_who_shows_what_others_hold_tells_in_a_form_who_they_are() -> None:
    town = Town(
        TownSettings(people=600).with_shares(
            {"shared_identifiers": 1.0, "family_device_share": 0.5, "recycled_phone_share": 0.3, "agency_share": 1.0}
        )
    )
    told = set()
    for event in town.events():
        observation = event.interaction.observation if event.interaction is not None else None
        if observation and observation.date_of_birth and (observation.full_name or observation.given_name):
            told.add(event.account_key)
    owners = {account: person.number for person in town.truth().persons for account in person.accounts}
    shared = {(each.type, each.value) for each in town.truth().shared_identifiers}
    assert {kind for kind, _ in shared} == {"email", "phone", "device"}
    showing = set()
    for event in town.events(tally=False):
        for each in event.interaction.identifiers if event.interaction is not None else ():
            if (each.type, each.value) in shared:
                showing.add(event.account_key)
    assert len({owners[account] for account in showing}) > 150
    assert showing <= told


def test_tills_and_the_call_centre_put_their_own_numbers() -> None:
    made = interactions(till_share=1.0, call_centre_share=1.0)
    tills = [each for each in made if each.account.channel == "store" and each.HasField("purchase")]
    calls = [each for each in made if each.HasField("support_message") and not each.support_message.closes]
    assert min(len(tills), len(calls)) > 100
    assert all(("phone", till_phone(0)) in identifiers_of(each) for each in tills)
    assert all(("phone", CALL_CENTRE) in identifiers_of(each) for each in calls)
    assert not any(("phone", CALL_CENTRE) in identifiers_of(each) for each in tills)
    assert not is_blocked(CALL_CENTRE)


def test_one_identifier_floods_the_town() -> None:
    made = interactions(flood_share=0.5)
    bearing = [each for each in made if ("external_id", FLOOD) in identifiers_of(each)]
    assert 0.45 < len(bearing) / len(made) < 0.55
    assert len({each.account.id for each in bearing}) > 300


def test_an_agency_represents_several_influencers_whose_social_accounts_show_its_address() -> None:
    town = Town(TownSettings(people=600, influencer_share=0.1, agency_share=1.0))
    agencies = Counter(person.agency for person in town.truth().persons if person.agency)
    assert 1 < len(agencies) <= 4
    shown = defaultdict(set)
    for event in town.events():
        for each in event.interaction.identifiers if event.interaction is not None else ():
            if each.value in agencies:
                shown[each.value].add(event.account_key)
    assert all(len(shown[agency]) >= count > 1 for agency, count in agencies.items())


def test_staff_write_from_the_brand_and_name_it_in_forms() -> None:
    town = Town(TownSettings(people=300, staff_share=0.2))
    staff = [person for person in town.truth().persons if person.employer]
    assert 30 < len(staff) < 90
    assert all(person.employer == BRAND and person.email.endswith(f"@{BRAND_DOMAIN}") for person in staff)
    accounts = {account for person in staff for account in person.accounts}
    for event in town.events():
        if event.interaction is not None and event.interaction.HasField("observation"):
            assert (event.interaction.observation.company == BRAND) == (event.account_key in accounts)
