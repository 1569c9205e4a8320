"""Asking every process for its health, by the gRPC health protocol."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

import grpc
from grpc_health.v1 import health_pb2

from rapportctl.deployment import Deployment

_CHECK = "/grpc.health.v1.Health/Check"
_REASON = "rapport-reason-bin"
"""Trailing metadata in which a process says what it waits for."""


class State(StrEnum):
    """What a process says of itself."""

    SERVING = "serving"
    NOT_SERVING = "not serving"
    SILENT = "no answer"


@dataclass(frozen=True, slots=True)
class Process:
    """A process that ought to run: a server of a service, or one of its workers."""

    service: str
    role: str
    address: str


@dataclass(frozen=True, slots=True)
class ProcessHealth:
    """A process and what it says; `reason` is what it waits for, as far as it tells."""

    process: Process
    state: State
    reason: str = ""


def processes(deployment: Deployment) -> list[Process]:
    """All processes of a deployment, service by service."""
    found: list[Process] = []
    for service in deployment.services.values():
        if "server" in service.roles:
            found.append(Process(service.name, "server", deployment.settings.addresses[service.name]))
        workers = deployment.worker_addresses.get(service.name, ())
        found += [Process(service.name, "worker", address) for address in workers]
    return found


def ask_all(asked: Sequence[Process], timeout: float = 2.0) -> list[ProcessHealth]:
    """Ask all of them at once, and wait for each at most `timeout` seconds."""
    with ThreadPoolExecutor(max(1, len(asked)), thread_name_prefix="health") as threads:
        return list(threads.map(lambda process: ask(process, timeout), asked))


def ask(process: Process, timeout: float = 2.0) -> ProcessHealth:
    """Ask one process for the health of all of it."""
    with grpc.insecure_channel(process.address) as channel:
        check = channel.unary_unary(
            _CHECK, health_pb2.HealthCheckRequest.SerializeToString, health_pb2.HealthCheckResponse.FromString
        )
        try:
            answer, call = check.with_call(health_pb2.HealthCheckRequest(), timeout=timeout)
        except grpc.RpcError as error:
            return ProcessHealth(process, State.SILENT, error.code().name.lower().replace("_", " "))
    serving = answer.status == health_pb2.HealthCheckResponse.SERVING
    return ProcessHealth(process, State.SERVING if serving else State.NOT_SERVING, _reason(call))


def _reason(call: grpc.Call) -> str:
    for name, value in call.trailing_metadata() or ():
        if name == _REASON:
            return value.decode(errors="replace") if isinstance(value, bytes) else value
    return ""
