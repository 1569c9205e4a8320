"""A file that is linked and the same file sent through Kafka end in the same customers."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from chassis.clock import ManualClock
from identity_resolution.config import MODEL
from rapportctl.__main__ import main
from tests.quality.crowd import crowd, write
from tests.unit.identity_resolution.world import World
from tests.unit.rapportctl.fakes import MemoryDeployment
from tests.unit.rapportctl.identity_files.tables import MAPPING, mapped

RECORDS = 500


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A list of people of whom many are in it twice, with mistakes."""
    path = tmp_path / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write(crowd(RECORDS), file)
    return path


def by_link(folder: Path, table: Path, mapping: Path) -> set[frozenset[str]]:
    """Records by cluster, as `identity link` writes them."""
    out = folder / "clusters.csv"
    arguments = ["identity", "link", table, "--mapping", mapping, "--model", MODEL, "--out", out]
    result = CliRunner().invoke(main, [*map(str, arguments)])
    assert result.exit_code == 0, result.output
    clusters: dict[str, set[str]] = defaultdict(set)
    with out.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            clusters[row["cluster_id"]].add(row["record_id"])
    return {frozenset(records) for records in clusters.values()}


def by_import(world: World, table: Path, mapping: Path) -> set[frozenset[str]]:
    """Records by customer, as identity resolution tells after `rapportctl import`."""
    deployment = MemoryDeployment()
    deployment.broker = world.broker
    result = CliRunner().invoke(main, ["import", str(table), "--mapping", str(mapping)], obj=deployment)
    assert result.exit_code == 0, result.output
    world.settle()
    assert not world.dead_letters()
    return {frozenset(account.removeprefix("file:") for account in accounts) for accounts in world.people()}


def test_id7_linking_a_file_and_importing_it_give_the_same_clusters(tmp_path: Path, table: Path) -> None:
    mapping = mapped(tmp_path, MAPPING)
    linked = by_link(tmp_path, table, mapping)
    assert sum(map(len, linked)) == RECORDS
    assert len(linked) < RECORDS
    assert by_import(World(clock=ManualClock(datetime.now(UTC))), table, mapping) == linked


def test_importing_a_file_again_changes_nothing(tmp_path: Path, table: Path) -> None:
    mapping, world = mapped(tmp_path, MAPPING), World(clock=ManualClock(datetime.now(UTC)))
    first = by_import(world, table, mapping)
    evidence = len(world.evidence())
    assert by_import(world, table, mapping) == first
    assert len(world.evidence()) == evidence
