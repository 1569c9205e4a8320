"""How alike two values are said to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity_resolution.domain.matching.kinds import KINDS
from identity_resolution.domain.matching.levels import level_of
from identity_resolution.domain.matching.rules import MatchField
from tests.unit.identity_resolution.matching.people import SIMILARITY

OF_KIND = {kind: level_of(MatchField(kind), SIMILARITY) for kind in KINDS}


def level(kind: str, one: str, other: str) -> str:
    """Name of the level of two normalised values."""
    return KINDS[kind].names[OF_KIND[kind](one, other)]


@pytest.mark.parametrize(
    ("kind", "one", "other", "expected"),
    [
        ("given_name", "joe", "joe", "exact"),
        ("given_name", "katherine", "kathrine", "close"),
        ("given_name", "robert", "bob", "variant"),
        ("given_name", "anna", "anna maria", "variant"),
        ("given_name", "j", "joe", "initial"),
        ("given_name", "j", "bob", "different"),
        ("given_name", "oliver", "ovlrei", "near"),
        ("given_name", "ann", "dan", "different"),
        ("family_name", "smith", "smyth", "close"),
        ("family_name", "van dyke", "vandyke", "close"),
        ("family_name", "meyer schmidt", "meyer", "variant"),
        ("family_name", "smith", "jones", "different"),
        ("date", "1990-05-07", "1990-07-05", "transposed"),
        ("date", "1990-05-07", "1990-05-01", "typo"),
        ("date", "1990-05-12", "1990-05-21", "typo"),
        ("date", "1990-05-07", "1990-05-28", "parts"),
        ("date", "1990-05-07", "1971-05-07", "parts"),
        ("date", "1990-12-27", "1991-01-03", "months"),
        ("date", "1990-02-01", "1990-11-30", "year"),
        ("date", "1990-13-42", "1991-01-01", "different"),
        ("date", "1990-05-07", "1971-11-30", "different"),
        ("email", "joe.smith@a.example", "joe.smiht@a.example", "close"),
        ("email", "joe.smith@a.example", "joesmith@other.org", "local"),
        ("email", "joe.smith12@a.example", "joe.smith77@a.example", "close"),
        ("email", "joe.smith1234@a.example", "joe.smith9876@a.example", "different"),
        ("email", "joe.smith1234@a.example", "joe.smith@other.org", "local"),
        ("email", "joe@gmail.com", "jim@gmail.com", "different"),
        ("phone", "+442079460958", "02079460958", "exact"),
        ("phone", "02079460958", "02079460985", "close"),
        ("phone", "02079460958", "03118888777", "different"),
        ("code", "ab123", "ab124", "close"),
        ("street", "12 main st", "main st 12", "exact"),
        ("street", "12 main st", "12 mian st", "close"),
        ("street", "12 main st", "14 main st", "street"),
        ("street", "12 main st", "12 oak ave", "number"),
        ("street", "12 main st", "99 oak ave", "different"),
        ("postal_code", "90210", "90211", "close"),
        ("postal_code", "90210", "90289", "area"),
        ("postal_code", "902101234", "90210", "exact"),
        ("postal_code", "sw1a1aa", "sw1a2bb", "area"),
        ("place", "san francisco", "san fransisco", "close"),
        ("place", "san francisco", "sf", "close"),
        ("place", "london", "leeds", "different"),
        ("company", "arts deli", "deli arts", "close"),
        ("company", "arts delicatessen", "arts deli", "close"),
        ("company", "international business machines", "ibm", "near"),
        ("company", "golden dragon restaurant", "blue moon restaurant", "different"),
        ("handle", "joe_smith", "joesmith", "spelling"),
        ("handle", "joe_smith", "joesmith99", "skeleton"),
        ("handle", "j0esmith", "joesmith", "skeleton"),
        ("handle", "joesmith", "therealjoesmith", "part"),
        ("text", "red devils", "red devil", "close"),
        ("exact", "a", "b", "different"),
    ],
)
def test_id7_two_values_are_on_the_level_that_a_reader_expects(kind: str, one: str, other: str, expected: str) -> None:
    assert level(kind, one, other) == expected
    assert level(kind, other, one) == expected


@given(st.sampled_from(sorted(KINDS)), st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40))
def test_comparing_is_symmetric_and_a_value_equals_itself(kind: str, one: str, other: str) -> None:
    if kind == "date":
        one, other = "1990-01-02", "1990-02-01"
    assert level(kind, one, other) == level(kind, other, one)
    assert level(kind, one, one) == "exact"


@given(st.dates(), st.dates())
def test_dates_compare_the_same_both_ways(one: object, other: object) -> None:
    assert level("date", str(one), str(other)) == level("date", str(other), str(one))


def test_the_rules_move_the_bounds_of_levels() -> None:
    strict = level_of(MatchField("text", levels={"close": 0.999, "near": 0.998}), SIMILARITY)
    assert KINDS["text"].names[strict("red devils", "red devil")] == "different"
