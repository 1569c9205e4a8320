"""What two records weigh together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity_resolution.domain.matching.comparing import HOUSEHOLD, Comparer, Comparison
from identity_resolution.domain.matching.details import normalise
from identity_resolution.domain.matching.model import Frequencies, default_model
from identity_resolution.domain.matching.rules import MatchField, MatchingRules, default_fields
from tests.unit.identity_resolution.matching.people import DEFAULT_COMPARER, RULES, SIMILARITY, compare, details

JOE = {"given_name": "Joe", "family_name": "Smith", "date_of_birth": "1990-05-07"}
HOME = {"street": "12 Main Street", "postal_code": "SW1A 1AA", "city": "London", "phone": "+442079460958"}


def weights(comparison: Comparison) -> dict[str, float]:
    """Bits by field."""
    return {level.field: level.weight for level in comparison.levels}


def levels(comparison: Comparison) -> dict[str, str]:
    """Level by field."""
    return {level.field: level.level for level in comparison.levels}


def test_id7_records_of_one_person_are_linked_and_of_strangers_are_not() -> None:
    joe = details(**JOE, **HOME)
    typos = details(given_name="Jo", family_name="Smyth", date_of_birth="1990-05-07", street="12 Main St")
    stranger = details(given_name="Ann", family_name="Jones", date_of_birth="1971-11-30", city="London")
    assert compare(joe, typos).weight > RULES.thresholds.link
    assert compare(joe, stranger).weight < RULES.thresholds.suggest


def test_a_name_alone_is_not_enough() -> None:
    assert compare(details(full_name="Joe Smith"), details(full_name="Joe Smith")).weight < RULES.thresholds.suggest


def test_id7_a_couple_at_one_address_is_two_people() -> None:
    joe = details(given_name="Joe", family_name="Smith", **HOME)
    ann = details(given_name="Ann", family_name="Smith", **HOME)
    assert compare(joe, ann).weight < RULES.thresholds.suggest
    assert compare(joe, joe).weight > RULES.thresholds.link
    assert weights(compare(joe, ann))[HOUSEHOLD] < -20


def test_twins_and_a_son_named_after_his_father_are_left_to_people() -> None:
    joe, twin = details(**JOE, **HOME), details(**(JOE | {"given_name": "Ann"}), **HOME)
    assert compare(joe, twin).weight < RULES.thresholds.link
    father = details(**(JOE | {"date_of_birth": "1961-11-21"}), **HOME)
    assert compare(joe, father).weight < RULES.thresholds.link


def test_firms_at_one_address_are_told_apart_by_their_names() -> None:
    arts = details(company="Art's Delicatessen", **HOME)
    assert compare(arts, details(company="Arts Deli", **HOME)).weight > RULES.thresholds.link
    dragon = compare(arts, details(company="Golden Dragon", **HOME))
    assert dragon.weight < RULES.thresholds.suggest
    assert dragon.personal == weights(dragon)["company"] < 0


def test_personal_fields_contradict_whatever_is_shared() -> None:
    ann = details(given_name="Ann", family_name="Smith", date_of_birth="1971-11-30", **HOME)
    assert compare(details(**JOE, **HOME), ann).personal <= RULES.thresholds.contradict


def test_names_that_are_exchanged_are_seen() -> None:
    told = compare(details(**JOE), details(given_name="Smith", family_name="Joe", date_of_birth="1990-05-07"))
    assert levels(told)["given_name"] == levels(told)["family_name"] == "swapped"
    assert weights(told)["family_name"] == 0 < weights(told)["given_name"]
    half = compare(details(given_name="Joe", family_name="Smith"), details(given_name="Smith"))
    assert levels(half)["given_name"] == "swapped"


def test_of_several_values_the_likest_counts() -> None:
    many = details(email=("old@example.com", "joe.smith@example.com"))
    assert levels(compare(many, details(email="joe.smith@example.com")))["email"] == "exact"


def test_what_is_missing_says_nothing() -> None:
    assert compare({}, details(**JOE)).levels == ()
    assert compare({}, {}).weight == pytest.approx(default_model(RULES).prior, abs=1e-4)


def test_agreeing_on_a_rare_value_weighs_more_than_on_a_common_one() -> None:
    model = replace(default_model(RULES), frequencies={"given_name": Frequencies({"joe": 0.03}, rest=0.0001)})
    comparer = Comparer(RULES, model, SIMILARITY)

    def weight(name: str) -> float:
        return comparer.compare(details(given_name=name), details(given_name=name)).weight

    assert weight("Zebulon") - weight("Joe") == pytest.approx(8.2, abs=0.1)


def test_what_another_field_makes_likely_weighs_little() -> None:
    leeds = details(city="Leeds", postal_code="LS1 1AA")
    both = weights(compare(leeds, leeds))
    alone = weights(compare(details(city="Leeds"), details(city="Leeds")))
    assert both["city"] < 1 < alone["city"]
    names = {"family_name": "Smith"}
    with_name = compare(details(email="jsmith@a.example", **names), details(email="jsmith@other.org", **names))
    without = compare(details(email="jsmith@a.example"), details(email="jsmith@other.org"))
    assert weights(with_name)["email"] < weights(without)["email"]


def test_a_field_of_ones_own_is_compared_by_its_kind() -> None:
    rules = MatchingRules(fields={"badge": MatchField("code", personal=True)})
    told = Comparer(rules, default_model(rules), SIMILARITY).compare({"badge": ("a12345",)}, {"badge": ("a12346",)})
    assert levels(told) == {"badge": "close"}
    assert told.personal == weights(told)["badge"] > 0


RECORD = st.lists(
    st.tuples(st.sampled_from([*default_fields(), "full_name"]), st.sampled_from([
        "Joe Smith", "Smith Joe", "joe", "smith", "J", "1990-05-07", "1990-07-05", "joe.smith@example.com",
        "12 Main St",
        "SW1A 1AA", "London", "+442079460958", "02079460958", "joe_smith", "Smith & Sons Ltd", "山田太郎", "محمد",
    ])),
    max_size=12,
).map(normalise)  # fmt: skip


@given(RECORD, RECORD)
def test_comparing_is_symmetric_and_its_levels_sum_to_the_weight(
    one: dict[str, tuple[str, ...]], other: dict[str, tuple[str, ...]]
) -> None:
    told, back = compare(one, other), compare(other, one)
    assert weights(told) == pytest.approx(weights(back))
    assert levels(told) == levels(back)
    assert told.weight == pytest.approx(back.weight)
    total = default_model(RULES).prior + sum(level.weight for level in told.levels)
    assert told.weight == pytest.approx(total, abs=0.01)
    assert DEFAULT_COMPARER.weights(one, other) == pytest.approx((told.weight, told.personal))
