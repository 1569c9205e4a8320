"""A person's details as one account shows them: of each field every value, by whom it was shown, how often and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

FIELDS = (
    "given_name",
    "family_name",
    "full_name",
    "date_of_birth",
    "email",
    "phone",
    "postal_address",
    "language",
    "company",
)

SHOWN_KEPT = 20
"""Values of one field and account, each counted for every source that shows it. A person has two or three; what has
more is a shared account or a fault, and a persona must not grow with it."""


class Showing(NamedTuple):
    """How often a source showed a value, and when first and last: milliseconds since 1970, UTC, and the event."""

    times: int
    first_at: int
    first_event: str
    last_at: int
    last_event: str


Shown = dict[str, dict[str, Showing]]
"""Of one field: by value, then by source."""


@dataclass(slots=True)
class Contact:
    """What an account shows of its person: by field. `forgotten` counts the showings that fell to the bound, by field.

    Showings commute: in any order they give the same contact. Beyond the bound that holds of the values kept, which are
    those shown last, and of when they were shown last; a value that fell and comes back is counted anew.
    """

    shown: dict[str, Shown] = field(default_factory=dict)
    forgotten: dict[str, int] = field(default_factory=dict)

    def show(self, name: str, value: str, source: str, at: int, event_id: str) -> None:
        """Count that the source showed the value of the field."""
        values = self.shown.setdefault(name, {})
        sources = values.setdefault(value, {})
        known = sources.get(source)
        if known is not None:
            sources[source] = _again(known, at, event_id)
            return
        sources[source] = Showing(1, at, event_id, at, event_id)
        if sum(map(len, values.values())) > SHOWN_KEPT:
            self._forget_one(name, values)

    def _forget_one(self, name: str, values: Shown) -> None:
        """Forget what was shown longest ago."""
        _, _, value, source = min(
            (showing.last_at, showing.last_event, value, source)
            for value, sources in values.items()
            for source, showing in sources.items()
        )
        fallen = values[value].pop(source)
        if not values[value]:
            del values[value]
        self.forgotten[name] = self.forgotten.get(name, 0) + fallen.times


def _again(known: Showing, at: int, event_id: str) -> Showing:
    times, first_at, first_event, last_at, last_event = known
    if (at, event_id) > (last_at, last_event):
        last_at, last_event = at, event_id
    elif (at, event_id) < (first_at, first_event):
        first_at, first_event = at, event_id
    return Showing(times + 1, first_at, first_event, last_at, last_event)
