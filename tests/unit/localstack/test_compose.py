"""deploy/compose.yaml against what the rest of the project says."""

import re
from typing import Any

import pytest
import yaml

from localstack.broker import PROPERTIES
from localstack.catalog import read_services
from localstack.jars import read_lock
from localstack.places import PROJECT, Places

# What a local process and a container cannot have in common: addresses, folders, and pools sized for a shared machine.
OWN = re.compile(
    r"listener|^log\.dirs|quorum\.voters|^num\.(network|io|recovery)|threads|dedupe|num\.partitions|^broker\.|shutdown"
)


@pytest.fixture(scope="module")
def containers() -> dict[str, Any]:
    """Return the services of the compose file."""
    content: dict[str, Any] = yaml.safe_load((PROJECT / "deploy" / "compose.yaml").read_text())
    return dict(content["services"])


def default_of(variable: str) -> str:
    """Return a variable's default as docs/conventions.md states it."""
    text = (PROJECT / "docs" / "conventions.md").read_text()
    found = re.search(rf"^\| `{variable}` \| `([^`]+)` \|", text, re.MULTILINE)
    assert found, variable
    return found.group(1)


def test_addresses_are_the_defaults_of_the_conventions(containers: dict[str, Any]) -> None:
    """A service that is given no settings finds the containers."""
    kafka, store = default_of("RAPPORT_KAFKA"), default_of("RAPPORT_STORE_URL").removeprefix("mongodb://")
    assert containers["kafka"]["ports"] == [f"{kafka}:9092"]
    assert f"HOST://{kafka}," in containers["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert containers["store"]["ports"] == [f"{store}:27017"]


def test_nothing_is_reachable_from_other_machines(containers: dict[str, Any]) -> None:
    """Every published port is published on the loopback interface."""
    published = [port for container in containers.values() for port in container["ports"]]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_no_service_wants_a_port_of_a_container(containers: dict[str, Any]) -> None:
    """The ports of services.yaml are free of Kafka's and the store's, and of each other."""
    ours = [port for service in read_services(Places().services) for port in (service.grpc_port, service.health_port)]
    theirs = [int(port.split(":")[1]) for container in containers.values() for port in container["ports"]]
    assert len({*ours, *theirs}) == len(ours) + len(theirs)


def test_kafka_is_the_version_of_the_jars(containers: dict[str, Any]) -> None:
    """The image is the Kafka that the local stack runs."""
    versions = {jar.version for jar in read_lock(Places().jars_lock) if jar.group == "org.apache.kafka"}
    assert versions == {containers["kafka"]["image"].partition(":")[2]}


def test_kafka_has_the_properties_of_the_local_one(containers: dict[str, Any]) -> None:
    """A property that both set has the same value, and what shapes behaviour is set in both."""
    local = dict(line.split("=", 1) for line in PROPERTIES.splitlines())
    environment = containers["kafka"]["environment"]
    both = {name: environment.get("KAFKA_" + name.upper().replace(".", "_")) for name in local if not OWN.search(name)}
    assert both == {name: local[name] for name in both}
    assert {"auto.create.topics.enable", "default.replication.factor", "process.roles"} <= set(both)
