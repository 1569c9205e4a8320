"""Which texts are copies of each other: MinHash over shingles of five characters, by the library rensa.

The share of equal places in two sketches estimates the share of shingles that two texts have in common (Broder, On the
resemblance and containment of documents, 1997). Sketches that agree in one of 16 bands of four are compared: of texts
80 % alike, one pair in four thousand is missed.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence

from rensa import RMinHash

PLACES = 64
_SEED = 20_260_101
_SHINGLE = 5
_BAND = 4
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
    head = list(range(len(values)))
    buckets: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    for place, value in enumerate(values):
        for band in _bands(value):
            known = buckets.setdefault(band, [])
            for other in known:
                if _root(head, other) != _root(head, place) and _alike(value, values[other]) * 100 >= percent * PLACES:
                    head[_root(head, place)] = _root(head, other)
            roots = {_root(head, other) for other in known}
            if _root(head, place) not in roots and len(known) < _MOST_KINDS:
                known.append(place)
    groups: dict[int, list[int]] = {}
    for place in range(len(values)):
        groups.setdefault(_root(head, place), []).append(place)
    return [group for group in groups.values() if len(group) > 1]


def _bands(value: tuple[int, ...]) -> Iterator[tuple[int, tuple[int, ...]]]:
    return ((start, value[start : start + _BAND]) for start in range(0, PLACES, _BAND))


def _alike(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum(left == right for left, right in zip(one, other, strict=True))


def _root(head: list[int], place: int) -> int:
    while head[place] != place:
        head[place] = head[head[place]]
        place = head[place]
    return place
