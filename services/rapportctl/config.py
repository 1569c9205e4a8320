"""Settings of rapportctl alone: which deployment it works on, and where the workers tell their health."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from chassis.directory import ServiceEntry
from chassis.settings import SettingsError
from chassis.variables import Variables

LOCAL_STACK = Path(".local/data/stack.json")


def surroundings(folder: Path) -> tuple[Mapping[str, str], str]:
    """The variables that lead to a deployment, and a line for people where they are not the environment's own.

    Where the environment names no Kafka and a local stack runs in the folder, they are that stack's. Without either the
    usual addresses are asked, and the line says so.
    """
    file = folder / LOCAL_STACK
    if "RAPPORT_KAFKA" in os.environ:
        return os.environ, ""
    if not file.is_file():
        return os.environ, "(RAPPORT_KAFKA is not set, and no local stack runs in this folder: the usual addresses)"
    variables: dict[str, str] = json.loads(file.read_text())["environment"]
    return {**os.environ, **variables}, f"(the local stack in {LOCAL_STACK.parent})"


def worker_addresses(
    services: Mapping[str, ServiceEntry], environment: Mapping[str, str] | None = None
) -> dict[str, tuple[str, ...]]:
    """Where the workers of each service answer health checks, `host:port`, by the service's name.

    RAPPORT_<SERVICE>_HEALTH lists them with commas between; by default there is one, at the port of services.yaml.
    Raises `SettingsError`, which names every variable that is wrong.
    """
    read = Variables(os.environ if environment is None else environment, "RAPPORT_")
    addresses = {
        service.name: read.addresses(
            f"{service.name.upper().replace('-', '_')}_HEALTH", f"127.0.0.1:{service.health_port}"
        )
        for service in services.values()
        if "worker" in service.roles
    }
    if read.problems:
        raise SettingsError("\n".join(["settings are wrong:", *(f"  {problem}" for problem in read.problems)]))
    return addresses
