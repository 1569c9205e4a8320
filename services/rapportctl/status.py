"""The state of a deployment: is everything serving, how far behind is it, how fast does it go."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kafka.errors import KafkaError

from rapportctl.deployment import Deployment
from rapportctl.health import ProcessHealth, State, ask_all, processes
from rapportctl.kafka.lags import Lag, read_ends


@dataclass(frozen=True, slots=True)
class Progress:
    """A group on a topic: how far behind, and records per second finished and written between two readings."""

    lag: Lag
    finished_per_second: float
    written_per_second: float


@dataclass(frozen=True, slots=True)
class Status:
    """A deployment at a moment. `totals` are records ever written, by the topic's name without the prefix."""

    processes: list[ProcessHealth]
    progress: list[Progress]
    totals: dict[str, int]

    @property
    def serving(self) -> bool:
        """Whether every process serves."""
        return all(each.state is State.SERVING for each in self.processes)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON knows values."""
        return {
            "serving": self.serving,
            "processes": [process_row(each) for each in self.processes],
            "groups": [progress_row(each) for each in self.progress],
            "totals": self.totals,
        }


def read_status(deployment: Deployment, interval: float = 1.0) -> Status:
    """Ask everybody, with two readings of the lags `interval` seconds apart.

    Raises `RapportctlError` where Kafka does not answer.
    """
    before, started = deployment.lags(), time.monotonic()
    health = ask_all(processes(deployment))
    time.sleep(max(0.0, interval - (time.monotonic() - started)))
    after = deployment.lags()
    seconds = time.monotonic() - started
    return Status(health, rates(before, after, seconds), totals(deployment))


def rates(before: Sequence[Lag], after: Sequence[Lag], seconds: float) -> list[Progress]:
    """How each group got on between two readings of the same groups and topics."""
    earlier = {(lag.group, lag.topic): lag for lag in before}
    found = []
    for lag in after:
        was = earlier.get((lag.group, lag.topic), lag)
        found.append(Progress(lag, (lag.committed - was.committed) / seconds, (lag.end - was.end) / seconds))
    return found


def totals(deployment: Deployment) -> dict[str, int]:
    """How many records were ever written to each topic, the internal wake-ups left out.

    Raises `RapportctlError` where Kafka does not answer.
    """
    prefix = deployment.settings.topic_prefix
    names = {prefix + name for name in deployment.topics() if not name.startswith("touched.")}
    try:
        ends = read_ends(deployment.admin, names)
    except KafkaError as error:
        raise deployment.no_kafka(error) from None
    return {topic.removeprefix(prefix): count for topic, count in sorted(ends.items())}


def process_row(health: ProcessHealth) -> dict[str, Any]:
    """A process as a row."""
    process = health.process
    return {
        "service": process.service,
        "process": process.role,
        "address": process.address,
        "health": health.state.value,
        "reason": health.reason,
    }


def progress_row(progress: Progress) -> dict[str, Any]:
    """A group on a topic as a row."""
    lag = progress.lag
    return {
        "group": lag.group,
        "topic": lag.topic,
        "behind": lag.behind,
        "finished": lag.committed,
        "finished_per_second": round(progress.finished_per_second),
        "written_per_second": round(progress.written_per_second),
    }
