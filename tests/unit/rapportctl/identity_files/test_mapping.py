"""A mapping says what columns mean; what is wrong with it is told with line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from rapportctl.errors import RapportctlError
from rapportctl.tables.guessing import guess_mapping
from rapportctl.tables.mapping import Declared, read_mapping
from tests.architecture.tree import ROOT
from tests.unit.rapportctl.identity_files.tables import mapped

DECLARED = Declared(["email", "phone", "loyalty_number"], ["national_id", "email"])
HEADER = ("id", "first", "last", "born", "mail", "mobile", "who")


def refused(tmp_path: Path, text: str, **options: str) -> str:
    """What is said of a mapping that cannot be used."""
    with pytest.raises(RapportctlError) as caught:
        read_mapping(mapped(tmp_path, text), HEADER, DECLARED, **options)
    return str(caught.value)


def test_a_source_is_a_column_several_columns_or_all_that_can_be_said(tmp_path: Path) -> None:
    text = """
version: 1
id: id
truth: who
details:
  full_name: [first, last]
  date_of_birth: {columns: born, format: "%d/%m/%Y"}
  country: {value: GB}
identifiers:
  email: mail
  phone: [mobile]
"""
    mapping = read_mapping(mapped(tmp_path, text), HEADER, DECLARED)
    assert {name for _, name in mapping.columns()} == {"id", "who", "first", "last", "born", "mail", "mobile"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "version: 1\ndetails:\n  given_name: frist\n",
            "mapping.yaml:3:15: details.given_name: the table has no column 'frist'; did you mean 'first'?",
        ),
        (
            "version: 1\ndetails:\n  given_nam: first\n",
            "mapping.yaml:3:3: unknown key 'details.given_nam'; did you mean 'given_name'?",
        ),
        (
            "version: 1\nidentifiers:\n  emial: mail\n",
            "mapping.yaml:3:10: identifiers.emial: the identity rules have no type 'emial'; did you mean 'email'?",
        ),
        (
            "version: 1\nattributes:\n  nationl_id: last\n",
            "mapping.yaml:3:15: attributes.nationl_id: the identity rules compare no field 'nationl_id'; did you mean",
        ),
        ("version: 2\ndetails: {given_name: first}\n", "mapping.yaml:1:10: version: 2 is not 1"),
        ("details: {given_name: first}\n", "version is missing"),
        ("version: 1\ndetails: {given_name: [first, 3]}\n", "details.given_name[1]: expected string, found 3"),
        ("version: 1\nphone_region: gb\ndetails: {given_name: first}\n", "phone_region"),
        ("version: 1\nid: id\n", "no column is mapped"),
        ("version: 1\ndetails: {\n", "mapping.yaml:3:1"),
        ("", "the file is empty"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(tmp_path: Path, text: str, said: str) -> None:
    assert said in refused(tmp_path, text)


def test_all_missing_columns_are_told_at_once(tmp_path: Path) -> None:
    told = refused(tmp_path, "version: 1\nid: key\ndetails: {city: town, phone: [mobile, fixed]}\n")
    assert [each.split(":")[1:3] for each in told.splitlines()[1:]] == [["2", "5"], ["3", "17"], ["3", "39"]]


def test_another_column_may_hold_the_truth(tmp_path: Path) -> None:
    text = "version: 1\ntruth: who\ndetails: {given_name: first}\n"
    assert read_mapping(mapped(tmp_path, text), HEADER, truth="born").truth == "born"
    assert "--truth: the table has no column 'why'; did you mean 'who'?" in refused(tmp_path, text, truth="why")


def test_columns_are_guessed_from_the_names_they_usually_bear() -> None:
    header = ("rec_id", "First Name", "surname", "Date-of-Birth", "street_number", "address_1", "postcode", "cluster")
    mapping, said = guess_mapping(header, "people.csv")
    assert mapping.id == "rec_id"
    assert mapping.truth == "cluster"
    assert mapping.details == {
        "given_name": "First Name",
        "family_name": "surname",
        "date_of_birth": "Date-of-Birth",
        "postal_code": "postcode",
        "street": ("street_number", "address_1"),
    }
    assert said[0].startswith("guessed from the header: given_name from First Name, family_name from surname")


def test_what_is_not_used_is_said() -> None:
    _, said = guess_mapping(("email", "shoe_size"), "people.csv")
    assert said[1] == "not used: shoe_size"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (("name", "addr", "city", "phone", "cuisine"), {"company": "name"}),
        (("name", "email"), {"full_name": "name"}),
        (("username", "bio"), {"handle": "username"}),
    ],
)
def test_a_name_is_a_persons_only_among_columns_that_speak_of_persons(
    header: tuple[str, ...], expected: dict[str, str]
) -> None:
    assert expected.items() <= guess_mapping(header, "x.csv")[0].details.items()


def test_without_a_known_column_a_mapping_is_asked_for() -> None:
    with pytest.raises(RapportctlError, match="say what they mean with --mapping"):
        guess_mapping(("a", "b"), "x.csv")


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("fake_1000", "unique_id first_name surname dob city email cluster"),
        (
            "febrl",
            "rec_id given_name surname street_number address_1 suburb postcode state date_of_birth soc_sec_id truth",
        ),
        (
            "people",
            "customer_no first_name last_name birth_date house_number street postcode city email phone card",
        ),
        ("companies", "id name addr city phone type"),
        ("handles", "network handle display_name location"),
    ],
)
def test_the_mappings_among_the_examples_fit_the_tables_they_speak_of(name: str, header: str) -> None:
    path = ROOT / "examples/mappings" / f"{name}.yaml"
    assert read_mapping(path, header.split(), DECLARED).details
