"""Times of requests as the profile counts them."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp

from chassis.rpc.errors import invalid
from customer_profile.domain.timeline import EARLIEST, LATEST

_NANOS = 1_000_000_000


def milliseconds(time: Timestamp, field: str) -> int:
    """Return the time in milliseconds since 1970, UTC, rounded down. Raises `RpcError` INVALID_ARGUMENT for none."""
    value: int = time.seconds * 1000 + time.nanos // 1_000_000
    if not EARLIEST <= value <= LATEST or not 0 <= time.nanos < _NANOS:
        raise invalid(field, "a time in the years 1 to 9999")
    return value
