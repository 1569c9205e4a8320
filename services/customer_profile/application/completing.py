"""Erasures that nobody asks about end too: a worker looks after them beside its own work."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence

from chassis.ports import Handler
from chassis.records import Record, TopicPartition

PAUSE_SECONDS = 60.0


class Completing:
    """A handler that also brings erasures on, every minute, when it is idle. Implements the chassis' `Handler`.

    Several workers may do so at once: the same step twice is one step.
    """

    def __init__(
        self, handler: Handler, bring_on: Callable[[], None], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._handler = handler
        self._bring_on = bring_on
        self._now = now
        self._next = now() + PAUSE_SECONDS

    @property
    def topics(self) -> Sequence[str]:
        """Those of the handler."""
        return self._handler.topics

    def assigned(self, partitions: Collection[TopicPartition]) -> None:
        """Tell the handler."""
        self._handler.assigned(partitions)

    def handle(self, records: Sequence[Record]) -> None:
        """Let the handler handle them."""
        self._handler.handle(records)

    def reset(self) -> None:
        """Tell the handler."""
        self._handler.reset()

    def idle(self) -> None:
        """Let the handler do what the clock causes; once a minute, bring erasures on."""
        self._handler.idle()
        if self._now() >= self._next:
            self._next = self._now() + PAUSE_SECONDS
            self._bring_on()
