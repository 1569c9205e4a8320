"""Sending a simulated town's events: to Kafka, or into a file."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import IO

from google.protobuf.message import DecodeError

from rapport.interactions.v1.interaction_pb2 import Interaction
from rapportctl.interactions import InteractionSender
from rapportctl.pacing import Pacer
from rapportctl.publishing import to_line
from rapportctl.town import Town, TownEvent, TownSettings, Truth

Progress = Callable[[int, int], None]
"""Told how many valid events have been sent, and how many there will be."""

_TELL_EVERY = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was sent, how long that took, and what is true of it."""

    truth: Truth
    seconds: float

    @property
    def rate(self) -> float:
        """Events per second, the repeated and the invalid ones included."""
        return self.truth.totals.events / self.seconds


def run(
    settings: TownSettings,
    sender: InteractionSender,
    *,
    rate: float | None = None,
    on_progress: Progress | None = None,
) -> Outcome:
    """Send the town's events in order, at most `rate` per second, and return when all are acknowledged.

    The sender is entered and left. Raises `RapportctlError` if the broker does not take a record.
    """
    invalid = count(1)

    def send(event: TownEvent) -> None:
        valid = event.interaction
        event_id = valid.event_id if valid is not None else f"invalid-{settings.seed}-{next(invalid)}"
        sender.send_raw(event.payload(), event.account_channel, event.account_id, event_id, event.occurred_at)

    with sender:
        return _each(settings, send, Pacer(rate, sender.hand_over), on_progress, sender.flush)


def write_lines(settings: TownSettings, file: IO[str], on_progress: Progress | None = None) -> Outcome:
    """Write the town's events as lines that `rapportctl publish` reads.

    Invalid events are written as far as JSON can say them; bytes that are no message become a text in base64. Those
    that publishing finds fault with it leaves out.
    """

    def write(event: TownEvent) -> None:
        file.write(_line(event) + "\n")

    return _each(settings, write, Pacer(None), on_progress, file.flush)


def _each(
    settings: TownSettings,
    send: Callable[[TownEvent], None],
    pacer: Pacer,
    on_progress: Progress | None,
    finish: Callable[[], None],
) -> Outcome:
    started = time.monotonic()
    town = Town(settings)
    planned = town.planned()
    valid = 0
    for event in town.events():
        pacer.step()
        send(event)
        if event.interaction is not None and not event.repeats:
            valid += 1
            if on_progress is not None and valid % _TELL_EVERY == 0:
                on_progress(valid, planned)
    finish()
    if on_progress is not None:
        on_progress(valid, planned)
    return Outcome(town.truth(), max(time.monotonic() - started, 1e-6))


def _line(event: TownEvent) -> str:
    if event.interaction is not None:
        return to_line(event.interaction)
    try:
        return to_line(Interaction.FromString(event.payload()))
    except (DecodeError, ValueError, OverflowError):
        return json.dumps(base64.b64encode(event.payload()).decode())
