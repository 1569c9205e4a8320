"""Positions in a log as single, comparable numbers."""

from __future__ import annotations

OFFSET_BITS = 40


def position(epoch: int, offset: int) -> int:
    """Epoch and offset as one integer: a later position is a larger number, and epochs outrank offsets.

    Raises ValueError beyond 2**40 offsets or 2**23 epochs, which together fill a signed 64-bit integer.
    """
    if not (0 <= offset < 1 << OFFSET_BITS and 0 <= epoch < 1 << (63 - OFFSET_BITS)):
        raise ValueError(f"position out of range: epoch {epoch}, offset {offset}")
    return epoch << OFFSET_BITS | offset
