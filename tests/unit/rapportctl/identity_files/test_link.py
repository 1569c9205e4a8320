"""`rapportctl identity link`: who is who in a file, measured where the truth is known, and told where rows are bad."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rapportctl.__main__ import main
from tests.unit.rapportctl.identity_files.tables import mapped, written

PEOPLE = """id,first_name,surname,dob,email,phone,city,cluster
1,Maria,Keller,1984-02-29,maria.keller@example.org,+442079460001,London,a
2,Maria,Keller,1984-02-29,maria.keller@example.org,,London,a
3,Marai,Keller,1984-02-29,,+442079460001,London,a
4,Joshua,Tanaka,1971-07-03,josh@example.net,,Bath,b
5,Josh,Tanaka,1971-07-03,josh@example.net,,Bath,b
6,Ingrid,Solberg,1990-11-12,ingrid@example.com,,York,c
"""


def linked(folder: Path, *arguments: str | Path) -> Result:
    out = folder / "clusters.csv"
    return CliRunner().invoke(main, ["identity", "link", *map(str, arguments), "--out", str(out)])


def clusters(folder: Path) -> dict[str, str]:
    with (folder / "clusters.csv").open() as file:
        return {row["record_id"]: row["cluster_id"] for row in csv.DictReader(file)}


def summary(result: Result) -> dict[str, Any]:
    assert result.stdout, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def test_records_of_one_person_come_into_one_cluster_and_are_measured_against_the_truth(tmp_path: Path) -> None:
    result = linked(tmp_path, written(tmp_path, PEOPLE), "--truth", "cluster", "--format", "json")
    assert result.exit_code == 0, result.output
    told = summary(result)
    assert (told["records"], told["clusters"], told["true_clusters"]) == (6, 3, 3)
    assert (told["precision"], told["recall"], told["f1"]) == (1.0, 1.0, 1.0)
    assert told["records_per_second"] > 0
    found = clusters(tmp_path)
    assert list(found) == ["1", "2", "3", "4", "5", "6"]
    assert found["1"] == found["2"] == found["3"] != found["4"] == found["5"] != found["6"]


def test_what_was_guessed_and_that_a_model_is_trained_first_is_said(tmp_path: Path) -> None:
    result = linked(tmp_path, written(tmp_path, PEOPLE))
    assert "guessed from the header: given_name from first_name" in result.stderr
    assert "no --model: training one on the file itself first" in result.stderr


def test_a_model_that_was_trained_before_is_taken_and_says_which_it_is(tmp_path: Path) -> None:
    people, model = written(tmp_path, PEOPLE), tmp_path / "model.json"
    trained = CliRunner().invoke(main, ["identity", "train", str(people), "--out", str(model), "--format", "json"])
    assert trained.exit_code == 0, trained.output
    told = summary(linked(tmp_path, people, "--model", model, "--format", "json"))
    assert told["model"] == summary(trained)["model"]
    assert "training_seconds" not in told


def test_refusals_are_counted_by_rule(tmp_path: Path) -> None:
    shared = "".join(f"{n},office@shop.example,{1950 + n}-01-0{n}\n" for n in range(1, 5))
    mapping = mapped(tmp_path, "version: 1\nid: id\ndetails: {date_of_birth: born}\nidentifiers: {email: mail}\n")
    path = written(tmp_path, "id,mail,born\n" + shared.replace("office", "anna.b"))
    told = summary(linked(tmp_path, path, "--mapping", mapping, "--format", "json"))
    assert told["clusters"] == 4
    assert set(told["refusals"]) & {"hard_conflict", "contradiction", "ambiguous"}


def test_bad_rows_are_told_and_the_others_are_linked(tmp_path: Path) -> None:
    path = written(tmp_path, PEOPLE + "7,too few\n1,Twice,,,,,,d\n8," + "x" * 300 + ",,,,,,e\n")
    result = linked(tmp_path, path, "--format", "json")
    assert result.exit_code == 1
    assert "line 8: 2 values, where the first line names 8" in result.stderr
    assert "line 9: the id of the record occurs before, in line 2" in result.stderr
    assert "line 10: VALUE_OUT_OF_RANGE: observation.given_name: at most 256 characters" in result.stderr
    assert "rapportctl: 3 bad rows; the others were linked" in result.stderr
    assert list(clusters(tmp_path)) == ["1", "2", "3", "4", "5", "6"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "people.csv is empty: its first line must name the columns"),
        ("id,email\n", "there is no row to learn from"),
        ("a,b\n1,2\n", "no column has a name that is known (a, b); say what they mean with --mapping"),
    ],
)
def test_a_file_of_which_nothing_can_be_made_fails_with_a_sentence(tmp_path: Path, content: str, said: str) -> None:
    result = linked(tmp_path, written(tmp_path, content))
    assert (result.exit_code, said in result.stderr) == (1, True), result.output
    assert not (tmp_path / "clusters.csv").exists()


def test_a_wrong_mapping_is_told_with_line_and_column(tmp_path: Path) -> None:
    text = "version: 1\ndetails:\n  email: mail\nidentifiers:\n  emial: email\nattributes:\n  shoe_size: city\n"
    result = linked(tmp_path, written(tmp_path, PEOPLE), "--mapping", mapped(tmp_path, text))
    assert result.exit_code == 1
    for told in (
        "3:10: details.email: the table has no column 'mail'",
        "5:10: identifiers.emial",
        "7:14: attributes.shoe",
    ):
        assert f"mapping.yaml:{told}" in result.stderr


def test_wrong_rules_and_models_fail_with_a_sentence(tmp_path: Path) -> None:
    people = written(tmp_path, PEOPLE)
    rules = linked(tmp_path, people, "--rules", written(tmp_path, "version: 1\n", "rules.yaml"))
    assert (rules.exit_code, "the rules cannot be used" in rules.stderr) == (1, True)
    model = linked(tmp_path, people, "--model", written(tmp_path, "{}", "model.json"))
    assert (model.exit_code, "the model cannot be used" in model.stderr) == (1, True)


def test_what_cannot_be_found_is_wrong_usage(tmp_path: Path) -> None:
    assert linked(tmp_path, tmp_path / "none.csv").exit_code == 2
    assert CliRunner().invoke(main, ["identity", "link", str(written(tmp_path, PEOPLE))]).exit_code == 2


def test_the_column_of_the_truth_must_exist(tmp_path: Path) -> None:
    result = linked(tmp_path, written(tmp_path, PEOPLE), "--truth", "clustr")
    assert (result.exit_code, "no column 'clustr'; did you mean 'cluster'?" in result.stderr) == (1, True)
