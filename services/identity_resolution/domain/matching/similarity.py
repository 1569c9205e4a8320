"""The string similarities that comparisons are built on; an adapter brings them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Similarity:
    """Functions of two strings.

    `jaro_winkler` gives 0 to 1, 1 for equal ones. `edits` counts insertions, deletions, replacements and exchanges of
    neighbours (Damerau-Levenshtein); above the limit that it is given, it may return any number above that limit.
    """

    jaro_winkler: Callable[[str, str], float]
    edits: Callable[[str, str, int], int]
