"""States as bytes: MessagePack of standard dataclasses, equal bytes for equal states."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class StateCodec(Generic[T]):
    """Turns a state of one dataclass into bytes and back; for one thread at a time.

    Fields are stored by name: a field that the bytes lack takes its default, one that the class lacks is dropped. The
    keys of mappings and the members of sets are sorted, so that equal states have equal bytes.
    """

    def __init__(self, type_: type[T]) -> None:
        self._encoder = msgspec.msgpack.Encoder(order="deterministic")
        self._decoder = msgspec.msgpack.Decoder(type_)

    def encode(self, state: T) -> bytes:
        """Return the state as bytes."""
        return self._encoder.encode(state)

    def decode(self, data: bytes) -> T:
        """Return the state of the bytes. Raises msgspec.DecodeError where they are no such state."""
        return self._decoder.decode(data)
