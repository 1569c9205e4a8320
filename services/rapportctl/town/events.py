"""What comes out of a town."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from rapport.interactions.v1 import interaction_pb2 as pb


class TownEvent(NamedTuple):
    """One record to send, with what is true of it."""

    account_channel: str
    account_id: str
    """Channel and raw id of the account that the producer names; both empty or one of them, where it names none."""
    occurred_at: datetime
    """When it happened; of an invalid event, when it was sent."""
    interaction: pb.Interaction | None
    """None of an invalid event. Not to be changed: a repeat is the same object, and returns look purchases up."""
    raw: bytes | None = None
    """The bytes of an invalid event."""
    expected_reason: str | None = None
    """Why it must end as a dead letter: one of `faults.REASONS`. None of a valid event."""
    repeats: bool = False
    """It was sent before and must change nothing."""
    meant: int = 0
    """What of the person a form means to tell, as a mask of `details`; 0 of what is no form."""

    @property
    def account_key(self) -> str:
        """The account as "channel:id", with the raw id."""
        return f"{self.account_channel}:{self.account_id}"

    def payload(self) -> bytes:
        """Give the bytes to send."""
        if self.interaction is not None:
            return self.interaction.SerializeToString()
        return self.raw or b""
