"""`rapportctl identity train`: a model file, and a report that explains it in words, figures and pictures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rapportctl.__main__ import main
from tests.quality.crowd import crowd, write
from tests.unit.rapportctl.identity_files.tables import MAPPING, mapped, written

RECORDS = 400
FIELDS = {"given_name", "family_name", "date_of_birth", "email", "phone", "street", "postal_code", "city"}


def trained(folder: Path, *options: str) -> Result:
    path = folder / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write(crowd(RECORDS), file)
    out, mapping = folder / "model.json", mapped(folder, MAPPING)
    arguments = ["identity", "train", str(path), "--mapping", str(mapping), "--out", str(out), *options]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a model and its report are."""
    folder = tmp_path_factory.mktemp("training")
    trained(folder, "--report", str(folder / "report"))
    return folder


def test_the_same_file_gives_the_same_model(folder: Path, tmp_path: Path) -> None:
    trained(tmp_path)
    assert (tmp_path / "model.json").read_bytes() == (folder / "model.json").read_bytes()


def test_the_report_tells_levels_thresholds_and_pairs_in_words_and_figures(folder: Path) -> None:
    told = json.loads((folder / "report/report.json").read_text())
    assert {field["name"].partition(",")[0] for field in told["fields"]} == FIELDS
    precisions = [each["precision"] for each in told["thresholds"]]
    assert precisions == sorted(precisions)
    assert sum(count for _, count in told["histogram"]["bars"]) > 0
    words = (folder / "report/report.md").read_text()
    assert f"# Matching model {told['version']}" in words
    assert told["examples"]
    for pair in told["examples"]:
        assert f"{pair['title']}:" in words


def test_the_weight_of_a_pair_is_the_sum_of_its_steps(folder: Path) -> None:
    told = json.loads((folder / "report/report.json").read_text())
    words = (folder / "report/report.md").read_text()
    for pair in told["examples"]:
        weight = pair["prior"] + sum(step["weight"] for step in pair["steps"])
        assert f"**{weight:+.2f}**" in words


def test_the_report_holds_no_value_of_anybody(folder: Path) -> None:
    words = "".join((folder / "report" / name).read_text().lower() for name in ("report.md", "report.json"))
    values = {value.lower() for row in crowd(RECORDS) for value in (row[5], row[6], row[7]) if value}
    assert values
    assert not [value for value in values if value in words]


def test_pictures_are_png_and_svg_of_the_weights_the_scores_and_each_pair(folder: Path) -> None:
    told = json.loads((folder / "report/report.json").read_text())
    names = {"match-weights", "m-and-u", "scores", *(f"pair-{n + 1}" for n in range(len(told["examples"])))}
    for name in names:
        assert (folder / f"report/{name}.png").read_bytes().startswith(b"\x89PNG")
        assert "<svg" in (folder / f"report/{name}.svg").read_text()
        assert f"![{name}]({name}.png)" in (folder / "report/report.md").read_text()


def test_what_is_to_be_doubted_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, "given_name,family_name\nAnn,Lee\nBo,Ray\n")
    result = CliRunner().invoke(main, ["identity", "train", str(path), "--out", str(tmp_path / "model.json")])
    assert "so few tell little" in result.stdout
