"""`rapportctl profile consent` and `field` against the service itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rapport.identity.v1.service_pb2 import ResolveResponse
from rapportctl.__main__ import main
from tests.unit.customer_profile.serving import FakeIdentity
from tests.unit.customer_profile.world import World, observation
from tests.unit.rapportctl.fakes import IdentityService, MemoryDeployment
from tests.unit.rapportctl.served import served, working
from tests.unit.wire.world import JOE

ONE = "01kknq5e8d0000g00000000003"
BY = ("--owner", "S-17", "--reason", "by phone")


@pytest.fixture
def deployment() -> Iterator[MemoryDeployment]:
    """A form told Joe's names; a worker works beside the server."""
    world = World()
    world.clock.advance(timedelta(days=3))
    world.belongs(ONE, JOE)
    world.interacted(
        observation("e1", JOE, 1, given_name="Jo"), observation("e2", JOE, 2, source="crm", given_name="Joseph")
    )
    world.settle()
    identity = IdentityService()
    identity.resolved[JOE] = ResolveResponse(customer_id=ONE)
    with served(world, identity, {"identity-resolution": FakeIdentity()}) as deployment, working(world):
        yield deployment


def run(deployment: MemoryDeployment, *arguments: str, status: int = 0) -> Result:
    result = CliRunner().invoke(main, ["profile", *arguments], obj=deployment)
    assert result.exit_code == status, (result.stdout, result.stderr, result.exception)
    return result


def said(deployment: MemoryDeployment, *arguments: str) -> Any:
    return json.loads(run(deployment, *arguments, "--format", "json").stdout)


def test_pr5_consent_is_laid_down_and_shown(deployment: MemoryDeployment) -> None:
    assert "nothing was decided" in run(deployment, "consent", "show", JOE).stdout
    agreed = run(
        deployment, "consent", "set", JOE, "newsletter", "--granted", "--channel", "email", "--proof", "form-v7",
        "--decided", "2026-01-02", *BY,
    )  # fmt: skip
    assert f"SetConsent customers/{ONE}" in agreed.stderr
    for words in ("newsletter", "email", "yes", "form-v7", "S-17", "2026-01-02"):
        assert words in agreed.stdout
    run(deployment, "consent", "set", JOE, "newsletter", "--denied", *BY)
    assert [
        (each.get("channel", ""), each.get("granted", False)) for each in said(deployment, "consent", "show", ONE)
    ] == [
        ("", False),
        ("email", True),
    ]
    until = said(deployment, "consent", "set", JOE, "offers", "--granted", "--until", "2090-01-01", *BY)
    assert until[-1]["expire_time"] == "2090-01-01T00:00:00Z"


def test_pr5_a_consent_must_say_which_way(deployment: MemoryDeployment) -> None:
    run(deployment, "consent", "set", JOE, "newsletter", *BY, status=2)
    refused = run(deployment, "consent", "set", JOE, "News letter", "--granted", *BY, status=1)
    assert "purpose" in refused.stderr


def test_pr2_a_field_is_laid_down_shown_among_all_values_and_taken_back(deployment: MemoryDeployment) -> None:
    shown = run(deployment, "field", "set", JOE, "given_name", "Joe", "--until", "30d", *BY).stdout
    for words in ("Joe", "by hand", "a person", "S-17", "by phone"):
        assert words in shown
    assert [each["value"] for each in said(deployment, "field", "values", JOE, "given_name")] == ["Joe", "Joseph", "Jo"]
    assert len(said(deployment, "field", "values", JOE, "given_name", "--max", "1")) == 1
    assert said(deployment, "field", "clear", JOE, "given_name", *BY)[0]["value"] == "Joseph"
    assert "no value of company" in run(deployment, "field", "clear", JOE, "company", *BY).stdout


def test_pr2_what_is_no_field_or_no_value_of_it_is_told(deployment: MemoryDeployment) -> None:
    run(deployment, "field", "set", JOE, "shoe_size", "44", *BY, status=2)
    run(deployment, "field", "set", JOE, "email", "", *BY, status=2)
    refused = run(deployment, "field", "set", JOE, "email", "nonsense", *BY, status=1)
    assert "name@example.com" in refused.stderr
    assert "nonsense" not in refused.stderr
