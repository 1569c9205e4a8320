"""Whether this process serves, and if not, what it waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple


class HealthState(NamedTuple):
    """What a health check answers; `reason` is empty while serving."""

    serving: bool
    reason: str = ""


Observer = Callable[[HealthState], None]


class HealthPart:
    """One thing whose trouble makes the process unfit: a handler, the broker. Its calls may come from any thread."""

    def __init__(self, whole: Health, name: str) -> None:
        self._whole = whole
        self.name = name

    def serving(self) -> None:
        """All is well with this part."""
        self._whole._set(self.name, HealthState(serving=True))

    def waiting(self, reason: str) -> None:
        """This part waits for something that `reason` names."""
        self._whole._set(self.name, HealthState(serving=False, reason=reason))


class Health:
    """The health of a process: it serves when each of its parts does. Thread-safe.

    A part waits ("starting") from the moment it is named until it says otherwise.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._parts: dict[str, HealthState] = {}
        self._observers: list[Observer] = []
        self._told: HealthState | None = None

    def part(self, name: str) -> HealthPart:
        """The part of that name; it counts from now on."""
        with self._lock:
            self._parts.setdefault(name, HealthState(serving=False, reason="starting"))
            self._tell()
        return HealthPart(self, name)

    def serving(self) -> None:
        """All is well with the process as a whole; for processes that have no parts."""
        self._set("", HealthState(serving=True))

    def waiting(self, reason: str) -> None:
        """The process as a whole waits for something that `reason` names."""
        self._set("", HealthState(serving=False, reason=reason))

    @property
    def state(self) -> HealthState:
        """Serving if every part is; otherwise the reasons of those that wait, in the order they were named."""
        with self._lock:
            if not self._parts:
                return HealthState(serving=False, reason="starting")
            waiting = [
                f"{name}: {state.reason}" if name else state.reason
                for name, state in self._parts.items()
                if not state.serving
            ]
            return HealthState(serving=not waiting, reason="; ".join(waiting))

    def observe(self, observer: Observer) -> None:
        """Call `observer` with the state now and after every change, in order. It must be quick and must not raise."""
        with self._lock:
            self._observers.append(observer)
            observer(self.state)

    def _set(self, name: str, state: HealthState) -> None:
        with self._lock:
            self._parts[name] = state
            self._tell()

    def _tell(self) -> None:
        state = self.state
        if state != self._told:
            self._told = state
            for observer in self._observers:
                observer(state)
