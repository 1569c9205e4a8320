"""The state of a deployment: rates between two readings, and who does not serve."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from chassis.health import Health
from chassis.rpc.health_probe import serve_health
from rapportctl import status as module
from rapportctl.__main__ import main
from rapportctl.deployment import Deployment
from rapportctl.errors import RapportctlError
from rapportctl.kafka.lags import Lag
from rapportctl.status import rates
from tests.unit.rapportctl.fakes import MemoryDeployment


def test_rates_are_what_was_finished_and_written_between_two_readings() -> None:
    before = [Lag("g", "a", 10, 20), Lag("g", "b", 0, 0)]
    after = [Lag("g", "a", 30, 60), Lag("g", "b", 0, 0), Lag("g", "new", 1, 2)]
    found = [(each.lag.topic, each.finished_per_second, each.written_per_second) for each in rates(before, after, 2.0)]
    assert found == [("a", 10.0, 20.0), ("b", 0.0, 0.0), ("new", 0.0, 0.0)]


@pytest.fixture
def one_process() -> Iterator[tuple[Health, dict[str, str]]]:
    """A process whose health a test sets, and an environment in which every service is found there."""
    health = Health()
    server = serve_health("127.0.0.1:0", health)
    names = ("IDENTITY_RESOLUTION", "CUSTOMER_PROFILE", "ADVOCACY_SCORING", "VIP_TIER")
    kinds = ("ADDRESS", "HEALTH")
    yield health, {f"RAPPORT_{name}_{kind}": server.address for name in names for kind in kinds}
    server.stop(0.0)


class StatusDeployment(MemoryDeployment):
    """A deployment whose Kafka is away, or has counted no records."""

    def __init__(self, environment: dict[str, str], *, kafka_is_away: bool = False) -> None:
        super().__init__(environment)
        self._kafka_is_away = kafka_is_away

    def lags(self) -> list[Lag]:
        if self._kafka_is_away:
            raise RapportctlError("no Kafka answers")
        return super().lags()


def run(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> tuple[int, Any, str]:
    monkeypatch.setattr(module, "totals", lambda deployment: {"interactions": 7})
    result = CliRunner().invoke(main, ["status", "--format", "json"], obj=deployment)
    return result.exit_code, json.loads(result.stdout), result.stderr


def test_all_serving_is_status_zero(
    one_process: tuple[Health, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    health, environment = one_process
    health.serving()
    code, shown, _ = run(StatusDeployment(environment), monkeypatch)
    assert (code, shown["serving"], shown["totals"]) == (0, True, {"interactions": 7})
    assert {each["health"] for each in shown["processes"]} == {"serving"}


def test_one_that_waits_is_status_one(
    one_process: tuple[Health, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    health, environment = one_process
    health.waiting("the store is away")
    code, shown, said = run(StatusDeployment(environment), monkeypatch)
    assert (code, shown["serving"]) == (1, False)
    assert {each["health"] for each in shown["processes"]} == {"not serving"}
    assert "not everything is serving" in said


def test_without_kafka_the_processes_are_shown_all_the_same(
    one_process: tuple[Health, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    health, environment = one_process
    health.waiting("the broker is away")
    code, shown, said = run(StatusDeployment(environment, kafka_is_away=True), monkeypatch)
    assert (code, len(shown["processes"]), shown["serving"]) == (1, 8, False)
    assert "no Kafka answers" in said


def test_watching_ends_with_ctrl_c_and_with_the_last_state(
    one_process: tuple[Health, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    health, environment = one_process
    health.serving()
    monkeypatch.setattr(module, "totals", lambda deployment: {})
    pauses = iter([0.0, 0.0])

    def sleep(seconds: float) -> None:
        """Two readings' worth of pauses, then a person presses Ctrl-C."""
        if next(pauses, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", sleep)
    result = CliRunner().invoke(main, ["status", "--watch", "--format", "json"], obj=StatusDeployment(environment))
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines
    assert all(json.loads(line)["serving"] for line in lines)
