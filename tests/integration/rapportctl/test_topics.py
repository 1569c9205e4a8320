"""`rapportctl topics apply` on a real broker: idempotent, and honest about what differs."""

from __future__ import annotations

import json
import time

import pytest
from click.testing import Result
from kafka.admin import ConfigResource, ConfigResourceType

from rapportctl.deployment import Deployment
from rapportctl.kafka.topics import read_existing
from rapportctl.registry import registry
from tests.integration.rapportctl.conftest import Run

pytestmark = pytest.mark.integration


def until_told(run: Run) -> Result:
    """Apply until a difference is told: the broker shows a change a moment after it has taken it."""
    for _ in range(50):
        result = run("topics", "apply", "--format", "json")
        if result.exit_code:
            break
        time.sleep(0.1)
    return result


def test_apply_makes_every_topic_as_the_registry_has_it_and_nothing_the_second_time(
    deployment: Deployment, run: Run, topic_prefix: str
) -> None:
    existing = read_existing(deployment.admin, topic_prefix)
    for topic in registry().values():
        made = existing[topic_prefix + topic.name]
        assert made.partitions == topic.partitions(4)
        assert topic.config.items() <= made.config.items()
    again = run("topics", "apply")
    assert (again.exit_code, f"{len(registry())} topics: 0 created" in again.stderr) == (0, True)


def test_a_dry_run_makes_nothing(run: Run, environment: dict[str, str], topic_prefix: str) -> None:
    missing = run("topics", "apply", "--dry-run", "--format", "json")
    assert missing.exit_code == 1
    assert len(json.loads(missing.stdout)) == len(registry())
    assert read_existing(Deployment(environment).admin, topic_prefix) == {}


def test_drift_of_a_setting_is_told_and_repaired_when_asked(
    deployment: Deployment, run: Run, topic_prefix: str
) -> None:
    name = topic_prefix + "tiers"
    deployment.admin.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name, configs={"cleanup.policy": "delete"})]
    )
    told = until_told(run)
    assert told.exit_code == 1
    assert {"topic": name, "what": "cleanup.policy", "want": "compact", "have": "delete"} in json.loads(told.stdout)
    assert run("topics", "apply", "--repair").exit_code == 0
    assert run("topics", "apply", "--dry-run").exit_code == 0


def test_drift_of_a_partition_count_is_told_and_left(deployment: Deployment, topic_prefix: str, run: Run) -> None:
    """More partitions would send keys past the fences of other partitions."""
    deployment.admin.create_partitions({topic_prefix + "tiers": 8})
    assert until_told(run).exit_code == 1
    assert run("topics", "apply", "--repair").exit_code == 1
    assert read_existing(deployment.admin, topic_prefix)[topic_prefix + "tiers"].partitions == 8
