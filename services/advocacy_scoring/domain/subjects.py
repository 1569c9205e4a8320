"""Which niches of the brand something is about, by the words that rules name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from advocacy_scoring.domain.rules import Niche

_WORD = re.compile(r"\w+")


class Subjects:
    """Finds niches in topics and in whole words of a text; phrases are not looked for."""

    def __init__(self, niches: Sequence[Niche]) -> None:
        self._niches: dict[str, list[str]] = {}
        for niche in niches:
            for word in (niche.name, *niche.words):
                self._niches.setdefault(word.casefold(), []).append(niche.name)

    def of(self, text: str, topics: Iterable[str]) -> tuple[str, ...]:
        """The niches, each once, in the order of their names."""
        if not self._niches:
            return ()
        found: set[str] = set()
        for word in (*_WORD.findall(text.casefold()), *(topic.casefold() for topic in topics)):
            found.update(self._niches.get(word, ()))
        return tuple(sorted(found))
