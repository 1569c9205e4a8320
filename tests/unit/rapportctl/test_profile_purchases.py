"""`rapportctl profile orders`, `purchases` and `fit-lifetime-value` against the service itself, in memory."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rapport.identity.v1.service_pb2 import ResolveResponse
from rapportctl.__main__ import main
from tests.unit.customer_profile.purchases.shop import bought, days, gave_back, line
from tests.unit.customer_profile.world import World
from tests.unit.rapportctl.fakes import IdentityService, MemoryDeployment
from tests.unit.rapportctl.served import served

ACCOUNT = "web_shop:1"
BUYERS = 160


def customer(number: int) -> str:
    return f"01kknq5e8d0000g00000000{number:03d}"


def shop(*, is_left: bool = True) -> World:
    """Buyers who order about monthly over a year; some soon drop out, others hardly ever, or nobody does."""
    world, draw = World(), random.Random(7)
    for number in range(1, BUYERS + 1):
        account, day, turn = f"web_shop:{number}", draw.uniform(0, 200), 0
        leaves = draw.betavariate(1, 2) if is_left else 0.0
        world.belongs(customer(number), account)
        while day < 360:
            turn += 1
            lines = [line("hat", 2, 500)]
            world.interacted(bought(account, day, f"{number}-{turn}", draw.randint(500, 9000), lines=lines))
            if draw.random() < leaves:
                break
            day += draw.expovariate(1 / 30)
    world.interacted(gave_back(ACCOUNT, 361, "R-1", "1-1", 400))
    days(world, 365)
    return world


@pytest.fixture(scope="module")
def deployment() -> Iterator[MemoryDeployment]:
    """The shop, served."""
    with shopping(shop()) as deployment:
        yield deployment


@contextmanager
def shopping(world: World) -> Iterator[MemoryDeployment]:
    identity = IdentityService()
    identity.resolved[ACCOUNT] = ResolveResponse(customer_id=customer(1))
    with served(world, identity, {"identity-resolution": identity}) as deployment:
        yield deployment


def run(deployment: MemoryDeployment, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["profile", *arguments], obj=deployment)


def said(deployment: MemoryDeployment, *arguments: str) -> Any:
    result = run(deployment, *arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_pr8_a_customers_orders_are_listed_with_what_was_given_back(deployment: MemoryDeployment) -> None:
    found = said(deployment, "orders", ACCOUNT)
    assert found[-1]["order_id"] == "1-1"
    assert found[-1]["returns"][0]["return_id"] == "R-1"
    assert found[-1]["lines"][0]["sku"] == "hat"
    shown = run(deployment, "orders", ACCOUNT).stdout
    assert "4.00 EUR  R-1" in shown
    assert len(said(deployment, "orders", ACCOUNT, "--max", "1")) == 1


def test_pr8_a_report_shows_sums_and_cohorts_and_draws_them(deployment: MemoryDeployment, tmp_path: Path) -> None:
    result = run(deployment, "purchases", "--currency", "EUR", "--pictures", str(tmp_path))
    assert result.exit_code == 0, result.stderr
    for words in ("buyers", "160", "came again", "2026-01", "+1"):
        assert words in result.stdout
    assert (tmp_path / "cohorts.png").stat().st_size > 0
    assert (tmp_path / "cohorts.svg").stat().st_size > 0
    found = said(deployment, "purchases")
    assert (found["currency"], found["buyers"], found["returns"], found["returned"]) == ("EUR", BUYERS, 1, 400)
    assert sum(each["buyers"] for each in found["cohorts"]) == BUYERS
    earlier = said(deployment, "purchases", "--as-of", "2026-02-01")
    assert 0 < earlier["buyers"] < BUYERS
    assert said(deployment, "purchases", "--currency", "JPY")["buyers"] == 0


def test_pr9_a_dry_run_shows_the_model_and_puts_nothing_in_force(deployment: MemoryDeployment) -> None:
    found = said(deployment, "fit-lifetime-value", "--dry-run", "--holdout-days", "60")
    assert found["model"]["buyers"] == str(BUYERS)
    assert "version" not in found["model"]
    assert found["calibration"]["actual"] > 0
    assert said(deployment, "purchases")["model_version"] == ""


def test_pr9_a_fitted_model_is_promoted_and_then_in_the_report(deployment: MemoryDeployment, tmp_path: Path) -> None:
    arguments = ("fit-lifetime-value", "--owner", "crm", "--reason", "a test", "--pictures", str(tmp_path))
    result = run(deployment, *arguments, "--horizon-days", "90", "--holdout-days", "60")
    assert result.exit_code == 0, result.stderr
    assert "alpha" in result.stdout
    assert "order days expected" in result.stdout
    assert "is in force" in result.stderr
    assert (tmp_path / "calibration.png").stat().st_size > 0
    found = said(deployment, "purchases")
    assert found["model_version"].startswith("EUR-")
    assert found["horizon_days"] == 90
    assert sum(each["buyers"] for each in found["classes"]) == BUYERS
    assert 0 < found["alive"] < 1
    shown = run(deployment, "purchases", "--pictures", str(tmp_path))
    assert "expected in 90 days" in shown.stdout
    assert (tmp_path / "rfm-classes.png").stat().st_size > 0


def test_pr9_a_model_of_which_the_data_tell_too_little_is_put_in_force_by_force_only() -> None:
    signed = ("fit-lifetime-value", "--as-of", "2026-12-31", "--owner", "crm", "--reason", "nobody has left yet")
    with shopping(shop(is_left=False)) as deployment:
        refused = run(deployment, *signed)
        assert (refused.exit_code, "--force" in refused.stderr) == (1, True)
        assert said(deployment, "purchases")["model_version"] == ""
        forced = run(deployment, *signed, "--force")
        assert (forced.exit_code, "mind: the data do not tell" in forced.stderr) == (0, True)
        assert said(deployment, "purchases")["model_version"] != ""


def test_pr9_what_cannot_be_done_is_said_in_a_sentence(deployment: MemoryDeployment) -> None:
    unsigned = run(deployment, "fit-lifetime-value")
    assert (unsigned.exit_code, "--owner and --reason" in unsigned.stderr) == (2, True)
    nobody = run(deployment, "fit-lifetime-value", "--currency", "JPY", "--dry-run")
    assert (nobody.exit_code, "0 customers have ordered in JPY" in nobody.stderr) == (1, True)
    wrong = run(deployment, "purchases", "--currency", "euro")
    assert (wrong.exit_code, "currency_code" in wrong.stderr) == (1, True)
