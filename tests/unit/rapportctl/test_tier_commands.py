"""`rapportctl tier` against the service itself: what people see, decide, preview and check."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from rapport.identity.v1.service_pb2 import ResolveResponse
from rapport.tier.v1.tier_pb2 import Shortfall, TierChange
from rapportctl.__main__ import main
from rapportctl.tier_views import shortfalls
from rapportctl.views import money
from tests.unit.rapportctl.fakes import IdentityService, MemoryDeployment
from tests.unit.rapportctl.served import served, working
from tests.unit.vip_tier.advocacy import Advocacy
from tests.unit.vip_tier.world import World, purchase
from tests.unit.wire.world import JOE
from vip_tier.adapters.advocacy import ADVOCACY
from vip_tier.config import DEFAULT_PROGRAMME, read_programmes

ONE = "01kknq5e8d0000g00000000003"
BY = ("--owner", "S-17", "--reason", "a lost parcel")


@pytest.fixture
def deployment() -> Iterator[MemoryDeployment]:
    """Joe bought for 400; a worker works beside the server."""
    world = World()
    world.clock.advance(timedelta(days=3))
    world.belongs(ONE, JOE)
    world.interacted(purchase("e1", JOE, 1, "o1", 40_000))
    world.settle()
    identity = IdentityService()
    identity.resolved[JOE] = ResolveResponse(customer_id=ONE)
    with served(world, identity, {ADVOCACY: Advocacy()}) as deployment, working(world):
        deployment.broker = world.broker
        yield deployment


def run(deployment: MemoryDeployment, *arguments: str, status: int = 0) -> Result:
    result = CliRunner().invoke(main, ["tier", *arguments], obj=deployment)
    assert result.exit_code == status, (result.stdout, result.stderr, result.exception)
    return result


def said(deployment: MemoryDeployment, *arguments: str) -> Any:
    return json.loads(run(deployment, *arguments, "--format", "json").stdout)


def test_ti5_a_tier_is_shown_with_what_the_next_one_takes(deployment: MemoryDeployment) -> None:
    shown = run(deployment, "show", JOE, "--steps").stdout
    for words in ("silver", "gold", "600 points", "400 points can be spent", "enrolled", "review: +15 points"):
        assert words in shown
    assert said(deployment, "show", ONE)["next"]["tier"] == "gold"


def test_ti5_a_segment_that_is_missing_is_named() -> None:
    """Beside money and counts."""
    missing = [Shortfall(figure="segment:fans", amount=1), Shortfall(figure="spend_minor_units", amount=1_250)]
    assert shortfalls(missing, "EUR") == f"the segment fans, {money(1_250, 'EUR')}"


def test_ti4_the_ledger_is_a_statement_that_adds_up(deployment: MemoryDeployment) -> None:
    run(deployment, "spend", JOE, "150", *BY)
    shown = run(deployment, "ledger", JOE).stdout
    for words in ("earned", "+400", "spent", "-150", "250", "a lost parcel", "250 points can be spent"):
        assert words in shown
    assert sum(int(each.get("active", 0)) for each in said(deployment, "ledger", JOE)) == 250


def test_ti9_what_cannot_be_spent_is_told_with_what_is_missing(deployment: MemoryDeployment) -> None:
    refused = run(deployment, "spend", JOE, "500", *BY, status=1)
    assert "100 more than the customer has" in refused.stderr
    assert "request id" in refused.stderr


def test_ti9_points_are_given_and_taken(deployment: MemoryDeployment) -> None:
    assert "500 points" in run(deployment, "adjust", JOE, "100", *BY).stdout
    assert "450 points" in run(deployment, "adjust", JOE, "50", "--take", *BY).stdout


def test_ti9_a_tier_is_overridden_and_the_override_ended(deployment: MemoryDeployment) -> None:
    assert "platinum" in run(deployment, "override", JOE, "platinum", *BY).stdout
    assert "silver" in run(deployment, "override", JOE, "--end", *BY).stdout
    reasons = [each["reason"] for each in said(deployment, "history", JOE)]
    assert reasons[:2] == ["CHANGE_REASON_OVERRIDE_ENDED", "CHANGE_REASON_OVERRIDDEN"]
    run(deployment, "override", JOE, *BY, status=2)
    for until in ("30d", "2090-01-01"):
        run(deployment, "override", JOE, "gold", "--until", until, *BY)
        assert said(deployment, "show", JOE)["tier"]["override"]["end_time"]


def test_ti10_changes_are_watched_from_a_sequence_on(deployment: MemoryDeployment) -> None:
    run(deployment, "override", JOE, "platinum", *BY)
    told = len(said(deployment, "history", JOE))
    shown = run(deployment, "watch", "--customer", JOE, "--after", str(told - 1), "--max", "1").stdout
    assert "silver -> platinum" in shown


def test_ti8_a_preview_is_a_table_and_a_picture(deployment: MemoryDeployment, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    other = tmp_path / "other.yaml"
    other.write_text(DEFAULT_PROGRAMME.read_text().replace("points: 1000\n", "points: 300\n"))
    picture = tmp_path / "moves.svg"
    shown = run(deployment, "preview", str(other), "--picture", str(picture)).stdout
    for words in ("silver", "gold", "early_access: 0 -> 1 holders", f"{ONE}: silver -> gold"):
        assert words in shown
    assert picture.read_text().startswith("<?xml")


def test_ti8_a_programme_is_promoted_from_a_day_on(deployment: MemoryDeployment, tmp_path: Path) -> None:
    new, into = tmp_path / "new.yaml", tmp_path / "programme.yaml"
    new.write_text(DEFAULT_PROGRAMME.read_text().replace("points: 1000\n", "points: 1200\n"))
    into.write_text(DEFAULT_PROGRAMME.read_text())
    run(deployment, "promote", str(new), "--into", str(into), "--from", "2090-01-01")
    found = read_programmes(into).value
    assert [each.applies_from for each in found.programmes] == ["", "2090-01-01"]
    assert yaml.safe_load(into.read_text())["version"] == 3
    run(deployment, "promote", str(new), "--into", str(into), "--from", "2020-01-01", status=2)


def test_ti11_a_stream_is_checked_and_a_planted_gap_found(deployment: MemoryDeployment) -> None:
    assert "whole" in run(deployment, "check-stream").stdout
    deployment.put("tier-changes", ONE.encode(), TierChange(customer_id=ONE, sequence=99).SerializeToString())
    found = run(deployment, "check-stream", status=1)
    assert "a gap" in found.stderr
