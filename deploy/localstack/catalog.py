"""The list of Rapport's services, read from services.yaml, and the processes that it comes to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from localstack.errors import LocalStackError

WORKER, SERVER = "worker", "server"


@dataclass(frozen=True)
class Service:
    """One service as services.yaml lists it."""

    name: str
    package: str
    roles: tuple[str, ...]
    grpc_port: int
    health_port: int
    calls: tuple[str, ...] = ()

    @property
    def address_variable(self) -> str:
        """The variable that tells callers where this service listens."""
        return f"RAPPORT_{self.name.upper().replace('-', '_')}_ADDRESS"

    @property
    def health_variable(self) -> str:
        """The variable that tells tools where this service's workers answer health checks, with commas between."""
        return f"RAPPORT_{self.name.upper().replace('-', '_')}_HEALTH"


@dataclass(frozen=True)
class Planned:
    """One process to run: the `number`-th of its service and role, counted from 1."""

    service: Service
    role: str
    number: int = 1

    @property
    def name(self) -> str:
        """The process's name, in logs and for its port: vip-tier-worker, then vip-tier-worker-2."""
        first = f"{self.service.name}-{self.role}"
        return first if self.number == 1 else f"{first}-{self.number}"

    @property
    def listen_variable(self) -> str:
        """The variable that tells the process where to listen; its health is asked there too."""
        return "RAPPORT_GRPC_LISTEN" if self.role == SERVER else "RAPPORT_HEALTH_LISTEN"


def read_services(file: Path) -> tuple[Service, ...]:
    """Return the services of services.yaml; raises LocalStackError where an entry cannot be read."""
    entries = yaml.safe_load(file.read_text())["services"]
    return tuple(_service(entry, file) for entry in entries)


def _service(entry: dict[str, Any], file: Path) -> Service:
    try:
        return Service(
            name=str(entry["name"]),
            package=str(entry["package"]),
            roles=tuple(entry["roles"]),
            grpc_port=int(entry["grpc_port"]),
            health_port=int(entry["health_port"]),
            calls=tuple(entry.get("calls", ())),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise LocalStackError(
            f"{file} has an entry that cannot be read: {entry!r} ({error!r}).",
            "An entry needs name, package, roles, grpc_port and health_port.",
        ) from error


def plan(services: Iterable[Service], workers: int = 1) -> tuple[Planned, ...]:
    """Return the processes in the order in which they are stopped: all workers, `workers` of each, then all servers."""
    every: Sequence[Service] = tuple(services)
    return (
        *(Planned(s, WORKER, n) for s in every if WORKER in s.roles for n in range(1, workers + 1)),
        *(Planned(s, SERVER) for s in every if SERVER in s.roles),
    )
