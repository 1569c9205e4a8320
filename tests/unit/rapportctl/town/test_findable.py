"""Which accounts a system can be asked to find together."""

from __future__ import annotations

from collections import defaultdict

import networkx
import pytest

from rapportctl.town import Town, TownSettings, is_blocked
from rapportctl.town.details import ADDRESS, ADDRESS_BEFORE, BIRTH, FAMILY, FAMILY_BEFORE, GIVEN
from rapportctl.town.findable import groups, related
from rapportctl.town.identifiers import normalised

WHOLE = GIVEN | FAMILY | BIRTH | ADDRESS


@pytest.mark.parametrize(
    ("one", "other", "enough"),
    [
        (WHOLE, WHOLE, True),
        (GIVEN | FAMILY | BIRTH, WHOLE, True),
        (GIVEN | FAMILY | ADDRESS, WHOLE, True),
        (GIVEN | BIRTH | ADDRESS, WHOLE, True),
        (GIVEN | FAMILY, WHOLE, False),
        (GIVEN | BIRTH, WHOLE, False),
        (FAMILY | BIRTH | ADDRESS, WHOLE, False),
        (GIVEN | FAMILY_BEFORE | BIRTH | ADDRESS, WHOLE, True),
        (GIVEN | FAMILY_BEFORE | BIRTH, WHOLE, False),
        (GIVEN | FAMILY | ADDRESS_BEFORE, WHOLE, False),
        (GIVEN | FAMILY | BIRTH | ADDRESS_BEFORE, WHOLE, True),
        (GIVEN | FAMILY | BIRTH, GIVEN | FAMILY | ADDRESS, False),
        (0, 0, False),
    ],
)
def test_what_forms_must_tell_on_both_sides(one: int, other: int, enough: bool) -> None:
    assert related(one, other) is related(other, one) is enough


def test_accounts_are_findable_through_a_third_and_the_rest_is_left_out() -> None:
    tied = [{"a", "b"}, {"d", "e"}]
    meant = {"b": WHOLE, "c": WHOLE, "f": GIVEN}
    assert groups(["a", "b", "c", "d", "e", "f"], tied, meant) == [["a", "b", "c"], ["d", "e"]]
    assert groups(["a"], [], {"a": WHOLE}) == []


def test_by_default_all_accounts_that_identifiers_tie_are_findable_and_the_separate_ones_are_not(town: Town) -> None:
    for person in town.truth().persons:
        tied = sorted(set(person.accounts) - {person.separate_account})
        assert person.findable == ([tied] if len(tied) > 1 else [])


def test_the_findable_groups_of_a_tangled_town_equal_a_recount_of_its_stream() -> None:
    town = Town(TownSettings(people=400, seed=5).tangled())
    owners = {account.key: person.number for person in town.population for account in person.accounts}
    bearers: dict[tuple[str, str], set[str]] = defaultdict(set)
    meant: dict[str, int] = defaultdict(int)
    for event in town.events():
        if event.interaction is None or event.repeats:
            continue
        told = event.interaction.observation
        shown = [(each.type, each.value) for each in event.interaction.identifiers if each.type != "handle"]
        shown += [("email", told.email), ("phone", told.phone), (event.account_channel, event.account_id)]
        for kind, value in shown:
            if not is_blocked(value):
                bearers[kind, normalised(kind, value)].add(event.account_key)
        meant[event.account_key] |= event.meant
    graph = networkx.Graph()
    for accounts in bearers.values():
        if len({owners[account] for account in accounts}) == 1:
            networkx.add_path(graph, accounts)
    for person in town.population:
        keys = [account.key for account in person.accounts]
        graph.add_edges_from((one, other) for one in keys for other in keys if related(meant[one], meant[other]))
    expected = {frozenset(group) for group in networkx.connected_components(graph) if len(group) > 1}
    found = {frozenset(group) for person in town.truth().persons for group in person.findable}
    assert found == expected
    assert len(found) > 150


def test_shared_identifiers_are_those_that_accounts_of_several_people_show() -> None:
    truth = Town(TownSettings(people=400, seed=5).tangled()).truth()
    kinds = {shared.type for shared in truth.shared_identifiers}
    assert {"email", "phone", "device", "external_id"} <= kinds
    assert all(len(shared.persons) > 1 for shared in truth.shared_identifiers)
