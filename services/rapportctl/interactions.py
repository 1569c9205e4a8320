"""Sending interactions: keyed by account, with the headers of an event."""

from __future__ import annotations

from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from chassis import cloudevents
from rapport.interactions.v1.interaction_pb2 import Interaction
from rapportctl.kafka.sending import Sender
from rapportctl.keys import RecordKeys

TOPIC = "interactions"
SOURCE = "/rapport/rapportctl"
TYPE = Interaction.DESCRIPTOR.full_name

_EPOCH = datetime.fromtimestamp(0, UTC)


class InteractionSender:
    """Sends interactions to a deployment, as a context manager; leaving it waits until all is acknowledged.

    `source` names the program that sends, as a CloudEvents source. Raises `RapportctlError`, from any call, once the
    broker did not take what was sent.
    """

    def __init__(self, sender: Sender, keys: RecordKeys, source: str = SOURCE) -> None:
        self._sender = sender
        self._key = keys.key
        self._source = source

    @property
    def acknowledged(self) -> int:
        """How many the broker has for sure."""
        return self._sender.acknowledged

    def send(self, interaction: Interaction) -> None:
        """Send an interaction; returns before it is acknowledged."""
        account = interaction.account
        self.send_bytes(
            interaction.SerializeToString(),
            self._key(account.channel, account.id),
            interaction.event_id,
            occurred_at(interaction),
        )

    def send_raw(self, value: bytes, channel: str, account_id: str, event_id: str, time: datetime) -> None:
        """Send bytes that may be no interaction, under the key of an account; without an account, under no key."""
        key = self._key(channel, account_id) if channel or account_id else None
        self.send_bytes(value, key, event_id, time)

    def send_bytes(self, value: bytes, key: bytes | None, event_id: str, time: datetime) -> None:
        """Send the bytes of an interaction under a key that the caller knows."""
        self._sender.send(TOPIC, key, value, cloudevents.headers(TYPE, self._source, event_id, time))

    def hand_over(self) -> None:
        """Send what has been collected for a batch; before a pause."""
        self._sender.hand_over()

    def flush(self) -> None:
        """Return once everything sent is acknowledged."""
        self._sender.flush()

    def __enter__(self) -> Self:
        """Be ready to send."""
        self._sender.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the acknowledgements, and close."""
        self._sender.__exit__(kind, error, trace)


def occurred_at(interaction: Interaction) -> datetime:
    """When it happened, in UTC; 1970 where the time cannot be told."""
    try:
        return interaction.occurred_at.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        return _EPOCH
