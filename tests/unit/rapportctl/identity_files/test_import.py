"""`rapportctl import` sends a table's rows as interactions, and says what it left out."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from rapport.interactions.v1.interaction_pb2 import Interaction
from rapportctl.__main__ import main
from tests.unit.rapportctl.fakes import MemoryDeployment
from tests.unit.rapportctl.identity_files.tables import mapped, written

PEOPLE = "id,first_name,email\n1,Ann,ann@example.org\n2,Bo,\n"


def imported(deployment: MemoryDeployment, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["import", *map(str, arguments)], obj=deployment)


def sent(deployment: MemoryDeployment) -> list[Interaction]:
    return [Interaction.FromString(record.value or b"") for record in deployment.records("interactions")]


def test_each_row_is_sent_as_an_account_that_is_observed(tmp_path: Path) -> None:
    deployment = MemoryDeployment()
    result = imported(deployment, written(tmp_path, PEOPLE))
    assert result.exit_code == 0, result.output
    assert "2 rows sent, 0 bad rows left out" in result.stdout
    assert "guessed from the header: given_name from first_name, email from email, record id from id" in result.stderr
    assert {(each.account.id, each.observation.given_name) for each in sent(deployment)} == {("1", "Ann"), ("2", "Bo")}


def test_sending_again_gives_the_same_event_ids(tmp_path: Path) -> None:
    once, twice = MemoryDeployment(), MemoryDeployment()
    path = written(tmp_path, PEOPLE)
    imported(once, path)
    imported(twice, path)
    assert [each.event_id for each in sent(once)] == [each.event_id for each in sent(twice)]


def test_bad_rows_are_told_by_line_and_the_others_are_sent(tmp_path: Path) -> None:
    deployment = MemoryDeployment()
    path = written(tmp_path, PEOPLE + "3\n2,Cy,\n")
    result = imported(deployment, path, "--format", "json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["mistakes"] == [
        {"line": 4, "reason": "1 values, where the first line names 3"},
        {"line": 5, "reason": "the id of the record occurs before, in line 3"},
    ]
    assert "rapportctl: 2 bad rows; the others were sent" in result.stderr
    assert len(sent(deployment)) == 2


def test_a_mapping_that_does_not_fit_stops_before_anything_is_sent(tmp_path: Path) -> None:
    deployment = MemoryDeployment()
    mapping = mapped(tmp_path, "version: 1\ndetails:\n  email: mail\n")
    result = imported(deployment, written(tmp_path, PEOPLE), "--mapping", mapping)
    assert result.exit_code == 1
    assert "mapping.yaml:3:10: details.email: the table has no column 'mail'; did you mean 'email'?" in result.stderr
    assert not sent(deployment)


def test_a_file_without_rows_is_a_failure_and_one_that_is_not_there_wrong_usage(tmp_path: Path) -> None:
    assert imported(MemoryDeployment(), written(tmp_path, "id,email\n")).exit_code == 1
    assert imported(MemoryDeployment(), tmp_path / "none.csv").exit_code == 2


def test_how_the_file_is_written_may_be_said_in_the_mapping(tmp_path: Path) -> None:
    deployment = MemoryDeployment()
    mapping = mapped(
        tmp_path, "version: 1\nfile: {separator: '|', encoding: latin-1}\ndetails: {given_name: vorname}\n"
    )
    result = imported(
        deployment, written(tmp_path, "vorname|x,y,z\nJörg|1\n", encoding="latin-1"), "--mapping", mapping
    )
    assert result.exit_code == 0, result.output
    assert [each.observation.given_name for each in sent(deployment)] == ["Jörg"]
