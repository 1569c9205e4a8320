"""Working on many records without Python's search for garbage that refers to itself."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Within the block nothing is searched for cycles; what nobody refers to is freed at once all the same.

    The search goes through all that is held, again and again as it grows: with 100,000 records it took a quarter of the
    time. What linking and training make refers to nothing that refers back.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
