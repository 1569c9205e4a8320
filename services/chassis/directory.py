"""The list of services: deploy/services.yaml in a checkout, a copy beside this file in an installed package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_PLACES = (Path(__file__).parent / "services.yaml", Path(__file__).parents[2] / "deploy" / "services.yaml")


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """One service as the list has it. `calls` names the services that it asks over gRPC."""

    name: str
    package: str
    roles: tuple[str, ...]
    grpc_port: int
    health_port: int
    calls: tuple[str, ...] = ()


def read_directory(path: Path) -> dict[str, ServiceEntry]:
    """Return the services of a list, by name. Raises KeyError or TypeError where an entry is incomplete."""
    entries = yaml.safe_load(path.read_text())["services"]
    return {
        entry["name"]: ServiceEntry(
            name=entry["name"],
            package=entry["package"],
            roles=tuple(entry["roles"]),
            grpc_port=int(entry["grpc_port"]),
            health_port=int(entry["health_port"]),
            calls=tuple(entry.get("calls", ())),
        )
        for entry in entries
    }


@cache
def known_services() -> Mapping[str, ServiceEntry]:
    """Return the services of this deployment, by name."""
    for place in _PLACES:
        if place.is_file():
            return read_directory(place)
    raise FileNotFoundError(f"the list of services is missing; looked for {' and '.join(map(str, _PLACES))}")
