"""The town as a test of who is who: what a linker sees, how it is measured, and that the test can be passed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from difflib import SequenceMatcher
from itertools import combinations

import pytest

from identity_resolution.adapters.file_engine import FileEngine
from rapportctl.town import Town, TownSettings, is_blocked
from rapportctl.town.details import JUNK
from rapportctl.town.households import alike
from rapportctl.town.identifiers import normalised
from tests.quality.town import Answers, Row, answers, linked, measure, mistaken, rows, tangled


@pytest.fixture(scope="module")
def seen() -> tuple[list[Row], Answers]:
    town = Town(tangled(seed=1, people=1200))
    return list(rows(town)), answers(town)


def test_rows_tell_all_that_is_new_of_every_account_and_nothing_twice(seen: tuple[list[Row], Answers]) -> None:
    told, key = seen
    assert [row.order for row in told] == sorted({row.order for row in told})
    assert {row.account for row in told} == set(key.person_of)
    assert all(key.person_of[row.account] == row.person for row in told)
    known: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in told:
        shown = {*row.identifiers, *row.details.items()}
        assert row.account not in known or shown - known[row.account]
        known[row.account] |= shown
    assert {name for row in told for name in row.details} >= {
        "street",
        "date_of_birth",
        "full_name",
        "company",
        "email",
    }


def test_what_is_right_measures_as_right(seen: tuple[list[Row], Answers]) -> None:
    _, key = seen
    right = measure(key.person_of, key)
    assert (right.precision, right.recall, right.f1, right.wrong, right.missed) == (1.0, 1.0, 1.0, 0, 0)
    assert right.findable > 1500


def test_who_puts_nothing_together_is_precise_and_finds_nothing(seen: tuple[list[Row], Answers]) -> None:
    _, key = seen
    alone = measure({account: account for account in key.person_of}, key)
    assert (alone.precision, alone.recall, alone.f1, alone.found) == (1.0, 0.0, 0.0, 0)


def test_accounts_that_cannot_be_found_count_for_precision_only(seen: tuple[list[Row], Answers]) -> None:
    _, key = seen
    hidden = [account for account in key.person_of if account not in key.group_of]
    assert len(hidden) > 100
    clusters = dict(key.person_of) | dict.fromkeys(hidden[:2], -1)
    measured = measure(clusters, key)
    assert (measured.recall, measured.wrong) == (1.0, 1)
    assert measured.precision < 1.0


def test_mistakes_are_counted_by_what_people_have_in_common(seen: tuple[list[Row], Answers]) -> None:
    _, key = seen
    households = {account: key.truth.persons[person].household for account, person in key.person_of.items()}
    found = mistaken(households, key)
    assert found["a household"] > 50
    assert found["a household that share an identifier"] > 5
    assert not any("strangers" in name for name in found)
    assert set(mistaken(dict.fromkeys(key.person_of, 0), key)) == {"in a crowd of more than 50"}


def test_a_linker_that_forgets_an_account_is_told_so(seen: tuple[list[Row], Answers]) -> None:
    _, key = seen
    with pytest.raises(ValueError, match="1 records have no cluster"):
        measure(dict.fromkeys(list(key.person_of)[1:], 0), key)


def test_a_linker_that_trusts_every_identifier_is_misled_and_a_careful_one_is_not(
    seen: tuple[list[Row], Answers],
) -> None:
    """So that what the engine is asked for is possible: what misleads can be told from what rows say."""
    told, key = seen
    trusting, careful = measure(_linked(told, careful=False), key), measure(_linked(told, careful=True), key)
    assert trusting.precision < 0.95
    assert careful.precision > 0.999
    assert careful.recall > 0.95


class _Shown:
    """All that one account showed."""

    def __init__(self) -> None:
        self.values: dict[str, set[str]] = defaultdict(set)

    def add(self, details: Mapping[str, str]) -> None:
        for field, value in details.items():
            if (field, value) not in JUNK:
                self.values[field].add(value.lower())
        first, *others = details.get("full_name", "").lower().split()[:1], *details.get("full_name", "").split()[1:]
        self.values["given_name"].update(first)
        self.values["family_name"].update(other.lower() for other in others)

    def contradicts(self, other: _Shown) -> bool:
        born, others_born = self.values["date_of_birth"], other.values["date_of_birth"]
        if born and others_born and not any(alike(one, another) for one in born for another in others_born):
            return True
        names, others_names = self.values["given_name"], other.values["given_name"]
        both, others_both = names | self.values["family_name"], others_names | other.values["family_name"]
        return bool(names and others_names) and not (_resemble(names, others_both) and _resemble(others_names, both))

    def resembles(self, other: _Shown) -> bool:
        names = self.values["given_name"] | self.values["family_name"]
        others = other.values["given_name"] | other.values["family_name"]
        same = sum(_resemble({name}, others) for name in names)
        born = any(alike(one, two) for one in self.values["date_of_birth"] for two in other.values["date_of_birth"])
        lives = bool(self.values["street"] & other.values["street"])
        return (same >= 2 and (born or lives)) or (same == 1 and born and lives)


def _resemble(some: Iterable[str], others: Iterable[str]) -> bool:
    return any(one == two or SequenceMatcher(None, one, two).ratio() > 0.75 for one in some for two in others)


def _linked(told: list[Row], *, careful: bool) -> dict[str, str]:
    """Link by equal identifiers, then by details; a careful linker refuses what contradicts and what many show."""
    shown: dict[str, _Shown] = defaultdict(_Shown)
    bearers: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for row in told:
        shown[row.account].add(row.details)
        emails = [(kind, row.details[kind]) for kind in ("email", "phone") if kind in row.details]
        for kind, value in (*row.identifiers, (row.channel, row.id), *emails):
            if not is_blocked(value) and kind != "handle":
                bearers[kind, normalised(kind, value)][row.account] = None
        for field in ("date_of_birth", "street"):
            for value in shown[row.account].values[field]:
                bearers[field, value][row.account] = None
    members = {account: [account] for account in shown}

    def join(one: str, other: str) -> None:
        if members[one] is members[other]:
            return
        if careful and any(shown[a].contradicts(shown[b]) for a in members[one] for b in members[other]):
            return
        members[one] += members[other]
        for account in members[other]:
            members[account] = members[one]

    for by_details in (False, True):
        for (kind, _), accounts in bearers.items():
            if (kind in ("date_of_birth", "street")) is by_details and len(accounts) <= (10 if careful else 30):
                for one, other in combinations(accounts, 2):
                    if not by_details or shown[one].resembles(shown[other]):
                        join(one, other)
    return {account: found[0] for account, found in members.items()}


def test_in_a_default_town_dates_of_birth_are_care_enough_and_nothing_is_hidden() -> None:
    town = Town(TownSettings(people=500))
    told = list(rows(town))
    key = answers(town)
    careful = measure(_linked(told, careful=True), key)
    assert careful.precision == 1.0
    assert careful.recall > 0.99
    assert set(key.person_of) - set(key.group_of) == {
        account
        for person in key.truth.persons
        for account in person.accounts
        if account == person.separate_account or set(person.accounts) == {account, person.separate_account or account}
    }


@pytest.mark.parametrize("seed", [1, 7])
def test_the_engine_arrives_at_the_customers_of_a_default_town(seed: int) -> None:
    """What `make demo` and the tests of the whole system expect."""
    town = Town(TownSettings(people=500, seed=seed))
    told = list(rows(town))
    engine = FileEngine(None, datetime(2026, 3, 1, tzinfo=UTC))
    clusters = linked(engine.linker(engine.read_model(None), is_once=False), told)
    found = defaultdict(set)
    for account, customer in clusters.items():
        found[customer].add(account)
    assert {frozenset(group) for group in found.values()} == {
        frozenset(customer.accounts) for customer in town.truth().customers
    }
