"""Which texts are copies of each other: MinHash over shingles of five characters, by the library rensa.

The share of equal places in two sketches estimates the share of shingles that two texts have in common (Broder, On the
resemblance and containment of documents, 1997). Sketches that agree in one of twelve bands of five places are compared:
of pairs that are 80 % alike 1 % is missed, of those 90 % alike one in thirty thousand.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from operator import eq

from rensa import RMinHash

PLACES = 64
_SEED = 20_260_101
_SHINGLE = 5
_BAND = 5
_NOT_WORDS = re.compile(r"[^\w\s]+|\d+")
_MOST_KINDS = 16
"""Groups that one bucket of a band is compared with; a bucket that holds more is of texts that share a phrase only."""

_pack = struct.Struct(f"<{PLACES}I")


def sketch(text: str, least_words: int) -> bytes:
    """The text's sketch, without capitals, punctuation and numbers; empty for fewer words."""
    words = _NOT_WORDS.sub(" ", text.casefold()).split()
    if len(words) < least_words:
        return b""
    line = " ".join(words)
    made = RMinHash(num_perm=PLACES, seed=_SEED)
    made.update([line[start : start + _SHINGLE] for start in range(max(1, len(line) - _SHINGLE + 1))])
    return _pack.pack(*made.digest())


def copies(sketches: Sequence[bytes], percent: int) -> list[list[int]]:
    """Groups of two or more places whose texts are alike by that many percent or more, directly or through others."""
    values = [_pack.unpack(each) for each in sketches]
    least = -(-percent * PLACES // 100)
    head = list(range(len(values)))
    buckets: dict[tuple[int, ...], list[int]] = {}
    for place, value in enumerate(values):
        compared: set[int] = set()
        for start in range(0, PLACES - _BAND + 1, _BAND):
            known = buckets.setdefault((start, *value[start : start + _BAND]), [])
            for other in known:
                if other not in compared:
                    compared.add(other)
                    if sum(map(eq, value, values[other])) >= least:
                        head[_root(head, place)] = _root(head, other)
            if len(known) < _MOST_KINDS and not any(_root(head, other) == _root(head, place) for other in known):
                known.append(place)
    groups: dict[int, list[int]] = {}
    for place in range(len(values)):
        groups.setdefault(_root(head, place), []).append(place)
    return [group for group in groups.values() if len(group) > 1]


def _root(head: list[int], place: int) -> int:
    while head[place] != place:
        head[place] = head[head[place]]
        place = head[place]
    return place
