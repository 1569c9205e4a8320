"""A town: its events in time order, and what is true of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from heapq import merge

from rapportctl.town.activity import schedule_of
from rapportctl.town.events import TownEvent
from rapportctl.town.faults import with_faults
from rapportctl.town.gaming import Gaming
from rapportctl.town.people import Population
from rapportctl.town.rendering import Renderer
from rapportctl.town.schedule import Schedule
from rapportctl.town.settings import TownSettings
from rapportctl.town.tally import Tally
from rapportctl.town.truth import Truth

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Town:
    """A simulated town, decided wholly by its settings."""

    def __init__(self, settings: TownSettings) -> None:
        self.settings = settings
        self.population = Population(settings)
        self._schedule: Schedule | None = None
        self._truth: Truth | None = None

    def planned(self) -> int:
        """Tell how many valid events there will be, without repeats; for progress bars."""
        return len(self._planned()) + len(Gaming(self.settings, self.population).events())

    def events(self, *, tally: bool = True) -> Iterator[TownEvent]:
        """Give the events as they are sent, the same ones in every call.

        Valid events come in the order in which they occurred; a repeat comes up to `faults.REPEAT_WITHIN` events after
        the first one. Only the plan is held in memory (8 bytes per event), and with `tally` the figures for `truth`.
        """
        events = with_faults(self.settings, self._occurring())
        return self._tallied(events) if tally else events

    def truth(self) -> Truth:
        """Tell what is true of the events; makes them all, unless a call of `events` with `tally` has been read out."""
        if self._truth is None:
            deque(self.events(), maxlen=0)
        assert self._truth is not None
        return self._truth

    def _occurring(self) -> Iterator[TownEvent]:
        gaming = Gaming(self.settings, self.population).events()
        return merge(self._living(), gaming, key=lambda event: event.occurred_at) if gaming else self._living()

    def _living(self) -> Iterator[TownEvent]:
        """What people do, but for gaming."""
        renderer = Renderer(self.settings, self.population)
        start = _EPOCH + timedelta(milliseconds=self.settings.start_ms)
        for step in self._planned():
            interaction, meant = renderer.interaction(step)
            account, at = interaction.account, start + timedelta(milliseconds=step.at_ms)
            yield TownEvent(account.channel, account.id, at, interaction, meant=meant)

    def _tallied(self, events: Iterator[TownEvent]) -> Iterator[TownEvent]:
        tally = Tally()
        for event in events:
            tally.add(event)
            yield event
        self._truth = tally.truth(self.settings, self.population, Gaming(self.settings, self.population).kinds)

    def _planned(self) -> Schedule:
        if self._schedule is None:
            self._schedule = schedule_of(self.settings, self.population)
        return self._schedule
