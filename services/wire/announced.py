"""Reading what a published state of a customer says of itself: see `wire.announcing.stamped`."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import DecodeError

from chassis.errors import InvalidRecord
from chassis.stages.state_cache import AnnouncedState, ReadState


def announced_state(kind: Any) -> ReadState:  # noqa: ANN401 - a generated message with a version and merged_into
    """Return what reads the version of a state's message, and whether it is the last of a merged-away customer."""

    def read(message: bytes) -> AnnouncedState:
        try:
            state = kind.FromString(message)
        except DecodeError:
            raise InvalidRecord("UNPARSEABLE", f"the value would be a {kind.DESCRIPTOR.full_name}") from None
        return AnnouncedState(state.version, bool(state.merged_into))

    return read
