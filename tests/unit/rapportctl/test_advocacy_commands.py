"""`rapportctl advocacy` against the service itself, over adapters in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from advocacy_scoring.config import DEFAULT_RULES
from chassis.health import Health
from chassis.rpc.server import Limits, Server
from rapport.identity.v1 import service_pb2 as identity_pb2
from rapport.identity.v1.service_pb2 import ResolveResponse
from rapport.interactions.v1.interaction_pb2 import INTENT_DEFENCE, INTENT_DETRACTION
from rapportctl.__main__ import main
from rapportctl.shadow import spearman
from tests.unit.advocacy_scoring.world import World, deed
from tests.unit.rapportctl.fakes import IdentityService, MemoryDeployment

ONE = "01kknq5e8d0000g00000000003"
TWO = "01kknq5e8d0000g00000000005"
ACCOUNT = "instagram:maria.k"


@pytest.fixture
def deployment() -> Iterator[MemoryDeployment]:
    """Maria defended the brand and gave a code that nobody used; somebody with followers warned others."""
    world = World()
    world.clock.advance(timedelta(days=3))
    world.belongs(ONE, ACCOUNT)
    world.belongs(TWO, "x:angry")
    world.interacted(
        deed("e1", ACCOUNT, 1, "reply", intent=INTENT_DEFENCE, followers=12_000),
        deed("r1", ACCOUNT, 1, "referral", code="MARIA10"),
        deed("bad", "x:angry", 2, "comment", intent=INTENT_DETRACTION, visibility=1, followers=40_000),
    )
    world.settle()
    identity = IdentityService()
    identity.resolved[ACCOUNT] = ResolveResponse(customer_id=ONE)
    (descriptor, service), *_ = world.service.server(world.server_context())
    health = Health()
    health.serving()
    served: list[tuple[Any, object]] = [
        (identity_pb2.DESCRIPTOR.services_by_name["IdentityResolutionService"], identity),
        (descriptor, service),
    ]
    server = Server("127.0.0.1:0", served, health, limits=Limits(threads=2))
    server.start()
    names = ("IDENTITY_RESOLUTION", "ADVOCACY_SCORING")
    try:
        yield MemoryDeployment({f"RAPPORT_{name}_ADDRESS": server.address for name in names})
    finally:
        server.stop(0.0)


def run(deployment: MemoryDeployment, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["advocacy", *arguments], obj=deployment)


def said(deployment: MemoryDeployment, *arguments: str) -> Any:
    result = run(deployment, *arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_ad4_an_explanation_is_shown_with_what_would_raise_the_score(deployment: MemoryDeployment) -> None:
    shown = run(deployment, "explain", ACCOUNT).stdout
    for words in ("defence", "micro, 12,000 followers", "would raise it", "referral: +"):
        assert words in shown
    assert said(deployment, "explain", ONE)["score"]["customer_id"] == ONE
    assert said(deployment, "score", ACCOUNT)["customer_id"] == ONE


def test_ad4_an_explanation_of_a_later_day_is_lower(deployment: MemoryDeployment) -> None:
    later = said(deployment, "explain", ACCOUNT, "--at", "2026-09-01")["score"]["raw_milli"]
    assert int(later) < int(said(deployment, "explain", ACCOUNT, "--at", "2026-01-04")["score"]["raw_milli"])


def test_what_if_shows_the_change(deployment: MemoryDeployment) -> None:
    answer = said(deployment, "what-if", ACCOUNT, "--deed", "referral", "--deed", "share:2")
    assert answer["simulated_score"] > answer["current_score"]
    assert "change" in run(deployment, "what-if", ACCOUNT, "--deed", "share").stdout
    assert run(deployment, "what-if", ACCOUNT, "--deed", "share:x").exit_code == 2
    refused = run(deployment, "what-if", ACCOUNT, "--deed", "shares")
    assert (refused.exit_code, "deeds[0].action" in refused.stderr) == (1, True)


def test_ad8_advocates_and_detractors_are_listed(deployment: MemoryDeployment) -> None:
    assert [each["customer_id"] for each in said(deployment, "top", "--band", "micro")] == [ONE]
    assert run(deployment, "top", "--niche", "fashion").stdout == "nobody like that has a score above 0\n"
    assert [each["customer_id"] for each in said(deployment, "detractors", "--least-audience", "100")] == [TWO]
    assert TWO in run(deployment, "detractors").stdout


def test_ad5_referrals_are_listed_with_how_they_stand(deployment: MemoryDeployment) -> None:
    (referral,) = said(deployment, "referrals", ACCOUNT)
    assert (referral["state"], referral["is_giver"]) == ("REFERRAL_STATE_PENDING", True)
    assert "pending" in run(deployment, "referrals", ACCOUNT).stdout
    assert run(deployment, "referrals", ACCOUNT, "--state", "valid").stdout == "no referral is known\n"


def test_ad9_other_rules_are_tried_out_and_then_put_in_force(deployment: MemoryDeployment, tmp_path: Path) -> None:
    """From the file in force to a changed one, to the pictures, to its being in force."""
    file = tmp_path / "new.yaml"
    text = run(deployment, "rules", "--yaml").stdout
    assert text == DEFAULT_RULES.read_text(encoding="utf-8")
    file.write_text(text.replace("weight_milli: 25000", "weight_milli: 45000"), encoding="utf-8")
    found = said(deployment, "shadow", str(file))
    assert (found["customers"], found["moved"]) == (2, 1)
    (mover,) = found["movers"]
    assert (mover["customer"], mover["because"][0][0]) == (ONE, "defence")
    shown = run(deployment, "shadow", str(file), "--pictures", str(tmp_path / "pictures"))
    assert "defence +" in shown.stdout
    assert {each.name for each in (tmp_path / "pictures").iterdir()} >= {"distribution.png", "moves.svg"}
    command = ["promote", str(file), "--owner", "crm", "--reason", "defence counts more", "--expect"]
    assert run(deployment, *command, "2-0").exit_code == 1
    assert run(deployment, *command, found["current_version"]).stdout == f"{found['proposed_version']} is in force\n"
    assert said(deployment, "rules")["owner"] == "crm"


def test_ad9_a_mistake_in_the_file_is_told_with_its_place(deployment: MemoryDeployment, tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    file.write_text("version: two\n", encoding="utf-8")
    refused = run(deployment, "shadow", str(file))
    assert (refused.exit_code, "rules.yaml:1:10" in refused.stderr) == (1, True)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([1, 2, 3, 4], [10, 20, 30, 40], 1.0),
        ([1, 2, 3, 4], [4, 3, 2, 1], -1.0),
        ([1, 2, 3, 4], [1, 3, 2, 4], 0.8),
        ([1, 1, 2, 3], [1, 2, 3, 3], 0.8889),
        ([1, 1, 1], [1, 2, 3], None),
        ([], [], None),
    ],
)
def test_ad9_rank_correlation_is_spearmans(one: list[int], other: list[int], expected: float | None) -> None:
    """With shared ranks for equal scores; unknown where one side does not vary."""
    found = spearman(one, other)
    assert found == expected or (found is not None and expected is not None and abs(found - expected) < 1e-4)
