"""Which accounts are compared, and what the log is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity_resolution.application import observing
from identity_resolution.application.observing import MOST_CANDIDATES, Shown
from identity_resolution.domain.account import NO_DETAILS
from identity_resolution.domain.judging import MOST_CONTRADICTIONS
from identity_resolution.domain.matching.blocking import keys
from identity_resolution.domain.matching.details import Details
from tests.unit.identity_resolution.neighbours import (
    ANN,
    BOB,
    Memories,
    Neighbourhood,
    batches,
    details,
    shown,
    with_bound,
)
from tests.unit.identity_resolution.world import RULES

BOUNDS = RULES.matching.thresholds
MAIL, PHONE = "email:h_1", "phone:h_2"

stored_or_not = pytest.mark.parametrize("is_stored", [False, True])


@stored_or_not
def test_id7_accounts_with_like_details_are_told_of_by_the_later_one(is_stored: bool) -> None:
    town = Neighbourhood(is_stored=is_stored)
    assert town.others(shown("a", ANN)) == [set()]
    ((pair,),) = town.observe(shown("b", {**ANN, "given_name": "Anne"}))
    assert pair.other == "a"
    assert pair.weight > BOUNDS.suggest
    assert pair.personal > 0
    assert ("date_of_birth", "exact") in [(name, level) for name, level, _ in pair.fields]
    assert pair.weight == pytest.approx(pair.weight, abs=1e-3)


@stored_or_not
@pytest.mark.parametrize("at_once", [1, 3, observing.AT_ONCE])
def test_id7_accounts_of_one_batch_see_each_other_in_order(
    is_stored: bool, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many of them are in memory at the same time."""
    monkeypatch.setattr(observing, "AT_ONCE", at_once)
    town = Neighbourhood(is_stored=is_stored)
    zoe = shown("c", given_name="Zoe", family_name="Quill")
    assert town.others(shown("a", ANN), shown("b", ANN), zoe, shown("d", ANN)) == [set(), {"a"}, set(), {"a", "b"}]


def test_id7_an_account_that_shows_two_things_in_a_batch_is_compared_once_with_both() -> None:
    town = Neighbourhood()
    town.observe(shown("a", ANN))
    first, second = town.observe(
        shown("b", given_name="Ann", family_name="Smithers"), shown("b", date_of_birth="1980-02-03")
    )
    ((_, weight),) = [(pair.other, pair.weight) for pair in first]
    assert weight == Neighbourhood().observer._judge._pair("a", details(**ANN), details(**ANN | {"city": ""})).weight
    assert second == ()


def test_id7_people_with_nothing_in_common_are_not_told_of() -> None:
    town = Neighbourhood()
    town.observe(shown("a", ANN))
    assert town.others(shown("b", given_name="Zoe", family_name="Quill", date_of_birth="1999-12-31")) == [set()]


@stored_or_not
def test_id7_a_household_that_shares_a_phone_is_told_to_be_two_people(is_stored: bool) -> None:
    town = Neighbourhood(is_stored=is_stored)
    town.observe(shown("a", ANN, PHONE))
    ((pair,),) = town.observe(shown("b", BOB, PHONE))
    assert pair.personal + RULES.identifiers["phone"].trust < BOUNDS.hold


@pytest.mark.parametrize(
    ("type_", "doubts_another_given_name"),
    [("phone", True), ("email", True), ("device", True), ("loyalty_number", False), ("user_id", False)],
)
def test_id7_another_given_name_is_told_of_where_it_outweighs_the_identifier(
    type_: str, doubts_another_given_name: bool
) -> None:
    town = Neighbourhood()
    town.observe(shown("a", {"given_name": "Ann"}, f"{type_}:h_1"))
    assert town.others(shown("b", {"given_name": "Bob"}, f"{type_}:h_1")) == [
        {"a"} if doubts_another_given_name else set()
    ]


def test_id7_a_new_identifier_makes_an_account_meet_those_that_showed_it() -> None:
    town = Neighbourhood()
    town.observe(shown("a", given_name="Ann"), shown("b", given_name="Bob"))
    town.observe(Shown("a", NO_DETAILS, (MAIL,)))
    assert town.others(Shown("b", NO_DETAILS, (MAIL,))) == [{"a"}]


def test_accounts_without_personal_details_do_not_meet_by_identifiers() -> None:
    town = Neighbourhood()
    assert town.others(shown("a", {"city": "Leeds"}, MAIL), shown("b", {"city": "York"}, MAIL)) == [set(), set()]
    assert MAIL not in town.blocks.add({})


@stored_or_not
@pytest.mark.parametrize("changing", ["a", "b"])
def test_id7_a_pair_that_was_told_is_told_again_once_it_is_alike_no_longer_whichever_changes(
    is_stored: bool, changing: str
) -> None:
    town = Neighbourhood(is_stored=is_stored)
    alike, staying = {"given_name": "Ann", "date_of_birth": "1980-02-03"}, {"a": "b", "b": "a"}[changing]
    town.observe(shown("a", alike), shown("b", alike))
    town.observe(shown(staying, family_name="Vanderbilt", national_id="AB1234567"))
    (pair,) = town.told
    assert town.told[pair].weight >= BOUNDS.suggest
    town.observe(shown(changing, family_name="Quill", national_id="ZZ9999999"))
    assert town.told[pair].weight < BOUNDS.suggest


@stored_or_not
def test_id7_what_was_told_and_has_not_changed_is_not_told_again(is_stored: bool) -> None:
    town, memories = Neighbourhood(is_stored=is_stored), Memories()
    log = [*memories.new("a", details(**ANN)), *memories.new("b", details(**ANN))]
    memories.tell(log, town.observe(*log))
    for raw in ({"company": "Acme"}, {"handle": "@ann"}):
        again = list(memories.new("b", details(**raw)))
        told = town.observe(*again)
        memories.tell(again, told)
        assert told == [()]
    assert list(memories.new("b", details(**ANN))) == []


def test_id7_what_another_account_told_since_is_corrected_also_by_what_was_told_before() -> None:
    """The weight goes down and back up: what this account told last is right again, and not what the log knows."""
    town, memories = Neighbourhood(), Memories()
    weights: list[float] = []

    def show(account: str, **raw: str) -> None:
        log = list(memories.new(account, details(**raw)))
        memories.tell(log, town.observe(*log))
        weights.extend(town.weights().values())

    alike = {"given_name": "Ann", "date_of_birth": "1980-02-03", "city": "Leeds"}
    show("b", **alike)
    show("a", **alike)
    for city in ("York", "Hull", "Bath", "Ely"):
        show("b", city=city)
    show("a", city="York")
    first, last = weights[0], weights[-1]
    assert first == last
    assert min(weights) < last


POOL = {
    "given_name": ("ann", "anne", "bob", "zoe"),
    "family_name": ("smithers", "quill"),
    "date_of_birth": ("1980-02-03", "1951-07-19"),
    "city": ("leeds", "york"),
}
DETAILS = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in POOL.items()})
LOG = st.lists(st.tuples(st.sampled_from("abcdefgh"), DETAILS, st.sets(st.sampled_from([MAIL, PHONE]))), max_size=20)


@settings(max_examples=60, deadline=None)
@given(LOG, st.integers(0, 1000), st.booleans())
def test_id7_whatever_is_shown_in_whatever_batches_the_last_word_on_each_pair_is_true(
    log: list[tuple[str, dict[str, str], set[str]]], seed: int, is_stored: bool
) -> None:
    """True: what was told is what the details say now; what was never told is neither alike nor a contradiction."""
    town, memories = Neighbourhood(is_stored=is_stored), Memories()
    random = Random(seed)
    while log:
        size = random.randint(1, 6)
        batch = [each for account, raw, by in log[:size] for each in memories.new(account, details(**raw), sorted(by))]
        memories.tell(batch, town.observe(*batch))
        log = log[size:]
    known = town.details.load(list("abcdefgh"))
    found = {account: each.details for account, each in known.items() if each.details}
    for one in found:
        for other in found:
            if one < other:
                check(town, memories, found, (one, other))


def check(town: Neighbourhood, memories: Memories, found: Mapping[str, Details], pair: tuple[str, str]) -> None:
    one, other = pair
    judged = town.observer._judge._pair(other, found[one], found[other])
    told = town.told.get(frozenset(pair))
    if told is not None:
        assert told.weight == judged.weight
        return
    have_met = set(keys(found[one], RULES.matching)) & set(keys(found[other], RULES.matching))
    assert judged.weight < BOUNDS.suggest or not have_met
    if "given_name" in found[one] and "given_name" in found[other]:
        for identifier in memories.accounts[one].shown.keys() & memories.accounts[other].shown.keys():
            assert judged.personal >= town.observer._judge.enough(identifier)


@settings(max_examples=60, deadline=None)
@given(st.lists(DETAILS, max_size=20), st.integers(0, 1000), st.integers(2, 4))
def test_id7_how_a_log_is_cut_into_batches_changes_nothing_that_is_told_also_where_blocks_fill(
    people: list[dict[str, str]], seed: int, bound: int
) -> None:
    log = [shown(f"x:{number}", person) for number, person in enumerate(people)]
    one_by_one, in_batches = Neighbourhood(with_bound(bound)), Neighbourhood(with_bound(bound), is_stored=True)
    alone = [one_by_one.observe(each)[0] for each in log]
    together = [pairs for batch in batches(log, Random(seed)) for pairs in in_batches.observe(*batch)]
    assert [set(pairs) for pairs in alone] == [set(pairs) for pairs in together]


def test_id7_a_key_that_too_many_share_is_closed_and_others_still_bring_together() -> None:
    town = Neighbourhood(with_bound(3))
    crowd = [shown(f"x:{number}", ANN) for number in range(4)]
    assert [len(others) for others in town.others(*crowd)] == [0, 1, 2, 0]
    assert town.others(shown("x:9", ANN)) == [set()]
    assert town.others(*[shown(account, ANN, email="ann@example.com") for account in ("y:1", "y:2")]) == [
        set(),
        {"y:1"},
    ]


def test_id7_comparisons_are_bounded_also_for_who_shares_keys_with_everybody() -> None:
    town = Neighbourhood()
    crowd = [shown(f"x:{number}", ANN, date_of_birth=f"1980-02-{number % 28 + 1:02d}") for number in range(49)]
    town.observe(*crowd)
    compared = []
    weights = town.observer._judge._comparer.weights
    town.observer._judge._comparer.weights = lambda *two: compared.append(two) or weights(*two)  # type: ignore[method-assign, func-returns-value]
    town.observe(shown("y", ANN))
    assert len(compared) == MOST_CANDIDATES


def test_id7_of_contradictions_without_a_common_identifier_only_the_likest_are_told() -> None:
    town = Neighbourhood()
    names = ("Zoe", "Bob", "Kim", "Lou", "Max", "Tim", "Ulf", "Vic")
    staff = [
        shown(
            f"x:{name}",
            given_name=name,
            date_of_birth=f"19{60 + number}-{number + 1:02d}-1{number}",
            company="Acme Widgets",
        )
        for number, name in enumerate(names)
    ]
    told = town.observe(*staff)
    assert max(len(pairs) for pairs in told) == MOST_CONTRADICTIONS
    assert all(pair.personal <= BOUNDS.contradict for pairs in told for pair in pairs)
