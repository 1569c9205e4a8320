"""What decisions go by: the rules, as one who decides needs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf

from identity_resolution.domain.rules import Caps, Limits, Windows

_DAY = 86_400_000
_WINDOWS = (("year", 365 * _DAY), ("month", 30 * _DAY), ("week", 7 * _DAY))
_ANY_NUMBER = Limits(Windows(), Windows())


@dataclass(frozen=True, slots=True)
class Policy:
    """Trust and thresholds in bits, limits by type of identifier, and what is blocked by key.

    A match of at least `link` ties; one of at least `suggest` is shown to people. A tie holds as long as no two of the
    accounts that it would bring together contradict each other by more than the tie weighs: `hold` is what must remain.
    """

    trust: Mapping[str, float] = field(default_factory=dict)
    limits: Mapping[str, Limits] = field(default_factory=dict)
    conflicts: frozenset[str] = frozenset()
    caps: Caps = field(default_factory=Caps)
    link: float = 6.6
    suggest: float = 0.0
    hold: float = 6.6
    default_trust: float = 12.0
    blocked: frozenset[str] = frozenset()
    _most_held: Mapping[str, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look up what is asked for of every piece of evidence."""
        most_held = {type_: most_at_once(limits.per_customer) for type_, limits in self.limits.items()}
        object.__setattr__(self, "_most_held", most_held)

    def trust_in(self, identifier: str) -> float:
        """How much an identifier ties, given by its key."""
        return self.trust.get(type_of(identifier), self.default_trust)

    def trust_in_type(self, type_: str) -> float:
        """How much an identifier of the type ties."""
        return self.trust.get(type_, self.default_trust)

    def most_held(self, type_: str) -> float:
        """How many values of the type one customer may hold in any case, whenever they were shown."""
        return self._most_held.get(type_, inf)

    def limits_of(self, type_: str) -> Limits:
        """The limits of a type; none for one that the rules no longer declare."""
        return self.limits.get(type_, _ANY_NUMBER)


def type_of(identifier: str) -> str:
    """The type of an identifier, given by its key."""
    return identifier.partition(":")[0]


def exceeded(times: Iterable[int], windows: Windows) -> str:
    """Which window has more entries than it may, as "5 ever" or "2 in a month"; empty where none has.

    Windows are stretches of that length anywhere in time, so that the answer does not depend on when it is asked for.
    Times in milliseconds since 1970.
    """
    ordered = sorted(times)
    if windows.ever is not None and len(ordered) > windows.ever:
        return f"{windows.ever} ever"
    for name, length in _WINDOWS:
        most = getattr(windows, name)
        if most is not None and _most_within(ordered, length) > most:
            return f"{most} in a {name}"
    return ""


def most_at_once(windows: Windows) -> float:
    """How many entries may have one and the same time."""
    limits = (windows.ever, windows.year, windows.month, windows.week)
    return min((limit for limit in limits if limit is not None), default=inf)


def _most_within(ordered: list[int], length: int) -> int:
    most = first = 0
    for last, at in enumerate(ordered):
        while at - ordered[first] >= length:
            first += 1
        most = max(most, last - first + 1)
    return most
