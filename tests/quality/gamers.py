"""People who game: rings, farms, bursts, copied texts, armies of new accounts, each done well and done badly."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from advocacy_scoring.adapters.likeness import sketch
from advocacy_scoring.domain.persona import Trace
from tests.quality.neighbours import DAY_MS, DAYS, SIGNATURE

KINDS = ("ring", "farm", "burst", "duplicate", "fresh")
_MINUTE_MS = 60_000
_ADS = (
    "this brand changed my whole wardrobe and i will never buy anywhere else again",
    "honestly the best quality i have ever had for this price everybody should try it",
    "i was sceptical at first but now my entire family only wears this brand",
)


class Gamers:
    """Plants groups of each kind among honest accounts; `truth` has the accounts by kind, `first_ms` the new ones."""

    def __init__(self, seed: int, start_ms: int, honest: list[str], cover: float) -> None:
        self._random = Random(seed)
        self._start = start_ms
        self._honest = honest
        self._cover = cover
        self.truth: dict[str, set[str]] = {kind: set() for kind in KINDS}
        self.first_ms: dict[str, int] = {}

    def traces(self, groups: int) -> Iterator[Trace]:
        """So many groups of each kind. `cover` is the share of honest-looking talk that hides it."""
        for kind in KINDS:
            for group in range(groups):
                yield from getattr(self, f"_{kind}")([f"{kind}:{group}-{n}" for n in range(self._size(kind))])

    def _size(self, kind: str) -> int:
        low, high = {"ring": (3, 12), "farm": (6, 15), "burst": (1, 1), "duplicate": (6, 15), "fresh": (9, 20)}[kind]
        return self._random.randint(low, high)

    def _ring(self, members: list[str]) -> Iterator[Trace]:
        self.truth["ring"].update(members)
        for author in members:
            others = [each for each in members if each != author]
            for place in range(max(4, 16 // len(others))):
                when = self._when()
                yield Trace("post", author, f"p{place}", when, "post|||||", post=f"{author}/{place}")
                for other in others:
                    if self._random.random() < 0.9:
                        yield self._answer(other, f"{author}/{place}", when)
        yield from self._covered(members, 12)

    def _farm(self, members: list[str]) -> Iterator[Trace]:
        authors = [f"client:{members[0]}-{n}" for n in range(self._random.randint(5, 8))]
        self.truth["farm"].update(members)
        for author in authors:
            for place in range(4):
                when = self._when()
                yield Trace("post", author, f"p{place}", when, "post|||||", post=f"{author}/{place}")
                for member in members:
                    if self._random.random() < 0.85:
                        yield self._answer(member, f"{author}/{place}", when)
        yield from self._covered(members, 20)

    def _burst(self, members: list[str]) -> Iterator[Trace]:
        self.truth["burst"].update(members)
        when = self._when()
        for place in range(self._random.randint(25, 80)):
            at = when + int(place * self._random.uniform(0.2, 1.2) * _MINUTE_MS)
            yield Trace("comment", members[0], f"b{place}", at, SIGNATURE, target=f"any/{place}")

    def _duplicate(self, members: list[str]) -> Iterator[Trace]:
        self.truth["duplicate"].update(members[1:])
        text, when = self._random.choice(_ADS) + f" ask {members[0]}", self._when()
        for place, member in enumerate(members):
            words = text.split()
            if self._random.random() < 0.5:
                words.insert(self._random.randrange(len(words)), self._random.choice(("really", "wow", "so")))
            at = when + place * 40 * _MINUTE_MS
            yield Trace("comment", member, "d", at, SIGNATURE, sketch=sketch(" ".join(words), 6))

    def _fresh(self, members: list[str]) -> Iterator[Trace]:
        self.truth["fresh"].update(members)
        when = self._when()
        for member in members:
            self.first_ms[member] = when - self._random.randrange(DAY_MS)
            yield self._answer(member, f"hot/{members[0]}", when)
        yield self._answer(self._random.choice(self._honest), f"hot/{members[0]}", when)

    def _covered(self, members: list[str], given: int) -> Iterator[Trace]:
        """Talk with honest people, to look like them."""
        for member in members:
            for place in range(int(given * self._cover / (1 - self._cover))):
                author = self._random.choice(self._honest)
                yield Trace("comment", member, f"h{place}", self._when(), SIGNATURE, target=f"{author}/0")

    def _answer(self, account: str, post: str, when: int) -> Trace:
        at = when + self._random.randrange(2 * 3_600_000)
        return Trace("comment", account, f"a-{post}", at, SIGNATURE, target=post)

    def _when(self) -> int:
        return self._start + self._random.randrange((DAYS - 2) * DAY_MS)
