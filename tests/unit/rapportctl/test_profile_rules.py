"""`rapportctl profile rules` and `recomputation` against the service itself, in memory."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chassis.health import Health
from chassis.rpc.server import Limits, Server
from rapportctl.__main__ import main
from tests.unit.customer_profile.rules_of_tests import rules_with
from tests.unit.customer_profile.world import World, interaction
from tests.unit.rapportctl.fakes import IdentityService, MemoryDeployment
from tests.unit.wire.world import JOE

TRAIT = {"trait": "said", "function": "count"}


@pytest.fixture
def world() -> World:
    """One customer, who said something."""
    world = World()
    world.interacted(interaction("e1"))
    world.belongs("01kknq5e8d0000g00000000001", JOE)
    world.settle()
    return world


@pytest.fixture
def deployment(world: World) -> Iterator[MemoryDeployment]:
    """The profile, served."""
    health = Health()
    health.serving()
    served = list(world.service.server(world.server_context({"identity-resolution": IdentityService()})))
    server = Server("127.0.0.1:0", served, health, limits=Limits(threads=2))
    server.start()
    try:
        yield MemoryDeployment({"RAPPORT_CUSTOMER_PROFILE_ADDRESS": server.address})
    finally:
        server.stop(0.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Rules with one trait."""
    path = tmp_path / "new.yaml"
    path.write_text(rules_with([TRAIT]), encoding="utf-8")
    return path


def run(deployment: MemoryDeployment, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["profile", *arguments], obj=deployment)


def said(deployment: MemoryDeployment, *arguments: str) -> Any:
    result = run(deployment, *arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_pr6_the_file_that_show_prints_is_what_promote_takes(deployment: MemoryDeployment, tmp_path: Path) -> None:
    """And promoting it unchanged leaves the version as it was."""
    shown = run(deployment, "rules", "show", "--yaml")
    same = tmp_path / "same.yaml"
    same.write_text(shown.stdout, encoding="utf-8")
    checked = said(deployment, "rules", "check", str(same))
    assert (checked["differs"], checked["version"]) == (False, checked["in_force"])
    assert said(deployment, "rules", "show")["version"] == checked["in_force"]
    assert "the file that the service was started with" in run(deployment, "rules", "show").stdout


def test_pr6_rules_are_checked_and_promoted_and_everybody_is_computed_anew(
    world: World, deployment: MemoryDeployment, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Following ends when records show the new trait."""
    checked = said(deployment, "rules", "check", str(file))
    assert checked["differs"]
    command = ["promote", str(file), "--owner", "crm", "--reason", "for reports", "--expect"]
    refused = run(deployment, "rules", *command, "1-000000000000")
    assert refused.exit_code == 1
    assert f"the rules in force are {checked['in_force']}" in refused.stderr
    assert checked["version"] in run(deployment, "rules", *command, checked["in_force"]).stdout
    told = said(deployment, "rules", "show")
    assert (told["version"], told["owner"], told["reason"]) == (checked["version"], "crm", "for reports")
    world.clock.advance(timedelta(seconds=6))
    before = said(deployment, "recomputation")
    assert (before["version"], before.get("done", False)) == (checked["version"], False)
    runner = world.runner()

    def sleep(_: float) -> None:
        world.clock.advance(timedelta(seconds=6))
        runner.run_until_quiet()

    monkeypatch.setattr(time, "sleep", sleep)
    assert said(deployment, "recomputation", "--follow")["done"]
    assert world.record("01kknq5e8d0000g00000000001").traits["said"].number == 1
    assert "256 of 256 parts" in run(deployment, "recomputation").stdout


def test_pr6_each_mistake_of_a_file_is_told_with_line_and_column(deployment: MemoryDeployment, tmp_path: Path) -> None:
    """Nothing is promoted then."""
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(rules_with([{"trait": "t", "function": "sum", "attribute": "channel"}]), encoding="utf-8")
    result = run(deployment, "rules", "check", str(wrong))
    assert result.exit_code == 1
    line = next(n for n, each in enumerate(wrong.read_text().splitlines(), 1) if "function: sum" in each)
    assert f"rules.yaml:{line}:" in result.stderr
    assert "channel has words" in result.stderr


def test_pr6_a_file_that_is_no_text_is_told_in_a_sentence(deployment: MemoryDeployment, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_bytes(b"version: \xff")
    result = run(deployment, "rules", "check", str(wrong))
    assert (result.exit_code, result.stderr) == (1, f"rapportctl: {wrong}: byte 10 is not UTF-8\n")
