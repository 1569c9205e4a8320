"""What raw values become before they are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity_resolution.domain.matching.dates import iso_date
from identity_resolution.domain.matching.details import MOST_VALUES, merged, normalise
from identity_resolution.domain.matching.folding import folded
from identity_resolution.domain.matching.names import split_name
from identity_resolution.domain.matching.rules import MatchField, default_fields


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("José  GARCÍA", "jose garcia"),
        ("Ｊｏｅ", "joe"),  # noqa: RUF001 - full width, as some keyboards write
        ("Straße", "strasse"),
        ("Łukasz Ørsted", "lukasz orsted"),
        ("İstanbul", "istanbul"),
        ("Nguyễn Đức", "nguyen duc"),
        ("\u202ejoe\u202c", "joe"),
        ("pаypal", "paypal"),  # noqa: RUF001 - the first a is Cyrillic
        ("مُحَمَّد", "محمد"),
        ("שָׁלוֹם", "שלום"),
        ("ﾔﾏﾀﾞ", "やまだ"),
    ],
)
def test_id7_what_keyboards_write_differently_is_folded_to_one_text(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("はは", "ぱぱ"), ("가", "까"), ("नि", "नी"), ("Иван", "Ivan")])
def test_what_are_other_letters_to_its_readers_stays_apart(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1990-05-07", "1990-05-07"),
        ("19900507", "1990-05-07"),
        ("1990/5/7", "1990-05-07"),
        ("07.05.1990", "1990-05-07"),
        ("05/23/1990", "1990-05-23"),
        ("1990-05-07T00:00:00Z", "1990-05-07"),
        ("7 May 1990", "1990-05-07"),
        ("May 7th, 1990", "1990-05-07"),
        ("7. Mai 1990", "1990-05-07"),
        ("7 de agosto de 1990", "1990-08-07"),
        ("1990年5月7日", "1990-05-07"),
        ("07/05/90", "1990-05-07"),
        ("\u0667/\u0665/\u0661\u0669\u0669\u0660", "1990-05-07"),
        ("1990-13-42", "1990-13-42"),
        ("0000-00-00", None),
        ("1900-01-01", None),
        ("yesterday", None),
        ("12", None),
        ("", None),
    ],
)
def test_dates_are_read_in_the_spellings_that_people_use(written: str, meant: str | None) -> None:
    assert iso_date(folded(written)) == meant


@pytest.mark.parametrize(
    ("full", "given_name", "family_name"),
    [
        ("Joe Smith", "joe", "smith"),
        ("Smith, Joe", "joe", "smith"),
        ("Dr. Joe A. Smith Jr.", "joe a", "smith"),
        ("Smith, Jr.", "smith", ""),
        ("Ludwig van Beethoven", "ludwig", "van beethoven"),
        ("José García-López", "jose", "garcia lopez"),
        ("Nguyễn Văn An", "van an", "nguyen"),
        ("山田太郎", "太郎", "山田"),
        ("山田 太郎様", "太郎", "山田"),
        ("欧阳修", "修", "欧阳"),
        ("김민준", "민준", "김"),
        ("محمد بن سلمان", "محمد", "بن سلمان"),
        ("Madonna", "madonna", ""),
    ],
)
def test_a_full_name_is_told_apart(full: str, given_name: str, family_name: str) -> None:
    assert split_name(folded(full)) == (given_name, family_name)


def test_id7_details_are_normalised_field_by_field() -> None:
    raw = [
        ("given_name", "Mr. Joe"),
        ("family_name", "O'Neil"),
        ("email", " Joe@Example.COM "),
        ("phone", "+1 (415) 555-0123 ext. 9"),
        ("street", "12 Main Street"),
        ("street", "Apartment 4"),
        ("postal_code", "SW1A 1AA"),
        ("city", "Saint Louis"),
        ("company", "The Müller & Söhne GmbH & Co. KG"),
        ("handle", "https://example.com/@Joe.Smith?x=1"),
        ("shoe_size", "44"),
    ]
    assert normalise(raw) == {
        "given_name": ("joe",),
        "family_name": ("oneil",),
        "email": ("joe@example.com",),
        "phone": ("+14155550123",),
        "street": ("12 main st apt 4",),
        "postal_code": ("sw1a1aa",),
        "city": ("st louis",),
        "company": ("muller sohne",),
        "handle": ("joe.smith",),
    }


@pytest.mark.parametrize("value", ["", " ", "-", "n/a", "N/A", "unknown", "Not available", "?", "..."])
def test_values_that_say_nothing_are_left_out(value: str) -> None:
    assert normalise((name, value) for name in default_fields()) == {}


@pytest.mark.parametrize("value", ["000000", "111-111-1111", "12345", "n/a"])
def test_a_number_that_forms_are_filled_with_is_no_phone(value: str) -> None:
    assert normalise([("phone", value)]) == {}


def test_a_declared_field_is_read_from_its_source_and_by_its_kind() -> None:
    fields = {"member_since": MatchField("date", source="joined"), "team": MatchField("text")}
    assert normalise([("joined", "1 May 2020"), ("team", "Red  Devils!")], fields) == {
        "member_since": ("2020-05-01",),
        "team": ("red devils",),
    }


def test_a_full_name_does_not_replace_names_that_are_told() -> None:
    assert normalise([("full_name", "Bob Smith"), ("given_name", "Robert")]) == {
        "given_name": ("robert",),
        "family_name": ("smith",),
    }


RAW = st.lists(
    st.tuples(st.sampled_from([*default_fields(), "full_name", "other"]), st.text(max_size=300)), max_size=20
)


@given(RAW)
def test_whatever_is_written_becomes_bounded_details_and_does_so_again(raw: list[tuple[str, str]]) -> None:
    details = normalise(raw)
    assert all(0 < len(values) <= MOST_VALUES and all(values) for values in details.values())
    assert normalise(raw) == details


NORMALISED = st.dictionaries(
    st.sampled_from(["email", "city"]),
    st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=MOST_VALUES, unique=True).map(tuple),
)


@given(NORMALISED, NORMALISED)
def test_merging_keeps_the_newest_and_changes_nothing_twice(
    old: dict[str, tuple[str, ...]], new: dict[str, tuple[str, ...]]
) -> None:
    both = merged(old, new)
    for name, values in new.items():
        assert set(values) <= set(both[name])
        assert len(both[name]) <= MOST_VALUES
    assert merged(both, new) is both
    assert merged(old, {}) is old
