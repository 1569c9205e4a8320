"""Settings of rapportctl alone: where the services' workers tell their health."""

from __future__ import annotations

import os
from collections.abc import Mapping

from chassis.directory import ServiceEntry
from chassis.settings import SettingsError
from chassis.variables import Variables


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
