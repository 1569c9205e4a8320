"""The list that speed is measured on: as long as asked for, with people who are in it twice."""

from __future__ import annotations

import csv
import io
from collections import Counter

from tests.quality.crowd import COLUMNS, crowd, write


def test_of_a_hundred_records_about_twenty_are_of_somebody_who_has_another() -> None:
    rows = list(crowd(5000))
    persons = Counter(row[1] for row in rows)
    assert len(rows) == 5000
    assert persons.total() - len(persons) == 1000
    assert [row[0] for row in rows[:3]] == ["1", "2", "3"]


def test_the_same_list_comes_every_time_and_another_for_another_seed() -> None:
    assert list(crowd(300)) == list(crowd(300))
    assert list(crowd(300)) != list(crowd(300, seed=2))


def test_records_of_one_person_are_alike_but_rarely_equal() -> None:
    of_person: dict[str, list[tuple[str, ...]]] = {}
    for row in crowd(5000):
        of_person.setdefault(row[1], []).append(row[2:])
    pairs = [rows[:2] for rows in of_person.values() if len(rows) > 1]
    same = [sum(bool(a) and a == b for a, b in zip(one, other, strict=True)) for one, other in pairs]
    assert sum(count >= 2 for count in same) > 0.95 * len(pairs)
    assert sum(one == other for one, other in pairs) < 0.2 * len(pairs)


def test_a_longer_list_has_more_different_names_and_places_and_larger_groups_of_each() -> None:
    short, long = ([dict(zip(COLUMNS, row, strict=True)) for row in crowd(count)] for count in (2_000, 20_000))
    for column in ("family_name", "street", "postal_code"):
        few, many = (Counter(row[column] for row in rows if row[column]) for rows in (short, long))
        assert len(many) > 3 * len(few)
        assert max(many.values()) > max(few.values())


def test_it_is_written_as_a_table_with_a_line_of_names() -> None:
    file = io.StringIO(newline="")
    write(crowd(20), file)
    file.seek(0)
    read = list(csv.DictReader(file))
    assert len(read) == 20
    assert tuple(read[0]) == COLUMNS
