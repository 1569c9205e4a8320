"""What happens in the local stack, for whoever shows it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ready:
    """A part of the stack answers, `seconds` after it was started."""

    name: str
    seconds: float


@dataclass(frozen=True)
class Ended:
    """A service's process ended by itself (status -N: by signal N) and is started again in `restart_in` seconds."""

    name: str
    status: int
    restart_in: float
    log: Path


@dataclass(frozen=True)
class Restarted:
    """A process was started again, for the `count`-th time since the stack came up."""

    name: str
    count: int


Event = Ready | Ended | Restarted
Listener = Callable[[Event], None]
"""Takes an event; called from the supervisor's thread too, so it must be quick and must not raise."""


def ignore(event: Event) -> None:
    """Take an event and do nothing."""
