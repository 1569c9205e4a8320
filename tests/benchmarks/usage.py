"""What processes and the store have used, read before and after."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo import MongoClient

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and its waited-for children so far. Source: proc(5), fields 14 to 17 of stat."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / _TICKS


@dataclass(frozen=True, slots=True)
class StoreUse:
    """Documents inserted and returned, updates asked for (upserts among them), and commands, since the start."""

    inserted: int
    updated: int
    returned: int
    round_trips: int

    @classmethod
    def read(cls, client: MongoClient[dict[str, Any]]) -> StoreUse:
        """Ask the store's serverStatus."""
        status = client.admin.command("serverStatus")
        documents, commands = status["metrics"]["document"], status["metrics"]["commands"]
        trips = sum(commands[name]["total"] for name in ("find", "getMore", "insert", "update"))
        return cls(documents["inserted"], status["opcounters"]["update"], documents["returned"], trips)

    def since(self, before: StoreUse) -> StoreUse:
        """The difference."""
        return StoreUse(
            self.inserted - before.inserted,
            self.updated - before.updated,
            self.returned - before.returned,
            self.round_trips - before.round_trips,
        )

    @property
    def written(self) -> int:
        """Documents inserted or updated."""
        return self.inserted + self.updated


class CpuMeter:
    """CPU seconds by process since it was made."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)
        self._before = {name: cpu_seconds(pid) for name, pid in self._pids.items()}

    def used(self) -> dict[str, float]:
        """CPU seconds since then, by process."""
        return {name: cpu_seconds(pid) - self._before[name] for name, pid in self._pids.items()}
