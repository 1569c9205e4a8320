"""An honest town that talks: friends who answer each other, fans of the same stars, sayings, a product that goes viral.

The simulator's people speak to the brand only. Gaming is told from honest talk by how people speak to each other, so
here they do: everybody has a circle of friends, strangers and stars; how much of their talk stays in the circle differs
from person to person, up to all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from advocacy_scoring.adapters.likeness import sketch
from advocacy_scoring.domain.persona import Trace

DAY_MS = 86_400_000
DAYS = 30
SIGNATURE = "comment||positive|public||"

_SAYINGS = (
    "Love it so much!",
    "Need this right now",
    "Where can I buy this?",
    "So pretty",
    "Same here, best purchase ever",
)
_WHO = (
    "my sister",
    "my neighbour",
    "a colleague",
    "my partner",
    "our dog walker",
    "my flatmate",
    "the barista",
    "my mum",
)
_DID = (
    "borrowed",
    "noticed",
    "envied",
    "complimented",
    "tried on",
    "photographed",
    "asked about",
    "wanted to swap for",
)
_WHAT = ("the green jacket", "these boots", "my scarf", "the small bag", "that coat", "the new tote", "my old pair")
_WHERE = (
    "at the market",
    "on the train",
    "at a wedding",
    "in the rain",
    "on the first day",
    "at the office",
    "by the lake",
)
_END = ("and I had to laugh", "so I ordered another", "and it still looks new", "which made my week", "before I left")


class Neighbours:
    """Makes traces of honest people; `names` are their accounts. Wholly decided by the seed.

    Of `closeness` c, a person keeps c / (c + 2) of the talk with people in the circle, on average.
    """

    def __init__(self, people: int, seed: int, closeness: float = 2.0) -> None:
        self._random = Random(seed)
        self._closeness = closeness
        self.names = [f"net:{number}" for number in range(people)]
        self._stars = self.names[: max(3, people // 100)]
        self._circles: dict[str, list[str]] = {}
        rest = list(self.names)
        self._random.shuffle(rest)
        while rest:
            size = self._random.randint(2, 9)
            circle, rest = rest[:size], rest[size:]
            for name in circle:
                self._circles[name] = [other for other in circle if other != name]

    def traces(self, start_ms: int) -> Iterator[Trace]:
        """A month of talk: posts, then what others say of them."""
        random = self._random
        posts: dict[str, list[Trace]] = {}
        for name in self.names:
            number = random.randint(8, 25) if name in self._stars else min(20, int(random.paretovariate(1.3)) - 1)
            posts[name] = [self._post(name, place, start_ms) for place in range(number)]
            yield from posts[name]
        for name in self.names:
            loyalty = random.betavariate(self._closeness, 2)
            for place in range(min(60, int(random.paretovariate(0.9)) - 1)):
                yield self._comment(name, self._choose(name, loyalty, posts), place, start_ms)

    def _choose(self, name: str, loyalty: float, posts: dict[str, list[Trace]]) -> Trace | None:
        """A post to answer: of a friend, of a star, of anybody; None for one of the brand's."""
        dice = self._random.random()
        if dice < 0.4:
            return None
        friends = self._circles[name]
        author = self._random.choice(friends if friends and self._random.random() < loyalty else self._anybody())
        return self._random.choice(posts[author]) if posts[author] and author != name else None

    def _anybody(self) -> list[str]:
        return self._stars if self._random.random() < 0.5 else self.names

    def _post(self, name: str, place: int, start_ms: int) -> Trace:
        when = start_ms + self._random.randrange(DAYS * DAY_MS)
        return Trace(
            "post", name, f"p{place}", when, "post|||||", post=f"{name}/{place}", sketch=sketch(self._text(), 6)
        )

    def _comment(self, name: str, post: Trace | None, place: int, start_ms: int) -> Trace:
        random = self._random
        when = start_ms + random.randrange(DAYS * DAY_MS)
        if post is not None:
            when = min(start_ms + DAYS * DAY_MS, post.at_ms + int(random.expovariate(1 / (6 * 3_600_000))))
        text = random.choice(_SAYINGS) if random.random() < 0.5 else self._text()
        target = post.post if post else ""
        return Trace("comment", name, f"c{place}", when, SIGNATURE, target=target, sketch=sketch(text, 6))

    def _text(self) -> str:
        return " ".join(map(self._random.choice, (_WHO, _DID, _WHAT, _WHERE, _END)))
