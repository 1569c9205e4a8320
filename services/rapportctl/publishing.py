"""Publishing interactions from lines of JSON: what is good is sent, what is bad is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from google.protobuf import json_format

from rapport.interactions.v1.interaction_pb2 import Interaction
from rapportctl.interactions import InteractionSender
from rapportctl.kafka.sending import LARGEST_VALUE
from rapportctl.mistakes import missing_in, mistake_in_json

MISTAKES_KEPT = 1_000


class BadLineError(ValueError):
    """A line that is no interaction; the message says why, and does not quote it."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was not sent. Lines count from 1."""

    line: int
    reason: str


@dataclass(slots=True)
class Published:
    """What became of the lines; empty ones do not count. `mistakes` has the first `MISTAKES_KEPT` of the `bad` ones."""

    sent: int = 0
    bad: int = 0
    mistakes: list[BadLine] = field(default_factory=list)


def publish_lines(
    lines: Iterable[bytes | str],
    sender: InteractionSender,
    on_bad: Callable[[BadLine], None] | None = None,
    on_line: Callable[[bytes | str], None] | None = None,
) -> Published:
    """Send each line, an interaction in protobuf's JSON mapping; bad lines are left out, told to `on_bad`, and counted.

    `on_line` is called with every line when it has been dealt with, for progress. All is acknowledged when the sender
    is left. Raises `RapportctlError` if the broker does not take a record.
    """
    published = Published()
    for number, line in enumerate(lines, start=1):
        try:
            interaction = read_line(line)
        except BadLineError as error:
            published.bad += 1
            bad = BadLine(number, str(error))
            if published.bad <= MISTAKES_KEPT:
                published.mistakes.append(bad)
            if on_bad is not None:
                on_bad(bad)
        else:
            if interaction is not None:
                sender.send(interaction)
                published.sent += 1
        if on_line is not None:
            on_line(line)
    return published


def read_line(line: bytes | str) -> Interaction | None:
    """Return the interaction of a line, or None for an empty line. Raises `BadLineError`."""
    try:
        text = (line.decode() if isinstance(line, bytes) else line).strip()
    except UnicodeDecodeError:
        raise BadLineError("not UTF-8") from None
    text = text.removeprefix("\ufeff")
    if not text:
        return None
    interaction = Interaction()
    try:
        json_format.Parse(text, interaction)
    except (json_format.Error, RecursionError) as error:
        known = error if isinstance(error, json_format.Error) else json_format.Error()
        raise BadLineError(mistake_in_json(known, text)) from None
    if missing := missing_in(interaction):
        raise BadLineError(missing)
    if interaction.ByteSize() > LARGEST_VALUE:
        raise BadLineError(f"larger than {LARGEST_VALUE:,} bytes")
    return interaction


def to_line(interaction: Interaction) -> str:
    """Return an interaction as a line that `publish_lines` reads, without the end of the line."""
    return json_format.MessageToJson(interaction, indent=None, preserving_proto_field_name=True)
