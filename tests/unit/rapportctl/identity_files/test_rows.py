"""A row becomes an interaction of one account, the same each time; what cannot be used is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from rapportctl.errors import RapportctlError
from tests.unit.rapportctl.identity_files.tables import NOW, mapped, records_of, rows_of, written

PEOPLE = """id,first,last,born,mail,mobile,no,street,zip,town,land
7,Ann,Lee,24/12/1970,ann@example.org,020 7946 0000,1,High Street,N1,London,gb
8,NULL, Lee ,1970-12-24,,,,,,,England
"""
MAPPING = """
version: 1
id: id
phone_region: GB
details:
  given_name: first
  family_name: last
  date_of_birth: born
  street: [no, street]
  postal_code: zip
  city: town
  country: land
identifiers:
  email: mail
  phone: mobile
"""


def test_a_row_is_observed_as_the_mapping_says(tmp_path: Path) -> None:
    record = records_of(written(tmp_path, PEOPLE), mapped(tmp_path, MAPPING))[0]
    interaction = record.interaction
    assert (record.id, record.line, interaction.account.channel, interaction.account.id) == ("7", 2, "file", "7")
    assert {each.type: each.value for each in interaction.identifiers} == {
        "email": "ann@example.org",
        "phone": "+442079460000",
    }
    observation = interaction.observation
    assert (observation.given_name, observation.family_name) == ("Ann", "Lee")
    assert observation.date_of_birth == "1970-12-24"
    assert list(observation.address.lines) == ["1 High Street"]
    assert (observation.address.postal_code, observation.address.city, observation.address.country) == (
        "N1",
        "London",
        "GB",
    )
    assert interaction.occurred_at.ToDatetime() == NOW.replace(tzinfo=None)


def test_missing_and_unusable_values_are_left_out_and_the_latter_counted(tmp_path: Path) -> None:
    rows = rows_of(written(tmp_path, PEOPLE), mapped(tmp_path, MAPPING))
    observation = list(rows.records())[1].interaction.observation
    assert observation.given_name == ""
    assert observation.family_name == "Lee"
    assert not observation.address.country
    assert rows.report.unusable == {"country": 1}


def test_the_same_row_gives_the_same_event_id_and_another_row_another(tmp_path: Path) -> None:
    first = records_of(written(tmp_path, "id,email\n1,a@example.org\n2,a@example.org\n"))
    again = records_of(written(tmp_path, "id,email\n1,a@example.org\n2,b@example.org\n"))
    assert first[0].interaction.event_id == again[0].interaction.event_id
    assert first[1].interaction.event_id != again[1].interaction.event_id


def test_records_without_an_id_are_numbered_within_their_file(tmp_path: Path) -> None:
    records = records_of(written(tmp_path, "email\na@example.org\nb@example.org\n"))
    assert [(each.id, each.interaction.account.id) for each in records] == [("1", "people/1"), ("2", "people/2")]


def test_ids_that_occur_twice_or_are_missing_are_told_with_their_line(tmp_path: Path) -> None:
    rows = rows_of(written(tmp_path, "id,email\n1,a@b.org\n1,c@d.org\n,e@f.org\n" + "x" * 257 + ",g@h.org\n"))
    assert [record.line for record in rows.records()] == [2]
    assert rows.report.bad == [
        (3, "the id of the record occurs before, in line 2"),
        (4, "no id in the column id"),
        (5, "the account's id has 257 characters; 1 to 256 would be right"),
    ]


def test_an_account_may_have_a_channel_of_its_own(tmp_path: Path) -> None:
    mapping = "version: 1\naccount: {channel: network, id: name}\ndetails: {handle: name}\n"
    path = written(tmp_path, "network,name\nInsta Gram,joe\n!,jim\n")
    assert [each.interaction.account.channel for each in records_of(path, mapped(tmp_path, mapping))] == [
        "insta_gram",
        "file",
    ]


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("1970-12-24", "1970-12-24"),
        ("1970-12-24T00:00:00", "1970-12-24"),
        ("19701224", "1970-12-24"),
        ("1970/12/24", "1970-12-24"),
        ("24.12.1970", "1970-12-24"),
        ("12/24/1970", "1970-12-24"),
        ("24-12-1970", "1970-12-24"),
        ("19701324", ""),
        ("about 1970", ""),
    ],
)
def test_common_spellings_of_dates_are_read(tmp_path: Path, text: str, iso: str) -> None:
    (record,) = records_of(written(tmp_path, f"dob\n{text}\n"))
    assert record.interaction.observation.date_of_birth == iso


def test_the_order_of_day_and_month_is_a_column_s_not_a_value_s(tmp_path: Path) -> None:
    records = records_of(written(tmp_path, "dob\n01/02/1970\n02/13/1970\n"))
    assert [each.interaction.observation.date_of_birth for each in records] == ["1970-01-02", "1970-02-13"]


def test_dates_that_could_be_either_are_said(tmp_path: Path) -> None:
    rows = rows_of(written(tmp_path, "dob\n01/02/1970\n"))
    assert rows.ambiguous_dates() == ["date_of_birth"]
    assert rows_of(written(tmp_path, "dob\n1970-01-02\n")).ambiguous_dates() == []


def test_a_format_that_is_given_is_the_only_one(tmp_path: Path) -> None:
    mapping = mapped(tmp_path, 'version: 1\ndetails: {date_of_birth: {columns: dob, format: "%m.%d.%y"}}\n')
    records = records_of(written(tmp_path, "dob\n02.01.70\n1970-02-01\n"), mapping)
    assert [each.interaction.observation.date_of_birth for each in records] == ["1970-02-01", ""]


def test_a_region_without_a_numbering_plan_is_refused(tmp_path: Path) -> None:
    mapping = mapped(tmp_path, "version: 1\nphone_region: XX\ndetails: {phone: tel}\n")
    with pytest.raises(RapportctlError, match="no numbering plan has the region XX"):
        records_of(written(tmp_path, "tel\n1\n"), mapping)


def test_the_longest_table_is_read_once_and_in_little_memory(tmp_path: Path) -> None:
    path = written(tmp_path, "id,email\n" + "".join(f"{n},{n}@example.org\n" for n in range(2_000)))
    read: list[int] = []
    records = rows_of(path).records(read.append)
    assert next(records).id == "0"
    assert sum(1 for _ in records) == 1_999
    assert sum(read) == path.stat().st_size
